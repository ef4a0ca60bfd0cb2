/*
 * The segments of a ring that no lane writes: those prepared for the next, those left full, those sealed that may be
 * used again. All under the ring's mutex, but for what lanes leave.
 */
#ifndef GGMLVIZ_SLOTS_H
#define GGMLVIZ_SLOTS_H

#include "ring.h"

static inline uint64_t gv_rows_in_segment(const struct gv_ring *ring) {
    return (ring->store.segment_bytes - GGMLVIZ_SEGMENT_HEADER_BYTES) / GGMLVIZ_ROW_BYTES;
}

static inline char *gv_segment_payload(struct ggmlviz_segment *segment) {
    return (char *)segment + GGMLVIZ_SEGMENT_HEADER_BYTES;
}

/* What is in it now is under a CRC from here on. */
void gv_segment_seal(struct ggmlviz_segment *segment);

/* An empty one, or NULL. */
struct gv_slot *gv_slots_find(struct gv_ring *ring);

/* Seal what lanes have left. */
void gv_slots_retire_left(struct gv_ring *ring);

/* Make as many ready as the ring is to have. */
void gv_slots_prepare(struct gv_ring *ring);

void gv_slots_free(struct gv_ring *ring, struct gv_slot *slot);

#endif
