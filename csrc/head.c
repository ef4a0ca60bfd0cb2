#define _GNU_SOURCE
#include "head.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "crc32c.h"

_Static_assert(sizeof(struct ggmlviz_header) <= GGMLVIZ_HEADER_BYTES, "the header fits its page");

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

void gv_head_fill(struct ggmlviz_header *header, uint32_t segment_bytes, enum ggmlviz_mode mode,
                  enum ggmlviz_detail detail) {
    static const char magic[8] = "GGMLVIZ1";
    header->version = GGMLVIZ_VERSION;
    header->oldest_reader = GGMLVIZ_OLDEST_READER;
    header->header_bytes = GGMLVIZ_HEADER_BYTES;
    header->segment_bytes = segment_bytes;
    header->mode = mode;
    header->clock = gv_clock_is_tsc ? GGMLVIZ_CLOCK_TSC : GGMLVIZ_CLOCK_MONOTONIC_NS;
    make_uuid(header->experiment);
    header->pid = (uint32_t)getpid();
    header->uid = (uint32_t)getuid();
    header->parent = (uint32_t)getppid();
    header->pid_started = process_start();
    header->detail = detail;
    header->start = header->latest = gv_clock_sync();
    header->state = GGMLVIZ_STATE_OPEN;
    uint32_t crc = ggmlviz_crc32c(0, magic, sizeof magic);
    header->fixed_crc = ggmlviz_crc32c(crc, &header->version, offsetof(struct ggmlviz_header, fixed_crc) - sizeof magic);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    memcpy(header->magic, magic, sizeof magic);
}

void gv_head_refresh_clock(struct ggmlviz_header *header) {
    struct ggmlviz_sync now = gv_clock_sync();
    __atomic_store_n(&header->latest_writing, header->latest_writing + 1, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    __atomic_store_n(&header->latest.ticks, now.ticks, __ATOMIC_RELAXED);
    __atomic_store_n(&header->latest.monotonic_ns, now.monotonic_ns, __ATOMIC_RELAXED);
    __atomic_store_n(&header->latest.realtime_ns, now.realtime_ns, __ATOMIC_RELAXED);
    __atomic_store_n(&header->latest_writing, header->latest_writing + 1, __ATOMIC_RELEASE);
}
