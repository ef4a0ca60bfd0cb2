#define _GNU_SOURCE
#include "keeper.h"

#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "process.h"

static struct {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    bool running, stopping;
    struct gv_ring *ring;
    struct gv_keeper_sample sample; /* each field is stored and loaded atomically; they need not be of one moment */
} keeper = {.mutex = PTHREAD_MUTEX_INITIALIZER};

enum { SHORTEST_MS = 1, FIRST_MS = 4, LONGEST_MS = 50, SAMPLE_MS = 50, SYNC_MS = 10000 };

/* Come back before the busiest lane can have written this part of a segment at the pace it had. Every visit takes a core
 * from the host for a moment, and all its threads wait for the one that had it. */
static const double PART = 0.4;

static unsigned next_interval(unsigned interval, double progress) {
    double wanted = progress > PART / LONGEST_MS ? interval * PART / progress : LONGEST_MS;
    if (wanted > 2.0 * interval) wanted = 2.0 * interval; /* a burst may follow a pause: slow down gently */
    if (wanted < SHORTEST_MS) return SHORTEST_MS;
    return wanted > LONGEST_MS ? LONGEST_MS : (unsigned)wanted;
}

static void note_clock(struct gv_ring *ring) {
    struct ggmlviz_def_sync sync = {gv_clock_sync()};
    gv_ring_define(ring, GGMLVIZ_DEF_SYNC, &sync, sizeof sync, NULL, 0);
}

static void take_sample(void) {
    struct rusage usage;
    __atomic_store_n(&keeper.sample.resident, gv_process_resident(), __ATOMIC_RELAXED);
    __atomic_store_n(&keeper.sample.monotonic_ns, gv_monotonic_ns(), __ATOMIC_RELAXED);
    if (getrusage(RUSAGE_THREAD, &usage) == 0)
        __atomic_store_n(&keeper.sample.minor_faults, (uint64_t)usage.ru_minflt, __ATOMIC_RELAXED);
}

struct gv_keeper_sample gv_keeper_sample(void) {
    return (struct gv_keeper_sample){.monotonic_ns = __atomic_load_n(&keeper.sample.monotonic_ns, __ATOMIC_RELAXED),
                                     .resident = __atomic_load_n(&keeper.sample.resident, __ATOMIC_RELAXED),
                                     .minor_faults = __atomic_load_n(&keeper.sample.minor_faults, __ATOMIC_RELAXED)};
}

static void *keep(void *unused) {
    unsigned interval = FIRST_MS, since_sample = 0, since_sync = 0;
    prctl(PR_SET_NAME, "ggmlviz");
    take_sample();
    pthread_mutex_lock(&keeper.mutex);
    while (!keeper.stopping) {
        uint64_t until = gv_monotonic_ns() + interval * 1000000ull;
        struct timespec deadline = {(time_t)(until / 1000000000u), (long)(until % 1000000000u)};
        pthread_cond_timedwait(&keeper.wake, &keeper.mutex, &deadline);
        if (keeper.stopping) break;
        pthread_mutex_unlock(&keeper.mutex);

        interval = next_interval(interval, gv_ring_tend(keeper.ring));
        since_sample += interval;
        if (since_sample >= SAMPLE_MS) {
            take_sample();
            since_sample = 0;
        }
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

void gv_keeper_forget(void) {
    keeper.running = false;
    keeper.sample = (struct gv_keeper_sample){0};
    pthread_mutex_init(&keeper.mutex, NULL);
}
