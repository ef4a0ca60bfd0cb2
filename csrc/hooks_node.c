/*
 * Hooks inside the CPU backend: nodes and barriers.
 *
 * The backend's thread 0 calls cplan->abort_callback once after each node it has computed, before the barrier that ends
 * the node for all threads. We stand in for that callback, and the node's true end is when thread 0 leaves the next
 * barrier.
 */
#include <string.h>

#include "experts.h"
#include "run.h"

static bool after_node(void *data) {
    struct gv_section *section = data;
    if (section == gv_section_here()) section->worked_until = gv_now();
    return section->callback && section->callback(section->callback_data);
}

/* The callback and its data stand side by side in struct ggml_cplan, since there are thread pools behind the pool. The
 * struct is the caller's and is longer in newer versions: it is changed in place and put back. */
enum { PLAN_THREADS = 16, PLAN_CALLBACK = 32, PLAN_CALLBACK_DATA = 40 };

static void borrow_callback(char *cplan, struct gv_section *section, const struct gv_section *before) {
    bool (*ours)(void *) = after_node;
    void *data = section;
    memcpy(&section->callback, cplan + PLAN_CALLBACK, sizeof section->callback);
    memcpy(&section->callback_data, cplan + PLAN_CALLBACK_DATA, sizeof section->callback_data);
    if (section->callback == after_node) { /* an exception kept it from being put back */
        section->callback = before->callback;
        section->callback_data = before->callback_data;
    }
    memcpy(cplan + PLAN_CALLBACK, &ours, sizeof ours);
    memcpy(cplan + PLAN_CALLBACK_DATA, &data, sizeof data);
}

static void return_callback(char *cplan, const struct gv_section *section) {
    memcpy(cplan + PLAN_CALLBACK, &section->callback, sizeof section->callback);
    memcpy(cplan + PLAN_CALLBACK_DATA, &section->callback_data, sizeof section->callback_data);
}

GGMLVIZ_EXPORT int ggml_graph_compute(void *graph, void *cplan) {
    const struct gv_caller *caller = GGMLVIZ_CALLER(ggml_graph_compute);
    __typeof__(&ggml_graph_compute) original = GGMLVIZ_ORIGINAL(caller, ggml_graph_compute);
    const void *frame = __builtin_frame_address(0);
    bool outermost = gv_enter(frame);
    struct gv_run *around = gv_run_around(frame), *own = around ? NULL : gv_run_begin(caller, graph, frame, false);
    struct gv_run *run = around ? around : own;
    if (!run || (run->section.frame && gv_deeper(frame, run->section.frame))) {
        gv_exit(outermost);
        return original(graph, cplan);
    }
    gv_run_describe(run);

    struct gv_section before = run->section;
    bool timed = caller->library->times_nodes && gv_settings.detail >= GGMLVIZ_DETAIL_OP;
    gv_section_begin(run, graph, (int)gv_field_u32(cplan, PLAN_THREADS), timed, frame);
    if (timed) borrow_callback(cplan, &run->section, &before);
    int returned = original(graph, cplan);
    if (timed) return_callback(cplan, &run->section);
    gv_section_end(run, gv_status(caller->library, returned));
    if (own) gv_run_end(own, gv_status(caller->library, returned));
    gv_exit(outermost);
    return returned;
}

static void barrier_of_thread_0(struct gv_section *section, void (*original)(void *), void *pool) {
    struct gv_lane *lane = gv_run.lane;
    uint64_t node_done = section->worked_until;
    uint64_t enter = node_done ? node_done : gv_now();
    section->worked_until = 0;
    original(pool);
    uint64_t leave = gv_now();
    gv_lane_pool(lane, leave, pool);
    if (node_done) {
        gv_row_wait(lane, leave, GGMLVIZ_ROW_NODE, section->flags, section->ordinal++, leave - enter);
        section->flags = 0;
    } else if (gv_settings.detail == GGMLVIZ_DETAIL_THREAD) {
        gv_row_wait(lane, leave, GGMLVIZ_ROW_BARRIER, 0, 0, leave - enter);
    }
}

/* Apart, so that thread 0 does not pay for a frame that only the others need. */
__attribute__((noinline)) static void barrier_of_worker(const struct gv_caller *caller, void (*original)(void *),
                                                        void *pool) {
    bool outermost = gv_enter(__builtin_frame_address(0));
    struct gv_lane *lane = gv_settings.detail == GGMLVIZ_DETAIL_THREAD ? gv_lane_for(caller) : NULL;
    if (!lane) {
        gv_exit(outermost);
        original(pool);
        return;
    }
    uint64_t enter = gv_now();
    original(pool);
    uint64_t leave = gv_now();
    gv_lane_pool(lane, leave, pool);
    gv_row_wait(lane, leave, GGMLVIZ_ROW_BARRIER, 0, 0, leave - enter);
    gv_exit(outermost);
}

GGMLVIZ_EXPORT void ggml_barrier(void *pool) {
    const struct gv_caller *caller = GGMLVIZ_CALLER(ggml_barrier);
    __typeof__(&ggml_barrier) original = GGMLVIZ_ORIGINAL(caller, ggml_barrier);
    struct gv_section *section = gv_section_here();
    if (section && gv_settings.detail != GGMLVIZ_DETAIL_GRAPH)
        barrier_of_thread_0(section, original, pool); /* in the hook around the section */
    else
        barrier_of_worker(caller, original, pool);
}

/* Two nodes, one callback: the only witness of a fused pair. Declared with room for arguments to come. */
GGMLVIZ_EXPORT void ggml_compute_forward_rms_norm_mul_fused(void *a, void *b, void *c, void *d, void *e, void *f) {
    const struct gv_caller *caller = GGMLVIZ_CALLER(ggml_compute_forward_rms_norm_mul_fused);
    struct gv_section *section = gv_section_here();
    if (section) section->flags |= GGMLVIZ_NODE_FUSED;
    GGMLVIZ_ORIGINAL(caller, ggml_compute_forward_rms_norm_mul_fused)(a, b, c, d, e, f);
}

/* GET_ROWS is where a mixture of experts has just decided which of them to use. */
GGMLVIZ_EXPORT void ggml_compute_forward_get_rows(void *params, void *tensor, void *c, void *d, void *e, void *f) {
    const struct gv_caller *caller = GGMLVIZ_CALLER(ggml_compute_forward_get_rows);
    if (gv_section_here() && caller->library) gv_experts_tell(gv_run.lane, caller->library, tensor);
    GGMLVIZ_ORIGINAL(caller, ggml_compute_forward_get_rows)(params, tensor, c, d, e, f);
}
