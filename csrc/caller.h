/*
 * Who called a hook, and what the function was meant to be. Sonames differ, backends are opened with RTLD_LOCAL and
 * several ggmls can share a process, so an original is always looked up from the module that called.
 */
#ifndef GGMLVIZ_CALLER_H
#define GGMLVIZ_CALLER_H

#include <stdint.h>

#include "library.h"

/* The hooked functions. X(name) */
#define GGMLVIZ_HOOKS(X)                                                                                            \
    X(ggml_backend_sched_graph_compute)                                                                             \
    X(ggml_backend_sched_graph_compute_async)                                                                       \
    X(ggml_backend_graph_compute)                                                                                   \
    X(ggml_backend_graph_compute_async)                                                                             \
    X(ggml_backend_synchronize)                                                                                     \
    X(ggml_graph_next_uid)                                                                                          \
    X(ggml_graph_compute)                                                                                           \
    X(ggml_barrier)                                                                                                 \
    X(ggml_compute_forward_get_rows)                                                                                \
    X(ggml_compute_forward_rms_norm_mul_fused)                                                                      \
    X(ggml_backend_buft_alloc_buffer)                                                                               \
    X(ggml_backend_cpu_buffer_from_ptr)                                                                             \
    X(ggml_backend_dev_buffer_from_host_ptr)                                                                        \
    X(ggml_backend_buffer_free)                                                                                     \
    X(ggml_backend_buffer_set_usage)                                                                                \
    X(ggml_backend_tensor_set)                                                                                      \
    X(ggml_backend_tensor_get)                                                                                      \
    X(ggml_backend_tensor_set_async)                                                                                \
    X(ggml_backend_tensor_get_async)                                                                                \
    X(ggml_backend_tensor_set_2d)                                                                                   \
    X(ggml_backend_tensor_get_2d)                                                                                   \
    X(ggml_backend_tensor_set_2d_async)                                                                             \
    X(ggml_backend_tensor_get_2d_async)                                                                             \
    X(ggml_backend_tensor_copy)                                                                                     \
    X(ggml_backend_tensor_copy_async)                                                                               \
    X(ggml_backend_tensor_memset)

extern const char *const gv_hook_names[];

enum gv_hook {
#define X(name) HOOK_##name,
    GGMLVIZ_HOOKS(X)
#undef X
    HOOK_COUNT
};

struct gv_caller {                /* a module that calls ggml */
    uintptr_t begin, bytes;       /* where it is mapped */
    struct gv_library *library;   /* the ggml it uses; NULL if it can only pass through */
    void *originals[HOOK_COUNT];
};

/* The module that `address` lies in. Never NULL; when even the original cannot be found, the process is ended with
 * the words the dynamic linker would have used, since there is nothing to call. */
const struct gv_caller *gv_caller_find(const void *address, enum gv_hook hook);

extern __thread const struct gv_caller *gv_last_caller __attribute__((tls_model("initial-exec")));

static inline const struct gv_caller *gv_caller_of(const void *address, enum gv_hook hook) {
    const struct gv_caller *last = gv_last_caller;
    if (__builtin_expect(last && (uintptr_t)address - last->begin < last->bytes && last->originals[hook] != 0, 1))
        return last;
    return gv_caller_find(address, hook);
}

#endif
