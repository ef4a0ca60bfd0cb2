/*
 * A loaded module, as its own headers describe it: where its pointers to functions of others are, which its relocations
 * tell, and how one is written although the loader has protected it. Allocates nothing: it is used while the loader's list
 * of modules is locked.
 */
#ifndef GGMLVIZ_MODULE_H
#define GGMLVIZ_MODULE_H

#include <link.h>
#include <stdbool.h>
#include <stdint.h>

struct gv_module {
    uintptr_t base;
    const ElfW(Dyn) *dynamic;           /* NULL: it has no relocations that could be read */
    uintptr_t read_only, read_only_end; /* pages that the loader protected when it had relocated them */
};

struct gv_slot {
    void **at;
    const char *name; /* of the function that the loader made it point to */
    void *own;        /* that function, where the module has it itself; else NULL */
    bool in_data;     /* among the program's own data, where it may have been changed since, to anything */
};

struct gv_module gv_module_of(const struct dl_phdr_info *info);

/* Calls `act` with each pointer to a function, and with some others, whose names tell nothing. */
void gv_module_slots(const struct gv_module *module, void (*act)(const struct gv_module *, const struct gv_slot *));

/* False: the loader's protection could not be lifted. */
bool gv_module_write(const struct gv_module *module, void **at, void *value);

#endif
