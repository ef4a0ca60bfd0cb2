/* The one thread the shim adds to its host: it tends the ring, and sleeps most of the time. */
#ifndef GGMLVIZ_KEEPER_H
#define GGMLVIZ_KEEPER_H

#include <stdbool.h>
#include <stdint.h>

#include "ring.h"

bool gv_keeper_start(struct gv_ring *ring);
void gv_keeper_stop(void);

/* Page faults the keeper itself has taken: they are not the host's. */
uint64_t gv_keeper_minor_faults(void);

/* In a forked child there is no keeper. */
void gv_keeper_forget(void);

#endif
