#define _GNU_SOURCE
#include "ring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "crc32c.h"

_Static_assert(sizeof(struct ggmlviz_row) == GGMLVIZ_ROW_BYTES, "a row is 16 bytes");
_Static_assert(sizeof(struct ggmlviz_segment) <= GGMLVIZ_SEGMENT_HEADER_BYTES, "the segment header fits its place");
_Static_assert(sizeof(struct ggmlviz_header) <= GGMLVIZ_HEADER_BYTES, "the header fits its page");
_Static_assert(offsetof(struct ggmlviz_segment, crc) == 32, "the CRC covers the 32 bytes before itself");

static uint64_t rows_in_segment(const struct gv_ring *ring) {
    return (ring->store.segment_bytes - GGMLVIZ_SEGMENT_HEADER_BYTES) / GGMLVIZ_ROW_BYTES;
}

static char *payload(struct ggmlviz_segment *segment) { return (char *)segment + GGMLVIZ_SEGMENT_HEADER_BYTES; }

/* Field 22 of /proc/self/stat; the name in field 2 may hold blanks and brackets, so count from the last bracket. */
static uint64_t process_start(void) {
    char text[1024];
    int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    ssize_t got = read(fd, text, sizeof text - 1);
    close(fd);
    if (got <= 0) return 0;
    text[got] = 0;
    char *at = strrchr(text, ')');
    for (int field = 2; at && field < 22; field++) at = strchr(at + 1, ' ');
    return at ? strtoull(at + 1, NULL, 10) : 0;
}

static void make_uuid(uint8_t uuid[16]) {
    if (getrandom(uuid, 16, GRND_NONBLOCK) != 16) {
        struct ggmlviz_sync now = gv_clock_sync();
        memcpy(uuid, &now.realtime_ns, 8);
        memcpy(uuid + 8, &now.ticks, 8);
    }
    uuid[6] = (uint8_t)((uuid[6] & 0x0f) | 0x40); /* version 4, variant 1 */
    uuid[8] = (uint8_t)((uuid[8] & 0x3f) | 0x80);
}

/* The magic comes last: who finds it finds a header that is whole. */
static void fill_header(struct gv_ring *ring, const struct gv_ring_options *options) {
    static const char magic[8] = "GGMLVIZ1";
    struct ggmlviz_header *header = ring->store.header;
    header->version = GGMLVIZ_VERSION;
    header->oldest_reader = GGMLVIZ_OLDEST_READER;
    header->header_bytes = GGMLVIZ_HEADER_BYTES;
    header->segment_bytes = options->segment_bytes;
    header->mode = options->mode;
    header->clock = gv_clock_is_tsc ? GGMLVIZ_CLOCK_TSC : GGMLVIZ_CLOCK_MONOTONIC_NS;
    make_uuid(header->experiment);
    header->pid = (uint32_t)getpid();
    header->uid = (uint32_t)getuid();
    header->parent = (uint32_t)getppid();
    header->pid_started = process_start();
    header->detail = options->detail;
    header->start = header->latest = gv_clock_sync();
    header->state = GGMLVIZ_STATE_OPEN;
    uint32_t crc = ggmlviz_crc32c(0, magic, sizeof magic);
    header->fixed_crc = ggmlviz_crc32c(crc, &header->version, offsetof(struct ggmlviz_header, fixed_crc) - sizeof magic);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    memcpy(header->magic, magic, sizeof magic);
}

bool gv_ring_create(struct gv_ring *ring, const struct gv_ring_options *options) {
    memset(ring, 0, sizeof *ring);
    if (!gv_store_create(&ring->store, options->path, options->mode, options->segment_bytes, options->limit))
        return false;
    pthread_mutex_init(&ring->mutex, NULL);
    ring->ready_wanted = options->ready;
    fill_header(ring, options);
    return true;
}

/* The oldest sealed segment, made new. It is empty before its generation changes, and the generation changes before the
 * first new row: a reader that saw rows and sees the same generation afterwards has seen the old ones. */
