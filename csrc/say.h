/* What the shim tells the person at the terminal: whole lines on stderr, never more than needed. */
#ifndef GGMLVIZ_SAY_H
#define GGMLVIZ_SAY_H

#include <stdbool.h>

extern bool gv_verbose; /* GGML_VIZ_VERBOSE */

void gv_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void gv_say_if_verbose(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
