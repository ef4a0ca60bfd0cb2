/* The first page of a trace: what it is, who writes it, and the time when that was last known to live. */
#ifndef GGMLVIZ_HEAD_H
#define GGMLVIZ_HEAD_H

#include "clock.h"
#include "ggmlviz_events.h"

/* The magic comes last: who finds it finds a header that is whole. */
void gv_head_fill(struct ggmlviz_header *header, uint32_t segment_bytes, enum ggmlviz_mode mode,
                  enum ggmlviz_detail detail);

void gv_head_refresh_clock(struct ggmlviz_header *header);

#endif
