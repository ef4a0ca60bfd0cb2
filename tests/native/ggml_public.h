/* The few functions of ggml's public interface that the test programs use, as ggml's own headers declare them. */
#ifndef GGML_PUBLIC_H
#define GGML_PUBLIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ggml_init_params {
    size_t mem_size;
    void *mem_buffer;
    bool no_alloc;
};

enum { GGML_TYPE_F32 = 0, GGML_N_TASKS_MAX = -1 };

struct ggml_tensor;
struct ggml_context;
struct ggml_cgraph;

typedef void (*ggml_custom1_op_t)(struct ggml_tensor *, const struct ggml_tensor *, int ith, int nth, void *);
typedef void (*ggml_custom2_op_t)(struct ggml_tensor *, const struct ggml_tensor *, const struct ggml_tensor *, int ith,
                                  int nth, void *);
typedef void (*ggml_custom_op_t)(struct ggml_tensor *, int ith, int nth, void *);
typedef bool (*ggml_abort_callback)(void *);

size_t ggml_tensor_overhead(void);
struct ggml_context *ggml_init(struct ggml_init_params params);
void ggml_free(struct ggml_context *context);
struct ggml_tensor *ggml_new_tensor_1d(struct ggml_context *, int type, int64_t ne0);
struct ggml_tensor *ggml_set_name(struct ggml_tensor *, const char *name);
void ggml_set_input(struct ggml_tensor *);
struct ggml_tensor *ggml_reshape_2d(struct ggml_context *, struct ggml_tensor *, int64_t ne0, int64_t ne1);
struct ggml_tensor *ggml_view_1d(struct ggml_context *, struct ggml_tensor *, int64_t ne0, size_t offset);
struct ggml_tensor *ggml_transpose(struct ggml_context *, struct ggml_tensor *);
struct ggml_tensor *ggml_map_custom1(struct ggml_context *, struct ggml_tensor *, ggml_custom1_op_t, int tasks, void *);
struct ggml_tensor *ggml_map_custom2(struct ggml_context *, struct ggml_tensor *, struct ggml_tensor *,
                                     ggml_custom2_op_t, int tasks, void *);
struct ggml_tensor *ggml_custom_4d(struct ggml_context *, int type, int64_t ne0, int64_t ne1, int64_t ne2, int64_t ne3,
                                   struct ggml_tensor **, int count, ggml_custom_op_t, int tasks, void *);
struct ggml_cgraph *ggml_new_graph(struct ggml_context *);
void ggml_build_forward_expand(struct ggml_cgraph *, struct ggml_tensor *);
size_t ggml_graph_overhead(void);

void *ggml_backend_cpu_init(void);
void ggml_backend_cpu_set_n_threads(void *backend, int threads);
void ggml_backend_cpu_set_abort_callback(void *backend, ggml_abort_callback, void *data);
void *ggml_backend_alloc_ctx_tensors(struct ggml_context *, void *backend);
void ggml_backend_buffer_free(void *buffer);
void ggml_backend_free(void *backend);
int ggml_backend_graph_compute(void *backend, struct ggml_cgraph *);
void *ggml_backend_sched_new(void **backends, void **types, int count, size_t nodes, bool parallel, bool op_offload);
bool ggml_backend_sched_alloc_graph(void *sched, struct ggml_cgraph *);
int ggml_backend_sched_graph_compute(void *sched, struct ggml_cgraph *);
void ggml_backend_sched_free(void *sched);

#endif
