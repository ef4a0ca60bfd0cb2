/*
 * The recording of this process: one ring, a lane for every thread that has something to say. It knows nothing of
 * how it is called. It begins with the first call of gv_recording and ends with the process; a forked child begins
 * anew, with a trace of its own. Or it joins a process in the middle of its life, and leaves it again.
 */
#ifndef GGMLVIZ_RECORDER_H
#define GGMLVIZ_RECORDER_H

#include <stdbool.h>

#include "output.h"
#include "ring.h"

struct gv_settings {
    enum ggmlviz_detail detail;
};
extern struct gv_settings gv_settings;

extern __thread struct gv_lane *gv_lane_of_thread __attribute__((tls_model("initial-exec")));

/* The lane of the calling thread; NULL when nothing is recorded. Begins the recording if need be. */
struct gv_lane *gv_recording_slow(void);

static inline struct gv_lane *gv_recording(void) {
    struct gv_lane *lane = __atomic_load_n(&gv_lane_of_thread, __ATOMIC_RELAXED);
    return __builtin_expect(lane != NULL, 1) ? lane : gv_recording_slow();
}

/*
 * The frame of the outermost hook that the calling thread is in, if that may use a lane: while it is set, nothing that the
 * lane needs is freed. It must be set before the lane is asked for. An exception may leave it behind; the next hook then
 * finds that its own frame is not deeper.
 */
extern __thread const void *gv_inside __attribute__((tls_model("initial-exec")));

static inline bool gv_deeper(const void *frame, const void *than) { return (uintptr_t)frame < (uintptr_t)than; }

/* Whether this is the outermost hook of the thread. Nothing orders the store for others: who leaves makes all processors
 * pass a barrier before looking, so that it costs nothing here. */
static inline bool gv_enter(const void *frame) {
    if (gv_inside && gv_deeper(frame, gv_inside)) return false;
    __atomic_store_n(&gv_inside, frame, __ATOMIC_RELAXED);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    return true;
}

static inline void gv_exit(bool outermost) {
    if (outermost) __atomic_store_n(&gv_inside, NULL, __ATOMIC_RELEASE);
}

/* Whether we came in the middle of the process's life: we are not in its scope, and did not see begin what is going on. */
extern bool gv_joined;

/* Whether the recording is about to leave: no run is to begin any more. */
extern bool gv_leaving;

/* Nothing is to begin by itself: gv_recorder_join says when. False when something has begun already. */
bool gv_recorder_hold(void);

/* Begin to record. False after one line that says why not. */
bool gv_recorder_join(const struct gv_output *output);

/*
 * End the recording and give back all it had; the runs that have begun are waited for. `unhook` is called in between: from
 * then on no call comes to us. False when a thread did not come out of our hooks: what it may be using is left to it.
 */
bool gv_recorder_leave(void (*unhook)(void));

/* How long it waits for the runs, and once more for threads to come out of our hooks. */
extern unsigned gv_patience_ms;

/* Definitions are written under this lock. */
void gv_lock(void);
void gv_unlock(void);

/* Counts the traces of this process, and of the processes it was forked from: what was defined in an earlier one must
 * be defined again, and what was begun in an earlier one is not ours to end. */
extern unsigned gv_epoch;

/* Whether a new trace has begun since `*epoch` was last brought up to date here. */
bool gv_began_anew(unsigned *epoch);

#endif
