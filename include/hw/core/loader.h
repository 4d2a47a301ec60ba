/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Images the machine puts in guest memory before the guest runs: kernels, initrds, firmware, tables.
 *
 * A "rom" is a named blob with a fixed guest physical address. All of them are copied at every system reset, so a
 * reboot finds them as at first start. Blobs that firmware fetches instead are given to fw_cfg.
 */
#ifndef HW_CORE_LOADER_H
#define HW_CORE_LOADER_H

#include "system/memory.h"
#include "qapi/error.h"

/* Register a copy of @blob at @addr. Two blobs must not overlap; the later one is refused. */
bool rom_add_blob_fixed_errp(const char *name, const void *blob, size_t len, hwaddr addr, Error **errp);
/* Replace the contents (and length) of a registered blob; adds it when new. */
bool rom_set_blob(const char *name, const void *blob, size_t len, hwaddr addr, Error **errp);
bool rom_add_file_fixed_errp(const char *file, hwaddr addr, Error **errp);
/* Copies every blob into memory; called by system reset before the devices'. */
void rom_reset_all(void);
/* Text for "info roms"; the caller frees it. */
char *rom_describe(void);
/* Blob that contains @addr, or NULL (used before the first reset when memory is still empty). */
const void *rom_ptr(hwaddr addr, size_t size);

/* Size of a regular file, -1 with *errp set. */
int64_t get_image_size(const char *filename, Error **errp);
/* Whole file, at most @max bytes: a malformed or huge file is an error, never an abort. */
bool load_file_limited(const char *filename, size_t max, uint8_t **data, size_t *len, Error **errp);

/*
 * ELF (32 or 64 bit, little endian x86): registers every PT_LOAD segment as a blob.
 * @entry gets e_entry; @pvh_entry, when not NULL, gets the XEN_ELFNOTE_PHYS32_ENTRY note or stays 0.
 */
bool load_elf_image(const char *filename, const uint8_t *data, size_t len, hwaddr limit, uint64_t *entry,
                    uint64_t *low, uint64_t *high, uint32_t *pvh_entry, Error **errp);

#endif
