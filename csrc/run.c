#include "run.h"

#include "graph.h"
#include "keeper.h"
#include "process.h"
#include "uid.h"

GGMLVIZ_THREAD struct gv_run gv_run;
static uint32_t runs;

uint8_t gv_status(const struct gv_library *library, int returned) {
    if (!library->tells_status) return GGMLVIZ_STATUS_UNKNOWN;
    if (returned == 0) return GGMLVIZ_STATUS_SUCCESS;
    return returned == 1 ? GGMLVIZ_STATUS_ABORTED : GGMLVIZ_STATUS_FAILED;
}

struct gv_run *gv_run_around(const void *frame) {
    struct gv_run *run = &gv_run;
    if (!run->frame) return NULL;
    if (run->epoch == gv_epoch && gv_deeper(frame, run->frame)) return run;
    gv_run_end(run, GGMLVIZ_STATUS_FAILED);
    return NULL;
}

/* Who joins in the middle of a run sees the rest of its splits. They are windows on the graph of that run, which has not
 * been seen: so until the thread has come by with a graph of its own, it is not believed that a window is all there is. */
static bool is_rest_of_unseen_run(const void *graph, bool scheduled) {
    static GGMLVIZ_THREAD unsigned seen_in;
    if (!gv_joined || seen_in == gv_epoch) return false;
    if (!scheduled && gv_graph_is_window(graph)) return true;
    seen_in = gv_epoch;
    return false;
}

struct gv_run *gv_run_begin(const struct gv_caller *caller, const void *graph, const void *frame, bool scheduled) {
    struct gv_lane *lane = gv_lane_for(caller);
    struct gv_run *run = &gv_run;
    if (!lane || __atomic_load_n(&gv_leaving, __ATOMIC_RELAXED) || is_rest_of_unseen_run(graph, scheduled)) return NULL;
    *run = (struct gv_run){.frame = frame, .epoch = gv_epoch, .lane = lane, .library = caller->library, .graph = graph,
                           .nodes = gv_graph_nodes(graph), .count = gv_graph_n_nodes(graph)};
    run->number = __atomic_fetch_add(&runs, 1, __ATOMIC_RELAXED);
    gv_process_faults(&run->minor_faults, &run->major_faults, gv_keeper_sample().minor_faults);
    gv_row(lane, gv_now(), GGMLVIZ_ROW_RUN_BEGIN, 0, 0, run->number);
    return run;
}

void gv_run_describe(struct gv_run *run) {
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

static void tell_memory(const struct gv_run *run, uint64_t now) {
    uint64_t minor, major;
    struct gv_keeper_sample sample = gv_keeper_sample();
    gv_process_faults(&minor, &major, sample.minor_faults);
    minor -= minor < run->minor_faults ? minor : run->minor_faults;
    major -= run->major_faults;
    gv_row(run->lane, now, GGMLVIZ_ROW_FAULTS, 0, major < UINT16_MAX ? (uint16_t)major : UINT16_MAX,
           minor < UINT32_MAX ? (uint32_t)minor : UINT32_MAX);
    uint64_t age = (gv_monotonic_ns() - sample.monotonic_ns) / 1000000;
    gv_row_wide(run->lane, now, GGMLVIZ_ROW_RSS, age < UINT8_MAX ? (uint8_t)age : UINT8_MAX, sample.resident);
}

void gv_run_end(struct gv_run *run, uint8_t status) {
    if (run->epoch == gv_epoch) {
        gv_split_end(run, GGMLVIZ_STATUS_FAILED); /* nothing to end, unless an exception left it open */
        gv_run_describe(run);
        uint64_t now = gv_now();
        gv_row(run->lane, now, GGMLVIZ_ROW_RUN_END, status, 0, run->number);
        tell_memory(run, now);
    }
    run->frame = run->split_frame = run->section.frame = NULL;
}

/* Where in the run's graph these nodes begin: a split is a window on the nodes of the whole graph. */
static uint32_t first_node(const struct gv_run *run, const void *graph) {
    void **nodes = gv_graph_nodes(graph);
    if (nodes < run->nodes || nodes >= run->nodes + run->count) return GGMLVIZ_NONE;
    return (uint32_t)(nodes - run->nodes);
}

void gv_split_begin(struct gv_run *run, const struct gv_caller *caller, void *backend, const void *graph,
                    const void *frame) {
    gv_split_end(run, GGMLVIZ_STATUS_FAILED);
    run->split_frame = frame;
    run->split_nodes = (uint32_t)gv_graph_n_nodes(graph);
    run->split_backend = gv_backend_short_id(caller->library, backend);
    gv_row(run->lane, gv_now(), GGMLVIZ_ROW_SPLIT_BEGIN, 0, run->split_backend, first_node(run, graph));
}

void gv_split_end(struct gv_run *run, uint8_t status) {
    if (run->epoch == gv_epoch) {
        gv_section_end(run, GGMLVIZ_STATUS_FAILED);
        if (run->split_frame)
            gv_row(run->lane, gv_now(), GGMLVIZ_ROW_SPLIT_END, status, run->split_backend, run->split_nodes);
    }
    run->split_frame = NULL;
}

void gv_section_begin(struct gv_run *run, const void *graph, int threads, bool timed, const void *frame) {
    gv_section_end(run, GGMLVIZ_STATUS_FAILED);
    run->section = (struct gv_section){.frame = frame, .nodes = (uint32_t)gv_graph_n_nodes(graph)};
    gv_row(run->lane, gv_now(), GGMLVIZ_ROW_CPU_BEGIN, timed ? GGMLVIZ_CPU_TIMED : 0, (uint16_t)threads,
           first_node(run, graph));
}

void gv_section_end(struct gv_run *run, uint8_t status) {
    struct gv_section *section = &run->section;
    if (section->frame && run->epoch == gv_epoch) {
        uint64_t now = gv_now();
        if (section->worked_until)
            gv_row_wait(run->lane, now, GGMLVIZ_ROW_NODE, section->flags | GGMLVIZ_NODE_NO_BARRIER, section->ordinal, 0);
        gv_row(run->lane, now, GGMLVIZ_ROW_CPU_END, status, 0, section->nodes);
    }
    section->frame = NULL;
}
