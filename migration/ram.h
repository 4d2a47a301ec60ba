/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The "ram" section: precopy of guest memory. Layout: docs/specs/migration-stream.md. */
#ifndef MIGRATION_RAM_H
#define MIGRATION_RAM_H

#include "system/ramblock.h"
#include "migration/qemu-file.h"

/* Low bits of the 64-bit page header. */
#define RAM_SAVE_FLAG_ZERO      0x02
#define RAM_SAVE_FLAG_MEM_SIZE  0x04
#define RAM_SAVE_FLAG_PAGE      0x08
#define RAM_SAVE_FLAG_EOS       0x10
#define RAM_SAVE_FLAG_CONTINUE  0x20
#define RAM_SAVE_FLAG_XBZRLE    0x40
#define RAM_SAVE_FLAG_HOOK      0x80
#define RAM_SAVE_FLAG_COMPRESS  0x100
#define RAM_SAVE_FLAG_MULTIFD   0x200

#define RAM_SECTION_VERSION 4

/* Registers the section; once. */
void ram_mig_init(void);

/* Destination half (ram-load.c). */
int ram_load_setup(QEMUFile *f, void *opaque, Error **errp);
int ram_load(QEMUFile *f, void *opaque, int version_id);
int ram_load_cleanup(void *opaque);

/*
 * Clear in @bmap the pages of @rb whose host memory was never touched: they read as zero here and in a new process.
 * Returns how many bits went. Only for memory where that can be told (ram-extents.c).
 */
uint64_t ram_skip_untouched(RAMBlock *rb, unsigned long *bmap);
/* Such blocks are emptied by the destination before the first page arrives; small ones travel whole. */
bool ram_may_skip_untouched(const RAMBlock *rb);
#define RAM_SKIP_MIN_BLOCK (16ull << 20)

#endif
