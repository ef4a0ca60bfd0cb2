/* Probes the layout of the ggml in argument 1 as if it were unknown, and prints it beside what the table says. */
#define _GNU_SOURCE
#include "layout.h"

#include <dlfcn.h>

#include "check.h"

static void *ggml;

static void *find(const char *name) {
    void *symbol = dlsym(ggml, name);
    CHECK(symbol);
    return symbol;
}

static void print(const struct gv_layout *layout) {
    printf("{\"bytes\": %u, \"buffer\": %u, \"ne\": %u, \"nb\": %u, \"op\": %u, \"op_params\": %u, \"flags\": %u, "
           "\"src\": %u, \"view_src\": %u, \"view_offs\": %u, \"data\": %u, \"name\": %u, \"params\": %u, "
           "\"sources\": %u, \"max_name\": %u}\n",
           layout->bytes, layout->buffer, layout->ne, layout->nb, layout->op, layout->op_params, layout->flags,
           layout->src, layout->view_src, layout->view_offs, layout->data, layout->name, layout->params,
           layout->sources, layout->max_name);
}

int main(int count, char **argument) {
    static const char nothing[8192];
    struct gv_layout layout;
    if (count != 2) return 2;
    CHECK((ggml = dlopen(argument[1], RTLD_NOW | RTLD_LOCAL)));
    size_t (*overhead)(void);
    const char *(*get_name)(const void *);
    struct gv_layout_api api;
    *(void **)&overhead = find("ggml_tensor_overhead");
    *(void **)&get_name = find("ggml_get_name");
    *(void **)&api.init = find("ggml_init");
    *(void **)&api.free = find("ggml_free");
    *(void **)&api.new_tensor_4d = find("ggml_new_tensor_4d");
    *(void **)&api.add = find("ggml_add");
    *(void **)&api.mul = find("ggml_mul");
    *(void **)&api.permute = find("ggml_permute");
    *(void **)&api.view_1d = find("ggml_view_1d");
    *(void **)&api.get_data = find("ggml_get_data");
    *(void **)&api.set_input = find("ggml_set_input");
    size_t bytes = overhead() - 32, name = (size_t)(get_name(nothing) - nothing);
    CHECK(gv_layout_probe(&layout, &api, bytes, name));
    print(&layout);
    CHECK(gv_layout_from_table(&layout, bytes, name));
    print(&layout);
    CHECK(!gv_layout_probe(&layout, &(struct gv_layout_api){0}, bytes, name));
    CHECK(!gv_layout_probe(&layout, &api, 5000, name) && !gv_layout_probe(&layout, &api, bytes, bytes));
    return 0;
}
