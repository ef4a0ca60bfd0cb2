#define _GNU_SOURCE
#include "gguf.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LEAST_TENSOR_BYTES = 24, MOST_DEPTH = 2 };
enum { TYPE_STRING = 8, TYPE_ARRAY = 9 };

struct reader {
    int fd;
    uint64_t at, end;             /* position in the file, and its size */
    uint64_t buffer_at;           /* position of buffer[0] */
    size_t buffered;
    bool wide;                    /* counts are 64 bits since version 2 */
    char buffer[1 << 16];
};

static bool take(struct reader *reader, void *into, size_t bytes) {
    char *to = into;
    if (bytes > reader->end - reader->at) return false;
    while (bytes) {
        uint64_t skip = reader->at - reader->buffer_at;
        if (reader->at < reader->buffer_at || skip >= reader->buffered) {
            ssize_t got = pread(reader->fd, reader->buffer, sizeof reader->buffer, (off_t)reader->at);
            if (got <= 0) return false;
            reader->buffer_at = reader->at;
            reader->buffered = (size_t)got;
            skip = 0;
        }
        size_t part = reader->buffered - (size_t)skip < bytes ? reader->buffered - (size_t)skip : bytes;
        if (to) {
            memcpy(to, reader->buffer + skip, part);
            to += part;
        }
        reader->at += part;
        bytes -= part;
    }
    return true;
}

static bool skip(struct reader *reader, uint64_t bytes) {
    if (bytes > reader->end - reader->at) return false;
    reader->at += bytes;
    return true;
}

static bool take_count(struct reader *reader, uint64_t *count) {
    *count = 0;
    return take(reader, count, reader->wide ? 8 : 4);
}

/* A string into `text`, cut where it is too long. */
static bool take_string(struct reader *reader, char *text, size_t room) {
    uint64_t length;
    if (!take_count(reader, &length) || length > reader->end - reader->at) return false;
    size_t kept = length < room - 1 ? (size_t)length : room - 1;
    if (!take(reader, text, kept)) return false;
    text[kept] = 0;
    return skip(reader, length - kept);
}

static uint64_t scalar_bytes(uint32_t type) {
    static const uint8_t bytes[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
    return type < sizeof bytes ? bytes[type] : 0;
}

static bool skip_value(struct reader *reader, uint32_t type, int depth) {
    uint64_t count, length;
    uint32_t item;
    if (type == TYPE_STRING) return take_count(reader, &length) && skip(reader, length);
    if (type != TYPE_ARRAY) return scalar_bytes(type) && skip(reader, scalar_bytes(type));
    if (depth >= MOST_DEPTH || !take(reader, &item, 4) || !take_count(reader, &count)) return false;
    if (scalar_bytes(item)) return count <= reader->end / scalar_bytes(item) && skip(reader, count * scalar_bytes(item));
    while (count--) /* each takes at least four bytes: bounded by the file */
        if (!skip_value(reader, item, depth + 1)) return false;
    return true;
}

static bool read_alignment(struct reader *reader, uint64_t pairs, uint64_t *alignment) {
    char key[64];
    uint32_t type, value;
    *alignment = 32;
    while (pairs--) {
        if (!take_string(reader, key, sizeof key) || !take(reader, &type, 4)) return false;
        if (strcmp(key, "general.alignment") == 0 && type == 4) {
            if (!take(reader, &value, 4) || !value || value > 1 << 20) return false;
            *alignment = value;
        } else if (!skip_value(reader, type, 0)) {
            return false;
        }
    }
    return true;
}

static bool read_tensor(struct reader *reader, struct gv_gguf_tensor *tensor) {
    memset(tensor, 0, sizeof *tensor);
    if (!take_string(reader, tensor->name, sizeof tensor->name) || !take(reader, &tensor->dimensions, 4)) return false;
    if (tensor->dimensions > 4) return false;
    for (uint32_t i = 0; i < 4; i++) tensor->ne[i] = 1;
    for (uint32_t i = 0; i < tensor->dimensions; i++)
        if (!take_count(reader, &tensor->ne[i])) return false;
    return take(reader, &tensor->type, 4) && take(reader, &tensor->offset, 8);
}

static bool read_tables(struct reader *reader, struct gv_gguf *gguf) {
    char magic[4];
    uint32_t version;
    uint64_t tensors, pairs, alignment;
    if (!take(reader, magic, 4) || memcmp(magic, "GGUF", 4) || !take(reader, &version, 4)) return false;
    if (version < 1 || version > 3) return false;
    reader->wide = version > 1;
    if (!take_count(reader, &tensors) || !take_count(reader, &pairs)) return false;
    if (tensors > reader->end / LEAST_TENSOR_BYTES || tensors > 1 << 20 || pairs > reader->end) return false;
    if (!read_alignment(reader, pairs, &alignment)) return false;
    gguf->tensors = calloc(tensors ? tensors : 1, sizeof *gguf->tensors);
    if (!gguf->tensors) return false;
    for (; gguf->count < tensors; gguf->count++)
        if (!read_tensor(reader, &gguf->tensors[gguf->count])) return false;
    uint64_t data = (reader->at + alignment - 1) / alignment * alignment;
    for (uint32_t i = 0; i < gguf->count; i++) {
        if (gguf->tensors[i].offset > reader->end) return false;
        gguf->tensors[i].offset += data;
    }
    return true;
}

bool gv_gguf_read(struct gv_gguf *gguf, int fd, uint64_t file_bytes) {
    memset(gguf, 0, sizeof *gguf);
    struct reader *reader = calloc(1, sizeof *reader);
    if (!reader) return false;
    reader->fd = fd;
    reader->end = file_bytes;
    bool good = read_tables(reader, gguf);
    free(reader);
    if (!good) {
        free(gguf->tensors);
        memset(gguf, 0, sizeof *gguf);
    }
    return good;
}
