/* Graphs: what a run computes, written once for each distinct graph. */
#ifndef GGMLVIZ_GRAPH_H
#define GGMLVIZ_GRAPH_H

#include <stdint.h>

#include "library.h"

/* The id of the graph of these nodes as they are now, or NONE. Cheap when the graph was seen before. */
uint32_t gv_graph_describe(struct gv_library *library, void *const *nodes, int count);

#endif
