#define _GNU_SOURCE
#include "caller.h"

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "say.h"

enum { MOST_CALLERS = 128 };

static const char *const names[HOOK_COUNT] = {
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

/* A handle whose scope is the module's own: itself and what it was linked against. */
static void *handle_of(const void *address) {
    Dl_info info;
    struct link_map *module = NULL;
    if (!dladdr1(address, &info, (void **)&module, RTLD_DL_LINKMAP) || !module) return NULL;
    if (!module->l_name || !module->l_name[0]) return RTLD_NEXT; /* the program: what follows us in its own scope */
    /* The handle is kept: a module whose functions we remember must not be unloaded. */
    void *handle = dlopen(module->l_name, RTLD_LAZY | RTLD_NOLOAD);
    return handle ? handle : RTLD_NEXT;
}

/* A module that got a pointer to a hook through dlsym(RTLD_DEFAULT) and was never linked against ggml. */
static void *find_anywhere(const char *name) {
    int count = __atomic_load_n(&caller_count, __ATOMIC_ACQUIRE);
    enum gv_hook hook = 0;
    while (hook < HOOK_COUNT && strcmp(names[hook], name)) hook++;
    for (int i = count - 1; i >= 0; i--)
        if (hook < HOOK_COUNT && callers[i].originals[hook]) return callers[i].originals[hook];
    return find(RTLD_NEXT, name);
}

static struct gv_caller *lookup(uintptr_t address) {
    int count = __atomic_load_n(&caller_count, __ATOMIC_ACQUIRE);
    for (int i = 0; i < count; i++)
        if (address - callers[i].begin < callers[i].bytes) return &callers[i];
    return NULL;
}

/* In a forked child, whoever held the lock is not there any more. */
static void renew_mutex(void) { pthread_mutex_init(&mutex, NULL); }

static struct gv_caller *meet(const void *address) {
    static bool fork_handled;
    if (!fork_handled) fork_handled = pthread_atfork(NULL, NULL, renew_mutex) == 0;
    struct extent extent = {.address = (uintptr_t)address, .begin = (uintptr_t)address, .end = (uintptr_t)address + 1};
    if (caller_count == MOST_CALLERS) return NULL;
    dl_iterate_phdr(find_extent, &extent);
    struct gv_caller *caller = &callers[caller_count];
    void *handle = handle_of(address);
    caller->begin = extent.begin;
    caller->bytes = extent.end - extent.begin;
    for (int hook = 0; hook < HOOK_COUNT; hook++) caller->originals[hook] = find(handle, names[hook]);
    caller->library = gv_library_of(handle, find);
    __atomic_store_n(&caller_count, caller_count + 1, __ATOMIC_RELEASE);
    return caller;
}

const struct gv_caller *gv_caller_find(const void *address, enum gv_hook hook) {
    /* An original that jumps on into another hooked function leaves our own address behind as the one to return to:
     * then it was called by the module whose hook we are in. */
    if (gv_last_caller && gv_last_caller->originals[hook] && in_shim(address)) return gv_last_caller;
    pthread_mutex_lock(&mutex);
    struct gv_caller *caller = lookup((uintptr_t)address);
    if (!caller) caller = meet(address);
    if (caller && !caller->originals[hook]) caller->originals[hook] = find_anywhere(names[hook]);
    pthread_mutex_unlock(&mutex);
    if (!caller || !caller->originals[hook]) {
        gv_say("%s is called but defined nowhere: symbol lookup error", names[hook]);
        abort();
    }
    gv_last_caller = caller;
    return caller;
}