static struct gv_slot *reuse_oldest(struct gv_ring *ring) {
    struct gv_slot *slot = ring->oldest;
    if (!slot) return NULL;
    if (!slot->segment) slot->segment = gv_store_map(&ring->store, slot->index);
    if (!slot->segment) return NULL;
    if (ring->store.grows) {
        ring->store.grows = false; /* from now on sealed segments are kept, to be used again */
        __atomic_fetch_or(&ring->store.header->flags, GGMLVIZ_FLAG_WRAPPED, __ATOMIC_RELAXED);
    }
    ring->oldest = slot->next;
    if (!ring->oldest) ring->newest = NULL;
    struct ggmlviz_segment *segment = slot->segment;
    __atomic_store_n(&segment->kind, GGMLVIZ_SEGMENT_FREE, __ATOMIC_RELAXED);
    __atomic_store_n(&segment->used, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&segment->sealed_bytes, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&segment->dropped, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&segment->generation, segment->generation + 1, __ATOMIC_RELEASE);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    slot->next = NULL;
    return slot;
}

static struct gv_slot *new_slot(struct gv_ring *ring) {
    struct gv_slot *slot = calloc(1, sizeof *slot);
    if (!slot) return NULL;
    slot->segment = gv_store_extend(&ring->store, &slot->index);
    if (slot->segment) return slot;
    free(slot);
    return NULL;
}

static struct gv_slot *find_slot(struct gv_ring *ring) {
    struct gv_slot *slot = ring->ready;
    if (slot) {
        ring->ready = slot->next;
        ring->ready_count--;
        slot->next = NULL;
        return slot;
    }
    if ((slot = new_slot(ring))) return slot;
    return ring->store.count == ring->store.limit ? reuse_oldest(ring) : NULL;
}

static void begin_segment(struct gv_lane *lane, struct gv_slot *slot, uint64_t first, uint64_t lost) {
    struct ggmlviz_segment *segment = slot->segment;
    segment->lane = lane->id;
    __atomic_store_n(&segment->first, first, __ATOMIC_RELAXED);
    __atomic_store_n(&segment->lost, lost, __ATOMIC_RELAXED);
    __atomic_store_n(&segment->kind, GGMLVIZ_SEGMENT_ROWS, __ATOMIC_RELEASE);
    lane->cursor = (struct ggmlviz_row *)payload(segment);
    lane->limit = lane->cursor + rows_in_segment(lane->ring);
    __atomic_store_n(&lane->slot, slot, __ATOMIC_RELEASE);
}

bool gv_lane_turn(struct gv_lane *lane, uint64_t time) {
    struct gv_slot *old = lane->slot;
    struct gv_slot **place = &lane->spares[lane->spares_taken % GGMLVIZ_MOST_SPARES];
    struct gv_slot *next = __atomic_exchange_n(place, NULL, __ATOMIC_ACQUIRE);
    if (!next) {
        __atomic_store_n(&old->segment->dropped, old->segment->dropped + 1, __ATOMIC_RELAXED);
        return false;
    }
    __atomic_store_n(&lane->spares_taken, lane->spares_taken + 1, __ATOMIC_RELAXED);
    uint64_t lost = old->segment->dropped;
    begin_segment(lane, next, old->segment->first + rows_in_segment(lane->ring), old->segment->lost + lost);
    struct gv_slot *head = __atomic_load_n(&lane->ring->left, __ATOMIC_RELAXED);
    do old->next = head;
    while (!__atomic_compare_exchange_n(&lane->ring->left, &head, old, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED));
    if (lost) gv_row(lane, time, GGMLVIZ_ROW_LOST, 1, 0, lost > UINT32_MAX ? UINT32_MAX : (uint32_t)lost);
    /* say again what the rows that follow depend on: in a ring, the segments before may be gone */
    if (lane->thread != GGMLVIZ_NONE) gv_row(lane, time, GGMLVIZ_ROW_THREAD, 0, 0, lane->thread);
    if (lane->pool) gv_row_wide(lane, time, GGMLVIZ_ROW_POOL, 0, lane->pool);
    return true;
}

