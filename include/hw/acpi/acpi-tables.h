/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A set of ACPI tables in one blob, with the pointers and checksums that depend on where the blob ends up. It goes to
 * the guest in two ways: as fw_cfg files with a script for firmware ("etc/table-loader"), and, on machines that boot
 * without firmware, as blobs at a fixed address.
 */
#ifndef HW_ACPI_TABLES_H
#define HW_ACPI_TABLES_H

#include "qemu/osdep.h"
#include "hw/nvram/fw_cfg.h"

typedef struct AcpiTables {
    GByteArray *blob;
    GArray *pointers;               /* AcpiPointer */
    GArray *sums;                   /* AcpiSum */
    GArray *entries;                /* uint32_t offsets of what the RSDT lists */
    char oem_id[7], oem_table_id[9];
    uint32_t rsdt;
} AcpiTables;

void acpi_tables_init(AcpiTables *t, const char *oem_id, const char *oem_table_id);
void acpi_tables_free(AcpiTables *t);
/* Start a table: header with @sig and @rev; returns its offset. End fills length and registers the checksum. */
uint32_t acpi_table_begin(AcpiTables *t, const char *sig, uint8_t rev);
void acpi_table_end(AcpiTables *t, uint32_t offset, bool list_in_rsdt);
/* Little-endian fields. */
void acpi_add(AcpiTables *t, uint64_t v, unsigned bytes);
void acpi_add_gas(AcpiTables *t, uint8_t space, uint8_t width, uint8_t offset, uint8_t access, uint64_t addr);
/* The field of @bytes bytes at the current end points to @target. */
void acpi_add_pointer(AcpiTables *t, unsigned bytes, uint32_t target);
void acpi_align(AcpiTables *t, unsigned align);
void acpi_build_rsdt(AcpiTables *t);

/* Files for firmware; RAM blocks hold the contents so that they migrate. */
bool acpi_tables_to_fw_cfg(AcpiTables *t, FWCfgState *s, Error **errp);
/* Blobs for a machine without firmware: tables at @base, RSDP at @rsdp. */
bool acpi_tables_to_memory(AcpiTables *t, hwaddr base, size_t max, hwaddr rsdp, Error **errp);

#endif
