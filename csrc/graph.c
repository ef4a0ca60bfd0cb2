#include "graph.h"

#include <stdlib.h>
#include <string.h>

#include "buffers.h"
#include "define.h"
#include "files.h"
#include "fingerprint.h"
#include "recorder.h"

enum { MOST_NODES = 1 << 20, KNOWN_GRAPHS = 256 };

/* A graph met before, by the fingerprint of its nodes. Its leafs are checked as well: a leaf may change while the
 * nodes that read it stay as they are. */
struct known_graph {
    uint64_t nodes, leafs;        /* fingerprints */
    uint64_t buffers;             /* gv_buffers_generation at the time */
    uint32_t id;
    uint32_t leaf_count;
    const void **leaf;
};
static struct known_graph known[KNOWN_GRAPHS];
static unsigned epoch;

static void forget(void) {
    for (int i = 0; i < KNOWN_GRAPHS; i++) {
        free(known[i].leaf);
        known[i] = (struct known_graph){0};
    }
}

/* While a graph is written: its members, and their numbers by pointer. */
static struct {
    const void **member;
    uint32_t *tensor;
    uint32_t count, nodes, room;
    struct { const void *tensor; uint32_t number; } *table;
    uint32_t table_room;          /* a power of two */
    struct ggmlviz_edge *edges;
    uint32_t edge_count, edge_room;
} work;

static bool make_room(uint32_t nodes, uint32_t sources) {
    uint32_t most = nodes + nodes * (sources + 1); /* every source and view could be a leaf of its own */
    uint32_t table_room = 64;
    while (table_room < most * 2) table_room *= 2;
    if (most > work.room) {
        free(work.member);
        free(work.tensor);
        free(work.table);
        free(work.edges);
        work.member = malloc(most * sizeof *work.member);
        work.tensor = malloc(most * sizeof *work.tensor);
        work.table = malloc(table_room * sizeof *work.table);
        work.edge_room = most + most;
        work.edges = malloc(work.edge_room * sizeof *work.edges);
        work.room = work.member && work.tensor && work.table && work.edges ? most : 0;
        work.table_room = table_room;
    }
    if (work.room) memset(work.table, 0, work.table_room * sizeof *work.table);
    work.count = work.nodes = work.edge_count = 0;
    return work.room != 0;
}

static uint32_t member_number(const void *tensor) {
    uint64_t hash = (uint64_t)(uintptr_t)tensor * 0x9e3779b97f4a7c15u;
    uint32_t place = (uint32_t)(hash >> 32) & (work.table_room - 1);
    while (work.table[place].tensor && work.table[place].tensor != tensor) place = (place + 1) & (work.table_room - 1);
    if (!work.table[place].tensor) {
        work.table[place].tensor = tensor;
        work.table[place].number = work.count;
        work.member[work.count++] = tensor;
    }
    return work.table[place].number;
}

static void add_edge(uint32_t reader, const void *source, uint32_t slot) {
    if (source) work.edges[work.edge_count++] = (struct ggmlviz_edge){reader, member_number(source), slot};
}

static void gather(const struct gv_layout *layout, void *const *nodes, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) member_number(nodes[i]);
    work.nodes = count;
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t slot = 0; slot < layout->sources; slot++)
            add_edge(i, gv_field_pointer(nodes[i], layout->src + slot * sizeof(void *)), slot);
        add_edge(i, gv_field_pointer(nodes[i], layout->view_src), GGMLVIZ_EDGE_VIEW);
    }
    for (uint32_t i = count; i < work.count; i++) { /* a leaf can be a view of another */
        const void *source = gv_field_pointer(work.member[i], layout->view_src);
        if (source && work.count < work.room && work.edge_count < work.edge_room) add_edge(i, source, GGMLVIZ_EDGE_VIEW);
    }
}

