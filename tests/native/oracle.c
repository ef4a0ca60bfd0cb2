/*
 * What ggml itself says of every graph that a program computes, as text in the file that ORACLE_OUTPUT names.
 *
 * An LD_PRELOAD library that knows nothing of ggml-viz: it asks ggml's exported functions, and reads the rest from
 * today's public struct ggml_tensor, declared here again. It is loaded before the shim, and goes on to it by tail calls,
 * so that whoever comes next finds the program's own return address and can tell which ggml is meant.
 *
 * A block for each run, its fields separated by tabs:
 *   run      nodes, library
 *   tensor   number, name, op, description, type, flags, ne[4], nb[4], bytes, view offset, data, base of its buffer,
 *            op_params[16], the first bytes of a weight in hexadecimal
 *   source   reader, slot or "view", source
 *   end
 * Tensors are numbered from 0: first the nodes, then every other tensor that is reached from them.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIMENSIONS = 4, SOURCES = 10, PARAMETERS = 16, CONTENT_BYTES = 16 };

struct ggml_tensor {
    int type;
    void *buffer;
    int64_t ne[DIMENSIONS];
    size_t nb[DIMENSIONS];
    int op;
    int32_t op_params[PARAMETERS];
    int32_t flags;
    struct ggml_tensor *src[SOURCES];
    struct ggml_tensor *view_src;
    size_t view_offs;
    void *data;
    char name[64];
    void *extra;
    char padding[8];
};

struct ggml {
    const char *path;
    int (*n_nodes)(void *graph);
    struct ggml_tensor *(*node)(void *graph, int index);
    const char *(*op_name)(int op);
    const char *(*op_desc)(const struct ggml_tensor *tensor);
    const char *(*type_name)(int type);
    const char *(*get_name)(const struct ggml_tensor *tensor);
    size_t (*nbytes)(const struct ggml_tensor *tensor);
    void *(*buffer_base)(void *buffer);
    bool (*buffer_is_host)(void *buffer);
};

typedef int (*compute)(void *sched_or_backend, void *graph);

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static FILE *output;
static __thread void *graph_of_run;

/* --- finding functions ------------------------------------------------------------------------------------------- */

static void *handle_of(const void *address, Dl_info *info) {
    void *handle = dladdr(address, info) ? dlopen(info->dli_fname, RTLD_LAZY | RTLD_NOLOAD) : NULL;
    if (handle) return handle;
    fprintf(stderr, "oracle: a caller without a library\n");
    abort();
}

static void *find(void *handle, const char *name) {
    void *function = dlsym(handle, name);
    if (function) return function;
    fprintf(stderr, "oracle: there is no %s\n", name);
    abort();
}

static struct ggml ggml_of(const void *address) {
    Dl_info info, definition;
    void *handle = handle_of(address, &info);
    struct ggml ggml;
    *(void **)&ggml.n_nodes = find(handle, "ggml_graph_n_nodes");
    *(void **)&ggml.node = find(handle, "ggml_graph_node");
    *(void **)&ggml.op_name = find(handle, "ggml_op_name");
    *(void **)&ggml.op_desc = find(handle, "ggml_op_desc");
    *(void **)&ggml.type_name = find(handle, "ggml_type_name");
    *(void **)&ggml.get_name = find(handle, "ggml_get_name");
    *(void **)&ggml.nbytes = find(handle, "ggml_nbytes");
    *(void **)&ggml.buffer_base = find(handle, "ggml_backend_buffer_get_base");
    *(void **)&ggml.buffer_is_host = find(handle, "ggml_backend_buffer_is_host");
    ggml.path = dladdr((void *)(uintptr_t)ggml.nbytes, &definition) ? definition.dli_fname : "";
    return ggml;
}

/* Whoever was preloaded after us, or else ggml. */
static compute next(const void *caller, const char *name) {
    Dl_info info;
    void *function = dlsym(RTLD_NEXT, name);
    return (compute)(uintptr_t)(function ? function : find(handle_of(caller, &info), name));
}

/* --- telling a graph --------------------------------------------------------------------------------------------- */

struct members {
    const struct ggml_tensor **member;
    int count, room;
};

static int number_of(struct members *members, const struct ggml_tensor *tensor) {
    for (int i = 0; i < members->count; i++)
        if (members->member[i] == tensor) return i;
    if (members->count == members->room) {
        members->room = members->room ? members->room * 2 : 1024;
        members->member = realloc(members->member, (size_t)members->room * sizeof *members->member);
        if (!members->member) abort();
    }
    members->member[members->count] = tensor;
    return members->count++;
}

