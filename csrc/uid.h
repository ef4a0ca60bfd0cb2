/*
 * ggml's own word that a graph has not changed. Since 2026 a scheduler gives a graph a new uid whenever it plans it
 * anew, and backends trust that an equal uid means an equal graph. Where we can see the uids being made, we do, too,
 * and need not look through a thousand tensors before each token.
 */
#ifndef GGMLVIZ_UID_H
#define GGMLVIZ_UID_H

#include <stdint.h>

/* The calling thread's ggml made this uid. */
void gv_uid_made(uint64_t uid);

/* The id this thread's last graph was given, if `graph` is that one, unchanged; otherwise NONE. */
uint32_t gv_uid_recall(const void *graph);

/* `graph` was just described as `id`. Kept only if its uid was seen being made since the last call. */
void gv_uid_remember(const void *graph, uint32_t id);

#endif
