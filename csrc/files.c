#define _GNU_SOURCE
#include "files.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "define.h"
#include "gguf.h"
#include "recorder.h"

enum { MOST_FILES = 256 };

struct mapping {
    uintptr_t begin, end;
    uint64_t offset;
    const char *path;
};

static struct {
    char *text;                   /* /proc/self/maps, its lines cut up into the mappings below */
    struct mapping *mappings;
    size_t count;
    bool current;
} maps;

static struct {
    uint64_t device, inode;
    uint32_t id;
} files[MOST_FILES];
static int file_count;
static unsigned epoch;

static void define_tensors(uint32_t file, const struct gv_gguf *gguf) {
    for (uint32_t i = 0; i < gguf->count; i++) {
        const struct gv_gguf_tensor *tensor = &gguf->tensors[i];
        struct ggmlviz_def_file_tensor body = {.file = file, .name = gv_string(tensor->name), .type = tensor->type,
                                               .dimensions = tensor->dimensions, .offset = tensor->offset};
        memcpy(body.ne, tensor->ne, sizeof body.ne);
        gv_define(GGMLVIZ_DEF_FILE_TENSOR, &body, sizeof body);
    }
}

static enum ggmlviz_file_kind kind_of(int fd) {
    char magic[4] = "";
    if (pread(fd, magic, 4, 0) != 4) return GGMLVIZ_FILE_OTHER;
    if (memcmp(magic, "GGUF", 4) == 0) return GGMLVIZ_FILE_GGUF;
    return memcmp(magic, "lmgg", 4) == 0 ? GGMLVIZ_FILE_GGML : GGMLVIZ_FILE_OTHER;
}

/* The id of an open file, defining it when it is new. */
static uint32_t define_file(int fd, const char *path, const struct stat *status) {
    if (gv_began_anew(&epoch)) file_count = 0;
    for (int i = 0; i < file_count; i++)
        if (files[i].device == status->st_dev && files[i].inode == status->st_ino) return files[i].id;
    if (file_count == MOST_FILES) return GGMLVIZ_NONE;
    struct gv_gguf gguf = {0};
    struct ggmlviz_def_file body = {.path = gv_string(path), .kind = kind_of(fd), .size = (uint64_t)status->st_size,
                                    .device = status->st_dev, .inode = status->st_ino};
    if (body.kind == GGMLVIZ_FILE_GGUF && !gv_gguf_read(&gguf, fd, body.size)) body.kind = GGMLVIZ_FILE_GGUF_UNREADABLE;
    body.tensors = gguf.count;
    uint32_t id = gv_file(&body);
    if (id != GGMLVIZ_NONE) {
        define_tensors(id, &gguf);
        files[file_count].device = status->st_dev;
        files[file_count].inode = status->st_ino;
        files[file_count++].id = id;
    }
    free(gguf.tensors);
    return id;
}

static uint32_t define_path(const char *path) {
    struct stat status;
    uint32_t id = GGMLVIZ_NONE;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return id;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) id = define_file(fd, path, &status);
    close(fd);
    return id;
}

static char *read_maps(void) {
    size_t room = 1 << 17, length = 0;
    char *text = malloc(room);
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    while (text && fd >= 0) {
        ssize_t got = read(fd, text + length, room - length - 1);
        if (got <= 0) break;
        length += (size_t)got;
        if (room - length > 8192) continue;
        char *more = realloc(text, room *= 2);
        if (!more) break;
        text = more;
    }
    if (fd >= 0) close(fd);
    if (text) text[length] = 0;
    return text;
}

/* A mapping of a file that holds data: readable, not executable, with a path. */
static bool parse_line(char *line, struct mapping *mapping) {
    unsigned long begin, end, offset;
    char rights[8];
    int path = 0;
    if (sscanf(line, "%lx-%lx %7s %lx %*s %*s %n", &begin, &end, rights, &offset, &path) < 4 || !path) return false;
    if (line[path] != '/' || rights[0] != 'r' || rights[2] == 'x') return false;
    *mapping = (struct mapping){begin, end, offset, line + path};
    return true;
}

static void load_maps(void) {
    size_t room = 0;
    free(maps.text);
    maps.text = read_maps();
    maps.count = 0;
    maps.current = true;
    char *rest = maps.text, *line;
    while (rest && (line = strsep(&rest, "\n"))) {
        if (maps.count == room) {
            struct mapping *more = realloc(maps.mappings, (room = room ? room * 2 : 256) * sizeof *more);
            if (!more) return;
            maps.mappings = more;
        }
        if (parse_line(line, &maps.mappings[maps.count])) maps.count++;
    }
}

uint32_t gv_file_at(const void *address, uint64_t *offset, uint64_t *bytes) {
    if (!maps.current) load_maps();
    for (size_t i = 0; i < maps.count; i++) {
        const struct mapping *mapping = &maps.mappings[i];
        uintptr_t at = (uintptr_t)address;
        if (at < mapping->begin || at >= mapping->end) continue;
        *offset = mapping->offset + (at - mapping->begin);
        *bytes = mapping->end - at;
        return define_path(mapping->path);
    }
    return GGMLVIZ_NONE;
}

void gv_files_remap(void) { maps.current = false; }

void gv_files_note_open(void) {
    DIR *directory = opendir("/proc/self/fd");
    struct dirent *entry;
    while (directory && (entry = readdir(directory))) {
        char path[4096];
        struct stat status;
        char *end;
        int fd = (int)strtol(entry->d_name, &end, 10);
        if (*end || end == entry->d_name || fd == dirfd(directory)) continue;
        if (fstat(fd, &status) || !S_ISREG(status.st_mode) || kind_of(fd) == GGMLVIZ_FILE_OTHER) continue;
        ssize_t length = readlinkat(dirfd(directory), entry->d_name, path, sizeof path - 1);
        if (length <= 0) continue;
        path[length] = 0;
        define_file(fd, path, &status);
    }
    if (directory) closedir(directory);
}