struct gv_lane *gv_lane_take(struct gv_ring *ring) {
    struct gv_lane *lane;
    pthread_mutex_lock(&ring->mutex);
    for (lane = ring->lanes; lane && lane->taken; lane = lane->next) {
    }
    if (!lane && !ring->closed && (lane = calloc(1, sizeof *lane))) {
        struct gv_slot *slot = find_slot(ring);
        if (slot) {
            lane->ring = ring;
            lane->id = ring->lane_count++;
            begin_segment(lane, slot, 0, 0);
            lane->next = ring->lanes;
            ring->lanes = lane;
        } else {
            free(lane);
            lane = NULL;
        }
    }
    if (lane) {
        lane->taken = true;
        lane->thread = GGMLVIZ_NONE;
        lane->pool = 0;
    }
    pthread_mutex_unlock(&ring->mutex);
    return lane;
}

void gv_lane_return(struct gv_lane *lane) {
    pthread_mutex_lock(&lane->ring->mutex);
    lane->taken = false;
    lane->held = NULL;
    lane->inside = NULL;
    pthread_mutex_unlock(&lane->ring->mutex);
}

void gv_lane_held(struct gv_lane *lane, struct gv_lane **held, const void **inside) {
    pthread_mutex_lock(&lane->ring->mutex);
    lane->held = held;
    lane->inside = inside;
    pthread_mutex_unlock(&lane->ring->mutex);
}

void gv_lanes_revoke(struct gv_ring *ring) {
    pthread_mutex_lock(&ring->mutex);
    for (struct gv_lane *lane = ring->lanes; lane; lane = lane->next)
        if (lane->held) __atomic_store_n(lane->held, NULL, __ATOMIC_RELAXED);
    pthread_mutex_unlock(&ring->mutex);
}

bool gv_lanes_outside(struct gv_ring *ring, bool first) {
    bool all = true;
    pthread_mutex_lock(&ring->mutex);
    for (struct gv_lane *lane = ring->lanes; lane; lane = lane->next) {
        if (first) lane->outside = false;
        if (!lane->inside || !__atomic_load_n(lane->inside, __ATOMIC_ACQUIRE)) lane->outside = true;
        all = all && lane->outside;
    }
    pthread_mutex_unlock(&ring->mutex);
    return all;
}

/* The number of sealed bytes is what says that there is a CRC, so it comes last. */
static void seal(struct ggmlviz_segment *segment) {
    struct ggmlviz_segment head;
    memcpy(&head, segment, offsetof(struct ggmlviz_segment, crc)); /* not the counters behind it, which may change */
    head.sealed_bytes = __atomic_load_n(&segment->used, __ATOMIC_ACQUIRE);
    uint32_t crc = ggmlviz_crc32c(0, &head, offsetof(struct ggmlviz_segment, crc));
    segment->crc = ggmlviz_crc32c(crc, payload(segment), head.sealed_bytes);
    __atomic_store_n(&segment->sealed_bytes, head.sealed_bytes, __ATOMIC_RELEASE);
}

/* A ring must stay one of rows: definitions may take half of it. */
static bool definitions_may_grow(const struct gv_ring *ring) {
    return ring->store.limit == UINT32_MAX || ring->definition_segments < (ring->store.limit + 1) / 2;
}

static bool next_definition_segment(struct gv_ring *ring) {
    struct gv_slot *slot = ring->closed || !definitions_may_grow(ring) ? NULL : find_slot(ring);
    if (!slot) return false;
    if (ring->definitions) {
        seal(ring->definitions->segment);
        gv_store_unmap(&ring->store, ring->definitions->segment);
        free(ring->definitions);
    }
    ring->definitions = slot;
    slot->segment->lane = GGMLVIZ_NONE;
    slot->segment->first = ring->definition_segments++;
    __atomic_store_n(&slot->segment->kind, GGMLVIZ_SEGMENT_DEFINITIONS, __ATOMIC_RELEASE);
    return true;
}

