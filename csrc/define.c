#define _GNU_SOURCE
#include "define.h"

#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "intern.h"

static struct {
    struct gv_ring *ring;
    struct gv_intern strings, backends, tensors, topologies, graphs;
    uint32_t next_string, next_thread, next_backend, next_library, next_file, next_buffer, next_tensor, next_topology,
        next_graph;
} known;

void gv_define_into(struct gv_ring *ring) {
    gv_intern_clear(&known.strings);
    gv_intern_clear(&known.backends);
    gv_intern_clear(&known.tensors);
    gv_intern_clear(&known.topologies);
    gv_intern_clear(&known.graphs);
    memset(&known, 0, sizeof known);
    known.ring = ring;
    gv_string("");
}

void gv_define(enum ggmlviz_def_kind kind, const void *body, size_t bytes) {
    gv_ring_define(known.ring, kind, body, bytes, NULL, 0);
}

/* Write the definition with the next id of its kind, which stands first in the struct. */
static uint32_t number(uint32_t *next, enum ggmlviz_def_kind kind, void *body, size_t bytes, const void *tail,
                       size_t tail_bytes) {
    memcpy(body, next, sizeof *next);
    if (!gv_ring_define(known.ring, kind, body, bytes, tail, tail_bytes)) return GGMLVIZ_NONE;
    return (*next)++;
}

uint32_t gv_string(const char *text) {
    bool fresh;
    if (!text) text = "";
    size_t length = strlen(text);
    if (length > 65536) length = 65536;
    uint32_t *id = gv_intern_find(&known.strings, gv_hash(1, text, length), &fresh);
    if (!id) return GGMLVIZ_NONE;
    if (fresh) {
        struct ggmlviz_def_string body = {.length = (uint32_t)length};
        *id = number(&known.next_string, GGMLVIZ_DEF_STRING, &body, sizeof body, text, length);
    }
    return *id;
}

void gv_meta(const char *key, const char *value) {
    struct ggmlviz_def_meta body = {gv_string(key), gv_string(value)};
    gv_define(GGMLVIZ_DEF_META, &body, sizeof body);
}

uint32_t gv_thread(void) {
    char name[17] = "";
    prctl(PR_GET_NAME, name);
    struct ggmlviz_def_thread body = {.tid = (uint32_t)syscall(SYS_gettid), .name = gv_string(name), .ticks = gv_now()};
    return number(&known.next_thread, GGMLVIZ_DEF_THREAD, &body, sizeof body, NULL, 0);
}

uint32_t gv_backend(const char *name, uint32_t library) {
    bool fresh;
    struct ggmlviz_def_backend body = {.name = gv_string(name), .library = library};
    uint32_t *id = gv_intern_find(&known.backends, gv_hash(2, &body, sizeof body), &fresh);
    if (!id) return GGMLVIZ_NONE;
    if (fresh) *id = number(&known.next_backend, GGMLVIZ_DEF_BACKEND, &body, sizeof body, NULL, 0);
    return *id;
}

uint32_t gv_library(struct ggmlviz_def_library *library) {
    return number(&known.next_library, GGMLVIZ_DEF_LIBRARY, library, sizeof *library, NULL, 0);
}

uint32_t gv_file(struct ggmlviz_def_file *file) {
    return number(&known.next_file, GGMLVIZ_DEF_FILE, file, sizeof *file, NULL, 0);
}

uint32_t gv_buffer(struct ggmlviz_def_buffer *buffer) {
    return number(&known.next_buffer, GGMLVIZ_DEF_BUFFER, buffer, sizeof *buffer, NULL, 0);
}

uint32_t gv_tensor(struct ggmlviz_def_tensor *tensor) {
    bool fresh;
    tensor->id = 0;
    uint32_t *id = gv_intern_find(&known.tensors, gv_hash(3, tensor, sizeof *tensor), &fresh);
    if (!id) return GGMLVIZ_NONE;
    if (fresh) *id = number(&known.next_tensor, GGMLVIZ_DEF_TENSOR, tensor, sizeof *tensor, NULL, 0);
    return *id;
}

/* Long lists are written in pieces that fit the smallest segment. */
enum { PIECE = 2048 };

static bool all_defined(const uint32_t *ids, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        if (ids[i] == GGMLVIZ_NONE) return false;
    return true;
}

uint32_t gv_topology(uint32_t nodes, uint32_t leafs, const struct ggmlviz_edge *edges, uint32_t count) {
    bool fresh;
    struct ggmlviz_def_topology body = {.nodes = nodes, .leafs = leafs, .edges = count};
    uint64_t hash = gv_hash(gv_hash(4, &body, sizeof body), edges, count * sizeof *edges);
    uint32_t *id = gv_intern_find(&known.topologies, hash, &fresh);
    if (!id) return GGMLVIZ_NONE;
    if (!fresh) return *id;
    *id = number(&known.next_topology, GGMLVIZ_DEF_TOPOLOGY, &body, sizeof body, NULL, 0);
    for (uint32_t at = 0; at < count && *id != GGMLVIZ_NONE; at += PIECE) {
        struct ggmlviz_def_edges piece = {*id, count - at < PIECE ? count - at : PIECE};
        if (!gv_ring_define(known.ring, GGMLVIZ_DEF_EDGES, &piece, sizeof piece, edges + at,
                            piece.count * sizeof *edges))
            *id = GGMLVIZ_NONE;
    }
    return *id;
}

uint32_t gv_graph(uint32_t topology, uint32_t library, const uint32_t *tensors, uint32_t count) {
    bool fresh;
    struct ggmlviz_def_graph body = {.topology = topology, .library = library, .members = count};
    if (topology == GGMLVIZ_NONE || !all_defined(tensors, count)) return GGMLVIZ_NONE; /* no half graphs */
    uint64_t hash = gv_hash(gv_hash(5, &body, sizeof body), tensors, count * sizeof *tensors);
    uint32_t *id = gv_intern_find(&known.graphs, hash, &fresh);
    if (!id) return GGMLVIZ_NONE;
    if (!fresh) return *id;
    *id = number(&known.next_graph, GGMLVIZ_DEF_GRAPH, &body, sizeof body, NULL, 0);
    for (uint32_t at = 0; at < count && *id != GGMLVIZ_NONE; at += PIECE) {
        struct ggmlviz_def_members piece = {*id, count - at < PIECE ? count - at : PIECE};
        if (!gv_ring_define(known.ring, GGMLVIZ_DEF_MEMBERS, &piece, sizeof piece, tensors + at,
                            piece.count * sizeof *tensors))
            *id = GGMLVIZ_NONE;
    }
    return *id;
}
