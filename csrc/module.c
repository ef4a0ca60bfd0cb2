#define _GNU_SOURCE
#include "module.h"

#include <sys/mman.h>
#include <unistd.h>

#if defined(__x86_64__)
enum { JUMP_SLOT = R_X86_64_JUMP_SLOT, GLOB_DAT = R_X86_64_GLOB_DAT, ABSOLUTE = R_X86_64_64 };
#elif defined(__aarch64__)
enum { JUMP_SLOT = R_AARCH64_JUMP_SLOT, GLOB_DAT = R_AARCH64_GLOB_DAT, ABSOLUTE = R_AARCH64_ABS64 };
#endif

struct gv_module gv_module_of(const struct dl_phdr_info *info) {
    struct gv_module module = {.base = info->dlpi_addr};
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        uintptr_t begin = info->dlpi_addr + header->p_vaddr;
        if (header->p_type == PT_DYNAMIC) module.dynamic = (const ElfW(Dyn) *)begin;
        if (header->p_type != PT_GNU_RELRO) continue;
        module.read_only = begin & -page;
        module.read_only_end = (begin + header->p_memsz) & -page;
    }
    return module;
}

bool gv_module_write(const struct gv_module *module, void **at, void *value) {
    uintptr_t size = (uintptr_t)sysconf(_SC_PAGESIZE), page = (uintptr_t)at & -size;
    bool guarded = page >= module->read_only && page < module->read_only_end;
    if (guarded && mprotect((void *)page, size, PROT_READ | PROT_WRITE)) return false;
    __atomic_store_n(at, value, __ATOMIC_RELEASE);
    if (guarded) mprotect((void *)page, size, PROT_READ);
    return true;
}

static void each_relocation(const struct gv_module *module, const ElfW(Rela) *table, size_t bytes, const ElfW(Sym) *symbols,
                            const char *strings, void (*act)(const struct gv_module *, const struct gv_slot *)) {
    for (size_t i = 0; i < bytes / sizeof *table; i++) {
        unsigned type = (unsigned)ELF64_R_TYPE(table[i].r_info);
        if (type != JUMP_SLOT && type != GLOB_DAT && type != ABSOLUTE) continue;
        if (type == ABSOLUTE && table[i].r_addend) continue; /* it points into something, and to no function */
        const ElfW(Sym) *symbol = &symbols[ELF64_R_SYM(table[i].r_info)];
        struct gv_slot slot = {.at = (void **)(module->base + table[i].r_offset),
                               .name = strings + symbol->st_name,
                               .in_data = type == ABSOLUTE};
        if (symbol->st_shndx != SHN_UNDEF) slot.own = (void *)(module->base + symbol->st_value);
        act(module, &slot);
    }
}

void gv_module_slots(const struct gv_module *module, void (*act)(const struct gv_module *, const struct gv_slot *)) {
    uintptr_t symbols = 0, strings = 0, tables[2] = {0, 0};
    size_t bytes[2] = {0, 0};
    for (const ElfW(Dyn) *entry = module->dynamic; entry && entry->d_tag != DT_NULL; entry++) {
        /* glibc has added the base to these already, save where it cannot write */
        uintptr_t address = entry->d_un.d_ptr;
        if (address < module->base) address += module->base;
        if (entry->d_tag == DT_SYMTAB) symbols = address;
        if (entry->d_tag == DT_STRTAB) strings = address;
        if (entry->d_tag == DT_JMPREL) tables[0] = address;
        if (entry->d_tag == DT_PLTRELSZ) bytes[0] = entry->d_un.d_val;
        if (entry->d_tag == DT_RELA) tables[1] = address;
        if (entry->d_tag == DT_RELASZ) bytes[1] = entry->d_un.d_val;
    }
    for (int i = 0; i < 2 && symbols && strings; i++)
        if (tables[i])
            each_relocation(module, (const ElfW(Rela) *)tables[i], bytes[i], (const ElfW(Sym) *)symbols,
                            (const char *)strings, act);
}
