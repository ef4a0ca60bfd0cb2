#define _GNU_SOURCE
#include "recorder.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

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
} recorder = {.lock = PTHREAD_MUTEX_INITIALIZER};

unsigned gv_epoch;
struct gv_settings gv_settings = {.detail = GGMLVIZ_DETAIL_THREAD};

__thread struct gv_lane *gv_lane_of_thread __attribute__((tls_model("initial-exec")));
static __thread unsigned epoch_of_thread __attribute__((tls_model("initial-exec")));

void gv_lock(void) { pthread_mutex_lock(&recorder.lock); }
void gv_unlock(void) { pthread_mutex_unlock(&recorder.lock); }
bool gv_began_anew(unsigned *epoch) {
    if (*epoch == gv_epoch) return false;
    *epoch = gv_epoch;
    return true;
}


static void return_lane(void *lane) {
    gv_lane_of_thread = NULL;
    if (epoch_of_thread == gv_epoch) gv_lane_return(lane);
}

/* A child has no keeper and must never write into its parent's trace: it starts over, if it comes to ggml at all.
 * The ring it inherited is left alone, mapping and all. */
static void forget_parent(void) {
    pthread_mutex_init(&recorder.lock, NULL);
    gv_lane_of_thread = NULL;
    pthread_setspecific(recorder.thread_ends, NULL);
    if (recorder.state == RECORDING) recorder.state = UNSTARTED;
    recorder.ring = NULL;
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
    struct gv_output output;
    if (!gv_output_from_environment(&output)) return false;
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
    struct gv_lane *lane = gv_lane_take(recorder.ring);
    if (!lane) {
        __atomic_fetch_add(&recorder.ring->store.header->lost_calls, 1, __ATOMIC_RELAXED);
        return NULL;
    }
    gv_lock();
    uint32_t thread = gv_thread();
    gv_unlock();
    epoch_of_thread = gv_epoch;
    gv_lane_of_thread = lane;
    pthread_setspecific(recorder.thread_ends, lane);
    gv_lane_thread(lane, thread);
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

__attribute__((destructor)) static void finish(void) {
    if (__atomic_load_n(&recorder.state, __ATOMIC_ACQUIRE) != RECORDING) return;
    __atomic_store_n(&recorder.state, OFF, __ATOMIC_RELEASE);
    gv_keeper_stop();
    gv_lock();
    gv_ring_close(recorder.ring);
    gv_unlock();
}
