#define _GNU_SOURCE
#include "recorder.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "define.h"
#include "keeper.h"
#include "output.h"
#include "process.h"
#include "say.h"

enum state { UNSTARTED, RECORDING, OFF };

static struct {
    int state;
    pthread_mutex_t lock;         /* of starting, and of definitions */
    pthread_key_t thread_ends;
    bool prepared;                /* key and fork handlers are in place */
    struct gv_ring *ring;
    struct gv_output joined;      /* what was asked for when we joined; forked children record likewise */
    char path[4096];              /* of the output above */
} recorder = {.lock = PTHREAD_MUTEX_INITIALIZER};

unsigned gv_epoch;
struct gv_settings gv_settings = {.detail = GGMLVIZ_DETAIL_THREAD};

bool gv_joined, gv_leaving;
unsigned gv_patience_ms = 15000;

__thread struct gv_lane *gv_lane_of_thread __attribute__((tls_model("initial-exec")));
__thread const void *gv_inside __attribute__((tls_model("initial-exec")));
static __thread unsigned epoch_of_thread __attribute__((tls_model("initial-exec")));

void gv_lock(void) { pthread_mutex_lock(&recorder.lock); }
void gv_unlock(void) { pthread_mutex_unlock(&recorder.lock); }
bool gv_began_anew(unsigned *epoch) {
    if (*epoch == gv_epoch) return false;
    *epoch = gv_epoch;
    return true;
}


static void return_lane(void *lane) {
    gv_lock(); /* the ring may be on the point of being freed */
    __atomic_store_n(&gv_lane_of_thread, NULL, __ATOMIC_RELAXED);
    if (epoch_of_thread == gv_epoch) gv_lane_return(lane);
    gv_unlock();
}

/* A child has no keeper and must never write into its parent's trace: it starts over, if it comes to ggml at all.
 * The ring it inherited is left alone, mapping and all. */
static void forget_parent(void) {
    pthread_mutex_init(&recorder.lock, NULL);
    gv_lane_of_thread = NULL;
    pthread_setspecific(recorder.thread_ends, NULL);
    if (recorder.state == RECORDING) recorder.state = gv_leaving ? OFF : UNSTARTED;
    recorder.ring = NULL;
    gv_leaving = false;
    gv_epoch++;
    gv_keeper_forget();
}

static bool prepare_process(void) {
    if (recorder.prepared) return true;
    recorder.prepared = pthread_key_create(&recorder.thread_ends, return_lane) == 0 &&
                        pthread_atfork(gv_lock, gv_unlock, forget_parent) == 0;
    return recorder.prepared;
}

static bool start(void) {
    struct gv_output output = recorder.joined;
    if (!gv_joined && !gv_output_read(&output, getenv)) return false;
    gv_clock_choose();
    if (!prepare_process()) return false;
    struct gv_ring *ring = calloc(1, sizeof *ring);
    if (!ring || !gv_output_open(&output, ring)) {
        free(ring);
        return false;
    }
    if (!gv_keeper_start(ring)) {
        gv_say("cannot start a thread: nothing is recorded");
        gv_store_remove(&ring->store);
        free(ring);
        return false;
    }
    gv_settings.detail = output.detail;
    gv_epoch++;
    recorder.ring = ring;
    gv_define_into(ring);
    gv_process_describe();
    gv_say_if_verbose("recording to %s", ring->store.path);
    return true;
}

static struct gv_lane *begin_thread(void) {
    gv_lock(); /* it may have ended since the caller looked */
    bool records = __atomic_load_n(&recorder.state, __ATOMIC_RELAXED) == RECORDING;
    struct gv_lane *lane = records ? gv_lane_take(recorder.ring) : NULL;
    if (lane) {
        gv_lane_held(lane, &gv_lane_of_thread, &gv_inside);
        epoch_of_thread = gv_epoch;
        __atomic_store_n(&gv_lane_of_thread, lane, __ATOMIC_RELAXED);
        pthread_setspecific(recorder.thread_ends, lane);
        gv_lane_thread(lane, gv_thread());
    } else if (records) {
        __atomic_fetch_add(&recorder.ring->store.header->lost_calls, 1, __ATOMIC_RELAXED);
    }
    gv_unlock();
    return lane;
}

struct gv_lane *gv_recording_slow(void) {
    int state = __atomic_load_n(&recorder.state, __ATOMIC_ACQUIRE);
    if (state == OFF) return NULL;
    int saved = errno;
    if (state == UNSTARTED) {
        gv_lock();
        if (recorder.state == UNSTARTED) __atomic_store_n(&recorder.state, start() ? RECORDING : OFF, __ATOMIC_RELEASE);
        state = recorder.state;
        gv_unlock();
    }
    struct gv_lane *lane = state == RECORDING ? begin_thread() : NULL;
    errno = saved;
    return lane;
}

bool gv_recorder_hold(void) {
    gv_lock();
    bool idle = recorder.state == UNSTARTED || recorder.state == OFF;
    if (idle) {
        gv_joined = true;
        __atomic_store_n(&recorder.state, OFF, __ATOMIC_RELEASE);
    }
    gv_unlock();
    return idle;
}

bool gv_recorder_join(const struct gv_output *output) {
    gv_lock();
    recorder.joined = *output;
    if (output->path) {
        strncpy(recorder.path, output->path, sizeof recorder.path - 1);
        recorder.joined.path = recorder.path;
    }
    bool started = start();
    if (started) __atomic_store_n(&recorder.state, RECORDING, __ATOMIC_RELEASE);
    gv_unlock();
    return started;
}

/* Every other thread has passed a barrier: it sees what we stored before, or we see what it stored before. */
static void pass_barrier(void) {
    enum { GLOBAL = 1, NAP_NS = 20000000 };
    if (syscall(SYS_membarrier, GLOBAL, 0, 0) == 0) return;
    nanosleep(&(struct timespec){0, NAP_NS}, NULL); /* no store waits as long */
}

/* Each thread has been outside our hooks at least once since now. */
static bool wait_until_outside(void) {
    bool all = false;
    pass_barrier();
    for (unsigned i = 0; i < gv_patience_ms && !(all = gv_lanes_outside(recorder.ring, i == 0)); i++)
        nanosleep(&(struct timespec){0, 1000000}, NULL);
    return all;
}

bool gv_recorder_leave(void (*unhook)(void)) {
    bool begun = __atomic_load_n(&recorder.state, __ATOMIC_ACQUIRE) == RECORDING;
    __atomic_store_n(&gv_leaving, true, __ATOMIC_RELAXED);
    if (begun) wait_until_outside(); /* a run that takes longer is left unfinished */
    unhook();
    gv_lock();
    __atomic_store_n(&recorder.state, OFF, __ATOMIC_RELEASE);
    gv_unlock();
    bool outside = true;
    if (begun) {
        gv_lanes_revoke(recorder.ring);
        outside = wait_until_outside();
        gv_keeper_stop();
        gv_lock();
        gv_epoch++;
        gv_ring_close(recorder.ring);
        if (outside) gv_ring_free(recorder.ring);
        recorder.ring = NULL;
        gv_unlock();
    }
    __atomic_store_n(&gv_leaving, false, __ATOMIC_RELAXED);
    return outside;
}

__attribute__((destructor)) static void finish(void) {
    if (__atomic_load_n(&recorder.state, __ATOMIC_ACQUIRE) != RECORDING) return;
    __atomic_store_n(&recorder.state, OFF, __ATOMIC_RELEASE);
    gv_keeper_stop();
    gv_lock();
    gv_ring_close(recorder.ring);
    gv_unlock();
}
