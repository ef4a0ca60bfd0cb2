/* What the shim tells the person at the terminal: whole lines on stderr, never more than needed. */
#ifndef GGMLVIZ_SAY_H
#define GGMLVIZ_SAY_H

#include <stdbool.h>
#include <stddef.h>

extern bool gv_verbose; /* GGML_VIZ_VERBOSE */

/* Who asked, if somebody outside did, gets the next line that the calling thread says instead of the terminal. */
void gv_say_to(char *answer, size_t room);

void gv_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void gv_say_if_verbose(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
