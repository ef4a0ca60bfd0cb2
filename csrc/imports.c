#define _GNU_SOURCE
#include "imports.h"

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "caller.h"
#include "module.h"
#include "say.h"

/* No memory is allocated below: most of it runs while the loader's list of modules is locked. */
enum { MOST_PLACES = 8192, MOST_MODULES = 4096, DLSYM = HOOK_COUNT, NAMES };

struct place {
    void **slot;
    void *before;
    int hook;
};

static struct {
    pthread_mutex_t lock;
    bool taken, fork_handled;
    void *ours[NAMES];            /* what is put into the slots */
    struct place places[MOST_PLACES];
    int count, refused;
    const void *known[MOST_MODULES]; /* dynamic sections of the modules that were gone through */
    int known_count;
    const void *fresh[MOST_MODULES]; /* those that were loaded when the loader was last at rest */
    int fresh_count;
    unsigned long long loaded, unloaded; /* modules, ever, when last looked */
} imports = {.lock = PTHREAD_MUTEX_INITIALIZER};

struct counters {
    unsigned long long loaded, unloaded;
};

static int read_counters(struct dl_phdr_info *module, size_t size, void *data) {
    (void)size;
    *(struct counters *)data = (struct counters){module->dlpi_adds, module->dlpi_subs};
    return 1;
}

static struct counters count_modules(void) {
    struct counters counters = {0, 0};
    dl_iterate_phdr(read_counters, &counters);
    return counters;
}

static bool is_known(const void *const *list, int count, const void *dynamic) {
    for (int i = 0; i < count; i++)
        if (list[i] == dynamic) return true;
    return false;
}

static int hook_of(const char *name) {
    if (strcmp(name, "dlsym") == 0) return DLSYM;
    if (strncmp(name, "ggml_", 5) != 0) return -1;
    for (int i = 0; i < HOOK_COUNT; i++)
        if (strcmp(name, gv_hook_names[i]) == 0) return i;
    return -1;
}

static struct place *place_of(void **slot) {
    for (int i = 0; i < imports.count; i++)
        if (imports.places[i].slot == slot) return &imports.places[i];
    return NULL;
}

/* What lies among the program's own data is ours to exchange only while it is still the function. */
static bool holds_function(const struct gv_slot *slot, int hook) {
    void *value = *slot->at;
    if (slot->own && value == slot->own) return true;
    for (int i = 0; i < imports.count; i++)
        if (imports.places[i].hook == hook && imports.places[i].before == value) return true;
    return value == imports.ours[hook];
}

static int hook_in(const struct gv_slot *slot) {
    int hook = hook_of(slot->name);
    return hook < 0 || (slot->in_data && !holds_function(slot, hook)) ? -1 : hook;
}

static void take_slot(const struct gv_module *module, const struct gv_slot *slot) {
    int hook = hook_in(slot);
    if (hook < 0) return;
    void *before = __atomic_load_n(slot->at, __ATOMIC_ACQUIRE);
    if (before == imports.ours[hook]) return;
    struct place *place = place_of(slot->at);
    if (!place && imports.count < MOST_PLACES) place = &imports.places[imports.count];
    if (!place) {
        imports.refused++;
        return;
    }
    /* noted first: whoever comes by the new pointer may ask at once what was there */
    *place = (struct place){slot->at, before, hook};
    if (place == &imports.places[imports.count]) __atomic_store_n(&imports.count, imports.count + 1, __ATOMIC_RELEASE);
    if (!gv_module_write(module, slot->at, imports.ours[hook])) imports.refused++;
}

static void give_back_slot(const struct gv_module *module, const struct gv_slot *slot) {
    int hook = hook_in(slot);
    if (hook < 0) return;
    const struct place *place = place_of(slot->at);
    if (place && __atomic_load_n(slot->at, __ATOMIC_ACQUIRE) == imports.ours[hook])
        gv_module_write(module, slot->at, place->before);
}

static bool is_ours(const struct dl_phdr_info *info) {
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        if (header->p_type == PT_LOAD && (uintptr_t)&imports - (info->dlpi_addr + header->p_vaddr) < header->p_memsz)
            return true;
    }
    return false;
}

static int note_fresh(struct dl_phdr_info *info, size_t size, void *unused) {
    struct gv_module module = gv_module_of(info);
    (void)size;
    (void)unused;
    if (module.dynamic && !is_ours(info) && !is_known(imports.known, imports.known_count, module.dynamic) &&
        imports.fresh_count < MOST_MODULES)
        imports.fresh[imports.fresh_count++] = module.dynamic;
    return 0;
}

