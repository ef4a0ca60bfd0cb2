#define _GNU_SOURCE
#include "library.h"

#include <dlfcn.h>
#include <stdio.h>

#include "define.h"
#include "ggmlviz_events.h"
#include "recorder.h"
#include "say.h"

enum { MOST_LIBRARIES = 32, OBJECT_BYTES = 32 };

static struct gv_library libraries[MOST_LIBRARIES];
static struct {
    char version[64], commit[64], layout[160];
} facts[MOST_LIBRARIES];
static int library_count;

typedef void *(*find_function)(void *handle, const char *name);

static void find_functions(struct gv_library *library, void *handle, find_function find) {
    *(void **)&library->get_name = find(handle, "ggml_get_name");
    *(void **)&library->op_name = find(handle, "ggml_op_name");
    *(void **)&library->op_desc = find(handle, "ggml_op_desc");
    *(void **)&library->type_name = find(handle, "ggml_type_name");
    *(void **)&library->nbytes = find(handle, "ggml_nbytes");
    *(void **)&library->backend_name = find(handle, "ggml_backend_name");
    *(void **)&library->buft_name = find(handle, "ggml_backend_buft_name");
    *(void **)&library->buffer_get_type = find(handle, "ggml_backend_buffer_get_type");
    *(void **)&library->buffer_get_base = find(handle, "ggml_backend_buffer_get_base");
    *(void **)&library->buffer_get_size = find(handle, "ggml_backend_buffer_get_size");
    *(void **)&library->buffer_get_usage = find(handle, "ggml_backend_buffer_get_usage");
}

static bool probe(struct gv_library *library, void *handle, find_function find, size_t bytes, size_t name) {
    struct gv_layout_api api;
    *(void **)&api.init = find(handle, "ggml_init");
    *(void **)&api.free = find(handle, "ggml_free");
    *(void **)&api.new_tensor_4d = find(handle, "ggml_new_tensor_4d");
    *(void **)&api.add = find(handle, "ggml_add");
    *(void **)&api.mul = find(handle, "ggml_mul");
    *(void **)&api.permute = find(handle, "ggml_permute");
    *(void **)&api.view_1d = find(handle, "ggml_view_1d");
    *(void **)&api.get_data = find(handle, "ggml_get_data");
    *(void **)&api.set_input = find(handle, "ggml_set_input");
    return gv_layout_probe(&library->layout, &api, bytes, name);
}

/* Two numbers from exported functions identify the layout; no tensor is touched. */
static void find_layout(struct gv_library *library, void *handle, find_function find, char *words, size_t room) {
    static const char nothing[8192];
    size_t (*overhead)(void) = (size_t(*)(void))(uintptr_t)library->identity;
    if (!library->get_name || !library->op_name || !library->type_name || !library->nbytes) {
        snprintf(words, room, "refused: functions to read tensors with are missing");
        return;
    }
    if (!find(handle, "ggml_new_graph_custom")) { /* it came with today's struct ggml_cgraph */
        snprintf(words, room, "refused: its graphs are those of before 2023-10-30");
        gv_say("%s is a ggml with the graphs of before 2023-10-30: it runs on, untraced", library->path);
        return;
    }
    size_t bytes = overhead() - OBJECT_BYTES, name = (size_t)(library->get_name(nothing) - nothing);
    if (gv_layout_from_table(&library->layout, bytes, name) || probe(library, handle, find, bytes, name)) {
        library->readable = true;
        snprintf(words, room, "%s", library->layout.since);
    } else {
        snprintf(words, room, "refused: unknown layout (tensor of %zu bytes, name at %zu)", bytes, name);
        gv_say("%s has an unknown tensor layout (%zu bytes, name at %zu): it runs on, untraced", library->path, bytes,
               name);
    }
}

static void find_facts(struct gv_library *library, int index, void *handle, find_function find) {
    const char *(*version)(void) = (const char *(*)(void))(uintptr_t)find(handle, "ggml_version");
    const char *(*commit)(void) = (const char *(*)(void))(uintptr_t)find(handle, "ggml_commit");
    snprintf(facts[index].version, sizeof facts[index].version, "%s", version ? version() : "");
    snprintf(facts[index].commit, sizeof facts[index].commit, "%s", commit ? commit() : "");
    find_layout(library, handle, find, facts[index].layout, sizeof facts[index].layout);
    library->tells_status = find(handle, "ggml_status_to_string") != NULL;
}

/* Nodes can be timed where the CPU backend has thread pools and exports its barrier (since 2024-09). The backend may be
 * a module of its own that is met later than the rest of its ggml. */
static bool tells_nodes(void *handle, find_function find) {
    return find(handle, "ggml_threadpool_new") && find(handle, "ggml_barrier");
}

struct gv_library *gv_library_of(void *handle, find_function find) {
    Dl_info info;
    const void *identity = find(handle, LIBRARY_MARK);
    if (!identity) return NULL;
    for (int i = 0; i < library_count; i++) {
        if (libraries[i].identity != identity) continue;
        if (!libraries[i].times_nodes) libraries[i].times_nodes = tells_nodes(handle, find);
        return &libraries[i];
    }
    if (library_count == MOST_LIBRARIES) return NULL;
    struct gv_library *library = &libraries[library_count];
    library->identity = identity;
    if (dladdr(identity, &info) && info.dli_fname) snprintf(library->path, sizeof library->path, "%s", info.dli_fname);
    find_functions(library, handle, find);
    find_facts(library, library_count, handle, find);
    library->times_nodes = tells_nodes(handle, find);
    library_count++;
    return library;
}

void gv_library_define(struct gv_library *library) {
    long index = library - libraries;
    if (!gv_began_anew(&library->epoch)) return;
    struct ggmlviz_def_library body = {
        .path = gv_string(library->path),
        .version = gv_string(facts[index].version),
        .commit = gv_string(facts[index].commit),
        .layout = gv_string(facts[index].layout),
        .tensor_bytes = library->layout.bytes,
        .max_name = library->layout.max_name,
    };
    library->id = gv_library(&body);
}
