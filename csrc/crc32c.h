/* CRC-32C (Castagnoli), the checksum of sealed segments. */
#ifndef GGMLVIZ_CRC32C_H
#define GGMLVIZ_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Continue `crc` (0 to begin) over `bytes` bytes. Uses the processor's instruction where it has one. */
uint32_t ggmlviz_crc32c(uint32_t crc, const void *data, size_t bytes);

/* The same without the instruction; tests hold the two against each other. */
uint32_t ggmlviz_crc32c_portable(uint32_t crc, const void *data, size_t bytes);

#endif
