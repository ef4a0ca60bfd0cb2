#include "layout.h"

#include <stdlib.h>

enum { USUAL_NAME = 64 };

/* From ggml's history. Newest first; `max_name` may be longer than usual, which moves only what follows the name. */
static const struct gv_layout table[] = {
    {.since = "2024-11-16", .bytes = 336, .buffer = 8, .ne = 16, .nb = 48, .op = 80, .op_params = 84, .params = 16,
     .flags = 148, .src = 152, .sources = 10, .view_src = 232, .view_offs = 240, .data = 248, .name = 256},
    {.since = "2024-06-26", .bytes = 336, .buffer = 8, .ne = 16, .nb = 48, .op = 80, .op_params = 84, .params = 16,
     .flags = 148, .src = 160, .sources = 10, .view_src = 240, .view_offs = 248, .data = 256, .name = 264},
    {.since = "2023-12-22", .bytes = 368, .buffer = 8, .ne = 16, .nb = 48, .op = 80, .op_params = 84, .params = 16,
     .flags = 148, .src = 160, .sources = 10, .view_src = 264, .view_offs = 272, .data = 280, .name = 288},
    {.since = "2023-10-06", .bytes = 320, .buffer = 8, .ne = 24, .nb = 56, .op = 88, .op_params = 92, .params = 8,
     .flags = 124, .src = 136, .sources = 6, .view_src = 208, .view_offs = 216, .data = 224, .name = 232},
};

bool gv_layout_from_table(struct gv_layout *layout, size_t bytes, size_t name) {
    for (size_t row = 0; row < sizeof table / sizeof *table; row++) {
        size_t longer = bytes - table[row].bytes;
        if (table[row].name != name || bytes < table[row].bytes || longer > 1024 || longer % 16) continue;
        *layout = table[row];
        layout->bytes = (uint16_t)bytes;
        layout->max_name = (uint16_t)(USUAL_NAME + longer);
        return true;
    }
    return false;
}

/* --- probing ----------------------------------------------------------------------------------------------- */

/* struct ggml_init_params { size_t mem_size; void *mem_buffer; bool no_alloc; }: larger than two registers, so it is
 * passed in memory, and the library reads only what it knows. */
struct init_params {
    size_t mem_size;
    void *mem_buffer;
    bool no_alloc;
};

static size_t find_u64(const void *tensor, size_t from, size_t end, uint64_t value) {
    for (size_t at = from; at + 8 <= end; at += 8)
        if (gv_field_u64(tensor, at) == value) return at;
    return 0;
}

/* The first 4-byte place in which two tensors differ. */
static size_t find_difference(const void *a, const void *b, size_t from, size_t end) {
    for (size_t at = from; at + 4 <= end; at += 4)
        if (gv_field_u32(a, at) != gv_field_u32(b, at)) return at;
    return 0;
}

static bool probe_with(struct gv_layout *found, const struct gv_layout_api *api, void *context) {
    enum { F32 = 0 };
    size_t name = found->name;
    void *a = api->new_tensor_4d(context, F32, 7, 11, 13, 17), *b = api->new_tensor_4d(context, F32, 7, 11, 13, 17);
    if (!a || !b) return false;
    void *sum = api->add(context, a, b), *product = api->mul(context, a, b);
    void *permuted = api->permute(context, a, 0, 2, 1, 3), *view = api->view_1d(context, a, 5, 24);
    if (!sum || !product || !permuted || !view) return false;

    size_t ne = find_u64(a, 0, name, 7), nb = ne + 32, src = find_u64(sum, nb, name, (uint64_t)(uintptr_t)a);
    if (!ne || gv_field_u64(a, ne + 8) != 11 || gv_field_u64(a, ne + 24) != 17) return false;
    if (gv_field_u64(a, nb) != 4 || gv_field_u64(a, nb + 8) != 28) return false;
    if (!src || gv_field_pointer(sum, src + 8) != b) return false;
    size_t op = find_difference(sum, product, nb + 32, src);
    size_t data = find_u64(a, src, name, (uint64_t)(uintptr_t)api->get_data(a));
    if (!op || !data || !api->get_data(a)) return false;

    size_t op_params = op + 4;
    static const int32_t axes[4] = {0, 2, 1, 3};
    if (memcmp((const char *)permuted + op_params, axes, sizeof axes)) return false;
    /* a view's own pointers: its source stands in src[0] and once more in view_src, its offset right behind */
    size_t view_src = find_u64(view, src + 8, data, (uint64_t)(uintptr_t)a);
    if (!view_src || gv_field_u64(view, view_src + 8) != 24) return false;

    size_t flags = 0;
    if (api->set_input) {
        unsigned char before[4096];
        memcpy(before, b, found->bytes);
        api->set_input(b);
        flags = find_difference(before, b, op_params, found->bytes);
    }
    found->ne = (uint16_t)ne;
    found->nb = (uint16_t)nb;
    found->op = (uint16_t)op;
    found->op_params = (uint16_t)op_params;
    found->params = (uint16_t)((flags ? flags - op_params : 32) / 4);
    found->flags = (uint16_t)flags;
    found->src = (uint16_t)src;
    found->sources = (uint16_t)((view_src - src) / 8 < 10 ? 6 : 10);
    found->view_src = (uint16_t)view_src;
    found->view_offs = (uint16_t)(view_src + 8);
    found->data = (uint16_t)data;
    found->buffer = 8; /* beside the type since there are buffers */
    return found->params <= 16;
}

bool gv_layout_probe(struct gv_layout *layout, const struct gv_layout_api *api, size_t bytes, size_t name) {
    if (!api->init || !api->free || !api->new_tensor_4d || !api->add || !api->mul || !api->permute || !api->view_1d ||
        !api->get_data || bytes > 4096 || name < 64 || name >= bytes)
        return false;
    void *(*init)(struct init_params) = (void *(*)(struct init_params))api->init;
    struct init_params params = {1 << 20, NULL, false};
    void *context = init(params);
    if (!context) return false;
    struct gv_layout found = {.since = "probed", .bytes = (uint16_t)bytes, .name = (uint16_t)name};
    bool good = probe_with(&found, api, context);
    api->free(context);
    if (!good) return false;
    found.max_name = (uint16_t)((bytes - name - 8) & ~(size_t)15); /* the name, then `extra`, then padding */
    *layout = found;
    return true;
}
