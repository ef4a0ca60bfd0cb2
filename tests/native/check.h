/* A check that says where it failed and ends the program. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                                                            \
    do {                                                                                                            \
        if (!(condition)) {                                                                                         \
            fprintf(stderr, "%s:%d: %s: not so: %s\n", __FILE__, __LINE__, __func__, #condition);                   \
            exit(1);                                                                                                \
        }                                                                                                           \
    } while (0)

/* Tests by name, so that a program can run one of them. */
struct test {
    const char *name;
    void (*run)(void);
};

#endif
