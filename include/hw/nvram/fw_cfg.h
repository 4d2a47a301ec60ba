/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fw_cfg: the channel by which a machine hands numbers, strings and files to firmware.
 *
 *   port 0x510  selector, 16 bit, written
 *   port 0x511  data, one byte per read of the selected item
 *   port 0x514  DMA address, 64 bit big endian; writing the low half (0x518) starts the transfer
 *
 * Items below 0x20 are fixed keys; files start at 0x20 and are listed by key 0x19, sorted by name. Numbers are
 * little endian; the file directory and the DMA descriptor are big endian. Contents are guest visible
 * and migrate by being equal on both sides, so they must not change after machine creation except through
 * fw_cfg_modify_*().
 */
#ifndef HW_NVRAM_FW_CFG_H
#define HW_NVRAM_FW_CFG_H

#include "system/memory.h"
#include "hw/core/sysbus.h"
#include "qemu/notify.h"

enum {
    FW_CFG_SIGNATURE = 0x00,
    FW_CFG_ID = 0x01,
    FW_CFG_UUID = 0x02,
    FW_CFG_RAM_SIZE = 0x03,
    FW_CFG_NOGRAPHIC = 0x04,
    FW_CFG_NB_CPUS = 0x05,
    FW_CFG_MACHINE_ID = 0x06,
    FW_CFG_KERNEL_ADDR = 0x07,
    FW_CFG_KERNEL_SIZE = 0x08,
    FW_CFG_KERNEL_CMDLINE = 0x09,
    FW_CFG_INITRD_ADDR = 0x0a,
    FW_CFG_INITRD_SIZE = 0x0b,
    FW_CFG_BOOT_DEVICE = 0x0c,
    FW_CFG_NUMA = 0x0d,
    FW_CFG_BOOT_MENU = 0x0e,
    FW_CFG_MAX_CPUS = 0x0f,
    FW_CFG_KERNEL_ENTRY = 0x10,
    FW_CFG_KERNEL_DATA = 0x11,
    FW_CFG_INITRD_DATA = 0x12,
    FW_CFG_CMDLINE_ADDR = 0x13,
    FW_CFG_CMDLINE_SIZE = 0x14,
    FW_CFG_CMDLINE_DATA = 0x15,
    FW_CFG_SETUP_ADDR = 0x16,
    FW_CFG_SETUP_SIZE = 0x17,
    FW_CFG_SETUP_DATA = 0x18,
    FW_CFG_FILE_DIR = 0x19,
    FW_CFG_FILE_FIRST = 0x20,
    FW_CFG_ARCH_LOCAL = 0x8000,
    FW_CFG_ENTRY_MASK = 0xbfff,
    FW_CFG_INVALID = 0xffff,
};
#define FW_CFG_WRITE_CHANNEL 0x4000
#define FW_CFG_ACPI_TABLES (FW_CFG_ARCH_LOCAL + 0)
#define FW_CFG_SMBIOS_ENTRIES (FW_CFG_ARCH_LOCAL + 1)
#define FW_CFG_IRQ0_OVERRIDE (FW_CFG_ARCH_LOCAL + 2)
#define FW_CFG_HPET (FW_CFG_ARCH_LOCAL + 4)

#define FW_CFG_VERSION 0x01
#define FW_CFG_VERSION_DMA 0x02
#define FW_CFG_MAX_FILE_PATH 56
#define FW_CFG_IO_BASE 0x510

#define TYPE_FW_CFG "fw_cfg"
#define TYPE_FW_CFG_IO "fw_cfg_io"
#define TYPE_FW_CFG_MEM "fw_cfg_mem"
OBJECT_DECLARE_SIMPLE_TYPE(FWCfgState, FW_CFG)

typedef void (*FWCfgCallback)(void *opaque);

/* The machine's fw_cfg, NULL when it has none. */
FWCfgState *fw_cfg_find(void);
FWCfgState *fw_cfg_init_io_dma(uint32_t iobase, uint32_t dma_iobase, AddressSpace *dma_as);
FWCfgState *fw_cfg_init_mem_dma(hwaddr ctl_addr, hwaddr data_addr, uint32_t data_width, hwaddr dma_addr,
                                AddressSpace *dma_as);
bool fw_cfg_dma_enabled(void *opaque);

/* @data is not copied: it must live as long as the device. */
void fw_cfg_add_bytes(FWCfgState *s, uint16_t key, void *data, size_t len);
/* These copy. */
void fw_cfg_add_string(FWCfgState *s, uint16_t key, const char *value);
void fw_cfg_modify_string(FWCfgState *s, uint16_t key, const char *value);
void fw_cfg_add_i16(FWCfgState *s, uint16_t key, uint16_t value);
void fw_cfg_modify_i16(FWCfgState *s, uint16_t key, uint16_t value);
void fw_cfg_add_i32(FWCfgState *s, uint16_t key, uint32_t value);
void fw_cfg_add_i64(FWCfgState *s, uint16_t key, uint64_t value);
void *fw_cfg_modify_bytes(FWCfgState *s, uint16_t key, void *data, size_t len);

void fw_cfg_add_file(FWCfgState *s, const char *filename, void *data, size_t len);
void fw_cfg_add_file_callback(FWCfgState *s, const char *filename, FWCfgCallback select_cb,
                              FWCfgCallback write_cb, void *callback_opaque, void *data, size_t len, bool read_only);
/* A file the user asks for: checks the name, which may be taken, and that there is room. Owns @data when it succeeds. */
#define FW_CFG_USER_FILE_MAX (64 * 1024 * 1024)
bool fw_cfg_add_user_file(FWCfgState *s, const char *filename, void *data, size_t len, Error **errp);
/* Swap the contents of a file (adds it when new); returns the old contents for the caller to free. */
void *fw_cfg_modify_file(FWCfgState *s, const char *filename, void *data, size_t len);
/* Contents of a file, or NULL. */
const void *fw_cfg_file_data(FWCfgState *s, const char *filename, size_t *len);

#endif
