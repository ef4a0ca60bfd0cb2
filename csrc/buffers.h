/* The backend buffers that are alive, by their pointers. */
#ifndef GGMLVIZ_BUFFERS_H
#define GGMLVIZ_BUFFERS_H

#include <stdint.h>

#include "ggmlviz_events.h"
#include "library.h"

struct gv_live_buffer {
    const void *pointer;          /* of the struct ggml_backend_buffer; NULL marks an empty place */
    uint32_t id;
    uint32_t usage;
    uint64_t base, size;
    uint32_t file;                /* the model file under it, or NONE */
    uint64_t file_offset;
};

/* These take the recorder's lock themselves. */
void gv_buffer_born(struct gv_library *library, void *buffer, enum ggmlviz_buffer_origin origin, uint64_t requested);
void gv_buffer_dies(const void *buffer);
void gv_buffer_used_as(const void *buffer, uint32_t usage);

/* Results were copied to `address`: the host buffer around it, if it is one, holds outputs. */
void gv_buffer_receives(const void *address);

/* Needs the recorder's lock; NULL when the buffer is not known. */
const struct gv_live_buffer *gv_buffer_find(const void *buffer);

/* The same for a buffer that a graph uses: one that was there before us is made known. */
const struct gv_live_buffer *gv_buffer_used(struct gv_library *library, void *buffer);

/* The id of a buffer for a row: 65535 when it is unknown or larger. */
uint16_t gv_buffer_short_id(const void *buffer);

/* Changes whenever a buffer comes or goes: what was said of tensors' places must be looked at again. */
uint64_t gv_buffers_generation(void);

#endif
