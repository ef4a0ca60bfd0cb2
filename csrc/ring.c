#include "ring.h"

#include <stdlib.h>
#include <string.h>

#include "head.h"
#include "slots.h"

bool gv_ring_create(struct gv_ring *ring, const struct gv_ring_options *options) {
    memset(ring, 0, sizeof *ring);
    if (!gv_store_create(&ring->store, options->path, options->mode, options->segment_bytes, options->limit))
        return false;
    pthread_mutex_init(&ring->mutex, NULL);
    ring->ready_wanted = options->ready;
    gv_head_fill(ring->store.header, options->segment_bytes, options->mode, options->detail);
    return true;
}

/* A ring must stay one of rows: definitions may take half of it. */
static bool definitions_may_grow(const struct gv_ring *ring) {
    return ring->store.limit == UINT32_MAX || ring->definition_segments < (ring->store.limit + 1) / 2;
}

static bool next_definition_segment(struct gv_ring *ring) {
    struct gv_slot *slot = ring->closed || !definitions_may_grow(ring) ? NULL : gv_slots_find(ring);
    if (!slot) return false;
    if (ring->definitions) {
        gv_segment_seal(ring->definitions->segment);
        gv_store_unmap(&ring->store, ring->definitions->segment);
        free(ring->definitions);
    }
    ring->definitions = slot;
    slot->segment->lane = GGMLVIZ_NONE;
    slot->segment->first = ring->definition_segments++;
    __atomic_store_n(&slot->segment->kind, GGMLVIZ_SEGMENT_DEFINITIONS, __ATOMIC_RELEASE);
    return true;
}

bool gv_ring_define(struct gv_ring *ring, enum ggmlviz_def_kind kind, const void *body, size_t body_bytes,
                    const void *tail, size_t tail_bytes) {
    size_t room = ring->store.segment_bytes - GGMLVIZ_SEGMENT_HEADER_BYTES;
    size_t bytes = (sizeof(struct ggmlviz_def) + body_bytes + tail_bytes + 7) & ~(size_t)7;
    pthread_mutex_lock(&ring->mutex);
    struct ggmlviz_segment *segment = ring->definitions ? ring->definitions->segment : NULL;
    if (ring->closed || bytes > room ||
        ((!segment || segment->used + bytes > room) && !next_definition_segment(ring))) {
        __atomic_fetch_add(&ring->store.header->lost_definitions, 1, __ATOMIC_RELAXED);
        pthread_mutex_unlock(&ring->mutex);
        return false;
    }
    segment = ring->definitions->segment;
    char *at = gv_segment_payload(segment) + segment->used;
    struct ggmlviz_def def = {.kind = (uint16_t)kind, .bytes = (uint32_t)bytes};
    memset(at + bytes - 8, 0, 8);
    memcpy(at, &def, sizeof def);
    memcpy(at + sizeof def, body, body_bytes);
    if (tail_bytes) memcpy(at + sizeof def + body_bytes, tail, tail_bytes);
    __atomic_store_n(&segment->used, segment->used + bytes, __ATOMIC_RELEASE);
    pthread_mutex_unlock(&ring->mutex);
    return true;
}

double gv_ring_tend(struct gv_ring *ring) {
    double busiest = 0;
    pthread_mutex_lock(&ring->mutex);
    if (!ring->closed) {
        gv_head_refresh_clock(ring->store.header);
        uint64_t now = gv_monotonic_ns();
        double elapsed_ns = (double)(now - ring->tended_ns) + 1;
        ring->tended_ns = now;
        for (struct gv_lane *lane = ring->lanes; lane; lane = lane->next) {
            double progress = gv_lane_tend(lane, elapsed_ns);
            if (progress > busiest) busiest = progress;
        }
        gv_slots_retire_left(ring);
        gv_slots_prepare(ring);
    }
    pthread_mutex_unlock(&ring->mutex);
    return busiest;
}

void gv_ring_close(struct gv_ring *ring) {
    pthread_mutex_lock(&ring->mutex);
    if (!ring->closed) {
        ring->closed = true;
        /* without spares no lane can leave its segment any more, so that what is sealed now stays as it is */
        for (struct gv_lane *lane = ring->lanes; lane; lane = lane->next) {
            for (uint32_t i = 0; i < GGMLVIZ_MOST_SPARES; i++) {
                struct gv_slot *spare = __atomic_exchange_n(&lane->spares[i], NULL, __ATOMIC_ACQUIRE);
                if (!spare) continue;
                spare->next = ring->ready;
                ring->ready = spare;
            }
        }
        for (struct gv_slot *slot = ring->ready; slot; slot = slot->next) gv_store_empty(&ring->store, slot->index);
        gv_slots_retire_left(ring);
        for (struct gv_lane *lane = ring->lanes; lane; lane = lane->next)
            gv_segment_seal(__atomic_load_n(&lane->slot, __ATOMIC_ACQUIRE)->segment);
        if (ring->definitions) gv_segment_seal(ring->definitions->segment);
        gv_head_refresh_clock(ring->store.header);
        __atomic_store_n(&ring->store.header->state, GGMLVIZ_STATE_CLOSED, __ATOMIC_RELEASE);
    }
    pthread_mutex_unlock(&ring->mutex);
}

void gv_ring_free(struct gv_ring *ring) {
    while (ring->lanes) {
        struct gv_lane *lane = ring->lanes;
        ring->lanes = lane->next;
        gv_slots_free(ring, lane->slot);
        free(lane);
    }
    gv_slots_free(ring, ring->ready);
    gv_slots_free(ring, ring->oldest);
    gv_slots_free(ring, ring->definitions);
    gv_store_unmap_header(&ring->store);
    pthread_mutex_destroy(&ring->mutex);
    free(ring);
}
