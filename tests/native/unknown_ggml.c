/* A ggml whose tensors nobody knows: their size and the place of their name are in no table, and none can be made. */
#include <stddef.h>

size_t ggml_tensor_overhead(void) { return 32 + 1234; }
const char *ggml_get_name(const char *tensor) { return tensor + 101; }
const char *ggml_op_name(int op) { return op ? "ADD" : "NONE"; }
const char *ggml_type_name(int type) { return type ? "f16" : "f32"; }
size_t ggml_nbytes(const void *tensor) { return tensor ? 4 : 0; }
void *ggml_new_graph_custom(void *context) { return context; }
void ggml_barrier(void *pool) { (void)pool; }
int ggml_graph_compute(int *graph, void *plan) { return plan ? *graph + 1 : -1; }
int ggml_backend_graph_compute(void *backend, int *graph) { return ggml_graph_compute(graph, backend); }
int ggml_backend_sched_graph_compute(void *sched, int *graph) { return ggml_backend_graph_compute(sched, graph); }
void *ggml_backend_buft_alloc_buffer(char *type, size_t bytes) { return type + bytes; }
void ggml_backend_buffer_free(void *buffer) { (void)buffer; }
