#include "intern.h"

#include <stdlib.h>
#include <string.h>

static uint64_t mix(uint64_t a, uint64_t b) {
    unsigned __int128 product = (unsigned __int128)(a ^ 0x9e3779b97f4a7c15u) * (b ^ 0xe7037ed1a0b428dbu);
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t gv_hash(uint64_t seed, const void *data, size_t bytes) {
    const char *at = data;
    uint64_t a = seed ^ bytes, b = seed + 0xa0761d6478bd642fu;
    for (; bytes >= 16; bytes -= 16, at += 16) { /* two independent chains, for the processor's sake */
        uint64_t word[2];
        memcpy(word, at, 16);
        a = mix(a, word[0]);
        b = mix(b, word[1]);
    }
    uint64_t rest[2] = {0, 0};
    memcpy(rest, at, bytes);
    uint64_t hash = mix(mix(a ^ rest[0], b ^ rest[1]), a + b);
    return hash ? hash : 1;
}

static bool grow(struct gv_intern *set) {
    uint32_t places = set->places ? set->places * 2 : 1024;
    uint64_t *hashes = calloc(places, sizeof *hashes);
    uint32_t *ids = calloc(places, sizeof *ids);
    if (!hashes || !ids) {
        free(hashes);
        free(ids);
        return false;
    }
    for (uint32_t i = 0; i < set->places; i++) {
        if (!set->hashes[i]) continue;
        uint32_t place = (uint32_t)set->hashes[i] & (places - 1);
        while (hashes[place]) place = (place + 1) & (places - 1);
        hashes[place] = set->hashes[i];
        ids[place] = set->ids[i];
    }
    free(set->hashes);
    free(set->ids);
    set->hashes = hashes;
    set->ids = ids;
    set->places = places;
    return true;
}

uint32_t *gv_intern_find(struct gv_intern *set, uint64_t hash, bool *fresh) {
    if (set->count * 2 >= set->places && !grow(set)) return NULL;
    uint32_t place = (uint32_t)hash & (set->places - 1);
    while (set->hashes[place] && set->hashes[place] != hash) place = (place + 1) & (set->places - 1);
    *fresh = !set->hashes[place];
    if (*fresh) {
        set->hashes[place] = hash;
        set->count++;
    }
    return &set->ids[place];
}

void gv_intern_clear(struct gv_intern *set) {
    free(set->hashes);
    free(set->ids);
    memset(set, 0, sizeof *set);
}
