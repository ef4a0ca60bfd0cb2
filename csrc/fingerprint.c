#include "fingerprint.h"

/* The products of different words do not wait for each other, which is what makes this faster than a chain of
 * hashes: it runs once per graph run, on the host's time. */
static uint64_t tensor_sum(const uint64_t *words, uint32_t count) {
    uint64_t sum = 0, key = 0;
    for (uint32_t i = 0; i < count; i++) {
        key += 0x9e3779b97f4a7c15u; /* another key for every place, so that words that change places are seen */
        uint64_t word = words[i] + key;
        sum += (word & 0xffffffffu) * (word >> 32) + words[i];
    }
    return sum;
}

uint64_t gv_fingerprint(const struct gv_layout *layout, void *const *tensors, uint32_t count) {
    uint64_t print = count + 1;
    uint32_t words = (uint32_t)(layout->name + layout->max_name) / 8; /* only `extra` and padding follow the name */
    for (uint32_t i = 0; i < count; i++) {
        print = (print ^ (uint64_t)(uintptr_t)tensors[i]) * 0x9e3779b97f4a7c15u;
        print = (print ^ (print >> 32)) + tensor_sum(tensors[i], words);
    }
    print ^= print >> 31;
    return print ? print : 1;
}
