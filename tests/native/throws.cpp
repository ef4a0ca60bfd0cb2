// Computes a graph three times; in the first its abort callback throws an exception, which is caught outside of ggml.
extern "C" {
#include "ggml_public.h"
}
#include <cstdio>
#include <stdexcept>

static int calls;

static bool throw_once(void *) {
    if (++calls == 3) throw std::runtime_error("enough");
    return false;
}

static void work(ggml_tensor *, const ggml_tensor *, int, int, void *) {}

int main() {
    ggml_init_params params = {64 * ggml_tensor_overhead() + ggml_graph_overhead(), nullptr, true};
    ggml_context *context = ggml_init(params);
    void *backend = ggml_backend_cpu_init();
    ggml_backend_cpu_set_n_threads(backend, 1);
    ggml_backend_cpu_set_abort_callback(backend, throw_once, nullptr);
    ggml_tensor *tensor = ggml_new_tensor_1d(context, GGML_TYPE_F32, 64);
    for (int i = 0; i < 5; i++) tensor = ggml_map_custom1(context, tensor, work, GGML_N_TASKS_MAX, nullptr);
    ggml_cgraph *graph = ggml_new_graph(context);
    ggml_build_forward_expand(graph, tensor);
    ggml_backend_alloc_ctx_tensors(context, backend);
    for (int run = 0; run < 3; run++) {
        try {
            std::printf("%d\n", ggml_backend_graph_compute(backend, graph));
        } catch (const std::runtime_error &) {
            std::puts("caught");
        }
    }
}
