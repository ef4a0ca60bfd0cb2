/*
 * Hooks around computing: graph runs, splits, the CPU backend's nodes and barriers.
 *
 * The CPU backend's thread 0 calls cplan->abort_callback once after each node it has computed, before the barrier
 * that ends the node for all threads. We stand in for that callback, and the node's true end is when thread 0 leaves
 * the next barrier.
 */
#include "hooks.h"

#include <stdbool.h>
#include <string.h>

#include "define.h"
#include "graph.h"
#include "process.h"
#include "uid.h"

struct run {                      /* the outermost compute call of a thread */
    struct gv_lane *lane;
    struct gv_library *library;
    const void *graph;
    void **nodes;
    int count;
    uint32_t number;
    uint8_t status;
    bool described;
    uint64_t minor_faults, major_faults;
};

struct section {                  /* one ggml_graph_compute, on the thread that called it: thread 0 */
    struct gv_lane *lane;
    bool (*callback)(void *);     /* the program's own */
    void *callback_data;
    uint64_t worked_until;        /* thread 0 has just finished its share of a node; 0 otherwise */
    uint16_t ordinal;
    uint8_t flags;                /* of the node being computed */
};

static GGMLVIZ_THREAD struct run *current_run;
static GGMLVIZ_THREAD struct section *current_section;
static GGMLVIZ_THREAD bool in_split;
static uint32_t runs;

static uint8_t status_of(const struct gv_library *library, int status) {
    if (!library->tells_status) return GGMLVIZ_STATUS_UNKNOWN;
    if (status == 0) return GGMLVIZ_STATUS_SUCCESS;
    return status == 1 ? GGMLVIZ_STATUS_ABORTED : GGMLVIZ_STATUS_FAILED;
}

uint16_t gv_backend_short_id(struct gv_library *library, void *backend) {
    static GGMLVIZ_THREAD struct { void *backend; unsigned epoch; uint16_t id; } last[4];
    unsigned slot = (unsigned)((uintptr_t)backend >> 4) % 4;
    if (!backend || !library->backend_name) return UINT16_MAX;
    if (last[slot].backend != backend || last[slot].epoch != gv_epoch()) {
        gv_lock();
        gv_library_define(library);
        uint32_t id = gv_backend(library->backend_name(backend), library->id);
        gv_unlock();
        last[slot].backend = backend;
        last[slot].epoch = gv_epoch();
        last[slot].id = id < UINT16_MAX ? (uint16_t)id : UINT16_MAX;
    }
    return last[slot].id;
}

/* --- runs --- */

static void begin_run(struct run *run, struct gv_lane *lane, struct gv_library *library, void *graph) {
    *run = (struct run){.lane = lane, .library = library, .graph = graph, .nodes = gv_graph_nodes(graph),
                        .count = gv_graph_n_nodes(graph), .status = GGMLVIZ_STATUS_FAILED};
    run->number = __atomic_fetch_add(&runs, 1, __ATOMIC_RELAXED);
    gv_process_faults(&run->minor_faults, &run->major_faults);
    current_run = run;
    gv_row(lane, gv_now(), GGMLVIZ_ROW_RUN_BEGIN, 0, 0, run->number);
}

/* A scheduler allocates its graph and decides its splits at the last moment, so the graph is read when the first of
 * them begins. */
static void describe_run(struct run *run) {
    if (run->described) return;
    run->described = true;
    uint64_t begun = gv_now();
    uint32_t graph = gv_uid_recall(run->graph);
    if (graph == GGMLVIZ_NONE) {
        graph = gv_graph_describe(run->library, run->nodes, run->count);
        gv_uid_remember(run->graph, graph);
    }
    uint64_t now = gv_now(), spent = (now - begun) >> 10;
    gv_row(run->lane, now, GGMLVIZ_ROW_RUN_GRAPH, 0, spent < UINT16_MAX ? (uint16_t)spent : UINT16_MAX, graph);
}

/* Runs also when an exception passes through: nothing may point at a frame that is gone. */
static void end_run(struct run *run) {
    uint64_t minor, major;
    if (!run->lane) return;
    current_run = NULL;
    describe_run(run);
    uint64_t now = gv_now();
    gv_process_faults(&minor, &major);
    minor -= minor < run->minor_faults ? minor : run->minor_faults;
    major -= run->major_faults;
    gv_row(run->lane, now, GGMLVIZ_ROW_RUN_END, run->status, 0, run->number);
    gv_row(run->lane, now, GGMLVIZ_ROW_FAULTS, 0, major < UINT16_MAX ? (uint16_t)major : UINT16_MAX,
           minor < UINT32_MAX ? (uint32_t)minor : UINT32_MAX);
    gv_row_wide(run->lane, now, GGMLVIZ_ROW_RSS, 0, gv_process_resident());
}

