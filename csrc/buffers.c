#include "buffers.h"

#include <stdlib.h>
#include <string.h>

#include "define.h"
#include "files.h"
#include "recorder.h"

static const uint64_t LARGEST = 1ull << 47; /* what a process can address */

static struct {
    struct gv_live_buffer *places; /* open addressing, a power of two */
    uint32_t room, count;
    uint64_t generation;
    unsigned epoch;
} live;

/* Ids of an earlier trace mean nothing in this one. */
static void forget(void) {
    free(live.places);
    live.places = NULL;
    live.room = live.count = 0;
}

static uint32_t place_of(const void *pointer) {
    uint64_t hash = (uint64_t)(uintptr_t)pointer * 0x9e3779b97f4a7c15u;
    uint32_t place = (uint32_t)(hash >> 32) & (live.room - 1);
    while (live.places[place].pointer && live.places[place].pointer != pointer) place = (place + 1) & (live.room - 1);
    return place;
}

static bool grow(void) {
    struct gv_live_buffer *old = live.places;
    uint32_t room = live.room;
    uint32_t more = room ? room * 2 : 64;
    struct gv_live_buffer *places = calloc(more, sizeof *places);
    if (!places) return false;
    live.places = places;
    live.room = more;
    for (uint32_t i = 0; i < room; i++)
        if (old[i].pointer) live.places[place_of(old[i].pointer)] = old[i];
    free(old);
    return true;
}

static void remove_place(uint32_t place) {
    live.places[place].pointer = NULL;
    live.count--;
    /* what follows in the same run may have been pushed on by what is gone */
    for (place = (place + 1) & (live.room - 1); live.places[place].pointer; place = (place + 1) & (live.room - 1)) {
        struct gv_live_buffer moved = live.places[place];
        live.places[place].pointer = NULL;
        live.places[place_of(moved.pointer)] = moved;
    }
}

/* Where memory that was there before comes from: a mapped file, whole. */
static void find_file(struct gv_live_buffer *buffer) {
    uint64_t follow;
    gv_files_remap();
    buffer->file = gv_file_at((const void *)(uintptr_t)buffer->base, &buffer->file_offset, &follow);
}

/* What the library says of a buffer. */
static struct gv_live_buffer look_at(struct gv_library *library, void *buffer, uint64_t requested) {
    struct gv_live_buffer seen = {.pointer = buffer, .file = GGMLVIZ_NONE};
    if (library->buffer_get_base && (library->buffer_get_size ? library->buffer_get_size(buffer) : 1))
        seen.base = (uint64_t)(uintptr_t)library->buffer_get_base(buffer);
    seen.size = library->buffer_get_size ? library->buffer_get_size(buffer) : requested;
    if (seen.size > LARGEST) seen.size = 0; /* no memory: an allocator's dry run (2024-01) */
    return seen;
}

static const char *type_of(struct gv_library *library, void *buffer) {
    bool tells = library->buffer_get_type && library->buft_name;
    return tells ? library->buft_name(library->buffer_get_type(buffer)) : "";
}

/* Define it and keep it. Needs the recorder's lock. */
static void add(struct gv_library *library, struct gv_live_buffer *added, const char *type,
                enum ggmlviz_buffer_origin origin, uint64_t requested, uint32_t thread) {
    if (gv_began_anew(&live.epoch)) forget();
    if (origin != GGMLVIZ_BUFFER_ALLOCATED && added->size) find_file(added);
    gv_library_define(library);
    struct ggmlviz_def_buffer body = {
        .type = gv_string(type), .origin = origin, .usage = added->usage, .ticks = gv_now(), .requested = requested,
        .size = added->size, .address = added->base, .file = added->file, .file_offset = added->file_offset,
        .library = library->id, .thread = thread,
    };
    added->id = gv_buffer(&body);
    if (live.count * 2 >= live.room && !grow()) return;
    uint32_t place = place_of(added->pointer);
    if (!live.places[place].pointer) live.count++;
    live.places[place] = *added;
}

void gv_buffer_born(struct gv_library *library, void *buffer, enum ggmlviz_buffer_origin origin, uint64_t requested) {
    struct gv_live_buffer born = look_at(library, buffer, requested);
    const char *type = type_of(library, buffer);
    gv_lock();
    add(library, &born, type, origin, requested, gv_lane_of_thread ? gv_lane_of_thread->thread : GGMLVIZ_NONE);
    __atomic_fetch_add(&live.generation, 1, __ATOMIC_RELAXED);
    gv_unlock();
}

const struct gv_live_buffer *gv_buffer_used(struct gv_library *library, void *buffer) {
    const struct gv_live_buffer *known = gv_buffer_find(buffer);
    if (known || !buffer || !gv_joined) return known;
    struct gv_live_buffer found = look_at(library, buffer, 0);
    if (library->buffer_get_usage) found.usage = (uint32_t)library->buffer_get_usage(buffer);
    add(library, &found, type_of(library, buffer), GGMLVIZ_BUFFER_FOUND, found.size, GGMLVIZ_NONE);
    return gv_buffer_find(buffer);
}

void gv_buffer_dies(const void *buffer) {
    gv_lock();
    const struct gv_live_buffer *known = gv_buffer_find(buffer);
    if (known) {
        struct ggmlviz_def_buffer_free body = {.buffer = known->id, .ticks = gv_now()};
        gv_define(GGMLVIZ_DEF_BUFFER_FREE, &body, sizeof body);
        remove_place((uint32_t)(known - live.places));
        __atomic_fetch_add(&live.generation, 1, __ATOMIC_RELAXED);
    }
    gv_unlock();
}

static void define_usage(struct gv_live_buffer *buffer, uint32_t usage) {
    if (buffer->usage == usage) return;
    struct ggmlviz_def_buffer_usage body = {.buffer = buffer->id, .usage = usage, .ticks = gv_now()};
    gv_define(GGMLVIZ_DEF_BUFFER_USAGE, &body, sizeof body);
    buffer->usage = usage;
}

void gv_buffer_used_as(const void *buffer, uint32_t usage) {
    gv_lock();
    struct gv_live_buffer *known = (struct gv_live_buffer *)gv_buffer_find(buffer);
    if (known) define_usage(known, usage);
    if (usage == GGMLVIZ_USAGE_WEIGHTS) gv_files_note_open();
    gv_unlock();
}

void gv_buffer_receives(const void *address) {
    uint64_t at = (uint64_t)(uintptr_t)address;
    gv_lock();
    for (uint32_t i = 0; i < live.room && live.epoch == gv_epoch; i++) {
        struct gv_live_buffer *buffer = &live.places[i];
        if (buffer->pointer && buffer->usage == GGMLVIZ_USAGE_ANY && at - buffer->base < buffer->size)
            define_usage(buffer, GGMLVIZ_USAGE_OUTPUT);
    }
    gv_unlock();
}

const struct gv_live_buffer *gv_buffer_find(const void *buffer) {
    if (!buffer || !live.room || live.epoch != gv_epoch) return NULL;
    const struct gv_live_buffer *found = &live.places[place_of(buffer)];
    return found->pointer ? found : NULL;
}

uint16_t gv_buffer_short_id(const void *buffer) {
    gv_lock();
    const struct gv_live_buffer *found = gv_buffer_find(buffer);
    uint32_t id = found ? found->id : GGMLVIZ_NONE;
    gv_unlock();
    return id < UINT16_MAX ? (uint16_t)id : UINT16_MAX;
}

uint64_t gv_buffers_generation(void) { return __atomic_load_n(&live.generation, __ATOMIC_RELAXED); }
