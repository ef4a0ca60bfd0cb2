/* A number that changes when anything a trace tells of these tensors changes. Never 0. */
#ifndef GGMLVIZ_FINGERPRINT_H
#define GGMLVIZ_FINGERPRINT_H

#include <stdint.h>

#include "layout.h"

uint64_t gv_fingerprint(const struct gv_layout *layout, void *const *tensors, uint32_t count);

#endif
