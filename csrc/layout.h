/*
 * Where the fields of struct ggml_tensor lie. There have been several layouts since 2023-10 and a build may lengthen
 * the name, so the layout is told from two numbers the library itself gives, or probed with tensors it makes.
 */
#ifndef GGMLVIZ_LAYOUT_H
#define GGMLVIZ_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct gv_layout {
    const char *since;            /* the row of the table, or "probed" */
    uint16_t bytes, buffer, ne, nb, op, op_params, flags, src, view_src, view_offs, data, name;
    uint16_t params;              /* how many int32_t op_params are */
    uint16_t sources;             /* how many src[] are */
    uint16_t max_name;
};

/* The layout of tensors of `bytes` bytes with the name at `name`. */
bool gv_layout_from_table(struct gv_layout *layout, size_t bytes, size_t name);

/* What the probe needs of a library; all but set_input must be there. Only functions whose parameters have never
 * changed: calling one that takes something else would crash the host. */
struct gv_layout_api {
    void *(*init)(/* struct ggml_init_params by value: see layout.c */);
    void (*free)(void *context);
    void *(*new_tensor_4d)(void *context, int type, int64_t, int64_t, int64_t, int64_t);
    void *(*add)(void *context, void *a, void *b);
    void *(*mul)(void *context, void *a, void *b);
    void *(*permute)(void *context, void *a, int, int, int, int);
    void *(*view_1d)(void *context, void *a, int64_t ne0, size_t offset);
    void *(*get_data)(const void *tensor);
    void (*set_input)(void *tensor);
};

/* The layout found by making tensors and looking where the known values went. */
bool gv_layout_probe(struct gv_layout *layout, const struct gv_layout_api *api, size_t bytes, size_t name);

static inline void *gv_field_pointer(const void *tensor, size_t offset) {
    void *value;
    memcpy(&value, (const char *)tensor + offset, sizeof value);
    return value;
}

static inline uint64_t gv_field_u64(const void *tensor, size_t offset) {
    uint64_t value;
    memcpy(&value, (const char *)tensor + offset, sizeof value);
    return value;
}

static inline uint32_t gv_field_u32(const void *tensor, size_t offset) {
    uint32_t value;
    memcpy(&value, (const char *)tensor + offset, sizeof value);
    return value;
}

/* struct ggml_cgraph begins the same since 2023-10-30: int size, n_nodes, n_leafs; tensor **nodes. */
static inline int gv_graph_n_nodes(const void *graph) { return (int)gv_field_u32(graph, 4); }
static inline void **gv_graph_nodes(const void *graph) { return gv_field_pointer(graph, 16); }

/* A window on the nodes of another graph, which a split is, has no room of its own. */
static inline bool gv_graph_is_window(const void *graph) { return gv_field_u32(graph, 0) == 0; }

#endif
