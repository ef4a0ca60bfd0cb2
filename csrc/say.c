#include "say.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

bool gv_verbose;
static __thread struct {
    char *answer;
    size_t room;
} listener __attribute__((tls_model("initial-exec")));

void gv_say_to(char *answer, size_t room) {
    listener.answer = answer;
    listener.room = room;
}

static void say(const char *format, va_list arguments) {
    int saved = errno;
    char line[1024] = "ggml-viz: ";
    if (listener.answer) {
        vsnprintf(listener.answer, listener.room, format, arguments);
        listener.answer = NULL;
        errno = saved;
        return;
    }
    int length = 10 + vsnprintf(line + 10, sizeof line - 11, format, arguments);
    if (length > (int)sizeof line - 2) length = (int)sizeof line - 2;
    line[length++] = '\n';
    /* write(2), not stdio: the host may hold stdio's lock or have closed the stream */
    if (write(STDERR_FILENO, line, (size_t)length) < 0) { /* nowhere to complain */
    }
    errno = saved;
}

void gv_say(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
}

void gv_say_if_verbose(const char *format, ...) {
    if (!gv_verbose) return;
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
}