GGMLVIZ_EXPORT uint64_t ggml_graph_next_uid(void) {
    const struct gv_caller *caller = GGMLVIZ_CALLER(ggml_graph_next_uid);
    uint64_t uid = GGMLVIZ_ORIGINAL(caller, ggml_graph_next_uid)();
    gv_uid_made(uid);
    return uid;
}

/* Where in the run's graph these nodes begin; a split is a window on the nodes of the whole graph. */
static uint32_t first_node(const struct run *run, const void *graph) {
    void **nodes = gv_graph_nodes(graph);
    if (nodes < run->nodes || nodes >= run->nodes + run->count) return GGMLVIZ_NONE;
    return (uint32_t)(nodes - run->nodes);
}

GGMLVIZ_EXPORT int ggml_backend_sched_graph_compute(void *sched, void *graph) {
    const struct gv_caller *caller = GGMLVIZ_CALLER(ggml_backend_sched_graph_compute);
    __typeof__(&ggml_backend_sched_graph_compute) original = GGMLVIZ_ORIGINAL(caller, ggml_backend_sched_graph_compute);
    struct gv_lane *lane = current_run ? NULL : gv_lane_for(caller);
    if (!lane) return original(sched, graph);
    struct run run __attribute__((cleanup(end_run)));
    begin_run(&run, lane, caller->library, graph);
    int status = original(sched, graph);
    run.status = status_of(caller->library, status);
    return status;
}

GGMLVIZ_EXPORT int ggml_backend_sched_graph_compute_async(void *sched, void *graph) {
    const struct gv_caller *caller = GGMLVIZ_CALLER(ggml_backend_sched_graph_compute_async);
    __typeof__(&ggml_backend_sched_graph_compute_async) original =
        GGMLVIZ_ORIGINAL(caller, ggml_backend_sched_graph_compute_async);
    struct gv_lane *lane = current_run ? NULL : gv_lane_for(caller);
    if (!lane) return original(sched, graph);
    struct run run __attribute__((cleanup(end_run)));
    begin_run(&run, lane, caller->library, graph);
    int status = original(sched, graph);
    run.status = status_of(caller->library, status);
    return status;
}

/* --- splits --- */

static void end_split(bool *was_outermost) {
    if (*was_outermost) in_split = false;
}

static int compute_split(const struct gv_caller *caller, int (*original)(void *, void *), void *backend, void *graph) {
    struct gv_lane *lane = in_split ? NULL : gv_lane_for(caller);
    if (!lane) return original(backend, graph);
    struct run run __attribute__((cleanup(end_run))) = {.lane = NULL};
    if (!current_run) begin_run(&run, lane, caller->library, graph);
    describe_run(current_run);
    uint16_t id = gv_backend_short_id(caller->library, backend);
    bool outermost __attribute__((cleanup(end_split), unused)) = in_split = true;
    gv_row(lane, gv_now(), GGMLVIZ_ROW_SPLIT_BEGIN, 0, id, first_node(current_run, graph));
    int status = original(backend, graph);
    gv_row(lane, gv_now(), GGMLVIZ_ROW_SPLIT_END, status_of(caller->library, status), id,
           (uint32_t)gv_graph_n_nodes(graph));
    run.status = status_of(caller->library, status);
    return status;
}

GGMLVIZ_EXPORT int ggml_backend_graph_compute(void *backend, void *graph) {
    const struct gv_caller *caller = GGMLVIZ_CALLER(ggml_backend_graph_compute);
    return compute_split(caller, GGMLVIZ_ORIGINAL(caller, ggml_backend_graph_compute), backend, graph);
}

GGMLVIZ_EXPORT int ggml_backend_graph_compute_async(void *backend, void *graph) {
    const struct gv_caller *caller = GGMLVIZ_CALLER(ggml_backend_graph_compute_async);
    return compute_split(caller, GGMLVIZ_ORIGINAL(caller, ggml_backend_graph_compute_async), backend, graph);
}

GGMLVIZ_EXPORT void ggml_backend_synchronize(void *backend) {
    const struct gv_caller *caller = GGMLVIZ_CALLER(ggml_backend_synchronize);
    __typeof__(&ggml_backend_synchronize) original = GGMLVIZ_ORIGINAL(caller, ggml_backend_synchronize);
    struct gv_lane *lane = gv_lane_for(caller);
    if (!lane) {
        original(backend);
        return;
    }
    uint16_t id = gv_backend_short_id(caller->library, backend);
    uint64_t begun = gv_now();
    original(backend);
    uint64_t now = gv_now();
    gv_row_wait(lane, now, GGMLVIZ_ROW_SYNC, 0, id, now - begun);
}

/* --- nodes --- */

static bool after_node(void *data) {
    struct section *section = data;
    if (section == current_section) section->worked_until = gv_now();
    return section->callback && section->callback(section->callback_data);
}

/* The callback and its data stand side by side in struct ggml_cplan, since there are thread pools behind the pool. The
 * struct is the caller's and is longer in newer versions: it is changed in place and put back. */
enum { PLAN_THREADS = 16, PLAN_CALLBACK = 32 };

