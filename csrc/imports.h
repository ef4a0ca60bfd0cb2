/*
 * How a library that was not preloaded stands in for functions all the same: every module calls functions of others, and
 * often its own, through a table of pointers that its relocations tell. These pointers are exchanged, in the modules that
 * are loaded and in those that come later, and can be put back.
 */
#ifndef GGMLVIZ_IMPORTS_H
#define GGMLVIZ_IMPORTS_H

#include <stddef.h>
#include <stdint.h>

/* Exchange the pointers to all hooked functions. Returns how many; -1 if our own functions cannot be found. */
int gv_imports_take(void);

/* Put back what was there. */
void gv_imports_give_back(void);

/* What a module that lies there had in place of our hook; NULL if it had none. */
void *gv_imports_before(uintptr_t begin, size_t bytes, int hook);

/* Calls `visit` with each pointer to a hooked function that was exchanged. */
void gv_imports_visit(void (*visit)(const void *slot, int hook));

#endif
