/* Facts about this process and machine, written once into the trace. Needs the recorder's lock. */
#ifndef GGMLVIZ_PROCESS_H
#define GGMLVIZ_PROCESS_H

#include <stdint.h>

void gv_process_describe(void);

/* Page faults of this process so far, `own` of them taken by the shim itself and left out. */
void gv_process_faults(uint64_t *minor, uint64_t *major, uint64_t own);

/* Bytes of memory resident now; 0 when the system does not tell. */
uint64_t gv_process_resident(void);

#endif
