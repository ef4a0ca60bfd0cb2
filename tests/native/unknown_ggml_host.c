/* Uses unknown_ggml.c as a program would use ggml, and prints what it gets. */
#include <stdio.h>

int ggml_backend_sched_graph_compute(void *sched, int *graph);
void *ggml_backend_buft_alloc_buffer(char *type, size_t bytes);
void ggml_backend_buffer_free(void *buffer);

int main(void) {
    char buffers[64];
    int graph[8] = {41};
    void *buffer = ggml_backend_buft_alloc_buffer(buffers, 8);
    for (int i = 0; i < 3; i++) printf("%d\n", ggml_backend_sched_graph_compute(buffer, graph));
    printf("%d\n", (int)((char *)buffer - buffers));
    ggml_backend_buffer_free(buffer);
    return 3;
}
