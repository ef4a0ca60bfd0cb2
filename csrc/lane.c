#include "lane.h"

#include <stdlib.h>

#include "ring.h"
#include "slots.h"

_Static_assert(sizeof(struct ggmlviz_row) == GGMLVIZ_ROW_BYTES, "a row is 16 bytes");

static void begin_segment(struct gv_lane *lane, struct gv_slot *slot, uint64_t first, uint64_t lost) {
    struct ggmlviz_segment *segment = slot->segment;
    segment->lane = lane->id;
    __atomic_store_n(&segment->first, first, __ATOMIC_RELAXED);
    __atomic_store_n(&segment->lost, lost, __ATOMIC_RELAXED);
    __atomic_store_n(&segment->kind, GGMLVIZ_SEGMENT_ROWS, __ATOMIC_RELEASE);
    lane->cursor = (struct ggmlviz_row *)gv_segment_payload(segment);
    lane->limit = lane->cursor + gv_rows_in_segment(lane->ring);
    __atomic_store_n(&lane->slot, slot, __ATOMIC_RELEASE);
}

bool gv_lane_turn(struct gv_lane *lane, uint64_t time) {
    struct gv_slot *old = lane->slot;
    struct gv_slot **place = &lane->spares[lane->spares_taken % GGMLVIZ_MOST_SPARES];
    struct gv_slot *next = __atomic_exchange_n(place, NULL, __ATOMIC_ACQUIRE);
    if (!next) {
        __atomic_store_n(&old->segment->dropped, old->segment->dropped + 1, __ATOMIC_RELAXED);
        return false;
    }
    __atomic_store_n(&lane->spares_taken, lane->spares_taken + 1, __ATOMIC_RELAXED);
    uint64_t lost = old->segment->dropped;
    begin_segment(lane, next, old->segment->first + gv_rows_in_segment(lane->ring), old->segment->lost + lost);
    struct gv_slot *head = __atomic_load_n(&lane->ring->left, __ATOMIC_RELAXED);
    do old->next = head;
    while (!__atomic_compare_exchange_n(&lane->ring->left, &head, old, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED));
    if (lost) gv_row(lane, time, GGMLVIZ_ROW_LOST, 1, 0, lost > UINT32_MAX ? UINT32_MAX : (uint32_t)lost);
    /* say again what the rows that follow depend on: in a ring, the segments before may be gone */
    if (lane->thread != GGMLVIZ_NONE) gv_row(lane, time, GGMLVIZ_ROW_THREAD, 0, 0, lane->thread);
    if (lane->pool) gv_row_wide(lane, time, GGMLVIZ_ROW_POOL, 0, lane->pool);
    return true;
}

struct gv_lane *gv_lane_take(struct gv_ring *ring) {
    struct gv_lane *lane;
    pthread_mutex_lock(&ring->mutex);
    for (lane = ring->lanes; lane && lane->taken; lane = lane->next) {
    }
    if (!lane && !ring->closed && (lane = calloc(1, sizeof *lane))) {
        struct gv_slot *slot = gv_slots_find(ring);
        if (slot) {
            lane->ring = ring;
            lane->id = ring->lane_count++;
            begin_segment(lane, slot, 0, 0);
            lane->next = ring->lanes;
            ring->lanes = lane;
        } else {
            free(lane);
            lane = NULL;
        }
    }
    if (lane) {
        lane->taken = true;
        lane->thread = GGMLVIZ_NONE;
        lane->pool = 0;
    }
    pthread_mutex_unlock(&ring->mutex);
    return lane;
}

void gv_lane_return(struct gv_lane *lane) {
    pthread_mutex_lock(&lane->ring->mutex);
    lane->taken = false;
    lane->held = NULL;
    lane->inside = NULL;
    pthread_mutex_unlock(&lane->ring->mutex);
}

void gv_lane_held(struct gv_lane *lane, struct gv_lane **held, const void **inside) {
    pthread_mutex_lock(&lane->ring->mutex);
    lane->held = held;
    lane->inside = inside;
    pthread_mutex_unlock(&lane->ring->mutex);
}

void gv_lanes_revoke(struct gv_ring *ring) {
    pthread_mutex_lock(&ring->mutex);
    for (struct gv_lane *lane = ring->lanes; lane; lane = lane->next)
        if (lane->held) __atomic_store_n(lane->held, NULL, __ATOMIC_RELAXED);
    pthread_mutex_unlock(&ring->mutex);
}

bool gv_lanes_outside(struct gv_ring *ring, bool first) {
    bool all = true;
    pthread_mutex_lock(&ring->mutex);
    for (struct gv_lane *lane = ring->lanes; lane; lane = lane->next) {
        if (first) lane->outside = false;
        if (!lane->inside || !__atomic_load_n(lane->inside, __ATOMIC_ACQUIRE)) lane->outside = true;
        all = all && lane->outside;
    }
    pthread_mutex_unlock(&ring->mutex);
    return all;
}

/* Whoever tends may be kept off the processors by everybody else: until then the lane must have where to write. */
static uint32_t spares_wanted(const struct gv_ring *ring, double segments_per_ns) {
    const double longest_stall_ns = 5e7;
    double wanted = 1 + segments_per_ns * longest_stall_ns;
    uint32_t most = ring->store.limit / GGMLVIZ_MOST_SPARES; /* a ring is there to remember, not to be empty */
    if (most > GGMLVIZ_MOST_SPARES) most = GGMLVIZ_MOST_SPARES;
    if (wanted > most) return most ? most : 1;
    return (uint32_t)wanted;
}

double gv_lane_tend(struct gv_lane *lane, double elapsed_ns) {
    struct gv_ring *ring = lane->ring;
    struct ggmlviz_segment *segment = __atomic_load_n(&lane->slot, __ATOMIC_ACQUIRE)->segment;
    uint64_t used = __atomic_load_n(&segment->used, __ATOMIC_ACQUIRE) / GGMLVIZ_ROW_BYTES;
    uint64_t rows = __atomic_load_n(&segment->first, __ATOMIC_RELAXED) + used;
    double progress = (double)(rows - lane->rows_seen) / (double)gv_rows_in_segment(ring);
    lane->rows_seen = rows;
    if (used <= gv_rows_in_segment(ring) / 8) return progress;
    /* counted once: a lane that takes them as fast as they come must not keep us from the others */
    uint32_t held = lane->spares_given - __atomic_load_n(&lane->spares_taken, __ATOMIC_RELAXED);
    for (uint32_t wanted = spares_wanted(ring, progress / elapsed_ns); held < wanted; held++) {
        struct gv_slot *spare = gv_slots_find(ring);
        if (!spare) break;
        __atomic_store_n(&lane->spares[lane->spares_given++ % GGMLVIZ_MOST_SPARES], spare, __ATOMIC_RELEASE);
    }
    return progress;
}
