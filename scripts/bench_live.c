/* A program that computes nothing and records that it does, for bench_live.py: bench_live RING ROWS_A_SECOND SECONDS
 * writes runs of 100 nodes each into a ring of 64 MB, as evenly as it can, with the ring's own code. It prints how many
 * rows it wrote and how many found no room. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "ring.h"

enum { SEGMENT = 1 << 18, SEGMENTS = 256, NODES = 100, ROWS_OF_RUN = NODES + 7, STEP_NS = 1000000 };

static struct gv_ring ring;
static int stop;

static void *tend(void *unused) {
    struct timespec pause = {0, STEP_NS};
    while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
        gv_ring_tend(&ring);
        nanosleep(&pause, NULL);
    }
    return unused;
}

static void write_run(struct gv_lane *lane, uint32_t number) {
    gv_row(lane, gv_now(), GGMLVIZ_ROW_RUN_BEGIN, 0, 0, number);
    gv_row(lane, gv_now(), GGMLVIZ_ROW_RUN_GRAPH, 0, 0, GGMLVIZ_NONE);
    gv_row(lane, gv_now(), GGMLVIZ_ROW_CPU_BEGIN, GGMLVIZ_CPU_TIMED, 1, 0);
    for (uint16_t node = 0; node < NODES; node++) gv_row(lane, gv_now(), GGMLVIZ_ROW_NODE, 0, node, 10);
    gv_row(lane, gv_now(), GGMLVIZ_ROW_CPU_END, 0, 0, NODES);
    gv_row(lane, gv_now(), GGMLVIZ_ROW_RUN_END, 0, 0, number);
    gv_row(lane, gv_now(), GGMLVIZ_ROW_FAULTS, 0, 0, 0);
    gv_row_wide(lane, gv_now(), GGMLVIZ_ROW_RSS, 0, 1 << 20);
}

int main(int count, char **words) {
    pthread_t tending;
    if (count != 4) return 2;
    double rate = atof(words[2]);
    struct gv_ring_options options = {.mode = GGMLVIZ_MODE_RING, .detail = GGMLVIZ_DETAIL_THREAD,
                                      .segment_bytes = SEGMENT, .limit = SEGMENTS, .ready = 2};
    char path[256];
    snprintf(path, sizeof path, "%s%d", words[1], (int)getpid());
    options.path = path;
    gv_clock_choose();
    if (!gv_ring_create(&ring, &options)) return perror(path), 1;
    struct gv_lane *lane = gv_lane_take(&ring);
    gv_lane_thread(lane, 0);
    pthread_create(&tending, NULL, tend, NULL);
    uint64_t begun = gv_monotonic_ns(), until = begun + (uint64_t)(atof(words[3]) * 1e9), now;
    uint32_t runs = 0;
    while ((now = gv_monotonic_ns()) < until) {
        uint64_t due = (uint64_t)((double)(now - begun) / 1e9 * rate / ROWS_OF_RUN);
        uint64_t most = runs + 1 + (uint64_t)(rate / ROWS_OF_RUN / 100); /* somebody else had the core: no burst of all */
        if (due > most) due = most;
        while (runs < due) write_run(lane, runs++);
        struct timespec pause = {0, STEP_NS};
        nanosleep(&pause, NULL);
    }
    double seconds = (double)(gv_monotonic_ns() - begun) / 1e9;
    __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
    pthread_join(tending, NULL);
    struct ggmlviz_segment *last = lane->slot->segment;
    printf("%.0f %llu %.3f\n", (double)runs * ROWS_OF_RUN, (unsigned long long)(last->lost + last->dropped), seconds);
    gv_ring_close(&ring);
    return 0;
}
