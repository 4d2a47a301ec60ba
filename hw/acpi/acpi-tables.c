/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Collecting ACPI tables (ACPI 6.4, 5.2) and handing them over (hw/acpi/acpi-tables.h). The loader script's commands
 * are 128 bytes: allocate a file, add the address of one file to a field of another, compute a checksum. Start-up.
 */
#include "qemu/osdep.h"
#include "hw/acpi/acpi-tables.h"
#include "hw/core/loader.h"
#include "migration/vmstate.h"
#include "qapi/error.h"
#include "qemu/bswap.h"
#include "system/memory.h"

#define HEADER_SIZE 36
#define RSDP_SIZE 20
#define TABLES_FILE "etc/acpi/tables"
#define RSDP_FILE "etc/acpi/rsdp"
#define LOADER_FILE "etc/table-loader"
#define TABLES_ALIGN 0x20000
#define TABLES_MAX 0x200000
#define LOADER_MAX 0x10000
#define LOADER_ALIGN 0x1000

typedef struct AcpiPointer {
    uint32_t offset, bytes, target;
} AcpiPointer;

typedef struct AcpiSum {
    uint32_t field, start, len;
} AcpiSum;

typedef struct QEMU_PACKED LoaderEntry {
    uint32_t command;
    union {
        struct QEMU_PACKED {
            char file[FW_CFG_MAX_FILE_PATH];
            uint32_t align;
            uint8_t zone;
        } alloc;
        struct QEMU_PACKED {
            char dest_file[FW_CFG_MAX_FILE_PATH];
            char src_file[FW_CFG_MAX_FILE_PATH];
            uint32_t offset;
            uint8_t size;
        } pointer;
        struct QEMU_PACKED {
            char file[FW_CFG_MAX_FILE_PATH];
            uint32_t offset, start, length;
        } cksum;
        char pad[124];
    };
} LoaderEntry;
QEMU_BUILD_BUG_ON(sizeof(LoaderEntry) != 128);

enum { LOADER_ALLOCATE = 1, LOADER_ADD_POINTER = 2, LOADER_ADD_CHECKSUM = 3 };
enum { ZONE_HIGH = 1, ZONE_FSEG = 2 };

void acpi_tables_init(AcpiTables *t, const char *oem_id, const char *oem_table_id)
{
    memset(t, 0, sizeof(*t));
    t->blob = g_byte_array_new();
    t->pointers = g_array_new(FALSE, FALSE, sizeof(AcpiPointer));
    t->sums = g_array_new(FALSE, FALSE, sizeof(AcpiSum));
    t->entries = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    snprintf(t->oem_id, sizeof(t->oem_id), "%-6s", oem_id);
    snprintf(t->oem_table_id, sizeof(t->oem_table_id), "%-8s", oem_table_id);
}

void acpi_tables_free(AcpiTables *t)
{
    g_byte_array_unref(t->blob);
    g_array_unref(t->pointers);
    g_array_unref(t->sums);
    g_array_unref(t->entries);
}

void acpi_add(AcpiTables *t, uint64_t v, unsigned bytes)
{
    v = cpu_to_le64(v);
    g_byte_array_append(t->blob, (const uint8_t *)&v, bytes);
}

void acpi_add_gas(AcpiTables *t, uint8_t space, uint8_t width, uint8_t offset, uint8_t access, uint64_t addr)
{
    acpi_add(t, space, 1);
    acpi_add(t, width, 1);
    acpi_add(t, offset, 1);
    acpi_add(t, access, 1);
    acpi_add(t, addr, 8);
}

void acpi_add_pointer(AcpiTables *t, unsigned bytes, uint32_t target)
{
    AcpiPointer p = { t->blob->len, bytes, target };

    g_array_append_val(t->pointers, p);
    acpi_add(t, target, bytes);
}

void acpi_align(AcpiTables *t, unsigned align)
{
    while (t->blob->len % align) {
        acpi_add(t, 0, 1);
    }
}

uint32_t acpi_table_begin(AcpiTables *t, const char *sig, uint8_t rev)
{
    uint32_t offset = t->blob->len;

    g_byte_array_append(t->blob, (const uint8_t *)sig, 4);
    acpi_add(t, 0, 4);                  /* length: acpi_table_end() */
    acpi_add(t, rev, 1);
    acpi_add(t, 0, 1);                  /* checksum */
    g_byte_array_append(t->blob, (const uint8_t *)t->oem_id, 6);
    g_byte_array_append(t->blob, (const uint8_t *)t->oem_table_id, 8);
    acpi_add(t, 1, 4);
    g_byte_array_append(t->blob, (const uint8_t *)"BXPC", 4);
    acpi_add(t, 1, 4);
    return offset;
}

void acpi_table_end(AcpiTables *t, uint32_t offset, bool list_in_rsdt)
{
    AcpiSum sum = { offset + 9, offset, t->blob->len - offset };

    stl_le_p(t->blob->data + offset + 4, sum.len);
    g_array_append_val(t->sums, sum);
    if (list_in_rsdt) {
        g_array_append_val(t->entries, offset);
    }
}

void acpi_build_rsdt(AcpiTables *t)
{
    t->rsdt = acpi_table_begin(t, "RSDT", 1);
    for (unsigned i = 0; i < t->entries->len; i++) {
        acpi_add_pointer(t, 4, g_array_index(t->entries, uint32_t, i));
    }
    acpi_table_end(t, t->rsdt, false);
}

static uint8_t checksum(const uint8_t *data, size_t len)
{
    uint8_t sum = 0;

    for (size_t i = 0; i < len; i++) {
        sum += data[i];
    }
    return -sum;
}

