/* Writes rows as a hook does, for bench_row.py: bench_row FILE BATCHES prints, batch by batch in turn, the nanoseconds of
 * one clock reading and of one row with its clock reading. `bench_row FILE BATCHES count` only writes rows. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ring.h"

enum { BATCH = 20000 };

static struct gv_ring ring;
static int stop;

static void *tend(void *unused) {
    struct timespec pause = {0, 1000000};
    while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
        gv_ring_tend(&ring);
        nanosleep(&pause, NULL);
    }
    return unused;
}

static double read_clock(void) {
    uint64_t begun = gv_monotonic_ns(), sum = 0;
    for (int i = 0; i < BATCH; i++) {
        sum += gv_now();
        __asm__ volatile("" : "+r"(sum)); /* each reading must happen */
    }
    return (double)(gv_monotonic_ns() - begun) / BATCH;
}

__attribute__((noinline)) static double write_rows(struct gv_lane *lane) {
    uint64_t begun = gv_monotonic_ns();
    for (int i = 0; i < BATCH; i++) gv_row(lane, gv_now(), GGMLVIZ_ROW_MARK, 0, 0, (uint32_t)i);
    return (double)(gv_monotonic_ns() - begun) / BATCH;
}

int main(int count, char **words) {
    pthread_t tending;
    if (count < 3) return 2;
    struct gv_ring_options options = {.path = words[1], .mode = GGMLVIZ_MODE_RING, .detail = GGMLVIZ_DETAIL_THREAD,
                                      .segment_bytes = 1 << 20, .limit = 32};
    gv_clock_choose();
    if (!gv_ring_create(&ring, &options)) return perror(words[1]), 1;
    struct gv_lane *lane = gv_lane_take(&ring);
    pthread_create(&tending, NULL, tend, NULL);
    for (int batch = 0; batch < atoi(words[2]); batch++) {
        if (count > 3) write_rows(lane);
        else printf("%.3f %.3f\n", read_clock(), write_rows(lane));
    }
    __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
    pthread_join(tending, NULL);
    fprintf(stderr, "clock %s\n", gv_clock_is_tsc ? "tsc" : "monotonic");
    gv_ring_close(&ring);
    return 0;
}
