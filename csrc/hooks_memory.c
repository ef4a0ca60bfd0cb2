/* Hooks around memory: backend buffers that come and go, and the bytes of tensors that are moved. */
#include "run.h"

#include <stdbool.h>
#include <stddef.h>

#include "buffers.h"
#include "define.h"

/* Calls nest (a repacked buffer is allocated through a plain one, a copy may be a get and a set): the outermost one is
 * what happened. Its frame is kept, not a mark: an exception may leave it without our being told, and then the next call
 * comes from a frame that is not deeper. */
static GGMLVIZ_THREAD const void *alloc_frame, *transfer_frame;

static bool enter(const void **outermost, const void *frame) {
    if (*outermost && gv_deeper(frame, *outermost)) return false;
    *outermost = frame;
    return true;
}

static void tell_born(const struct gv_caller *caller, void *buffer, enum ggmlviz_buffer_origin origin, uint64_t bytes) {
    bool outermost_hook = gv_enter(__builtin_frame_address(0));
    if (gv_lane_for(caller)) gv_buffer_born(caller->library, buffer, origin, bytes);
    gv_exit(outermost_hook);
}

/* A function that makes a buffer: its original called, and what came out of it told. */
#define MAKER(name, origin, bytes, parameters, arguments)                                                           \
    GGMLVIZ_EXPORT void *name parameters {                                                                          \
        const struct gv_caller *caller = GGMLVIZ_CALLER(name);                                                      \
        bool outermost = enter(&alloc_frame, __builtin_frame_address(0));                                           \
        void *buffer = GGMLVIZ_ORIGINAL(caller, name) arguments;                                                    \
        if (!outermost) return buffer;                                                                              \
        alloc_frame = NULL;                                                                                         \
        if (buffer) tell_born(caller, buffer, origin, bytes);                                                       \
        return buffer;                                                                                              \
    }

MAKER(ggml_backend_buft_alloc_buffer, GGMLVIZ_BUFFER_ALLOCATED, bytes, (void *type, size_t bytes), (type, bytes))
MAKER(ggml_backend_cpu_buffer_from_ptr, GGMLVIZ_BUFFER_WRAPPED, bytes, (void *memory, size_t bytes), (memory, bytes))
MAKER(ggml_backend_dev_buffer_from_host_ptr, GGMLVIZ_BUFFER_WRAPPED, bytes,
      (void *device, void *memory, size_t bytes, size_t largest), (device, memory, bytes, largest))

GGMLVIZ_EXPORT void ggml_backend_buffer_free(void *buffer) {
    const struct gv_caller *caller = GGMLVIZ_CALLER(ggml_backend_buffer_free);
    /* told before it happens: once freed, another thread may be given the same pointer */
    bool outermost_hook = gv_enter(__builtin_frame_address(0));
    if (buffer && gv_lane_for(caller)) gv_buffer_dies(buffer);
    gv_exit(outermost_hook);
    GGMLVIZ_ORIGINAL(caller, ggml_backend_buffer_free)(buffer);
}

GGMLVIZ_EXPORT void ggml_backend_buffer_set_usage(void *buffer, int usage) {
    const struct gv_caller *caller = GGMLVIZ_CALLER(ggml_backend_buffer_set_usage);
    GGMLVIZ_ORIGINAL(caller, ggml_backend_buffer_set_usage)(buffer, usage);
    bool outermost_hook = gv_enter(__builtin_frame_address(0));
    if (buffer && gv_lane_for(caller)) gv_buffer_used_as(buffer, (uint32_t)usage);
    gv_exit(outermost_hook);
}

/* --- transfers --- */

static void begin_transfer(struct gv_lane *lane, const struct gv_library *library, const void *tensor,
                           enum ggmlviz_transfer direction) {
    const void *view = gv_field_pointer(tensor, library->layout.view_src);
    uint16_t buffer = gv_buffer_short_id(gv_field_pointer(view ? view : tensor, library->layout.buffer));
    gv_lock();
    uint32_t name = gv_string(library->get_name(tensor));
    gv_unlock();
    gv_row(lane, gv_now(), GGMLVIZ_ROW_TRANSFER_BEGIN, (uint8_t)direction, buffer, name);
}

