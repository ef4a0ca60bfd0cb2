/* A reader of traces for native tests, by the rules of docs/FORMAT.md, over a mapping of its own. */
#ifndef TRACE_VIEW_H
#define TRACE_VIEW_H

#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "crc32c.h"
#include "ggmlviz_events.h"

struct view {
    char *bytes;
    size_t length;
    const struct ggmlviz_header *header;
};

static inline struct view view_open(const char *path) {
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    CHECK(fd >= 0 && fstat(fd, &status) == 0);
    struct view view = {.length = (size_t)status.st_size};
    view.bytes = mmap(NULL, view.length, PROT_READ, MAP_SHARED, fd, 0);
    CHECK(view.bytes != MAP_FAILED);
    close(fd);
    view.header = (const struct ggmlviz_header *)view.bytes;
    return view;
}

static inline void view_close(struct view *view) { munmap(view->bytes, view->length); }

/* How many segments both exist and lie in what was mapped. */
static inline uint32_t view_segments(const struct view *view) {
    size_t mapped = (view->length - GGMLVIZ_HEADER_BYTES) / view->header->segment_bytes;
    uint32_t counted = __atomic_load_n(&view->header->segments, __ATOMIC_ACQUIRE);
    return counted < mapped ? counted : (uint32_t)mapped;
}

static inline struct ggmlviz_segment *view_segment(const struct view *view, uint32_t place) {
    return (struct ggmlviz_segment *)(view->bytes + GGMLVIZ_HEADER_BYTES + (size_t)place * view->header->segment_bytes);
}

static inline const struct ggmlviz_row *view_rows(const struct ggmlviz_segment *segment) {
    return (const struct ggmlviz_row *)((const char *)segment + GGMLVIZ_SEGMENT_HEADER_BYTES);
}

static inline int view_seal_fits(const struct ggmlviz_segment *segment) {
    uint32_t crc = ggmlviz_crc32c(0, segment, offsetof(struct ggmlviz_segment, crc));
    return ggmlviz_crc32c(crc, view_rows(segment), segment->sealed_bytes) == segment->crc;
}

/* The segments of a lane in the order of writing; returns how many there are. */
static inline uint32_t view_lane(const struct view *view, uint32_t lane, struct ggmlviz_segment **found,
                                 uint32_t room) {
    uint32_t count = 0;
    for (uint32_t place = 0; place < view_segments(view); place++) {
        struct ggmlviz_segment *segment = view_segment(view, place);
        CHECK(segment->magic == GGMLVIZ_SEGMENT_MAGIC);
        if (segment->kind != GGMLVIZ_SEGMENT_ROWS || segment->lane != lane) continue;
        CHECK(count < room);
        uint32_t at = count++;
        for (; at && found[at - 1]->first > segment->first; at--) found[at] = found[at - 1];
        found[at] = segment;
    }
    return count;
}

#endif
