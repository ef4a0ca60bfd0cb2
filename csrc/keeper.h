/* The one thread the shim adds to its host: it tends the ring, and sleeps most of the time. */
#ifndef GGMLVIZ_KEEPER_H
#define GGMLVIZ_KEEPER_H

#include <stdbool.h>
#include <stdint.h>

#include "ring.h"

bool gv_keeper_start(struct gv_ring *ring);
void gv_keeper_stop(void);

/*
 * What the keeper has seen of the process when it last came by. Asking the system costs a thread that has just computed,
 * with all caches full of weights, 20 to 40 us; the keeper has the time.
 */
struct gv_keeper_sample {
    uint64_t monotonic_ns;        /* when */
    uint64_t resident;            /* bytes of memory */
    uint64_t minor_faults;        /* taken by the keeper itself: they are not the host's */
};
struct gv_keeper_sample gv_keeper_sample(void);

/* In a forked child there is no keeper. */
void gv_keeper_forget(void);

#endif