struct borrowed_plan {
    char *callback;
    struct section *section;
};

static void borrow_plan(struct borrowed_plan *plan, char *cplan, struct section *section) {
    bool (*ours)(void *) = after_node;
    void *data = section;
    *plan = (struct borrowed_plan){cplan + PLAN_CALLBACK, section};
    memcpy(&section->callback, plan->callback, sizeof section->callback);
    memcpy(&section->callback_data, plan->callback + sizeof(void *), sizeof section->callback_data);
    memcpy(plan->callback, &ours, sizeof ours);
    memcpy(plan->callback + sizeof(void *), &data, sizeof data);
    current_section = section;
}

static void return_plan(struct borrowed_plan *plan) {
    if (!plan->callback) return;
    current_section = NULL;
    memcpy(plan->callback, &plan->section->callback, sizeof plan->section->callback);
    memcpy(plan->callback + sizeof(void *), &plan->section->callback_data, sizeof plan->section->callback_data);
}

GGMLVIZ_EXPORT int ggml_graph_compute(void *graph, void *cplan) {
    const struct gv_caller *caller = GGMLVIZ_CALLER(ggml_graph_compute);
    __typeof__(&ggml_graph_compute) original = GGMLVIZ_ORIGINAL(caller, ggml_graph_compute);
    struct gv_lane *lane = current_section ? NULL : gv_lane_for(caller);
    if (!lane) return original(graph, cplan);
    const struct gv_library *library = caller->library;
    struct run run __attribute__((cleanup(end_run))) = {.lane = NULL};
    if (!current_run) begin_run(&run, lane, caller->library, graph);
    describe_run(current_run);

    int threads = (int)gv_field_u32(cplan, PLAN_THREADS);
    bool timed = library->times_nodes && gv_settings.detail >= GGMLVIZ_DETAIL_OP;
    struct section section = {.lane = lane};
    struct borrowed_plan plan __attribute__((cleanup(return_plan))) = {NULL, NULL};
    if (timed) borrow_plan(&plan, cplan, &section);
    gv_row(lane, gv_now(), GGMLVIZ_ROW_CPU_BEGIN, timed ? GGMLVIZ_CPU_TIMED : 0, (uint16_t)threads,
           first_node(current_run, graph));
    int status = original(graph, cplan);
    uint64_t now = gv_now();
    if (section.worked_until)
        gv_row_wait(lane, now, GGMLVIZ_ROW_NODE, section.flags | GGMLVIZ_NODE_NO_BARRIER, section.ordinal, 0);
    gv_row(lane, now, GGMLVIZ_ROW_CPU_END, status_of(library, status), 0, (uint32_t)gv_graph_n_nodes(graph));
    run.status = status_of(library, status);
    return status;
}

static void barrier_of_thread_0(struct section *section, void (*original)(void *), void *pool) {
    uint64_t node_done = section->worked_until;
    uint64_t enter = node_done ? node_done : gv_now();
    section->worked_until = 0;
    original(pool);
    uint64_t leave = gv_now();
    gv_lane_pool(section->lane, leave, pool);
    if (node_done) {
        gv_row_wait(section->lane, leave, GGMLVIZ_ROW_NODE, section->flags, section->ordinal++, leave - enter);
        section->flags = 0;
    } else if (gv_settings.detail == GGMLVIZ_DETAIL_THREAD) {
        gv_row_wait(section->lane, leave, GGMLVIZ_ROW_BARRIER, 0, 0, leave - enter);
    }
}

GGMLVIZ_EXPORT void ggml_barrier(void *pool) {
    const struct gv_caller *caller = GGMLVIZ_CALLER(ggml_barrier);
    __typeof__(&ggml_barrier) original = GGMLVIZ_ORIGINAL(caller, ggml_barrier);
    if (current_section) {
        barrier_of_thread_0(current_section, original, pool);
        return;
    }
    struct gv_lane *lane = gv_settings.detail == GGMLVIZ_DETAIL_THREAD ? gv_lane_for(caller) : NULL;
    if (!lane) {
        original(pool);
        return;
    }
    uint64_t enter = gv_now();
    original(pool);
    uint64_t leave = gv_now();
    gv_lane_pool(lane, leave, pool);
    gv_row_wait(lane, leave, GGMLVIZ_ROW_BARRIER, 0, 0, leave - enter);
}

/* Two nodes, one callback: the only witness of a fused pair. Declared with room for arguments to come. */
GGMLVIZ_EXPORT void ggml_compute_forward_rms_norm_mul_fused(void *a, void *b, void *c, void *d, void *e, void *f) {
    const struct gv_caller *caller = GGMLVIZ_CALLER(ggml_compute_forward_rms_norm_mul_fused);
    if (current_section) current_section->flags |= GGMLVIZ_NODE_FUSED;
    GGMLVIZ_ORIGINAL(caller, ggml_compute_forward_rms_norm_mul_fused)(a, b, c, d, e, f);
}
