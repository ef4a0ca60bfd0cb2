/* The model files of this process: mapped under a buffer, or open while weights are loaded. */
#ifndef GGMLVIZ_FILES_H
#define GGMLVIZ_FILES_H

#include <stdint.h>

/* All of these need the recorder's lock. */

/* The file mapped at `address`, or NONE; tells the offset in it and how many bytes of the mapping follow. */
uint32_t gv_file_at(const void *address, uint64_t *offset, uint64_t *bytes);

/* The mappings may have changed since gv_file_at was last asked. */
void gv_files_remap(void);

/* Define the model files that are open right now: weights are about to be read from them. */
void gv_files_note_open(void);

#endif
