/*
 * The graph run a thread is in: the outermost compute call, the split in it, the CPU section in that.
 *
 * An exception may leave a hook without our being told. So nothing here lies on the stack, and each part remembers the
 * frame of the hook that began it: a call from a frame that is not deeper shows that it is over.
 */
#ifndef GGMLVIZ_RUN_H
#define GGMLVIZ_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "hooks.h"

struct gv_section {               /* one ggml_graph_compute, on the thread that called it: thread 0 */
    const void *frame;            /* NULL: none */
    bool (*callback)(void *);     /* the program's own */
    void *callback_data;
    uint64_t worked_until;        /* thread 0 has just finished its share of a node; 0 otherwise */
    uint32_t nodes;
    uint16_t ordinal;
    uint8_t flags;                /* of the node being computed */
};

struct gv_run {
    const void *frame;            /* NULL: none */
    unsigned epoch;               /* of the trace it is recorded in; a forked child is in another */
    struct gv_lane *lane;
    struct gv_library *library;
    const void *graph;
    void **nodes;
    int count;
    uint32_t number;
    bool described;
    uint64_t minor_faults, major_faults;
    const void *split_frame;      /* NULL: none */
    uint32_t split_nodes;
    uint16_t split_backend;
    struct gv_section section;
};

extern GGMLVIZ_THREAD struct gv_run gv_run;

/* The run that a hook with this frame is called in, or NULL. */
struct gv_run *gv_run_around(const void *frame);

/* Begin the thread's run, of a graph that a scheduler is given or of any other; NULL when it is not to be recorded. */
struct gv_run *gv_run_begin(const struct gv_caller *caller, const void *graph, const void *frame, bool scheduled);

/* A scheduler allocates its graph and decides its splits at the last moment, so the graph is read when the first of
 * them begins. */
void gv_run_describe(struct gv_run *run);

void gv_run_end(struct gv_run *run, uint8_t status);

void gv_split_begin(struct gv_run *run, const struct gv_caller *caller, void *backend, const void *graph,
                    const void *frame);
void gv_split_end(struct gv_run *run, uint8_t status);

void gv_section_begin(struct gv_run *run, const void *graph, int threads, bool timed, const void *frame);
void gv_section_end(struct gv_run *run, uint8_t status);

/* The section of the calling thread, if it is thread 0 of one. */
static inline struct gv_section *gv_section_here(void) {
    return gv_run.section.frame && gv_run.epoch == gv_epoch ? &gv_run.section : NULL;
}

/* ggmlviz_status of what a compute function returned. */
uint8_t gv_status(const struct gv_library *library, int returned);

#endif
