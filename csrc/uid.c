#include "uid.h"

#include "buffers.h"
#include "hooks.h"
#include "layout.h"
#include "recorder.h"

/* Where struct ggml_cgraph has its uid: behind size, n_nodes, n_leafs, six pointers, the hash set and the order. It is
 * read only of graphs of a library that makes uids, and believed only when it is one of those. */
enum { GRAPH_UID = 88 };

static GGMLVIZ_THREAD struct {
    uint64_t first_made, last_made; /* since a graph was last remembered; 0 if none */
    const void *graph;
    uint64_t uid, buffers;
    unsigned epoch;
    uint32_t id;
} last;

void gv_uid_made(uint64_t uid) {
    if (!last.first_made) last.first_made = uid;
    last.last_made = uid;
}

uint32_t gv_uid_recall(const void *graph) {
    if (!last.graph || last.graph != graph || last.epoch != gv_epoch || last.buffers != gv_buffers_generation() ||
        last.uid != gv_field_u64(graph, GRAPH_UID))
        return GGMLVIZ_NONE;
    return last.id;
}

void gv_uid_remember(const void *graph, uint32_t id) {
    uint64_t first = last.first_made, end = last.last_made;
    last.graph = NULL;
    last.first_made = last.last_made = 0;
    if (!first || id == GGMLVIZ_NONE) return;
    last.uid = gv_field_u64(graph, GRAPH_UID);
    if (last.uid < first || last.uid > end) return;
    last.graph = graph;
    last.buffers = gv_buffers_generation();
    last.epoch = gv_epoch;
    last.id = id;
}
