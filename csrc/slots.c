#include "slots.h"

#include <stdlib.h>
#include <string.h>

#include "crc32c.h"

_Static_assert(sizeof(struct ggmlviz_segment) <= GGMLVIZ_SEGMENT_HEADER_BYTES, "the segment header fits its place");
_Static_assert(offsetof(struct ggmlviz_segment, crc) == 32, "the CRC covers the 32 bytes before itself");

/* The oldest sealed segment, made new. It is empty before its generation changes, and the generation changes before the
 * first new row: a reader that saw rows and sees the same generation afterwards has seen the old ones. */
static struct gv_slot *reuse_oldest(struct gv_ring *ring) {
    struct gv_slot *slot = ring->oldest;
    if (!slot) return NULL;
    if (!slot->segment) slot->segment = gv_store_map(&ring->store, slot->index);
    if (!slot->segment) return NULL;
    if (ring->store.grows) {
        ring->store.grows = false; /* from now on sealed segments are kept, to be used again */
        __atomic_fetch_or(&ring->store.header->flags, GGMLVIZ_FLAG_WRAPPED, __ATOMIC_RELAXED);
    }
    ring->oldest = slot->next;
    if (!ring->oldest) ring->newest = NULL;
    struct ggmlviz_segment *segment = slot->segment;
    __atomic_store_n(&segment->kind, GGMLVIZ_SEGMENT_FREE, __ATOMIC_RELAXED);
    __atomic_store_n(&segment->used, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&segment->sealed_bytes, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&segment->dropped, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&segment->generation, segment->generation + 1, __ATOMIC_RELEASE);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    slot->next = NULL;
    return slot;
}

static struct gv_slot *new_slot(struct gv_ring *ring) {
    struct gv_slot *slot = calloc(1, sizeof *slot);
    if (!slot) return NULL;
    slot->segment = gv_store_extend(&ring->store, &slot->index);
    if (slot->segment) return slot;
    free(slot);
    return NULL;
}

struct gv_slot *gv_slots_find(struct gv_ring *ring) {
    struct gv_slot *slot = ring->ready;
    if (slot) {
        ring->ready = slot->next;
        ring->ready_count--;
        slot->next = NULL;
        return slot;
    }
    if ((slot = new_slot(ring))) return slot;
    return ring->store.count == ring->store.limit ? reuse_oldest(ring) : NULL;
}

/* The number of sealed bytes is what says that there is a CRC, so it comes last. */
void gv_segment_seal(struct ggmlviz_segment *segment) {
    struct ggmlviz_segment head;
    memcpy(&head, segment, offsetof(struct ggmlviz_segment, crc)); /* not the counters behind it, which may change */
    head.sealed_bytes = __atomic_load_n(&segment->used, __ATOMIC_ACQUIRE);
    uint32_t crc = ggmlviz_crc32c(0, &head, offsetof(struct ggmlviz_segment, crc));
    segment->crc = ggmlviz_crc32c(crc, gv_segment_payload(segment), head.sealed_bytes);
    __atomic_store_n(&segment->sealed_bytes, head.sealed_bytes, __ATOMIC_RELEASE);
}

/* A growing file lets go of what is sealed; a ring keeps it in memory, as the next to be used again. */
static void retire(struct gv_ring *ring, struct gv_slot *slot) {
    gv_segment_seal(slot->segment);
    if (ring->store.grows) {
        gv_store_unmap(&ring->store, slot->segment);
        slot->segment = NULL;
    }
    slot->next = NULL;
    if (ring->newest) ring->newest->next = slot;
    else ring->oldest = slot;
    ring->newest = slot;
}

void gv_slots_retire_left(struct gv_ring *ring) {
    struct gv_slot *left = __atomic_exchange_n(&ring->left, NULL, __ATOMIC_ACQUIRE);
    struct gv_slot *in_order = NULL;
    while (left) { /* lanes push: the last one left is the first here */
        struct gv_slot *next = left->next;
        left->next = in_order;
        in_order = left;
        left = next;
    }
    while (in_order) {
        struct gv_slot *next = in_order->next;
        retire(ring, in_order);
        in_order = next;
    }
}

/* Only out of what was never used: old rows are not thrown away for threads that may never come. A few at a time: new
 * threads wait for the lock that is held meanwhile. */
void gv_slots_prepare(struct gv_ring *ring) {
    enum { AT_ONCE = 8 };
    for (unsigned done = 0; done < AT_ONCE && ring->ready_count < ring->ready_wanted; done++) {
        struct gv_slot *slot = ring->store.limit - ring->store.count > ring->lane_count + 2 ? new_slot(ring) : NULL;
        if (!slot) return;
        slot->next = ring->ready;
        ring->ready = slot;
        ring->ready_count++;
    }
}

void gv_slots_free(struct gv_ring *ring, struct gv_slot *slot) {
    while (slot) {
        struct gv_slot *next = slot->next;
        if (slot->segment) gv_store_unmap(&ring->store, slot->segment);
        free(slot);
        slot = next;
    }
}