static bool ends_with(const char *text, const char *end) {
    size_t length = strlen(text), wanted = strlen(end);
    return length >= wanted && strcmp(text + length - wanted, end) == 0;
}

static void *buffer_of(const struct ggml_tensor *tensor) {
    return tensor->buffer || !tensor->view_src ? tensor->buffer : tensor->view_src->buffer;
}

static void tell_content(const struct ggml *ggml, const struct ggml_tensor *tensor) {
    void *buffer = buffer_of(tensor);
    if (!ends_with(ggml->get_name(tensor), ".weight") || !buffer || !ggml->buffer_is_host(buffer)) return;
    for (size_t i = 0; i < CONTENT_BYTES && i < ggml->nbytes(tensor); i++)
        fprintf(output, "%02x", ((const unsigned char *)tensor->data)[i]);
}

static void tell_tensor(const struct ggml *ggml, int number, const struct ggml_tensor *tensor) {
    void *buffer = buffer_of(tensor);
    fprintf(output, "tensor\t%d\t%s\t%s\t%s\t%s\t%d\t", number, ggml->get_name(tensor), ggml->op_name(tensor->op),
            ggml->op_desc(tensor), ggml->type_name(tensor->type), tensor->flags);
    for (int i = 0; i < DIMENSIONS; i++) fprintf(output, "%s%lld", i ? "," : "", (long long)tensor->ne[i]);
    for (int i = 0; i < DIMENSIONS; i++) fprintf(output, "%s%zu", i ? "," : "\t", tensor->nb[i]);
    fprintf(output, "\t%zu\t%zu\t%llu\t%llu\t", ggml->nbytes(tensor), tensor->view_offs,
            (unsigned long long)(uintptr_t)tensor->data,
            (unsigned long long)(uintptr_t)(buffer ? ggml->buffer_base(buffer) : NULL));
    for (int i = 0; i < PARAMETERS; i++) fprintf(output, "%s%d", i ? "," : "", tensor->op_params[i]);
    fputc('\t', output);
    tell_content(ggml, tensor);
    fputc('\n', output);
}

static void tell_sources(struct members *members, int reader, bool is_node) {
    const struct ggml_tensor *tensor = members->member[reader];
    for (int slot = 0; is_node && slot < SOURCES; slot++)
        if (tensor->src[slot]) fprintf(output, "source\t%d\t%d\t%d\n", reader, slot, number_of(members, tensor->src[slot]));
    if (tensor->view_src) fprintf(output, "source\t%d\tview\t%d\n", reader, number_of(members, tensor->view_src));
}

static void tell_graph(const struct ggml *ggml, void *graph) {
    struct members members = {0};
    int nodes = ggml->n_nodes(graph);
    fprintf(output, "run\t%d\t%s\n", nodes, ggml->path);
    for (int i = 0; i < nodes; i++) number_of(&members, ggml->node(graph, i));
    for (int i = 0; i < members.count; i++) {
        tell_sources(&members, i, i < nodes);
        tell_tensor(ggml, i, members.member[i]);
    }
    fputs("end\n", output);
    fflush(output);
    free(members.member);
}

static void tell_run(const void *caller, void *graph) {
    struct ggml ggml = ggml_of(caller);
    pthread_mutex_lock(&mutex);
    const char *path = getenv("ORACLE_OUTPUT");
    if (!output && path) output = fopen(path, "we");
    if (output) tell_graph(&ggml, graph);
    pthread_mutex_unlock(&mutex);
}

/* --- hooks ------------------------------------------------------------------------------------------------------- */

__attribute__((visibility("default"))) int ggml_backend_sched_graph_compute_async(void *sched, void *graph) {
    graph_of_run = graph;
    return next(__builtin_return_address(0), "ggml_backend_sched_graph_compute_async")(sched, graph);
}

/* The scheduler allocates its graph at the last moment: it is complete when the first part of it is computed. */
__attribute__((visibility("default"))) int ggml_backend_graph_compute_async(void *backend, void *graph) {
    const void *caller = __builtin_return_address(0);
    if (graph_of_run) tell_run(caller, graph_of_run);
    graph_of_run = NULL;
    return next(caller, "ggml_backend_graph_compute_async")(backend, graph);
}
