/* The clock of the rows: the processor's own counter where it is invariant, CLOCK_MONOTONIC elsewhere. */
#ifndef GGMLVIZ_CLOCK_H
#define GGMLVIZ_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "ggmlviz_events.h"

extern bool gv_clock_is_tsc;

/* Decide which clock to use; call once before gv_now. */
void gv_clock_choose(void);

/* One moment on all three clocks, read as close together as the system allows. */
struct ggmlviz_sync gv_clock_sync(void);

static inline uint64_t gv_monotonic_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline uint64_t gv_now(void) {
#if defined(__x86_64__)
    if (__builtin_expect(gv_clock_is_tsc, 1)) return __builtin_ia32_rdtsc();
#endif
    return gv_monotonic_ns();
}

#endif
