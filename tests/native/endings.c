/*
 * Computes small graphs of a real ggml on two threads, and ends in the way that argument 1 names, after argument 2
 * whole graphs, in the middle of one more. Prints how many graphs it has computed, before it ends.
 *
 * With "fork", a child goes on with the graph that its parent is in the middle of, after its parent is gone.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ggml_public.h"

enum { NODES = 20, MIDDLE = 10 };

static const char *ending;
static char **self;
static int wanted, done, node;

static void end(void) {
    printf("%d\n", done);
    fflush(stdout);
    if (!strcmp(ending, "segv")) *(volatile int *)8 = 1;
    if (!strcmp(ending, "abort")) abort();
    if (!strcmp(ending, "_exit")) _exit(0);
    if (!strcmp(ending, "exit")) exit(0);
    if (!strcmp(ending, "quick_exit")) quick_exit(0);
    if (!strcmp(ending, "term")) raise(SIGTERM);
    if (!strcmp(ending, "kill")) raise(SIGKILL);
    if (!strcmp(ending, "exec")) execl("/bin/true", "true", (char *)NULL);
    if (!strcmp(ending, "exec-self")) execl(self[0], self[0], "return", self[2], (char *)NULL);
    if (!strcmp(ending, "fork")) {
        int pipes[2];
        char nothing;
        if (pipe(pipes)) abort();
        pid_t child = fork();
        if (child < 0) abort();
        if (child) return; /* the end of the pipe closes when we are gone */
        close(pipes[1]);
        while (read(pipes[0], &nothing, 1) > 0) {
        }
    }
}

static void work(struct ggml_tensor *to, const struct ggml_tensor *from, int ith, int nth, void *data) {
    (void)to, (void)from, (void)nth, (void)data;
    if (ith == 0 && node++ == MIDDLE && done == wanted) end();
}

int main(int count, char **argument) {
    if (count != 3) return 2;
    self = argument;
    ending = argument[1];
    wanted = atoi(argument[2]);
    struct ggml_init_params params = {64 * ggml_tensor_overhead() + ggml_graph_overhead(), NULL, true};
    struct ggml_context *context = ggml_init(params);
    void *backend = ggml_backend_cpu_init();
    ggml_backend_cpu_set_n_threads(backend, strcmp(ending, "fork") ? 2 : 1); /* a child has but one */
    struct ggml_tensor *tensor = ggml_new_tensor_1d(context, GGML_TYPE_F32, 64);
    for (int i = 0; i < NODES; i++) tensor = ggml_map_custom1(context, tensor, work, GGML_N_TASKS_MAX, NULL);
    struct ggml_cgraph *graph = ggml_new_graph(context);
    ggml_build_forward_expand(graph, tensor);
    void *buffer = ggml_backend_alloc_ctx_tensors(context, backend);
    int most = wanted + (strcmp(ending, "return") ? 1 : 0);
    while (done < most) {
        node = 0;
        if (ggml_backend_graph_compute(backend, graph)) return 3;
        done++;
    }
    ggml_backend_buffer_free(buffer);
    ggml_backend_free(backend);
    ggml_free(context);
    return 0;
}
