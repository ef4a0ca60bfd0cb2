#define _GNU_SOURCE
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

enum { PAGE = 4096 };

static off_t offset_of(const struct gv_store *store, uint32_t index) {
    return (off_t)GGMLVIZ_HEADER_BYTES + (off_t)index * store->segment_bytes;
}

/*
 * No descriptor is kept: a host that closes every descriptor it finds, and opens its own file under the same number,
 * would have that file grown and cut by us. The path is opened again for each segment and must name the same file.
 */
static int reopen(const struct gv_store *store) {
    struct stat status;
    int fd = open(store->path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return -1;
    if (fstat(fd, &status) == 0 && status.st_dev == store->device && status.st_ino == store->inode) return fd;
    close(fd);
    errno = ENOENT;
    return -1;
}

/* Space is reserved before it is touched: a write to a page the disk has no room for would be a SIGBUS in the host. Beyond
 * the largest file the host may write it would be a SIGXFSZ: that is looked at first. */
static bool reserve(int fd, off_t offset, size_t bytes) {
    struct rlimit largest;
    int error;
    if (getrlimit(RLIMIT_FSIZE, &largest) == 0 && largest.rlim_cur != RLIM_INFINITY &&
        (rlim_t)offset + bytes > largest.rlim_cur) {
        errno = EFBIG;
        return false;
    }
    do error = posix_fallocate(fd, offset, (off_t)bytes);
    while (error == EINTR); /* the host's timers */
    if (error) errno = error;
    return error == 0;
}

/* Reserved space of a file is written once, with one call, before it is mapped: the file system then has large pages
 * ready, and making them writable by a mapping costs a third (ext4, 1 MiB: 0.28 ms against 0.83; shared memory gains
 * nothing). What is not written, by an interruption say, is only slower. */
static void prewrite(int fd, off_t offset, size_t bytes) {
    enum { PIECE = 64 * 1024, MOST = 16 };
    static char zeros[PIECE];
    struct iovec pieces[MOST];
    for (size_t count; bytes >= PIECE; bytes -= count * PIECE, offset += (off_t)(count * PIECE)) {
        count = bytes / PIECE < MOST ? bytes / PIECE : MOST;
        for (size_t i = 0; i < count; i++) pieces[i] = (struct iovec){zeros, PIECE};
        if (pwritev(fd, pieces, (int)count, offset) < 0) return;
    }
}

static void *map(int fd, off_t offset, size_t bytes) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);
    return memory == MAP_FAILED ? NULL : memory;
}

/* Make the pages present now, so that no row pays for a page fault. */
static void touch(void *memory, size_t bytes) {
    if (madvise(memory, bytes, MADV_POPULATE_WRITE) == 0) return;
    for (size_t at = 0; at < bytes; at += PAGE) ((volatile char *)memory)[at] = 0;
}

static bool make_absolute(struct gv_store *store, const char *path) {
    size_t length = 0;
    if (path[0] != '/') {
        if (!getcwd(store->path, sizeof store->path - 1)) return false;
        length = strlen(store->path);
        store->path[length++] = '/';
    }
    if (length + strlen(path) >= sizeof store->path) {
        errno = ENAMETOOLONG;
        return false;
    }
    strcpy(store->path + length, path);
    return true;
}

bool gv_store_create(struct gv_store *store, const char *path, enum ggmlviz_mode mode, uint32_t segment_bytes,
                     uint32_t limit) {
    struct stat status;
    memset(store, 0, sizeof *store);
    if (!make_absolute(store, path)) return false;
    store->segment_bytes = segment_bytes;
    store->limit = limit;
    store->grows = mode == GGMLVIZ_MODE_FILE;
    int fd = open(store->path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) return false;
    if (fstat(fd, &status) == 0 && reserve(fd, 0, GGMLVIZ_HEADER_BYTES)) {
        store->device = status.st_dev;
        store->inode = status.st_ino;
        store->header = map(fd, 0, GGMLVIZ_HEADER_BYTES);
    }
    int saved = errno;
    close(fd);
    if (!store->header) unlink(store->path);
    errno = saved;
    return store->header != NULL;
}

struct ggmlviz_segment *gv_store_extend(struct gv_store *store, uint32_t *index) {
    struct ggmlviz_segment *segment = NULL;
    off_t offset = offset_of(store, store->count);
    if (store->count >= store->limit) return NULL;
    int fd = reopen(store);
    if (fd >= 0) {
        if (reserve(fd, offset, store->segment_bytes)) {
            if (store->grows) prewrite(fd, offset, store->segment_bytes);
            segment = map(fd, offset, store->segment_bytes);
        } else {
            int saved = errno;
            if (ftruncate(fd, offset)) { /* a half-reserved segment stays behind; the header does not count it */
            }
            errno = saved;
        }
        int saved = errno;
        close(fd);
        errno = saved;
    }
    if (!segment) {
        /* No room, or the file is gone: this is all we shall have. Anything else may pass. */
        if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG || errno == ENOENT) store->limit = store->count;
        return NULL;
    }
    touch(segment, store->segment_bytes);
    segment->magic = GGMLVIZ_SEGMENT_MAGIC;
    *index = store->count++;
    __atomic_store_n(&store->header->segments, store->count, __ATOMIC_RELEASE);
    return segment;
}

struct ggmlviz_segment *gv_store_map(struct gv_store *store, uint32_t index) {
    int fd = reopen(store);
    if (fd < 0) return NULL;
    struct ggmlviz_segment *segment = map(fd, offset_of(store, index), store->segment_bytes);
    close(fd);
    return segment;
}

void gv_store_unmap(struct gv_store *store, struct ggmlviz_segment *segment) {
    munmap(segment, store->segment_bytes);
}

void gv_store_empty(struct gv_store *store, uint32_t index) {
    int fd = reopen(store), punch = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
    if (fd < 0) return;
    off_t offset = offset_of(store, index) + PAGE;
    if (fallocate(fd, punch, offset, store->segment_bytes - PAGE)) { /* not every file system can */
    }
    close(fd);
}

void gv_store_remove(struct gv_store *store) {
    int fd = reopen(store);
    if (fd >= 0) {
        unlink(store->path);
        close(fd);
    }
    gv_store_unmap_header(store);
}

void gv_store_unmap_header(struct gv_store *store) {
    if (store->header) munmap(store->header, GGMLVIZ_HEADER_BYTES);
    store->header = NULL;
}
