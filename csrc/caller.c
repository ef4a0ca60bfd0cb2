#define _GNU_SOURCE
#include "caller.h"

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "imports.h"
#include "recorder.h"
#include "say.h"

enum { MOST_CALLERS = 128 };

const char *const gv_hook_names[] = {
#define X(name) #name,
    GGMLVIZ_HOOKS(X)
#undef X
};

static struct gv_caller callers[MOST_CALLERS];
static int caller_count; /* published with a release store: found callers are read without the mutex */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

__thread const struct gv_caller *gv_last_caller __attribute__((tls_model("initial-exec")));

struct extent {
    uintptr_t address, begin, end;
};

static int find_extent(struct dl_phdr_info *module, size_t size, void *wanted) {
    struct extent *extent = wanted;
    uintptr_t begin = UINTPTR_MAX, end = 0;
    (void)size;
    for (int i = 0; i < module->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &module->dlpi_phdr[i];
        if (header->p_type != PT_LOAD) continue;
        uintptr_t from = module->dlpi_addr + header->p_vaddr;
        if (from < begin) begin = from;
        if (from + header->p_memsz > end) end = from + header->p_memsz;
    }
    if (extent->address < begin || extent->address >= end) return 0;
    extent->begin = begin;
    extent->end = end;
    return 1;
}

static bool in_shim(const void *address) {
    Dl_info info, ours;
    return dladdr(address, &info) && dladdr((const void *)in_shim, &ours) && info.dli_fbase == ours.dli_fbase;
}

/* dlsym, but never one of our own hooks. */
static void *find(void *handle, const char *name) {
    void *symbol = dlsym(handle, name);
    return symbol && in_shim(symbol) ? NULL : symbol;
}

/* What a program means by a name, ourselves left out. Preloaded, we are in its scope and look behind us; where we joined,
 * we are not in it. */
static void *scope_of_program(void) { return gv_joined ? RTLD_DEFAULT : RTLD_NEXT; }

/* A handle whose scope is the module's own: itself and what it was linked against. */
static void *handle_of(const void *address) {
    Dl_info info;
    struct link_map *module = NULL;
    if (!dladdr1(address, &info, (void **)&module, RTLD_DL_LINKMAP) || !module) return NULL;
    if (!module->l_name || !module->l_name[0]) return scope_of_program(); /* the program itself */
    /* The handle is kept: a module whose functions we remember must not be unloaded. */
    void *handle = dlopen(module->l_name, RTLD_LAZY | RTLD_NOLOAD);
    return handle ? handle : scope_of_program();
}

/* The paths of all loaded modules. They are opened only afterwards: inside dl_iterate_phdr the loader is locked. */
struct modules {
    char *path[512];
    int count;
};

static int list_module(struct dl_phdr_info *module, size_t size, void *data) {
    struct modules *modules = data;
    (void)size;
    if (module->dlpi_name && module->dlpi_name[0] && modules->count < 512)
        modules->path[modules->count++] = strdup(module->dlpi_name);
    return 0;
}

/* A caller that was never linked against ggml: another tool that wraps the same functions, say, or a program that got
 * a hook from dlsym(RTLD_DEFAULT). If just one module of the process defines the function, that one is meant. */
static void *handle_anywhere(const char *name) {
    struct modules modules = {.count = 0};
    void *only = NULL;
    int found = 0;
    dl_iterate_phdr(list_module, &modules);
    for (int i = 0; i < modules.count; i++) {
        Dl_info info;
        void *handle = modules.path[i] ? dlopen(modules.path[i], RTLD_LAZY | RTLD_NOLOAD) : NULL;
        void *symbol = handle ? find(handle, name) : NULL;
        bool own = symbol && dladdr(symbol, &info) && strcmp(info.dli_fname, modules.path[i]) == 0 &&
                   find(handle, LIBRARY_MARK); /* another wrapper defines the name as well, but is no ggml */
        if (own && !found++) only = handle;
        else if (handle) dlclose(handle);
        free(modules.path[i]);
    }
    if (found > 1) gv_say("%s is defined more than once and its caller belongs to neither", name);
    return found == 1 ? only : NULL;
}

/* A library preloaded behind us that wraps the same function is called first, as it would be without us. */
static void *find_original(void *handle, const char *name) {
    void *next = find(scope_of_program(), name);
    void *scope = next ? handle_of(next) : NULL;
    if (scope && scope != scope_of_program() && !find(scope, LIBRARY_MARK)) return next;
    return find(handle, name);
}

static struct gv_caller *lookup(uintptr_t address) {
    int count = __atomic_load_n(&caller_count, __ATOMIC_ACQUIRE);
    for (int i = 0; i < count; i++)
        if (address - callers[i].begin < callers[i].bytes) return &callers[i];
    return NULL;
}

/* In a forked child, whoever held the lock is not there any more. */
static void renew_mutex(void) { pthread_mutex_init(&mutex, NULL); }

static struct gv_caller *meet(const void *address, enum gv_hook hook) {
    static bool fork_handled;
    if (!fork_handled) fork_handled = pthread_atfork(NULL, NULL, renew_mutex) == 0;
    struct extent extent = {.address = (uintptr_t)address, .begin = (uintptr_t)address, .end = (uintptr_t)address + 1};
    if (caller_count == MOST_CALLERS) return NULL;
    dl_iterate_phdr(find_extent, &extent);
    struct gv_caller *caller = &callers[caller_count];
    void *handle = handle_of(address);
    caller->begin = extent.begin;
    caller->bytes = extent.end - extent.begin;
    if (!find(handle, gv_hook_names[hook]) || !find(handle, LIBRARY_MARK)) handle = handle_anywhere(gv_hook_names[hook]);
    for (int i = 0; handle && i < HOOK_COUNT; i++) caller->originals[i] = find_original(handle, gv_hook_names[i]);
    caller->library = handle ? gv_library_of(handle, find) : NULL;
    __atomic_store_n(&caller_count, caller_count + 1, __ATOMIC_RELEASE);
    return caller;
}

const struct gv_caller *gv_caller_find(const void *address, enum gv_hook hook) {
    /* An original that jumps on into another hooked function leaves our own address behind as the one to return to:
     * then it was called by the module whose hook we are in. */
    if (gv_last_caller && gv_last_caller->originals[hook] && in_shim(address)) return gv_last_caller;
    pthread_mutex_lock(&mutex);
    struct gv_caller *caller = lookup((uintptr_t)address);
    if (!caller) caller = meet(address, hook);
    if (caller && !caller->originals[hook]) {
        void *handle = handle_anywhere(gv_hook_names[hook]);
        if (handle) caller->originals[hook] = find(handle, gv_hook_names[hook]);
    }
    pthread_mutex_unlock(&mutex);
    if (caller && !caller->originals[hook]) caller->originals[hook] = gv_imports_before(caller->begin, caller->bytes, hook);
    if (!caller || !caller->originals[hook]) {
        gv_say("%s is called but defined nowhere: symbol lookup error", gv_hook_names[hook]);
        abort();
    }
    gv_last_caller = caller;
    return caller;
}