static void end_transfer(struct gv_lane *lane, uint64_t bytes) {
    gv_row_wide(lane, gv_now(), GGMLVIZ_ROW_TRANSFER_END, 0, bytes);
}

/* One transfer function: its original called between the two rows. */
#define TRANSFER(name, direction, tensor, bytes, receiver, parameters, arguments)                                   \
    GGMLVIZ_EXPORT void name parameters {                                                                           \
        const struct gv_caller *caller = GGMLVIZ_CALLER(name);                                                      \
        bool outermost = enter(&transfer_frame, __builtin_frame_address(0));                                        \
        bool outermost_hook = gv_enter(__builtin_frame_address(0));                                                 \
        struct gv_lane *lane = outermost && (tensor) ? gv_lane_for(caller) : NULL;                                  \
        if (lane) begin_transfer(lane, caller->library, tensor, direction);                                         \
        GGMLVIZ_ORIGINAL(caller, name) arguments;                                                                   \
        if (outermost) transfer_frame = NULL;                                                                       \
        if (lane) {                                                                                                 \
            end_transfer(lane, bytes);                                                                              \
            if (direction == GGMLVIZ_TRANSFER_GET) gv_buffer_receives(receiver);                                    \
        }                                                                                                           \
        gv_exit(outermost_hook);                                                                                    \
    }

TRANSFER(ggml_backend_tensor_set, GGMLVIZ_TRANSFER_SET, tensor, size, NULL,
         (void *tensor, const void *data, size_t offset, size_t size), (tensor, data, offset, size))
TRANSFER(ggml_backend_tensor_get, GGMLVIZ_TRANSFER_GET, tensor, size, data,
         (const void *tensor, void *data, size_t offset, size_t size), (tensor, data, offset, size))
TRANSFER(ggml_backend_tensor_set_async, GGMLVIZ_TRANSFER_SET, tensor, size, NULL,
         (void *backend, void *tensor, const void *data, size_t offset, size_t size),
         (backend, tensor, data, offset, size))
TRANSFER(ggml_backend_tensor_get_async, GGMLVIZ_TRANSFER_GET, tensor, size, data,
         (void *backend, const void *tensor, void *data, size_t offset, size_t size),
         (backend, tensor, data, offset, size))
TRANSFER(ggml_backend_tensor_set_2d, GGMLVIZ_TRANSFER_SET, tensor, size * copies, NULL,
         (void *tensor, const void *data, size_t offset, size_t size, size_t copies, size_t stride, size_t data_stride),
         (tensor, data, offset, size, copies, stride, data_stride))
TRANSFER(ggml_backend_tensor_get_2d, GGMLVIZ_TRANSFER_GET, tensor, size * copies, data,
         (const void *tensor, void *data, size_t offset, size_t size, size_t copies, size_t stride, size_t data_stride),
         (tensor, data, offset, size, copies, stride, data_stride))
TRANSFER(ggml_backend_tensor_set_2d_async, GGMLVIZ_TRANSFER_SET, tensor, size * copies, NULL,
         (void *backend, void *tensor, const void *data, size_t offset, size_t size, size_t copies, size_t stride,
          size_t data_stride),
         (backend, tensor, data, offset, size, copies, stride, data_stride))
TRANSFER(ggml_backend_tensor_get_2d_async, GGMLVIZ_TRANSFER_GET, tensor, size * copies, data,
         (void *backend, const void *tensor, void *data, size_t offset, size_t size, size_t copies, size_t stride,
          size_t data_stride),
         (backend, tensor, data, offset, size, copies, stride, data_stride))
TRANSFER(ggml_backend_tensor_memset, GGMLVIZ_TRANSFER_FILL, tensor, size, NULL,
         (void *tensor, uint8_t value, size_t offset, size_t size), (tensor, value, offset, size))
TRANSFER(ggml_backend_tensor_copy, GGMLVIZ_TRANSFER_COPY, destination, caller->library->nbytes(destination), NULL,
         (void *source, void *destination), (source, destination))
TRANSFER(ggml_backend_tensor_copy_async, GGMLVIZ_TRANSFER_COPY, destination, caller->library->nbytes(destination), NULL,
         (void *from, void *to, void *source, void *destination), (from, to, source, destination))