bool gv_ring_define(struct gv_ring *ring, enum ggmlviz_def_kind kind, const void *body, size_t body_bytes,
                    const void *tail, size_t tail_bytes) {
    size_t room = ring->store.segment_bytes - GGMLVIZ_SEGMENT_HEADER_BYTES;
    size_t bytes = (sizeof(struct ggmlviz_def) + body_bytes + tail_bytes + 7) & ~(size_t)7;
    pthread_mutex_lock(&ring->mutex);
    struct ggmlviz_segment *segment = ring->definitions ? ring->definitions->segment : NULL;
    if (ring->closed || bytes > room ||
        ((!segment || segment->used + bytes > room) && !next_definition_segment(ring))) {
        __atomic_fetch_add(&ring->store.header->lost_definitions, 1, __ATOMIC_RELAXED);
        pthread_mutex_unlock(&ring->mutex);
        return false;
    }
    segment = ring->definitions->segment;
    char *at = payload(segment) + segment->used;
    struct ggmlviz_def def = {.kind = (uint16_t)kind, .bytes = (uint32_t)bytes};
    memset(at + bytes - 8, 0, 8);
    memcpy(at, &def, sizeof def);
    memcpy(at + sizeof def, body, body_bytes);
    if (tail_bytes) memcpy(at + sizeof def + body_bytes, tail, tail_bytes);
    __atomic_store_n(&segment->used, segment->used + bytes, __ATOMIC_RELEASE);
    pthread_mutex_unlock(&ring->mutex);
    return true;
}

