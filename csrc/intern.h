/* A set of 64-bit hashes, each with the id it was given: how the recorder knows what it has already defined. */
#ifndef GGMLVIZ_INTERN_H
#define GGMLVIZ_INTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gv_intern {
    uint64_t *hashes;             /* 0 marks an empty place */
    uint32_t *ids;
    uint32_t places, count;       /* places is a power of two */
};

/* Where the id of `hash` is kept, making room for it; `*fresh` tells whether it was new (and must be filled in).
 * NULL when memory is short. */
uint32_t *gv_intern_find(struct gv_intern *set, uint64_t hash, bool *fresh);

void gv_intern_clear(struct gv_intern *set);

/* Hash memory; never 0. `seed` lets one hash continue another. */
uint64_t gv_hash(uint64_t seed, const void *data, size_t bytes);

#endif
