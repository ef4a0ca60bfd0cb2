/*
 * A lane of rows is written by one thread at a time, without locks: gv_row stores a row and publishes it. When its
 * segment is full it takes the next one, which gv_lane_tend has prepared from another thread; if that is not there the rows
 * are dropped and counted.
 */
#ifndef GGMLVIZ_LANE_H
#define GGMLVIZ_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clock.h"
#include "ggmlviz_events.h"

struct gv_ring;

/* A segment in this process's memory. */
struct gv_slot {
    struct ggmlviz_segment *segment;
    uint32_t index;
    struct gv_slot *next;
};

enum { GGMLVIZ_MOST_SPARES = 16 };

struct gv_lane {
    struct ggmlviz_row *cursor;   /* where the next row goes */
    struct ggmlviz_row *limit;
    struct gv_slot *slot;         /* the segment being written; the lane stores it, the tending thread looks */
    uint64_t pool;                /* of the last POOL row; 0 if none */
    uint32_t thread;              /* of the last THREAD row */
    uint32_t id;
    struct gv_ring *ring;
    /* Segments for after this one, each exchanged atomically: the lane takes them in turn, the tending thread puts more. */
    struct gv_slot *spares[GGMLVIZ_MOST_SPARES];
    uint32_t spares_taken;        /* ever; the lane stores it, the tending thread looks */
    uint32_t spares_given;        /* ever; the tending thread's, as is the next */
    uint64_t rows_seen;           /* rows there were when it last came */
    bool taken;                   /* a thread writes it; under the mutex, as are those below */
    struct gv_lane **held;        /* where that thread keeps the lane */
    const void **inside;          /* where it tells that it may be using it */
    bool outside;                 /* it was seen not to */
    struct gv_lane *next;
};

/* A lane for the calling thread, or NULL. Give it back with gv_lane_return when the thread ends. */
struct gv_lane *gv_lane_take(struct gv_ring *ring);
void gv_lane_return(struct gv_lane *lane);

/* The thread of the lane keeps it in `*held`, and has `*inside` set whenever it may be using it. */
void gv_lane_held(struct gv_lane *lane, struct gv_lane **held, const void **inside);

/* Give it spares once it is really being used. How much of a segment it wrote since the last look. */
double gv_lane_tend(struct gv_lane *lane, double elapsed_ns);

/* Whether a row would find no room now. */
static inline bool gv_lane_is_full(const struct gv_lane *lane) {
    return lane->cursor == lane->limit &&
           !__atomic_load_n(&lane->spares[lane->spares_taken % GGMLVIZ_MOST_SPARES], __ATOMIC_RELAXED);
}

/* The slow end of gv_row: go on in the spare segment, where the row of `time` will stand. False when there is no
 * spare, and the row is lost. */
bool gv_lane_turn(struct gv_lane *lane, uint64_t time);

/* Get the line that a later row will go to: a row that misses the cache is paid for by the next atomic operation, and
 * that is the host's barrier. */
static inline void gv_prefetch_for_writing(const void *at) {
#if defined(__x86_64__)
    __asm__ volatile("prefetchw %0" : : "m"(*(const char *)at));
#else
    __builtin_prefetch(at, 1);
#endif
}

enum { GGMLVIZ_ROWS_AHEAD = 12 };

static inline void gv_row(struct gv_lane *lane, uint64_t time, uint8_t kind, uint8_t flags, uint16_t extra,
                          uint32_t value) {
    if (__builtin_expect(lane->cursor == lane->limit, 0) && !gv_lane_turn(lane, time)) return;
    struct ggmlviz_row *row = lane->cursor++;
    gv_prefetch_for_writing(row + GGMLVIZ_ROWS_AHEAD);
    struct ggmlviz_segment *segment = lane->slot->segment;
    row->time = time;
    /* one store instead of four */
    *(uint64_t *)&row->kind = (uint64_t)kind | (uint64_t)flags << 8 | (uint64_t)extra << 16 | (uint64_t)value << 32;
    __atomic_store_n(&segment->used, (uint64_t)((char *)lane->cursor - (char *)segment) - GGMLVIZ_SEGMENT_HEADER_BYTES,
                     __ATOMIC_RELEASE);
}

/* Rows whose value needs more than 32 bits put the upper 16 into `extra`. */
static inline void gv_row_wide(struct gv_lane *lane, uint64_t time, uint8_t kind, uint8_t flags, uint64_t value) {
    gv_row(lane, time, kind, flags, (uint16_t)(value >> 32), (uint32_t)value);
}

/* Rows that tell a wait: ticks, or units of 1024 ticks where 32 bits would not do. */
static inline void gv_row_wait(struct gv_lane *lane, uint64_t time, uint8_t kind, uint8_t flags, uint16_t extra,
                               uint64_t wait) {
    if (__builtin_expect(wait >> 32, 0)) {
        wait = wait >> 42 ? UINT32_MAX : wait >> 10;
        flags |= GGMLVIZ_WAIT_SCALED;
    }
    gv_row(lane, time, kind, flags, extra, (uint32_t)wait);
}

/* Who writes the lane from here on, and whose barriers follow: both are repeated wherever a segment begins. */
static inline void gv_lane_thread(struct gv_lane *lane, uint32_t thread) {
    gv_row(lane, gv_now(), GGMLVIZ_ROW_THREAD, 0, 0, thread);
    lane->thread = thread;
}

static inline void gv_lane_pool(struct gv_lane *lane, uint64_t time, const void *pool) {
    if (__builtin_expect(lane->pool == (uintptr_t)pool, 1)) return;
    gv_row_wide(lane, time, GGMLVIZ_ROW_POOL, 0, (uintptr_t)pool);
    lane->pool = (uintptr_t)pool;
}

#endif