static int take_fresh(struct dl_phdr_info *info, size_t size, void *unused) {
    struct gv_module module = gv_module_of(info);
    (void)size;
    (void)unused;
    if (!module.dynamic || !is_known(imports.fresh, imports.fresh_count, module.dynamic)) return 0;
    gv_module_slots(&module, take_slot);
    if (imports.known_count < MOST_MODULES) imports.known[imports.known_count++] = module.dynamic;
    return 0;
}

/* A module is in the loader's list before it has been relocated. Who asks the loader for something comes back when whoever
 * was loading has finished; what was in the list before that is whole now. (This does wait for other threads' loading, as
 * every call of dlsym does.) */
static void wait_for_loader(void) {
    void *program = dlopen(NULL, RTLD_LAZY);
    if (program) dlclose(program);
}

static void take_all(void) {
    struct counters now = count_modules();
    while (now.loaded != imports.loaded || now.unloaded != imports.unloaded) {
        if (now.unloaded != imports.unloaded) imports.known_count = 0; /* another may lie in its place */
        imports.loaded = now.loaded;
        imports.unloaded = now.unloaded;
        imports.fresh_count = 0;
        dl_iterate_phdr(note_fresh, NULL);
        wait_for_loader();
        dl_iterate_phdr(take_fresh, NULL);
        now = count_modules();
    }
}

/* Whoever loads a module uses dlsym to find its functions. The thread may hold the loader's lock or any of the program's:
 * so it never waits for another that is at it, which will go on until nothing is new. */
static void look_for_new(void) {
    struct counters now = count_modules();
    if (now.loaded == imports.loaded && now.unloaded == imports.unloaded) return;
    if (pthread_mutex_trylock(&imports.lock)) return;
    if (imports.taken) take_all();
    pthread_mutex_unlock(&imports.lock);
}

/* In the place of dlsym. It must be left by a jump: what RTLD_NEXT means depends on who called. */
static void *dlsym_of_program(void *handle, const char *name) {
    look_for_new();
    return dlsym(handle, name);
}

static bool find_ours(void) {
    Dl_info info;
    void *handle = dladdr((const void *)&imports, &info) ? dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD) : NULL;
    bool found = handle != NULL;
    for (int i = 0; found && i < HOOK_COUNT; i++) found = (imports.ours[i] = dlsym(handle, gv_hook_names[i])) != NULL;
    imports.ours[DLSYM] = (void *)(uintptr_t)dlsym_of_program;
    if (handle) dlclose(handle);
    return found;
}

/* In a forked child, whoever held the lock is not there any more. */
static void renew_lock(void) { pthread_mutex_init(&imports.lock, NULL); }

int gv_imports_take(void) {
    int taken = -1;
    pthread_mutex_lock(&imports.lock);
    if (!imports.fork_handled) imports.fork_handled = pthread_atfork(NULL, NULL, renew_lock) == 0;
    if (find_ours()) {
        /* Twice: a thread that was just finding out where a slot leads to, at its first use, has overwritten ours. */
        for (int pass = 0; pass < 2; pass++) {
            imports.known_count = 0;
            imports.loaded = 0;
            take_all();
        }
        imports.taken = true;
        if (imports.refused) gv_say("%d pointers to functions of ggml could not be exchanged", imports.refused);
        taken = 0;
        for (int i = 0; i < imports.count; i++) taken += imports.places[i].hook != DLSYM;
    }
    pthread_mutex_unlock(&imports.lock);
    return taken;
}

static int give_back_module(struct dl_phdr_info *info, size_t size, void *unused) {
    struct gv_module module = gv_module_of(info);
    (void)size;
    (void)unused;
    if (is_known(imports.known, imports.known_count, module.dynamic)) gv_module_slots(&module, give_back_slot);
    return 0;
}

void gv_imports_give_back(void) {
    pthread_mutex_lock(&imports.lock);
    imports.taken = false;
    dl_iterate_phdr(give_back_module, NULL); /* a module that is gone is not visited, whatever lies in its place now */
    __atomic_store_n(&imports.count, 0, __ATOMIC_RELEASE);
    imports.known_count = imports.refused = 0;
    imports.loaded = imports.unloaded = 0;
    pthread_mutex_unlock(&imports.lock);
}

void *gv_imports_before(uintptr_t begin, size_t bytes, int hook) {
    int count = __atomic_load_n(&imports.count, __ATOMIC_ACQUIRE);
    for (int i = 0; i < count; i++) {
        const struct place *place = &imports.places[i];
        if (place->hook == hook && (uintptr_t)place->slot - begin < bytes) return place->before;
    }
    return NULL;
}

void gv_imports_visit(void (*visit)(const void *slot, int hook)) {
    int count = __atomic_load_n(&imports.count, __ATOMIC_ACQUIRE);
    for (int i = 0; i < count; i++)
        if (imports.places[i].hook != DLSYM) visit(imports.places[i].slot, imports.places[i].hook);
}
