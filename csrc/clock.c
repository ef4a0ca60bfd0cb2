#include "clock.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

bool gv_clock_is_tsc;

#if defined(__x86_64__)
static bool processor_counts_steadily(void) {
    unsigned a, b, c, d;
    return __get_cpuid(0x80000007, &a, &b, &c, &d) && (d & (1u << 8));
}

/* The kernel tests at boot that the counters of all cores agree; that it uses them itself is our proof. */
static bool kernel_trusts_counter(void) {
    char source[32] = "";
    int fd = open("/sys/devices/system/clocksource/clocksource0/current_clocksource", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    ssize_t got = read(fd, source, sizeof source - 1);
    close(fd);
    return got > 0 && (strncmp(source, "tsc", 3) == 0 || strncmp(source, "kvm-clock", 9) == 0 ||
                       strncmp(source, "hyperv_clocksource_tsc_page", 27) == 0);
}
#endif

void gv_clock_choose(void) {
#if defined(__x86_64__)
    gv_clock_is_tsc = processor_counts_steadily() && kernel_trusts_counter();
#endif
}

struct ggmlviz_sync gv_clock_sync(void) {
    struct ggmlviz_sync best = {0, 0, 0};
    uint64_t narrowest = UINT64_MAX;
    for (int attempt = 0; attempt < 8; attempt++) { /* an interrupt between the readings widens them: keep the narrowest */
        struct timespec wall;
        uint64_t before = gv_now();
        uint64_t monotonic = gv_monotonic_ns();
        uint64_t after = gv_now();
        clock_gettime(CLOCK_REALTIME, &wall);
        if (after - before < narrowest) {
            narrowest = after - before;
            best.ticks = gv_clock_is_tsc ? before + (after - before) / 2 : monotonic;
            best.monotonic_ns = monotonic;
            best.realtime_ns = (uint64_t)wall.tv_sec * 1000000000u + (uint64_t)wall.tv_nsec;
        }
    }
    return best;
}
