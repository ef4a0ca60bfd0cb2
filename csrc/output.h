/* Where the trace goes, as variables say: GGML_VIZ_OUTPUT, _DETAIL, _RING_MB, _VERBOSE, _DISABLE. */
#ifndef GGMLVIZ_OUTPUT_H
#define GGMLVIZ_OUTPUT_H

#include <stdbool.h>

#include "ring.h"

struct gv_output {
    const char *path;             /* NULL: a ring in shared memory */
    unsigned ring_mb;             /* 0: not said */
    enum ggmlviz_detail detail;
};

/* False when nothing is to be recorded; says why unless that was asked for. `variable` is getenv, or does as it does. */
bool gv_output_read(struct gv_output *output, char *(*variable)(const char *name));

/* Create the trace. False after one line on stderr. */
bool gv_output_open(const struct gv_output *output, struct gv_ring *ring);

#endif
