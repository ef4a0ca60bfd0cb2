/*
 * Writes rows as fast as it can, on several lanes, until it is killed; what it has written it notes, after each row, in
 * a file that is mapped and so survives it: one uint64_t per lane, then how many definitions it has written.
 *
 * writer TRACE PROGRESS file|ring LANES. Prints a line once all lanes write.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "ring.h"

/* Small, so that segments are begun, sealed and used again all the time; limited, so that no disk fills up. */
enum { SEGMENT = 8192, MOST_LANES = 8, FILE_SEGMENTS = 1 << 15, RING_SEGMENTS = 64, ORPHAN_SECONDS = 60 };

static struct gv_ring ring;
static uint64_t *progress;
static int lanes, at_work;

static void *write_rows(void *unused) {
    struct gv_lane *lane = gv_lane_take(&ring);
    if (!lane) abort();
    uint64_t *mine = &progress[lane->id];
    for (uint64_t i = 0;; i++) {
        /* a row is never lost: the writer waits for room */
        while (gv_lane_is_full(lane)) sched_yield();
        gv_row(lane, gv_now(), GGMLVIZ_ROW_MARK, 0, 0, (uint32_t)i);
        __atomic_store_n(mine, i + 1, __ATOMIC_RELEASE);
        if (i == 0) __atomic_fetch_add(&at_work, 1, __ATOMIC_RELAXED);
    }
    return unused;
}

static void *write_definitions(void *unused) {
    uint32_t most = ring.store.limit == RING_SEGMENTS ? 2000 : UINT32_MAX;
    for (uint32_t id = 0; id < most; id++) {
        char text[32];
        struct ggmlviz_def_string body = {id, (uint32_t)snprintf(text, sizeof text, "text %u", id)};
        if (!gv_ring_define(&ring, GGMLVIZ_DEF_STRING, &body, sizeof body, text, body.length)) abort();
        __atomic_store_n(&progress[MOST_LANES], (uint64_t)id + 1, __ATOMIC_RELEASE);
        sched_yield();
    }
    return unused;
}

int main(int count, char **argument) {
    if (count != 5) return 2;
    bool is_ring = strcmp(argument[3], "ring") == 0;
    lanes = atoi(argument[4]);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    alarm(ORPHAN_SECONDS);
    int fd = open(argument[2], O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || lanes < 1 || lanes > MOST_LANES || ftruncate(fd, 4096)) return 2;
    progress = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (progress == MAP_FAILED) return 2;

    struct gv_ring_options options = {.path = argument[1], .mode = is_ring ? GGMLVIZ_MODE_RING : GGMLVIZ_MODE_FILE,
                                      .detail = GGMLVIZ_DETAIL_THREAD, .segment_bytes = SEGMENT,
                                      .limit = is_ring ? RING_SEGMENTS : FILE_SEGMENTS, .ready = 2};
    gv_clock_choose();
    if (!gv_ring_create(&ring, &options)) return 3;
    pthread_t thread;
    for (int i = 0; i < lanes; i++)
        if (pthread_create(&thread, NULL, write_rows, NULL)) return 3;
    if (pthread_create(&thread, NULL, write_definitions, NULL)) return 3;
    for (bool said = false;;) {
        /* a file that is long enough is tended no more, and its writers wait: it shall not begin to overwrite itself */
        if (is_ring || ring.store.count < FILE_SEGMENTS / 2) gv_ring_tend(&ring);
        if (said || __atomic_load_n(&at_work, __ATOMIC_RELAXED) < lanes) continue;
        said = puts("writing") >= 0 && !fflush(stdout);
    }
}
