/*
 * The memory a trace lives in: a header page and segments, mapped from a file that grows or from a piece of
 * shared memory of bounded size. Knows nothing of rows; not safe for two threads at once (the ring locks).
 */
#ifndef GGMLVIZ_STORE_H
#define GGMLVIZ_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ggmlviz_events.h"

struct gv_store {
    uint32_t segment_bytes;
    uint32_t limit;               /* segments there may be */
    uint32_t count;               /* segments there are */
    bool grows;                   /* a file: segments are unmapped when sealed */
    uint64_t device, inode;       /* what `path` must still name when it is opened again */
    struct ggmlviz_header *header;
    char path[4096];              /* absolute */
};

/* Create the file or the shared memory exclusively, 0600. False with errno set when it cannot be. */
bool gv_store_create(struct gv_store *store, const char *path, enum ggmlviz_mode mode, uint32_t segment_bytes,
                     uint32_t limit);

/* One more segment, its pages present and its space reserved on the disk; NULL when there is no room. */
struct ggmlviz_segment *gv_store_extend(struct gv_store *store, uint32_t *index);

struct ggmlviz_segment *gv_store_map(struct gv_store *store, uint32_t index);
void gv_store_unmap(struct gv_store *store, struct ggmlviz_segment *segment);

/* Give back the space of a segment that was never used. The file keeps its length, since a viewer may have it mapped
 * and would die of a page that is gone; the page with the segment's header stays. */
void gv_store_empty(struct gv_store *store, uint32_t index);

/* Unmap the header and delete the file: nothing was recorded. */
void gv_store_remove(struct gv_store *store);

void gv_store_unmap_header(struct gv_store *store);

#endif
