/* A ggml in this process: its tensor layout and the functions of its that we call. There can be several. */
#ifndef GGMLVIZ_LIBRARY_H
#define GGMLVIZ_LIBRARY_H

#include <stdbool.h>
#include <stdint.h>

#include "layout.h"

/* Every module that belongs to a ggml finds this function in its scope. */
#define LIBRARY_MARK "ggml_tensor_overhead"

struct gv_library {
    uint32_t id;                  /* in the trace of `epoch` */
    unsigned epoch;
    bool readable;                /* its tensors can be read */
    bool tells_status;            /* its compute functions return ggml_status (since 2024-03) */
    bool times_nodes;             /* thread 0 calls back after each node, and a barrier that we see follows */
    struct gv_layout layout;
    const char *(*get_name)(const void *tensor);
    const char *(*op_name)(int op);
    const char *(*op_desc)(const void *tensor);
    const char *(*type_name)(int type);
    size_t (*nbytes)(const void *tensor);
    const char *(*backend_name)(void *backend);
    const char *(*buft_name)(void *buft);
    void *(*buffer_get_type)(void *buffer);
    void *(*buffer_get_base)(void *buffer);
    size_t (*buffer_get_size)(void *buffer);
    int (*buffer_get_usage)(void *buffer);
    const void *identity;         /* address of its ggml_tensor_overhead: the same for all that share it */
    char path[1024];
};

/* The ggml that the module of `handle` uses, or NULL if it uses none. Needs the lock of the callers. */
struct gv_library *gv_library_of(void *handle, void *(*find)(void *handle, const char *name));

/* Define the library in the current trace if it is not yet. Needs the recorder's lock. */
void gv_library_define(struct gv_library *library);

#endif
