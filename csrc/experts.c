#include "experts.h"

#include <string.h>

enum { TYPE_I32 = 26, MOST_EXPERTS = 1024 };

/* llama.cpp gives the ids this name, and looks the experts' weights up with them right after they are known. */
static const char IDS[] = "ffn_moe_topk";

static bool are_ids(const struct gv_layout *layout, const void *tensor) {
    return tensor && strncmp((const char *)tensor + layout->name, IDS, sizeof IDS - 1) == 0 &&
           gv_field_u32(tensor, 0) == TYPE_I32 && gv_field_u64(tensor, layout->nb) == sizeof(int32_t) &&
           gv_field_pointer(tensor, layout->data);
}

/* How many tokens chose each expert; false if the ids are no ids. */
static bool count_choices(const struct gv_layout *layout, const void *ids, uint32_t count[MOST_EXPERTS]) {
    const char *data = gv_field_pointer(ids, layout->data);
    uint64_t chosen = gv_field_u64(ids, layout->ne), tokens = gv_field_u64(ids, layout->ne + 8);
    uint64_t stride = gv_field_u64(ids, layout->nb + 8);
    for (uint64_t token = 0; token < tokens; token++) {
        for (uint64_t choice = 0; choice < chosen; choice++) {
            int32_t expert;
            memcpy(&expert, data + token * stride + choice * sizeof expert, sizeof expert);
            if (expert < 0 || expert >= MOST_EXPERTS) return false;
            count[expert]++;
        }
    }
    return true;
}

void gv_experts_tell(struct gv_lane *lane, const struct gv_library *library, const void *tensor) {
    const struct gv_layout *layout = &library->layout;
    const void *ids = gv_field_pointer(tensor, layout->src + sizeof(void *));
    if (!are_ids(layout, ids)) return;
    uint32_t count[MOST_EXPERTS] = {0};
    if (!count_choices(layout, ids, count)) return;
    uint64_t now = gv_now();
    for (uint16_t expert = 0; expert < MOST_EXPERTS; expert++)
        if (count[expert]) gv_row(lane, now, GGMLVIZ_ROW_EXPERT, 0, expert, count[expert]);
}
