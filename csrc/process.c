#define _GNU_SOURCE
#include "process.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "define.h"

static size_t read_text(const char *path, char *text, size_t room) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    ssize_t got = read(fd, text, room - 1);
    close(fd);
    if (got < 0) got = 0;
    text[got] = 0;
    return (size_t)got;
}

static void describe_command(void) {
    char text[16384];
    size_t length = read_text("/proc/self/cmdline", text, sizeof text);
    while (length && text[length - 1] == 0) length--;
    for (size_t i = 0; i < length; i++)
        if (text[i] == 0) text[i] = ' ';
    gv_meta("command", text);
}

static void describe_link(const char *key, const char *path) {
    char target[4096];
    ssize_t length = readlink(path, target, sizeof target - 1);
    if (length < 0) return;
    target[length] = 0;
    gv_meta(key, target);
}

/* The value behind "key : value" in /proc/cpuinfo or /proc/meminfo. */
static void describe_line(const char *key, const char *path, const char *label) {
    char text[8192], *at, *end;
    read_text(path, text, sizeof text);
    if (!(at = strstr(text, label)) || !(at = strchr(at, ':'))) return;
    at += 1 + strspn(at + 1, " \t");
    if ((end = strchr(at, '\n'))) *end = 0;
    gv_meta(key, at);
}

void gv_process_describe(void) {
    struct utsname system;
    char number[32];
    describe_command();
    describe_link("executable", "/proc/self/exe");
    describe_link("directory", "/proc/self/cwd");
    if (uname(&system) == 0) {
        char kernel[256];
        gv_meta("host", system.nodename);
        snprintf(kernel, sizeof kernel, "%s %s %s", system.sysname, system.release, system.machine);
        gv_meta("kernel", kernel);
    }
    describe_line("cpu", "/proc/cpuinfo", "model name");
    snprintf(number, sizeof number, "%ld", sysconf(_SC_NPROCESSORS_ONLN));
    gv_meta("cpus", number);
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) {
        snprintf(number, sizeof number, "%d", CPU_COUNT(&allowed));
        gv_meta("cpus allowed", number);
    }
    describe_line("memory", "/proc/meminfo", "MemTotal");
}

void gv_process_faults(uint64_t *minor, uint64_t *major, uint64_t own) {
    struct rusage usage;
    *minor = *major = 0;
    if (getrusage(RUSAGE_SELF, &usage)) return;
    *minor = (uint64_t)usage.ru_minflt > own ? (uint64_t)usage.ru_minflt - own : 0;
    *major = (uint64_t)usage.ru_majflt;
}

uint64_t gv_process_resident(void) {
    char text[128], *at;
    if (!read_text("/proc/self/statm", text, sizeof text) || !(at = strchr(text, ' '))) return 0;
    return strtoull(at, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}
