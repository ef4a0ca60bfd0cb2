/* The table of tensors of a GGUF file: names, types, shapes and where their bytes lie. */
#ifndef GGMLVIZ_GGUF_H
#define GGMLVIZ_GGUF_H

#include <stdbool.h>
#include <stdint.h>

struct gv_gguf_tensor {
    char name[128];
    uint32_t type, dimensions;
    uint64_t ne[4];
    uint64_t offset;              /* from the start of the file */
};

struct gv_gguf {
    struct gv_gguf_tensor *tensors; /* free() it */
    uint32_t count;
};

/* Read the table with pread, so that the descriptor's position stays as it was. Nothing in the file is trusted. */
bool gv_gguf_read(struct gv_gguf *gguf, int fd, uint64_t file_bytes);

#endif