static void refresh_clock(struct gv_ring *ring) {
    struct ggmlviz_header *header = ring->store.header;
    struct ggmlviz_sync now = gv_clock_sync();
    __atomic_store_n(&header->latest_writing, header->latest_writing + 1, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    __atomic_store_n(&header->latest.ticks, now.ticks, __ATOMIC_RELAXED);
    __atomic_store_n(&header->latest.monotonic_ns, now.monotonic_ns, __ATOMIC_RELAXED);
    __atomic_store_n(&header->latest.realtime_ns, now.realtime_ns, __ATOMIC_RELAXED);
    __atomic_store_n(&header->latest_writing, header->latest_writing + 1, __ATOMIC_RELEASE);
}

/* A growing file lets go of what is sealed; a ring keeps it in memory, as the next to be used again. */
static void retire(struct gv_ring *ring, struct gv_slot *slot) {
    seal(slot->segment);
    if (ring->store.grows) {
        gv_store_unmap(&ring->store, slot->segment);
        slot->segment = NULL;
    }
    slot->next = NULL;
    if (ring->newest) ring->newest->next = slot;
    else ring->oldest = slot;
    ring->newest = slot;
}

static void retire_all_left(struct gv_ring *ring) {
    struct gv_slot *left = __atomic_exchange_n(&ring->left, NULL, __ATOMIC_ACQUIRE);
    struct gv_slot *in_order = NULL;
    while (left) { /* lanes push: the last one left is the first here */
        struct gv_slot *next = left->next;
        left->next = in_order;
        in_order = left;
        left = next;
    }
    while (in_order) {
        struct gv_slot *next = in_order->next;
        retire(ring, in_order);
        in_order = next;
    }
}

/* Whoever tends may be kept off the processors by everybody else: until then the lane must have where to write. */
static uint32_t spares_wanted(const struct gv_ring *ring, double segments_per_ns) {
    const double longest_stall_ns = 5e7;
    double wanted = 1 + segments_per_ns * longest_stall_ns;
    uint32_t most = ring->store.limit / GGMLVIZ_MOST_SPARES; /* a ring is there to remember, not to be empty */
    if (most > GGMLVIZ_MOST_SPARES) most = GGMLVIZ_MOST_SPARES;
    if (wanted > most) return most ? most : 1;
    return (uint32_t)wanted;
}

/* How much of a segment the lane wrote since the last look; gives it spares once it is really being used. */
static double tend_lane(struct gv_ring *ring, struct gv_lane *lane, double elapsed_ns) {
    struct ggmlviz_segment *segment = __atomic_load_n(&lane->slot, __ATOMIC_ACQUIRE)->segment;
    uint64_t used = __atomic_load_n(&segment->used, __ATOMIC_ACQUIRE) / GGMLVIZ_ROW_BYTES;
    uint64_t rows = __atomic_load_n(&segment->first, __ATOMIC_RELAXED) + used;
    double progress = (double)(rows - lane->rows_seen) / (double)rows_in_segment(ring);
    lane->rows_seen = rows;
    if (used <= rows_in_segment(ring) / 8) return progress;
    uint32_t wanted = spares_wanted(ring, progress / elapsed_ns);
    while (lane->spares_given - __atomic_load_n(&lane->spares_taken, __ATOMIC_RELAXED) < wanted) {
        struct gv_slot *spare = find_slot(ring);
        if (!spare) break;
        __atomic_store_n(&lane->spares[lane->spares_given++ % GGMLVIZ_MOST_SPARES], spare, __ATOMIC_RELEASE);
    }
    return progress;
}

/* Only out of what was never used: old rows are not thrown away for threads that may never come. A few at a time: new
 * threads wait for the lock that is held meanwhile. */
static void prepare_ready(struct gv_ring *ring) {
    enum { AT_ONCE = 8 };
    for (unsigned done = 0; done < AT_ONCE && ring->ready_count < ring->ready_wanted; done++) {
        struct gv_slot *slot = ring->store.limit - ring->store.count > ring->lane_count + 2 ? new_slot(ring) : NULL;
        if (!slot) return;
        slot->next = ring->ready;
        ring->ready = slot;
        ring->ready_count++;
    }
}

double gv_ring_tend(struct gv_ring *ring) {
    double busiest = 0;
    pthread_mutex_lock(&ring->mutex);
    if (!ring->closed) {
        refresh_clock(ring);
        uint64_t now = gv_monotonic_ns();
        double elapsed_ns = (double)(now - ring->tended_ns) + 1;
        ring->tended_ns = now;
        for (struct gv_lane *lane = ring->lanes; lane; lane = lane->next) {
            double progress = tend_lane(ring, lane, elapsed_ns);
            if (progress > busiest) busiest = progress;
        }
        retire_all_left(ring);
        prepare_ready(ring);
    }
    pthread_mutex_unlock(&ring->mutex);
    return busiest;
}

void gv_ring_close(struct gv_ring *ring) {
    pthread_mutex_lock(&ring->mutex);
    if (!ring->closed) {
        ring->closed = true;
        /* without spares no lane can leave its segment any more, so that what is sealed now stays as it is */
        for (struct gv_lane *lane = ring->lanes; lane; lane = lane->next) {
            for (uint32_t i = 0; i < GGMLVIZ_MOST_SPARES; i++) {
                struct gv_slot *spare = __atomic_exchange_n(&lane->spares[i], NULL, __ATOMIC_ACQUIRE);
                if (!spare) continue;
                spare->next = ring->ready;
                ring->ready = spare;
            }
        }
        for (struct gv_slot *slot = ring->ready; slot; slot = slot->next) gv_store_empty(&ring->store, slot->index);
        retire_all_left(ring);
        for (struct gv_lane *lane = ring->lanes; lane; lane = lane->next)
            seal(__atomic_load_n(&lane->slot, __ATOMIC_ACQUIRE)->segment);
        if (ring->definitions) seal(ring->definitions->segment);
        refresh_clock(ring);
        __atomic_store_n(&ring->store.header->state, GGMLVIZ_STATE_CLOSED, __ATOMIC_RELEASE);
    }
    pthread_mutex_unlock(&ring->mutex);
}

static void free_slots(struct gv_ring *ring, struct gv_slot *slot) {
    while (slot) {
        struct gv_slot *next = slot->next;
        if (slot->segment) gv_store_unmap(&ring->store, slot->segment);
        free(slot);
        slot = next;
    }
}

void gv_ring_free(struct gv_ring *ring) {
    while (ring->lanes) {
        struct gv_lane *lane = ring->lanes;
        ring->lanes = lane->next;
        free_slots(ring, lane->slot);
        free(lane);
    }
    free_slots(ring, ring->ready);
    free_slots(ring, ring->oldest);
    free_slots(ring, ring->definitions);
    gv_store_unmap_header(&ring->store);
    pthread_mutex_destroy(&ring->mutex);
    free(ring);
}
