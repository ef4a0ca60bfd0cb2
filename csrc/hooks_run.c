/* Hooks around computing, as schedulers and backends see it: graph runs, splits, and waits for backends. */
#include <stdio.h>
#include <string.h>

#include "define.h"
#include "run.h"
#include "uid.h"

/* Backends come and go, and the next may lie where one was: what is remembered of an address holds for that name only. */
uint16_t gv_backend_short_id(struct gv_library *library, void *backend) {
    static GGMLVIZ_THREAD struct { void *backend; unsigned epoch; uint16_t id; char name[42]; } last[4];
    unsigned slot = (unsigned)((uintptr_t)backend >> 4) % 4;
    const char *name = backend && library->backend_name ? library->backend_name(backend) : NULL;
    if (!name) return UINT16_MAX;
    if (last[slot].backend != backend || last[slot].epoch != gv_epoch || strcmp(last[slot].name, name) != 0) {
        gv_lock();
        gv_library_define(library);
        uint32_t id = gv_backend(name, library->id);
        gv_unlock();
        last[slot].backend = backend;
        last[slot].epoch = gv_epoch;
        last[slot].id = id < UINT16_MAX ? (uint16_t)id : UINT16_MAX;
        snprintf(last[slot].name, sizeof last[slot].name, "%s", name);
    }
    return last[slot].id;
}

/* A run, unless there is one around this call already. */
static int compute_run(const struct gv_caller *caller, int (*original)(void *, void *), void *sched, void *graph,
                       const void *frame) {
    bool outermost = gv_enter(frame);
    struct gv_run *run = gv_run_around(frame) ? NULL : gv_run_begin(caller, graph, frame, true);
    if (!run) {
        gv_exit(outermost);
        return original(sched, graph);
    }
    int returned = original(sched, graph);
    gv_run_end(run, gv_status(caller->library, returned));
    gv_exit(outermost);
    return returned;
}

GGMLVIZ_EXPORT int ggml_backend_sched_graph_compute(void *sched, void *graph) {
    const struct gv_caller *caller = GGMLVIZ_CALLER(ggml_backend_sched_graph_compute);
    return compute_run(caller, GGMLVIZ_ORIGINAL(caller, ggml_backend_sched_graph_compute), sched, graph,
                       __builtin_frame_address(0));
}

GGMLVIZ_EXPORT int ggml_backend_sched_graph_compute_async(void *sched, void *graph) {
    const struct gv_caller *caller = GGMLVIZ_CALLER(ggml_backend_sched_graph_compute_async);
    return compute_run(caller, GGMLVIZ_ORIGINAL(caller, ggml_backend_sched_graph_compute_async), sched, graph,
                       __builtin_frame_address(0));
}

/* A split of the run around it, or a run of its own. */
static int compute_split(const struct gv_caller *caller, int (*original)(void *, void *), void *backend, void *graph,
                         const void *frame) {
    bool outermost = gv_enter(frame);
    struct gv_run *around = gv_run_around(frame), *own = around ? NULL : gv_run_begin(caller, graph, frame, false);
    struct gv_run *run = around ? around : own;
    if (!run || (run->split_frame && gv_deeper(frame, run->split_frame))) {
        gv_exit(outermost);
        return original(backend, graph);
    }
    gv_run_describe(run);
    gv_split_begin(run, caller, backend, graph, frame);
    int returned = original(backend, graph);
    gv_split_end(run, gv_status(caller->library, returned));
    if (own) gv_run_end(own, gv_status(caller->library, returned));
    gv_exit(outermost);
    return returned;
}

GGMLVIZ_EXPORT int ggml_backend_graph_compute(void *backend, void *graph) {
    const struct gv_caller *caller = GGMLVIZ_CALLER(ggml_backend_graph_compute);
    return compute_split(caller, GGMLVIZ_ORIGINAL(caller, ggml_backend_graph_compute), backend, graph,
                         __builtin_frame_address(0));
}

GGMLVIZ_EXPORT int ggml_backend_graph_compute_async(void *backend, void *graph) {
    const struct gv_caller *caller = GGMLVIZ_CALLER(ggml_backend_graph_compute_async);
    return compute_split(caller, GGMLVIZ_ORIGINAL(caller, ggml_backend_graph_compute_async), backend, graph,
                         __builtin_frame_address(0));
}

GGMLVIZ_EXPORT uint64_t ggml_graph_next_uid(void) {
    const struct gv_caller *caller = GGMLVIZ_CALLER(ggml_graph_next_uid);
    uint64_t uid = GGMLVIZ_ORIGINAL(caller, ggml_graph_next_uid)();
    gv_uid_made(uid);
    return uid;
}

GGMLVIZ_EXPORT void ggml_backend_synchronize(void *backend) {
    const struct gv_caller *caller = GGMLVIZ_CALLER(ggml_backend_synchronize);
    __typeof__(&ggml_backend_synchronize) original = GGMLVIZ_ORIGINAL(caller, ggml_backend_synchronize);
    bool outermost = gv_enter(__builtin_frame_address(0));
    struct gv_lane *lane = gv_lane_for(caller);
    if (!lane) {
        gv_exit(outermost);
        original(backend);
        return;
    }
    uint16_t id = gv_backend_short_id(caller->library, backend);
    uint64_t begun = gv_now();
    original(backend);
    uint64_t now = gv_now();
    gv_row_wait(lane, now, GGMLVIZ_ROW_SYNC, 0, id, now - begun);
    gv_exit(outermost);
}