/* Where the bytes are: in a buffer, in a mapped model file, or in both. */
static void locate(struct ggmlviz_def_tensor *body, struct gv_library *library, const void *tensor) {
    const struct gv_layout *layout = &library->layout;
    const void *view = gv_field_pointer(tensor, layout->view_src);
    void *buffer = gv_field_pointer(tensor, layout->buffer);
    if (!buffer && view) buffer = gv_field_pointer(view, layout->buffer);
    body->address = gv_field_u64(tensor, layout->data);
    body->buffer = body->file = GGMLVIZ_NONE;
    if (!body->address) return;
    const struct gv_live_buffer *place = gv_buffer_used(library, buffer);
    if (place) {
        body->buffer = place->id;
        body->buffer_offset = body->address - place->base;
        body->file = place->file;
        body->file_offset = place->file == GGMLVIZ_NONE ? 0 : place->file_offset + body->buffer_offset;
    } else if (!buffer) { /* ggml without backends: the memory may be a mapping all the same */
        uint64_t follow;
        body->file = gv_file_at((const void *)(uintptr_t)body->address, &body->file_offset, &follow);
        if (body->file == GGMLVIZ_NONE) body->file_offset = 0;
    }
}

static uint32_t define_tensor(struct gv_library *library, const void *tensor) {
    const struct gv_layout *layout = &library->layout;
    struct ggmlviz_def_tensor body;
    char name[256];
    size_t room = layout->max_name < sizeof name ? layout->max_name : sizeof name - 1;
    memcpy(name, (const char *)tensor + layout->name, room);
    name[room] = 0;
    memset(&body, 0, sizeof body);
    body.library = library->id;
    body.name = gv_string(name);
    body.op = gv_string(library->op_name((int)gv_field_u32(tensor, layout->op)));
    body.description = library->op_desc ? gv_string(library->op_desc(tensor)) : body.op;
    body.type = gv_field_u32(tensor, 0);
    body.type_name = gv_string(library->type_name((int)body.type));
    if (layout->flags) body.flags = gv_field_u32(tensor, layout->flags);
    memcpy(body.ne, (const char *)tensor + layout->ne, sizeof body.ne);
    memcpy(body.nb, (const char *)tensor + layout->nb, sizeof body.nb);
    body.bytes = library->nbytes(tensor);
    if (gv_field_pointer(tensor, layout->view_src)) body.view_offset = gv_field_u64(tensor, layout->view_offs);
    memcpy(body.op_params, (const char *)tensor + layout->op_params, layout->params * sizeof(int32_t));
    locate(&body, library, tensor);
    return gv_tensor(&body);
}

static void remember(struct known_graph *place, const struct gv_layout *layout, uint64_t nodes, uint64_t buffers,
                     uint32_t id) {
    uint32_t leafs = work.count - work.nodes;
    free(place->leaf);
    *place = (struct known_graph){.nodes = nodes, .buffers = buffers, .id = id, .leaf_count = leafs};
    place->leaf = malloc((leafs ? leafs : 1) * sizeof *place->leaf);
    if (!place->leaf) {
        place->nodes = 0;
        return;
    }
    memcpy(place->leaf, work.member + work.nodes, leafs * sizeof *place->leaf);
    place->leafs = gv_fingerprint(layout, (void *const *)place->leaf, leafs);
}

static uint32_t write_graph(struct gv_library *library, void *const *nodes, uint32_t count) {
    const struct gv_layout *layout = &library->layout;
    if (!make_room(count, layout->sources)) return GGMLVIZ_NONE;
    gv_library_define(library);
    gv_files_remap();
    gather(layout, nodes, count);
    for (uint32_t i = 0; i < work.count; i++) work.tensor[i] = define_tensor(library, work.member[i]);
    uint32_t topology = gv_topology(count, work.count - count, work.edges, work.edge_count);
    return gv_graph(topology, library->id, work.tensor, work.count);
}

uint32_t gv_graph_describe(struct gv_library *library, void *const *nodes, int count) {
    if (!library->readable || count <= 0 || count > MOST_NODES) return GGMLVIZ_NONE;
    const struct gv_layout *layout = &library->layout;
    uint64_t buffers = gv_buffers_generation();
    uint64_t print = gv_fingerprint(layout, nodes, (uint32_t)count);
    struct known_graph *place = &known[print % KNOWN_GRAPHS];
    gv_lock();
    if (gv_began_anew(&epoch)) forget();
    uint32_t id = GGMLVIZ_NONE;
    if (place->nodes == print && place->buffers == buffers &&
        place->leafs == gv_fingerprint(layout, (void *const *)place->leaf, place->leaf_count)) {
        id = place->id;
    } else {
        id = write_graph(library, nodes, (uint32_t)count);
        if (id != GGMLVIZ_NONE) remember(place, layout, print, buffers, id);
    }
    gv_unlock();
    return id;
}
