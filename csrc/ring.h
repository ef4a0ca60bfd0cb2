/*
 * Lanes of rows and one stream of definitions in a store. All but the writing of rows takes the ring's mutex and is never
 * on the hot path.
 */
#ifndef GGMLVIZ_RING_H
#define GGMLVIZ_RING_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ggmlviz_events.h"
#include "lane.h"
#include "store.h"

struct gv_ring {
    struct gv_store store;
    pthread_mutex_t mutex;
    struct gv_lane *lanes;
    uint32_t lane_count;
    struct gv_slot *ready;        /* prepared and unused: what a new thread begins with, without waiting */
    uint32_t ready_count, ready_wanted;
    struct gv_slot *left;         /* full segments of rows, not yet sealed; lanes push, atomically */
    struct gv_slot *oldest, *newest; /* sealed segments of rows that may be used again, in order of age */
    struct gv_slot *definitions;  /* the segment definitions go to */
    uint32_t definition_segments;
    uint64_t tended_ns;           /* when the tending thread last came */
    bool closed;
};

struct gv_ring_options {
    const char *path;
    enum ggmlviz_mode mode;
    enum ggmlviz_detail detail;
    uint32_t segment_bytes;
    uint32_t limit;               /* segments; UINT32_MAX for a file that may grow */
    uint32_t ready;               /* how many segments to keep prepared, at least for new threads */
};

bool gv_ring_create(struct gv_ring *ring, const struct gv_ring_options *options);

/* From now on no thread finds a lane where it kept it; one that is inside may still be using its own. */
void gv_lanes_revoke(struct gv_ring *ring);

/* Whether every thread with a lane was seen outside, in this look or in one since the look that was `first`. */
bool gv_lanes_outside(struct gv_ring *ring, bool first);

/* Append one definition; false when there is no room, which is counted. */
bool gv_ring_define(struct gv_ring *ring, enum ggmlviz_def_kind kind, const void *body, size_t body_bytes,
                    const void *tail, size_t tail_bytes);

/* Seal what is full and prepare what will be needed. Returns the greatest part of a segment that any lane has
 * written since the last call: the caller should come so often that this stays well below 1. */
double gv_ring_tend(struct gv_ring *ring);

/* Seal everything and mark the trace as closed cleanly. Threads may still hold lanes: their rows no longer count. */
void gv_ring_close(struct gv_ring *ring);

/* Give back all memory of a closed ring that nobody uses any more, itself included. The trace stays. */
void gv_ring_free(struct gv_ring *ring);

#endif
