/* Every layout of struct ggml_tensor since 2023-10, with names of the three lengths that are in use. */
#include "layout.h"

#include "check.h"

struct known {
    const char *since;
    uint16_t bytes, src, view_src, data, name, sources;
};

/* From the table in the design notes, which comes from ggml's history; bytes are with 64 for the name. */
static const struct known table[] = {
    {"2023-10-06", 320, 136, 208, 224, 232, 6},
    {"2023-12-22", 368, 160, 264, 280, 288, 10},
    {"2024-06-26", 336, 160, 240, 256, 264, 10},
    {"2024-11-16", 336, 152, 232, 248, 256, 10},
};
static const uint16_t name_bytes[] = {64, 128, 160};

int main(void) {
    struct gv_layout layout;
    for (size_t row = 0; row < sizeof table / sizeof *table; row++) {
        const struct known *known = &table[row];
        for (size_t i = 0; i < 3; i++) {
            uint16_t bytes = (uint16_t)(known->bytes + name_bytes[i] - 64);
            CHECK(gv_layout_from_table(&layout, bytes, known->name));
            CHECK(strcmp(layout.since, known->since) == 0);
            CHECK(layout.bytes == bytes && layout.name == known->name && layout.max_name == name_bytes[i]);
            CHECK(layout.src == known->src && layout.view_src == known->view_src && layout.data == known->data);
            CHECK(layout.view_offs == known->view_src + 8 && layout.sources == known->sources);
            CHECK(layout.view_src >= layout.src + 8 * layout.sources);
            CHECK(layout.buffer == 8 && layout.nb == layout.ne + 32 && layout.op == layout.nb + 32);
            CHECK(layout.op_params == layout.op + 4 && layout.flags == layout.op_params + 4 * layout.params);
            CHECK(layout.name + layout.max_name + 8 <= layout.bytes);
        }
        CHECK(!gv_layout_from_table(&layout, known->bytes - 8u, known->name));
        CHECK(!gv_layout_from_table(&layout, known->bytes + 8u, known->name));
        CHECK(!gv_layout_from_table(&layout, known->bytes, known->name + 4u));
        CHECK(!gv_layout_from_table(&layout, known->bytes + 8192u, known->name));
    }
    CHECK(!gv_layout_from_table(&layout, 0, 0) && !gv_layout_from_table(&layout, SIZE_MAX, 256));
    return 0;
}
