#define _GNU_SOURCE
#include "output.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "say.h"

#define SHARED_MEMORY "/dev/shm"
#define RING_NAME "ggmlviz-"

enum { RING_MB = 64, SMALLEST_RING_MB = 1, FILE_SEGMENT = 1 << 20, RING_SEGMENTS = 256, SMALLEST_SEGMENT = 1 << 16, MOST_READY = 8 };

static bool is_set(const char *value) { return value && value[0] && strcmp(value, "0") != 0; }

static bool read_detail(const char *value, enum ggmlviz_detail *detail) {
    static const char *const names[] = {"", "graph", "op", "thread"};
    *detail = GGMLVIZ_DETAIL_THREAD;
    if (!value || !value[0]) return true;
    for (int i = GGMLVIZ_DETAIL_GRAPH; i <= GGMLVIZ_DETAIL_THREAD; i++) {
        if (strcmp(value, names[i])) continue;
        *detail = (enum ggmlviz_detail)i;
        return true;
    }
    return false;
}

bool gv_output_read(struct gv_output *output, char *(*variable)(const char *name)) {
    const char *path = variable("GGML_VIZ_OUTPUT"), *megabytes = variable("GGML_VIZ_RING_MB");
    char *end;
    gv_verbose = is_set(variable("GGML_VIZ_VERBOSE"));
    if (is_set(variable("GGML_VIZ_DISABLE"))) return false;
    *output = (struct gv_output){.path = path && path[0] ? path : NULL};
    if (!read_detail(variable("GGML_VIZ_DETAIL"), &output->detail)) {
        gv_say("GGML_VIZ_DETAIL is \"%s\", not graph, op or thread: nothing is recorded", variable("GGML_VIZ_DETAIL"));
        return false;
    }
    if (megabytes && megabytes[0]) {
        unsigned long value = strtoul(megabytes, &end, 10);
        if (*end || value < SMALLEST_RING_MB || value > 1 << 20) {
            gv_say("GGML_VIZ_RING_MB is \"%s\", not a number of megabytes from 1: nothing is recorded", megabytes);
            return false;
        }
        output->ring_mb = (unsigned)value;
    }
    return true;
}

/* x.ggmlviz that is taken (a second ggml process of the same command) becomes x.PID.ggmlviz. */
static void name_beside(const char *path, char *beside, size_t room) {
    const char *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash : path, '.');
    int stem = dot ? (int)(dot - path) : (int)strlen(path);
    snprintf(beside, room, "%.*s.%d%s", stem, path, (int)getpid(), dot ? dot : "");
}

/* ggml usually starts a thread for every core, all at once. */
static uint32_t ready_segments(void) {
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores < 1 ? 1 : cores > MOST_READY ? MOST_READY : (uint32_t)cores;
}

static bool open_file(const struct gv_output *output, struct gv_ring *ring) {
    struct gv_ring_options options = {.path = output->path, .mode = GGMLVIZ_MODE_FILE, .detail = output->detail,
                                      .segment_bytes = FILE_SEGMENT, .limit = UINT32_MAX, .ready = ready_segments()};
    char beside[4096];
    if (gv_ring_create(ring, &options)) return true;
    if (errno == EEXIST) {
        name_beside(output->path, beside, sizeof beside);
        options.path = beside;
        if (gv_ring_create(ring, &options)) {
            gv_say("%s exists already: recording to %s", output->path, beside);
            return true;
        }
    }
    gv_say("cannot create %s (%s): nothing is recorded", options.path, strerror(errno));
    return false;
}

/* Rings outlive their process so that its last moments can be looked at. One that ended cleanly is kept until the
 * next recording begins; the rings of crashed processes are left to `ggml-viz ps`. */
static void remove_ended_rings(void) {
    DIR *directory = opendir(SHARED_MEMORY);
    struct dirent *entry;
    while (directory && (entry = readdir(directory))) {
        struct ggmlviz_header header;
        struct stat status;
        char *end;
        if (strncmp(entry->d_name, RING_NAME, strlen(RING_NAME)) != 0) continue;
        long pid = strtol(entry->d_name + strlen(RING_NAME), &end, 10);
        if (*end || pid <= 0 || pid == getpid() || kill((pid_t)pid, 0) == 0 || errno != ESRCH) continue;
        int fd = openat(dirfd(directory), entry->d_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0) continue;
        bool ours = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == geteuid();
        bool ended = pread(fd, &header, sizeof header, 0) == sizeof header && !memcmp(header.magic, "GGMLVIZ1", 8) &&
                     header.state == GGMLVIZ_STATE_CLOSED;
        close(fd);
        if (ours && ended) unlinkat(dirfd(directory), entry->d_name, 0);
    }
    if (directory) closedir(directory);
}

/* At most half of what is free: the host may need shared memory, too. */
static uint64_t room_for_ring(unsigned wanted_mb) {
    struct statvfs space;
    uint64_t wanted = (uint64_t)wanted_mb << 20;
    if (statvfs(SHARED_MEMORY, &space)) return wanted;
    uint64_t available = (uint64_t)space.f_bavail * space.f_frsize / 2;
    return wanted < available ? wanted : available;
}

static bool open_ring(const struct gv_output *output, struct gv_ring *ring) {
    char path[64];
    uint64_t bytes = room_for_ring(output->ring_mb ? output->ring_mb : RING_MB);
    uint32_t segment = SMALLEST_SEGMENT;
    while (segment < FILE_SEGMENT && (uint64_t)segment * RING_SEGMENTS < bytes) segment *= 2;
    snprintf(path, sizeof path, SHARED_MEMORY "/" RING_NAME "%d", (int)getpid());
    struct gv_ring_options options = {.path = path, .mode = GGMLVIZ_MODE_RING, .detail = output->detail,
                                      .segment_bytes = segment, .limit = (uint32_t)(bytes / segment)};
    options.ready = options.limit; /* all of it, while the program loads its model: later it would take a core that computes */
    remove_ended_rings();
    if (options.limit < 8) errno = ENOSPC;
    else if (gv_ring_create(ring, &options)) return true;
    else if (errno == EEXIST && unlink(path) == 0 && gv_ring_create(ring, &options)) return true; /* an earlier us */
    gv_say("cannot create %s (%s): nothing is recorded", path, strerror(errno));
    return false;
}

bool gv_output_open(const struct gv_output *output, struct gv_ring *ring) {
    return output->path ? open_file(output, ring) : open_ring(output, ring);
}