static void build_rsdp(const AcpiTables *t, uint8_t *rsdp, uint32_t rsdt_addr)
{
    memset(rsdp, 0, RSDP_SIZE);
    memcpy(rsdp, "RSD PTR ", 8);
    memcpy(rsdp + 9, t->oem_id, 6);
    stl_le_p(rsdp + 16, rsdt_addr);
}

bool acpi_tables_to_memory(AcpiTables *t, hwaddr base, size_t max, hwaddr rsdp_addr, Error **errp)
{
    g_autofree uint8_t *copy = g_memdup2(t->blob->data, t->blob->len);
    uint8_t rsdp[RSDP_SIZE];

    if (t->blob->len > max) {
        error_setg(errp, "the ACPI tables take %u bytes, %zu are reserved for them", t->blob->len, max);
        return false;
    }
    for (unsigned i = 0; i < t->pointers->len; i++) {
        const AcpiPointer *p = &g_array_index(t->pointers, AcpiPointer, i);

        if (p->bytes == 8) {
            stq_le_p(copy + p->offset, base + p->target);
        } else {
            stl_le_p(copy + p->offset, base + p->target);
        }
    }
    for (unsigned i = 0; i < t->sums->len; i++) {
        const AcpiSum *s = &g_array_index(t->sums, AcpiSum, i);

        copy[s->field] = checksum(copy + s->start, s->len);
    }
    build_rsdp(t, rsdp, base + t->rsdt);
    rsdp[8] = checksum(rsdp, RSDP_SIZE);
    return rom_add_blob_fixed_errp("ACPI tables", copy, t->blob->len, base, errp) &&
           rom_add_blob_fixed_errp("ACPI RSDP", rsdp, RSDP_SIZE, rsdp_addr, errp);
}

/* ---- for firmware ---- */

static void script_alloc(GByteArray *script, const char *file, uint32_t align, uint8_t zone)
{
    LoaderEntry e = { .command = cpu_to_le32(LOADER_ALLOCATE), .alloc = { .align = cpu_to_le32(align), .zone = zone } };

    strcpy(e.alloc.file, file);
    g_byte_array_append(script, (uint8_t *)&e, sizeof(e));
}

static void script_pointer(GByteArray *script, const char *dest, const char *src, uint32_t offset, uint8_t size)
{
    LoaderEntry e = { .command = cpu_to_le32(LOADER_ADD_POINTER) };

    strcpy(e.pointer.dest_file, dest);
    strcpy(e.pointer.src_file, src);
    e.pointer.offset = cpu_to_le32(offset);
    e.pointer.size = size;
    g_byte_array_append(script, (uint8_t *)&e, sizeof(e));
}

static void script_sum(GByteArray *script, const char *file, uint32_t offset, uint32_t start, uint32_t len)
{
    LoaderEntry e = { .command = cpu_to_le32(LOADER_ADD_CHECKSUM) };

    strcpy(e.cksum.file, file);
    e.cksum.offset = cpu_to_le32(offset);
    e.cksum.start = cpu_to_le32(start);
    e.cksum.length = cpu_to_le32(len);
    g_byte_array_append(script, (uint8_t *)&e, sizeof(e));
}

static bool add_ram_file(FWCfgState *s, const char *file, const uint8_t *data, size_t len, size_t size, size_t max,
                         Error **errp)
{
    g_autofree char *name = g_strdup_printf("/rom@%s", file);
    MemoryRegion *mr = g_new0(MemoryRegion, 1);

    if (len > size || size > max) {
        error_setg(errp, "%s: %zu bytes are too many (at most %zu)", file, len, max);
        return false;
    }
    if (!memory_region_init_resizeable_ram(mr, OBJECT(s), name, size, max, NULL, errp)) {
        return false;
    }
    vmstate_register_ram_global(mr);
    memcpy(memory_region_get_ram_ptr(mr), data, len);
    fw_cfg_add_file(s, file, memory_region_get_ram_ptr(mr), size);
    return true;
}

bool acpi_tables_to_fw_cfg(AcpiTables *t, FWCfgState *s, Error **errp)
{
    g_autoptr(GByteArray) script = g_byte_array_new();
    uint8_t rsdp[RSDP_SIZE];

    script_alloc(script, TABLES_FILE, 64, ZONE_HIGH);
    script_alloc(script, RSDP_FILE, 16, ZONE_FSEG);
    for (unsigned i = 0; i < t->pointers->len; i++) {
        const AcpiPointer *p = &g_array_index(t->pointers, AcpiPointer, i);

        script_pointer(script, TABLES_FILE, TABLES_FILE, p->offset, p->bytes);
    }
    for (unsigned i = 0; i < t->sums->len; i++) {
        const AcpiSum *sum = &g_array_index(t->sums, AcpiSum, i);

        script_sum(script, TABLES_FILE, sum->field, sum->start, sum->len);
    }
    build_rsdp(t, rsdp, t->rsdt);
    script_pointer(script, RSDP_FILE, TABLES_FILE, 16, 4);
    script_sum(script, RSDP_FILE, 8, 0, RSDP_SIZE);
    return add_ram_file(s, TABLES_FILE, t->blob->data, t->blob->len, ROUND_UP(t->blob->len, TABLES_ALIGN), TABLES_MAX,
                        errp) &&
           add_ram_file(s, LOADER_FILE, script->data, script->len, ROUND_UP(script->len, LOADER_ALIGN), LOADER_MAX,
                        errp) &&
           add_ram_file(s, RSDP_FILE, rsdp, RSDP_SIZE, 0x1000, 0x1000, errp);
}
