/*
 * Definitions by their meaning: each function gives the id of a thing, writing its definition the first time.
 * All of them need the recorder's lock. NONE comes back when there was no room, which the trace counts.
 */
#ifndef GGMLVIZ_DEFINE_H
#define GGMLVIZ_DEFINE_H

#include <stddef.h>
#include <stdint.h>

#include "ring.h"

void gv_define_into(struct gv_ring *ring); /* begin a new trace: nothing is defined yet */

uint32_t gv_string(const char *text);      /* NULL is the empty string */
void gv_meta(const char *key, const char *value);
uint32_t gv_thread(void);                  /* the calling thread */
uint32_t gv_backend(const char *name, uint32_t library);
uint32_t gv_library(struct ggmlviz_def_library *library);   /* ids below are filled in */
uint32_t gv_file(struct ggmlviz_def_file *file);
uint32_t gv_buffer(struct ggmlviz_def_buffer *buffer);
uint32_t gv_tensor(struct ggmlviz_def_tensor *tensor);      /* the same content has the same id */
uint32_t gv_topology(uint32_t nodes, uint32_t leafs, const struct ggmlviz_edge *edges, uint32_t count);
uint32_t gv_graph(uint32_t topology, uint32_t library, const uint32_t *tensors, uint32_t count);

/* Kinds without an id. */
void gv_define(enum ggmlviz_def_kind kind, const void *body, size_t bytes);

#endif
