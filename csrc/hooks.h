/*
 * What the hooks share. A hook finds its original from the module that called it, tells the recorder what happened
 * around the call, and passes everything through; where nothing is recorded it is only the call.
 */
#ifndef GGMLVIZ_HOOKS_H
#define GGMLVIZ_HOOKS_H

#include <stdint.h>

#include "caller.h"
#include "recorder.h"

#define GGMLVIZ_EXPORT __attribute__((visibility("default")))

/* Thread-local without a call: the shim is loaded at start, or is small enough for the room the loader keeps. */
#define GGMLVIZ_THREAD __thread __attribute__((tls_model("initial-exec")))

#define GGMLVIZ_CALLER(name) gv_caller_of(__builtin_return_address(0), HOOK_##name)
#define GGMLVIZ_ORIGINAL(caller, name) ((__typeof__(&name))(uintptr_t)(caller)->originals[HOOK_##name])

/* The lane to record on for a call of this module, or NULL. */
static inline struct gv_lane *gv_lane_for(const struct gv_caller *caller) {
    return caller->library && caller->library->readable ? gv_recording() : NULL;
}

/* The id of a backend for a row; 65535 when there is none. */
uint16_t gv_backend_short_id(struct gv_library *library, void *backend);

#endif
