/*
 * The recording of this process: one ring, a lane for every thread that has something to say. It knows nothing of
 * how it is called. It begins with the first call of gv_recording and ends with the process; a forked child begins
 * anew, with a trace of its own.
 */
#ifndef GGMLVIZ_RECORDER_H
#define GGMLVIZ_RECORDER_H

#include <stdbool.h>

#include "ring.h"

struct gv_settings {
    enum ggmlviz_detail detail;
};
extern struct gv_settings gv_settings;

extern __thread struct gv_lane *gv_lane_of_thread __attribute__((tls_model("initial-exec")));

/* The lane of the calling thread; NULL when nothing is recorded. Begins the recording if need be. */
struct gv_lane *gv_recording_slow(void);

static inline struct gv_lane *gv_recording(void) {
    struct gv_lane *lane = gv_lane_of_thread;
    return __builtin_expect(lane != NULL, 1) ? lane : gv_recording_slow();
}

/* Definitions are written under this lock. */
void gv_lock(void);
void gv_unlock(void);

/* Counts the traces of this process, and of the processes it was forked from: what was defined in an earlier one must
 * be defined again, and what was begun in an earlier one is not ours to end. */
extern unsigned gv_epoch;

/* Whether a new trace has begun since `*epoch` was last brought up to date here. */
bool gv_began_anew(unsigned *epoch);

#endif
