/*
 * The reader of GGUF tables: prints what it reads of the good file in argument 1, then reads it cut, with flipped bits
 * and overwritten with noise. None of that may crash, hang or allocate more than the file could mean.
 */
#define _GNU_SOURCE
#include "gguf.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

enum { SEED = 20261120 };

static uint64_t state = SEED;

static uint32_t noise(void) { /* xorshift64* */
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (uint32_t)(state * 2685821657736338717u >> 32);
}

static char *good;
static size_t good_bytes;
static int fd;

static bool reads(const char *bytes, size_t count) {
    struct gv_gguf gguf;
    CHECK(ftruncate(fd, 0) == 0 && pwrite(fd, bytes, count, 0) == (ssize_t)count);
    bool told = gv_gguf_read(&gguf, fd, count);
    if (told) {
        CHECK(gguf.count <= count / 24);
        for (uint32_t i = 0; i < gguf.count; i++) {
            CHECK(gguf.tensors[i].dimensions <= 4);
            CHECK(memchr(gguf.tensors[i].name, 0, sizeof gguf.tensors[i].name));
        }
    } else {
        CHECK(!gguf.tensors && !gguf.count);
    }
    free(gguf.tensors);
    return told;
}

static void load(const char *path) {
    struct stat status;
    int from = open(path, O_RDONLY | O_CLOEXEC);
    CHECK(from >= 0 && fstat(from, &status) == 0);
    good_bytes = (size_t)status.st_size;
    good = malloc(good_bytes);
    CHECK(good && read(from, good, good_bytes) == (ssize_t)good_bytes);
    CHECK(lseek(from, 3, SEEK_SET) == 3);
    struct gv_gguf gguf;
    CHECK(gv_gguf_read(&gguf, from, good_bytes) && lseek(from, 0, SEEK_CUR) == 3);
    for (uint32_t i = 0; i < gguf.count; i++) {
        const struct gv_gguf_tensor *tensor = &gguf.tensors[i];
        printf("%s %u %llu", tensor->name, tensor->type, (unsigned long long)tensor->offset);
        for (uint32_t k = 0; k < tensor->dimensions; k++) printf(" %llu", (unsigned long long)tensor->ne[k]);
        printf("\n");
    }
    free(gguf.tensors);
    close(from);
}

static void cut(size_t tables) {
    for (size_t bytes = 0; bytes < tables; bytes++) CHECK(!reads(good, bytes));
    CHECK(reads(good, tables));
}

static void flip_bits(size_t tables, int times) {
    char *bytes = malloc(good_bytes);
    for (int i = 0; i < times; i++) {
        memcpy(bytes, good, good_bytes);
        for (uint32_t flips = noise() % 4 + 1; flips; flips--) bytes[noise() % tables] ^= (char)(1 << noise() % 8);
        reads(bytes, good_bytes);
    }
    free(bytes);
}

/* Counts and lengths that are as wrong as can be, anywhere. */
static void write_extremes(size_t tables) {
    static const uint64_t extremes[] = {0, 1, 0x7fffffff, 0xffffffff, 0x100000000, INT64_MAX, UINT64_MAX, 1u << 20, 24};
    char *bytes = malloc(good_bytes);
    for (size_t at = 4; at + 8 <= tables; at += 4) {
        for (size_t i = 0; i < sizeof extremes / sizeof *extremes; i++) {
            memcpy(bytes, good, good_bytes);
            memcpy(bytes + at, &extremes[i], at % 8 ? 4 : 8);
            reads(bytes, good_bytes);
        }
    }
    free(bytes);
}

static void write_noise(int times) {
    char bytes[4096];
    for (int i = 0; i < times; i++) {
        for (size_t k = 0; k < sizeof bytes; k++) bytes[k] = (char)(noise() % 5 ? 0 : noise());
        memcpy(bytes, good, noise() % 64 + 8);
        reads(bytes, noise() % sizeof bytes);
    }
}

int main(int count, char **argument) {
    if (count != 3) return 2;
    fd = memfd_create("gguf", MFD_CLOEXEC);
    CHECK(fd >= 0);
    load(argument[1]);
    size_t tables = (size_t)atol(argument[2]); /* where they end */
    CHECK(tables <= good_bytes);
    cut(tables);
    flip_bits(tables, 20000);
    write_extremes(tables);
    write_noise(5000);
    free(good);
    return 0;
}
