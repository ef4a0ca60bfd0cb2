#define _GNU_SOURCE
#include "keeper.h"

#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static struct {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    bool running, stopping;
    struct gv_ring *ring;
    uint64_t minor_faults;
} keeper = {.mutex = PTHREAD_MUTEX_INITIALIZER};

enum { SHORTEST_MS = 1, FIRST_MS = 4, LONGEST_MS = 50, SYNC_MS = 10000 };

/* Come back before the busiest lane can have written a quarter of a segment at the pace it had. */
static unsigned next_interval(unsigned interval, double progress) {
    double wanted = progress > 0.25 / LONGEST_MS ? interval * 0.25 / progress : LONGEST_MS;
    if (wanted > 2.0 * interval) wanted = 2.0 * interval; /* a burst may follow a pause: slow down gently */
    if (wanted < SHORTEST_MS) return SHORTEST_MS;
    return wanted > LONGEST_MS ? LONGEST_MS : (unsigned)wanted;
}

static void note_clock(struct gv_ring *ring) {
    struct ggmlviz_def_sync sync = {gv_clock_sync()};
    gv_ring_define(ring, GGMLVIZ_DEF_SYNC, &sync, sizeof sync, NULL, 0);
}

static void *keep(void *unused) {
    unsigned interval = FIRST_MS, since_sync = 0;
    prctl(PR_SET_NAME, "ggmlviz");
    pthread_mutex_lock(&keeper.mutex);
    while (!keeper.stopping) {
        uint64_t until = gv_monotonic_ns() + interval * 1000000ull;
        struct timespec deadline = {(time_t)(until / 1000000000u), (long)(until % 1000000000u)};
        pthread_cond_timedwait(&keeper.wake, &keeper.mutex, &deadline);
        if (keeper.stopping) break;
        pthread_mutex_unlock(&keeper.mutex);

        interval = next_interval(interval, gv_ring_tend(keeper.ring));
        struct rusage usage;
        if (getrusage(RUSAGE_THREAD, &usage) == 0)
            __atomic_store_n(&keeper.minor_faults, (uint64_t)usage.ru_minflt, __ATOMIC_RELAXED);
        since_sync += interval;
        if (since_sync >= SYNC_MS) {
            note_clock(keeper.ring);
            since_sync = 0;
        }
        pthread_mutex_lock(&keeper.mutex);
    }
    pthread_mutex_unlock(&keeper.mutex);
    return unused;
}

bool gv_keeper_start(struct gv_ring *ring) {
    sigset_t all, before;
    pthread_condattr_t monotonic;
    pthread_attr_t small_stack;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&keeper.wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_attr_init(&small_stack);
    pthread_attr_setstacksize(&small_stack, 128 * 1024);
    keeper.ring = ring;
    keeper.stopping = false;
    /* the host's signals are for the host's threads */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    keeper.running = pthread_create(&keeper.thread, &small_stack, keep, NULL) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&small_stack);
    return keeper.running;
}

void gv_keeper_stop(void) {
    if (!keeper.running) return;
    pthread_mutex_lock(&keeper.mutex);
    keeper.stopping = true;
    pthread_cond_signal(&keeper.wake);
    pthread_mutex_unlock(&keeper.mutex);
    pthread_join(keeper.thread, NULL);
    keeper.running = false;
}

uint64_t gv_keeper_minor_faults(void) { return __atomic_load_n(&keeper.minor_faults, __ATOMIC_RELAXED); }

void gv_keeper_forget(void) {
    keeper.running = false;
    keeper.minor_faults = 0;
    pthread_mutex_init(&keeper.mutex, NULL);
}
