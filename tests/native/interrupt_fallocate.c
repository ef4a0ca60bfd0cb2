/* Every second time that room is reserved in a file, a signal comes in between. */
#include <errno.h>
#include <fcntl.h>

__attribute__((visibility("default"))) int posix_fallocate(int fd, off_t offset, off_t bytes) {
    static int calls;
    if (__atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED) % 2 == 0) return EINTR;
    return fallocate(fd, 0, offset, bytes) ? errno : 0;
}
