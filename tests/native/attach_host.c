/*
 * Computes a small graph of a real ggml for every line on stdin, as the line says: "direct" by a call, "table" through a
 * pointer in constant data. "next" asks dlsym for what follows the program. Prints what came of it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "ggml_public.h"

enum { NODES = 20 };

typedef int (*compute)(void *backend, struct ggml_cgraph *graph);

const compute table[] = {NULL, ggml_backend_graph_compute};

static int worked;

static void work(struct ggml_tensor *to, const struct ggml_tensor *from, int ith, int nth, void *data) {
    (void)to, (void)from, (void)nth, (void)data;
    if (ith == 0) worked++;
}

int main(void) {
    struct ggml_init_params params = {64 * ggml_tensor_overhead() + ggml_graph_overhead(), NULL, true};
    struct ggml_context *context = ggml_init(params);
    void *backend = ggml_backend_cpu_init();
    ggml_backend_cpu_set_n_threads(backend, 2);
    struct ggml_tensor *tensor = ggml_new_tensor_1d(context, GGML_TYPE_F32, 64);
    for (int i = 0; i < NODES; i++) tensor = ggml_map_custom1(context, tensor, work, GGML_N_TASKS_MAX, NULL);
    struct ggml_cgraph *graph = ggml_new_graph(context);
    ggml_build_forward_expand(graph, tensor);
    void *buffer = ggml_backend_alloc_ctx_tensors(context, backend);
    char line[32];
    while (fgets(line, sizeof line, stdin)) {
        int failed = 0;
        if (!strcmp(line, "direct\n")) failed = ggml_backend_graph_compute(backend, graph);
        if (!strcmp(line, "table\n")) failed = table[1](backend, graph);
        if (!strcmp(line, "next\n")) failed = !dlsym(RTLD_NEXT, "ggml_backend_cpu_init");
        printf("%d %d\n", worked, failed);
        fflush(stdout);
    }
    ggml_backend_buffer_free(buffer);
    ggml_backend_free(backend);
    ggml_free(context);
    return 0;
}
