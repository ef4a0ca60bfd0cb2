/*
 * The two doors for `ggml-viz attach` and `detach`, which have them called by a thread they make in the process: the shim
 * was not preloaded then but is opened in the middle of the program's life.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "caller.h"
#include "hooks.h"
#include "imports.h"
#include "recorder.h"
#include "say.h"

/* What the doors return. The answer says more. */
enum { DONE = 0, REFUSED = 1, PRELOADED = 2, ATTACHED_ALREADY = 3, NOT_ATTACHED = 4, KEPT = 5 };

static struct {
    pthread_mutex_t lock;
    bool attached, fork_handled;
} state = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* NAME=VALUE, one after the other, each ended by a zero; an empty one ends them. Under the lock. */
static const char *settings;

static char *setting(const char *name) {
    size_t length = strlen(name);
    for (const char *at = settings; *at; at += strlen(at) + 1)
        if (strncmp(at, name, length) == 0 && at[length] == '=') return (char *)at + length + 1;
    return NULL;
}

GGMLVIZ_EXPORT int ggmlviz_attach(const char *how, char *answer, size_t room);
GGMLVIZ_EXPORT int ggmlviz_detach(const char *how, char *answer, size_t room);

/* A library that was preloaded is in the program's own scope, one that was opened is not. */
static bool is_preloaded(void) {
    void *program = dlopen(NULL, RTLD_LAZY);
    bool found = program && dlsym(program, "ggmlviz_attach") == (void *)(uintptr_t)ggmlviz_attach;
    if (program) dlclose(program);
    return found;
}

static void meet(const void *slot, int hook) { gv_caller_find(slot, (enum gv_hook)hook); }

static int attach(char *answer, size_t room) {
    struct gv_output output;
    if (is_preloaded()) return PRELOADED;
    if (state.attached || !gv_recorder_hold()) return ATTACHED_ALREADY;
    if (!gv_output_read(&output, setting)) return REFUSED;
    int taken = gv_imports_take();
    if (taken < 0) {
        gv_say("its functions cannot be found in the process");
        return REFUSED;
    }
    if (!gv_recorder_join(&output)) {
        gv_imports_give_back();
        return REFUSED;
    }
    state.attached = true;
    gv_say_to(NULL, 0);
    /* Here and not in a thread that computes. What cannot be traced is said on the program's terminal, as ever. */
    gv_imports_visit(meet);
    snprintf(answer, room, "%d", taken);
    return DONE;
}

static void renew_lock(void) { pthread_mutex_init(&state.lock, NULL); }

int ggmlviz_attach(const char *how, char *answer, size_t room) {
    pthread_mutex_lock(&state.lock);
    if (!state.fork_handled) state.fork_handled = pthread_atfork(NULL, NULL, renew_lock) == 0;
    settings = how;
    gv_say_to(answer, room);
    int done = attach(answer, room);
    gv_say_to(NULL, 0);
    pthread_mutex_unlock(&state.lock);
    return done;
}

int ggmlviz_detach(const char *how, char *answer, size_t room) {
    (void)how;
    (void)answer;
    (void)room;
    if (is_preloaded()) return PRELOADED;
    pthread_mutex_lock(&state.lock);
    int done = NOT_ATTACHED;
    if (state.attached) {
        done = gv_recorder_leave(gv_imports_give_back) ? DONE : KEPT;
        state.attached = false;
    }
    pthread_mutex_unlock(&state.lock);
    return done;
}
