/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fw_cfg (interface in hw/nvram/fw_cfg.h): items by key, byte-wise and DMA access, port and memory variants.
 *
 * Items live in entries[arch][key]. Files are kept sorted by name and numbered in that order, so adding one moves
 * the keys of those behind it: all files must be added before the guest runs. Runs under the BQL.
 */
#include "qemu/osdep.h"
#include "hw/core/boards.h"
#include "hw/core/qdev-properties.h"
#include "hw/nvram/fw_cfg.h"
#include "migration/vmstate.h"
#include "qapi/error.h"
#include "qemu/bswap.h"
#include "qemu/units.h"
#include "system/address-spaces.h"

#define FW_CFG_NAME "fw_cfg"
#define FW_CFG_FILE_SLOTS_DFLT 0x20
#define FW_CFG_DMA_SIGNATURE 0x51454d5520434647ULL      /* "QEMU CFG" */
#define FW_CFG_CTL_SIZE 2
#define FW_CFG_MACHINE_FILES 16     /* slots kept for the machine's own files */

#define DMA_ERROR 0x01
#define DMA_READ 0x02
#define DMA_SKIP 0x04
#define DMA_SELECT 0x08
#define DMA_WRITE 0x10

typedef struct FWCfgEntry {
    uint32_t len;
    bool allow_write;
    bool owned;                 /* data was copied here */
    uint8_t *data;
    void *callback_opaque;
    FWCfgCallback select_cb;
    FWCfgCallback write_cb;
} FWCfgEntry;

/* The directory as the guest reads it, big endian. */
typedef struct QEMU_PACKED FWCfgFile {
    uint32_t size;
    uint16_t select;
    uint16_t reserved;
    char name[FW_CFG_MAX_FILE_PATH];
} FWCfgFile;

typedef struct QEMU_PACKED FWCfgFiles {
    uint32_t count;
    FWCfgFile f[];
} FWCfgFiles;

typedef struct QEMU_PACKED FWCfgDmaAccess {
    uint32_t control;
    uint32_t length;
    uint64_t address;
} FWCfgDmaAccess;

struct FWCfgState {
    SysBusDevice parent_obj;

    uint16_t file_slots;
    FWCfgEntry *entries[2];
    FWCfgFiles *files;
    uint16_t cur_entry;
    uint32_t cur_offset;
    uint64_t table_mr_size;
    uint64_t linker_mr_size;
    uint64_t rsdp_mr_size;
    bool acpi_mr_restore;
    bool dma_enabled;
    dma_addr_t dma_addr;
    AddressSpace *dma_as;
    MemoryRegion dma_iomem;
    MemoryRegion comb_iomem;    /* port variant */
    MemoryRegion ctl_iomem, data_iomem;
    uint32_t data_width;
};

OBJECT_DECLARE_SIMPLE_TYPE(FWCfgIoState, FW_CFG_IO)
struct FWCfgIoState {
    FWCfgState parent_obj;
};

OBJECT_DECLARE_SIMPLE_TYPE(FWCfgMemState, FW_CFG_MEM)
struct FWCfgMemState {
    FWCfgState parent_obj;
};

static unsigned fw_cfg_max_entry(const FWCfgState *s)
{
    return FW_CFG_FILE_FIRST + s->file_slots;
}

static FWCfgEntry *fw_cfg_entry(FWCfgState *s, uint16_t key)
{
    unsigned arch = !!(key & FW_CFG_ARCH_LOCAL), index = key & FW_CFG_ENTRY_MASK & ~FW_CFG_ARCH_LOCAL;

    return index < fw_cfg_max_entry(s) ? &s->entries[arch][index] : NULL;
}

/* ---- guest access ---- */

static bool fw_cfg_select(FWCfgState *s, uint16_t key)
{
    FWCfgEntry *e = fw_cfg_entry(s, key & ~FW_CFG_WRITE_CHANNEL);

    s->cur_offset = 0;
    if (!e) {
        s->cur_entry = FW_CFG_INVALID;
        return false;
    }
    s->cur_entry = key & ~FW_CFG_WRITE_CHANNEL;
    if (e->select_cb) {
        e->select_cb(e->callback_opaque);
    }
    return true;
}

static FWCfgEntry *fw_cfg_current(FWCfgState *s)
{
    return s->cur_entry == FW_CFG_INVALID ? NULL : fw_cfg_entry(s, s->cur_entry);
}

/* Big endian over the width of the access; past the end of an item come zeros. */
static uint64_t fw_cfg_data_read(void *opaque, hwaddr addr, unsigned size)
{
    FWCfgState *s = opaque;
    FWCfgEntry *e = fw_cfg_current(s);
    uint64_t value = 0;

    for (unsigned i = 0; i < size; i++) {
        value <<= 8;
        if (e && e->data && s->cur_offset < e->len) {
            value |= e->data[s->cur_offset++];
        }
    }
    return value;
}

static void fw_cfg_data_write(void *opaque, hwaddr addr, uint64_t value, unsigned size)
{
    /* Writing by bytes was withdrawn from the interface; DMA can write. */
}

/* Copy @len bytes of the current item to or from guest memory; true on success. */
static bool fw_cfg_dma_copy(FWCfgState *s, FWCfgEntry *e, dma_addr_t addr, uint32_t len, uint32_t control)
{
    bool write_allowed = e && e->allow_write && s->cur_offset <= e->len && len <= e->len - s->cur_offset;
    uint32_t left = e && e->data && s->cur_offset < e->len ? e->len - s->cur_offset : 0, part = MIN(len, left);
    MemTxResult res = MEMTX_OK;

    if (control & DMA_READ) {
        if (part) {
            res = address_space_write(s->dma_as, addr, MEMTXATTRS_UNSPECIFIED, e->data + s->cur_offset, part);
        }
        if (len > part) {
            res |= address_space_set(s->dma_as, addr + part, 0, len - part, MEMTXATTRS_UNSPECIFIED);
        }
    } else if (control & DMA_WRITE) {
        if (!write_allowed) {
            return false;
        }
        res = address_space_read(s->dma_as, addr, MEMTXATTRS_UNSPECIFIED, e->data + s->cur_offset, len);
        if (res == MEMTX_OK && e->write_cb) {
            e->write_cb(e->callback_opaque);
        }
    }
    s->cur_offset += part;
    return res == MEMTX_OK;
}

static void fw_cfg_dma_transfer(FWCfgState *s)
{
    dma_addr_t dma_addr = s->dma_addr;
    FWCfgDmaAccess dma;
    uint32_t control, result = 0;

    s->dma_addr = 0;
    if (address_space_read(s->dma_as, dma_addr, MEMTXATTRS_UNSPECIFIED, &dma, sizeof(dma)) != MEMTX_OK) {
        address_space_stl_be(s->dma_as, dma_addr, DMA_ERROR, MEMTXATTRS_UNSPECIFIED, NULL);
        return;
    }
    control = be32_to_cpu(dma.control);
    if (control & DMA_SELECT) {
        fw_cfg_select(s, control >> 16);
    }
    if (control & (DMA_READ | DMA_WRITE | DMA_SKIP)) {
        if (!fw_cfg_dma_copy(s, fw_cfg_current(s), be64_to_cpu(dma.address), be32_to_cpu(dma.length), control)) {
            result = DMA_ERROR;
        }
    }
    address_space_stl_be(s->dma_as, dma_addr + offsetof(FWCfgDmaAccess, control), result, MEMTXATTRS_UNSPECIFIED,
                         NULL);
}

static uint64_t fw_cfg_dma_mem_read(void *opaque, hwaddr addr, unsigned size)
{
    return FW_CFG_DMA_SIGNATURE >> ((8 - addr - size) * 8);
}

static void fw_cfg_dma_mem_write(void *opaque, hwaddr addr, uint64_t value, unsigned size)
{
    FWCfgState *s = opaque;

    if (size == 8 && addr == 0) {
        s->dma_addr = value;
        fw_cfg_dma_transfer(s);
    } else if (size == 4 && addr == 0) {
        s->dma_addr = value << 32;
    } else if (size == 4 && addr == 4) {
        s->dma_addr |= (uint32_t)value;
        fw_cfg_dma_transfer(s);
    }
}

static bool fw_cfg_dma_mem_valid(void *opaque, hwaddr addr, unsigned size, bool is_write, MemTxAttrs attrs)
{
    return !is_write || (size == 4 && (addr == 0 || addr == 4)) || (size == 8 && addr == 0);
}

static uint64_t fw_cfg_ctl_mem_read(void *opaque, hwaddr addr, unsigned size)
{
    return 0;
}

static void fw_cfg_ctl_mem_write(void *opaque, hwaddr addr, uint64_t value, unsigned size)
{
    fw_cfg_select(opaque, value);
}

static void fw_cfg_comb_write(void *opaque, hwaddr addr, uint64_t value, unsigned size)
{
    if (size == 2) {
        fw_cfg_select(opaque, value);
    }
}

/* The selector is a 16-bit write at offset 0, data byte reads at offset 1. */
static bool fw_cfg_comb_valid(void *opaque, hwaddr addr, unsigned size, bool is_write, MemTxAttrs attrs)
{
    return size == 1 || (is_write && size == 2 && addr == 0);
}

static const MemoryRegionOps fw_cfg_comb_mem_ops = {
    .read = fw_cfg_data_read,
    .write = fw_cfg_comb_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid.accepts = fw_cfg_comb_valid,
};

static const MemoryRegionOps fw_cfg_ctl_mem_ops = {
    .read = fw_cfg_ctl_mem_read,
    .write = fw_cfg_ctl_mem_write,
    .endianness = DEVICE_BIG_ENDIAN,
    .valid = { .min_access_size = 2, .max_access_size = 2 },
};

static const MemoryRegionOps fw_cfg_data_mem_ops = {
    .read = fw_cfg_data_read,
    .write = fw_cfg_data_write,
    .endianness = DEVICE_BIG_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 8 },
    .impl = { .min_access_size = 1, .max_access_size = 8 },
};

static const MemoryRegionOps fw_cfg_dma_mem_ops = {
    .read = fw_cfg_dma_mem_read,
    .write = fw_cfg_dma_mem_write,
    .endianness = DEVICE_BIG_ENDIAN,
    .valid = { .accepts = fw_cfg_dma_mem_valid, .max_access_size = 8 },
    .impl = { .max_access_size = 8 },
};

/* ---- items ---- */

static void fw_cfg_set_entry(FWCfgState *s, uint16_t key, void *data, size_t len, bool owned)
{
    FWCfgEntry *e = fw_cfg_entry(s, key);

    assert(e && len < UINT32_MAX);
    if (e->owned) {
        g_free(e->data);
    }
    e->data = data;
    e->len = len;
    e->owned = owned;
}

void fw_cfg_add_bytes(FWCfgState *s, uint16_t key, void *data, size_t len)
{
    fw_cfg_set_entry(s, key, data, len, false);
}

void *fw_cfg_modify_bytes(FWCfgState *s, uint16_t key, void *data, size_t len)
{
    FWCfgEntry *e = fw_cfg_entry(s, key);
    void *old = e->data;

    e->owned = false;
    fw_cfg_set_entry(s, key, data, len, false);
    return old;
}

static void fw_cfg_add_copy(FWCfgState *s, uint16_t key, const void *data, size_t len)
{
    fw_cfg_set_entry(s, key, g_memdup2(data, len), len, true);
}

void fw_cfg_add_string(FWCfgState *s, uint16_t key, const char *value)
{
    fw_cfg_add_copy(s, key, value, strlen(value) + 1);
}

void fw_cfg_modify_string(FWCfgState *s, uint16_t key, const char *value)
{
    fw_cfg_add_string(s, key, value);
}

void fw_cfg_add_i16(FWCfgState *s, uint16_t key, uint16_t value)
{
    value = cpu_to_le16(value);
    fw_cfg_add_copy(s, key, &value, sizeof(value));
}

void fw_cfg_modify_i16(FWCfgState *s, uint16_t key, uint16_t value)
{
    fw_cfg_add_i16(s, key, value);
}

void fw_cfg_add_i32(FWCfgState *s, uint16_t key, uint32_t value)
{
    value = cpu_to_le32(value);
    fw_cfg_add_copy(s, key, &value, sizeof(value));
}

void fw_cfg_add_i64(FWCfgState *s, uint16_t key, uint64_t value)
{
    value = cpu_to_le64(value);
    fw_cfg_add_copy(s, key, &value, sizeof(value));
}

/* ---- files ---- */

static unsigned fw_cfg_file_count(const FWCfgState *s)
{
    return be32_to_cpu(s->files->count);
}

static int fw_cfg_file_index(FWCfgState *s, const char *filename)
{
    for (unsigned i = 0; i < fw_cfg_file_count(s); i++) {
        if (!strcmp(s->files->f[i].name, filename)) {
            return i;
        }
    }
    return -1;
}

void fw_cfg_add_file_callback(FWCfgState *s, const char *filename, FWCfgCallback select_cb,
                              FWCfgCallback write_cb, void *callback_opaque, void *data, size_t len, bool read_only)
{
    unsigned count = fw_cfg_file_count(s), index = 0;
    FWCfgEntry *first = &s->entries[0][FW_CFG_FILE_FIRST];

    assert(count < s->file_slots && strlen(filename) < FW_CFG_MAX_FILE_PATH && fw_cfg_file_index(s, filename) < 0);
    while (index < count && strcmp(s->files->f[index].name, filename) < 0) {
        index++;
    }
    memmove(&s->files->f[index + 1], &s->files->f[index], (count - index) * sizeof(FWCfgFile));
    memmove(&first[index + 1], &first[index], (count - index) * sizeof(FWCfgEntry));
    memset(&s->files->f[index], 0, sizeof(FWCfgFile));
    strcpy(s->files->f[index].name, filename);
    s->files->f[index].size = cpu_to_be32(len);
    first[index] = (FWCfgEntry) {
        .data = data, .len = len, .allow_write = !read_only, .select_cb = select_cb, .write_cb = write_cb,
        .callback_opaque = callback_opaque,
    };
    for (unsigned i = index; i <= count; i++) {
        s->files->f[i].select = cpu_to_be16(FW_CFG_FILE_FIRST + i);
    }
    s->files->count = cpu_to_be32(count + 1);
}

void fw_cfg_add_file(FWCfgState *s, const char *filename, void *data, size_t len)
{
    fw_cfg_add_file_callback(s, filename, NULL, NULL, NULL, data, len, true);
}

/* Names the machine uses after the user's are there: taken from the start. */
static bool fw_cfg_name_reserved(const char *filename)
{
    static const char *const names[] = {
        "etc/acpi/", "etc/smbios/", "etc/table-loader", "etc/e820", "etc/boot-",
        "etc/system-states", "etc/msr_feature_control", "bootorder", "genroms/", "vgaroms/",
    };

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (g_str_has_prefix(filename, names[i])) {
            return true;
        }
    }
    return false;
}

bool fw_cfg_add_user_file(FWCfgState *s, const char *filename, void *data, size_t len, Error **errp)
{
    if (strlen(filename) >= FW_CFG_MAX_FILE_PATH) {
        error_setg(errp, "fw_cfg name '%s' is longer than %d characters", filename, FW_CFG_MAX_FILE_PATH - 1);
        return false;
    }
    if (fw_cfg_name_reserved(filename) || fw_cfg_file_index(s, filename) >= 0) {
        error_setg(errp, "fw_cfg file '%s' exists already", filename);
        return false;
    }
    if (fw_cfg_file_count(s) + FW_CFG_MACHINE_FILES >= s->file_slots) {
        error_setg(errp, "no room for the fw_cfg file '%s'", filename);
        return false;
    }
    fw_cfg_add_file(s, filename, data, len);
    fw_cfg_entry(s, FW_CFG_FILE_FIRST + fw_cfg_file_index(s, filename))->owned = true;
    return true;
}

void *fw_cfg_modify_file(FWCfgState *s, const char *filename, void *data, size_t len)
{
    int index = fw_cfg_file_index(s, filename);

    if (index < 0) {
        fw_cfg_add_file(s, filename, data, len);
        return NULL;
    }
    s->files->f[index].size = cpu_to_be32(len);
    return fw_cfg_modify_bytes(s, FW_CFG_FILE_FIRST + index, data, len);
}

const void *fw_cfg_file_data(FWCfgState *s, const char *filename, size_t *len)
{
    int index = fw_cfg_file_index(s, filename);

    if (index < 0) {
        return NULL;
    }
    *len = s->entries[0][FW_CFG_FILE_FIRST + index].len;
    return s->entries[0][FW_CFG_FILE_FIRST + index].data;
}

/* ---- state ---- */

static void fw_cfg_reset(DeviceState *d)
{
    FWCfgState *s = FW_CFG(d);

    fw_cfg_select(s, FW_CFG_SIGNATURE);
    s->dma_addr = 0;
}

static bool is_version_1(void *opaque, int version_id)
{
    return version_id == 1;
}

/* Version 1 had a 16-bit offset under the same name. */
static int get_offset16(QEMUFile *f, void *pv, size_t size, const VMStateField *field)
{
    uint16_t v = 0;
    int ret = vmstate_info_uint16.get ? vmstate_info_uint16.get(f, &v, 2, field) : -EINVAL;

    *(uint32_t *)pv = v;
    return ret;
}

static int put_offset16(QEMUFile *f, void *pv, size_t size, const VMStateField *field, JSONWriter *vmdesc)
{
    return -EINVAL;             /* never written: version 2 */
}

static const VMStateInfo vmstate_offset16 = {
    .name = "int32_as_uint16",
    .get = get_offset16,
    .put = put_offset16,
};

static bool fw_cfg_dma_needed(void *opaque)
{
    return ((FWCfgState *)opaque)->dma_enabled;
}

static bool fw_cfg_acpi_mr_needed(void *opaque)
{
    FWCfgState *s = opaque;

    /* Only sizes that are not whole pages need to be told. */
    return s->acpi_mr_restore && ((s->table_mr_size | s->linker_mr_size | s->rsdp_mr_size) & 0xfff);
}

static const VMStateDescription vmstate_fw_cfg_dma = {
    .name = "fw_cfg/dma",
    .needed = fw_cfg_dma_needed,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT64(dma_addr, FWCfgState),
        VMSTATE_END_OF_LIST()
    }
};

static const VMStateDescription vmstate_fw_cfg_acpi_mr = {
    .name = "fw_cfg/acpi_mr",
    .version_id = 1,
    .minimum_version_id = 1,
    .needed = fw_cfg_acpi_mr_needed,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT64(table_mr_size, FWCfgState),
        VMSTATE_UINT64(linker_mr_size, FWCfgState),
        VMSTATE_UINT64(rsdp_mr_size, FWCfgState),
        VMSTATE_END_OF_LIST()
    }
};

static const VMStateDescription vmstate_fw_cfg = {
    .name = "fw_cfg",
    .version_id = 2,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT16(cur_entry, FWCfgState),
        VMSTATE_SINGLE_TEST(cur_offset, FWCfgState, is_version_1, 0, vmstate_offset16, uint32_t),
        VMSTATE_UINT32_V(cur_offset, FWCfgState, 2),
        VMSTATE_END_OF_LIST()
    },
    .subsections = (const VMStateDescription * const []) {
        &vmstate_fw_cfg_dma,
        &vmstate_fw_cfg_acpi_mr,
        NULL
    }
};

static const Property fw_cfg_properties[] = {
    DEFINE_PROP_BOOL("acpi-mr-restore", FWCfgState, acpi_mr_restore, true),
};

static const Property fw_cfg_io_properties[] = {
    DEFINE_PROP_BOOL("dma_enabled", FWCfgIoState, parent_obj.dma_enabled, true),
    DEFINE_PROP_UINT16("x-file-slots", FWCfgIoState, parent_obj.file_slots, FW_CFG_FILE_SLOTS_DFLT),
};

static const Property fw_cfg_mem_properties[] = {
    DEFINE_PROP_UINT32("data_width", FWCfgMemState, parent_obj.data_width, -1),
    DEFINE_PROP_BOOL("dma_enabled", FWCfgMemState, parent_obj.dma_enabled, true),
    DEFINE_PROP_UINT16("x-file-slots", FWCfgMemState, parent_obj.file_slots, FW_CFG_FILE_SLOTS_DFLT),
};

static bool fw_cfg_common_realize(FWCfgState *s, Error **errp)
{
    uint32_t version = FW_CFG_VERSION | (s->dma_enabled ? FW_CFG_VERSION_DMA : 0);

    if (s->file_slots < 0x10 || s->file_slots > 0x3fff - FW_CFG_FILE_FIRST) {
        error_setg(errp, "fw_cfg: property 'x-file-slots' must be between 16 and %d", 0x3fff - FW_CFG_FILE_FIRST);
        return false;
    }
    s->entries[0] = g_new0(FWCfgEntry, fw_cfg_max_entry(s) + 1);
    s->entries[1] = g_new0(FWCfgEntry, fw_cfg_max_entry(s) + 1);
    s->files = g_malloc0(sizeof(FWCfgFiles) + sizeof(FWCfgFile) * (s->file_slots + 1));
    fw_cfg_add_bytes(s, FW_CFG_FILE_DIR, s->files, sizeof(FWCfgFiles) + sizeof(FWCfgFile) * s->file_slots);
    fw_cfg_add_copy(s, FW_CFG_SIGNATURE, "QEMU", 4);
    fw_cfg_add_i32(s, FW_CFG_ID, version);
    return true;
}

static void fw_cfg_io_realize(DeviceState *dev, Error **errp)
{
    FWCfgState *s = FW_CFG(dev);

    if (!fw_cfg_common_realize(s, errp)) {
        return;
    }
    memory_region_init_io(&s->comb_iomem, OBJECT(s), &fw_cfg_comb_mem_ops, s, "fwcfg", FW_CFG_CTL_SIZE);
    if (s->dma_enabled) {
        memory_region_init_io(&s->dma_iomem, OBJECT(s), &fw_cfg_dma_mem_ops, s, "fwcfg.dma", sizeof(dma_addr_t));
    }
}

static void fw_cfg_mem_realize(DeviceState *dev, Error **errp)
{
    FWCfgState *s = FW_CFG(dev);
    SysBusDevice *sbd = SYS_BUS_DEVICE(dev);

    if (!fw_cfg_common_realize(s, errp)) {
        return;
    }
    memory_region_init_io(&s->ctl_iomem, OBJECT(s), &fw_cfg_ctl_mem_ops, s, "fwcfg.ctl", FW_CFG_CTL_SIZE);
    sysbus_init_mmio(sbd, &s->ctl_iomem);
    memory_region_init_io(&s->data_iomem, OBJECT(s), &fw_cfg_data_mem_ops, s, "fwcfg.data", 8);
    sysbus_init_mmio(sbd, &s->data_iomem);
    if (s->dma_enabled) {
        memory_region_init_io(&s->dma_iomem, OBJECT(s), &fw_cfg_dma_mem_ops, s, "fwcfg.dma", sizeof(dma_addr_t));
        sysbus_init_mmio(sbd, &s->dma_iomem);
    }
}

static void fw_cfg_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    dc->reset = fw_cfg_reset;
    dc->vmsd = &vmstate_fw_cfg;
    dc->user_creatable = false;
    device_class_set_props(dc, fw_cfg_properties);
}

static void fw_cfg_io_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    dc->realize = fw_cfg_io_realize;
    device_class_set_props(dc, fw_cfg_io_properties);
}

static void fw_cfg_mem_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    dc->realize = fw_cfg_mem_realize;
    device_class_set_props(dc, fw_cfg_mem_properties);
}

static const TypeInfo fw_cfg_types[] = {
    {
        .name = TYPE_FW_CFG,
        .parent = TYPE_SYS_BUS_DEVICE,
        .abstract = true,
        .instance_size = sizeof(FWCfgState),
        .class_init = fw_cfg_class_init,
    },
    {
        .name = TYPE_FW_CFG_IO,
        .parent = TYPE_FW_CFG,
        .instance_size = sizeof(FWCfgIoState),
        .class_init = fw_cfg_io_class_init,
    },
    {
        .name = TYPE_FW_CFG_MEM,
        .parent = TYPE_FW_CFG,
        .instance_size = sizeof(FWCfgMemState),
        .class_init = fw_cfg_mem_class_init,
    },
};
DEFINE_TYPES(fw_cfg_types)

FWCfgState *fw_cfg_find(void)
{
    Object *o = object_resolve_path_type("", TYPE_FW_CFG, NULL);

    return o ? FW_CFG(o) : NULL;
}

bool fw_cfg_dma_enabled(void *opaque)
{
    return ((FWCfgState *)opaque)->dma_enabled;
}

FWCfgState *fw_cfg_init_io_dma(uint32_t iobase, uint32_t dma_iobase, AddressSpace *dma_as)
{
    DeviceState *dev = qdev_new(TYPE_FW_CFG_IO);
    FWCfgState *s = FW_CFG(dev);

    s->dma_as = dma_as;
    object_property_add_child(OBJECT(qdev_get_machine()), FW_CFG_NAME, OBJECT(dev));
    sysbus_realize_and_unref(SYS_BUS_DEVICE(dev), &error_fatal);
    memory_region_add_subregion(get_system_io(), iobase, &s->comb_iomem);
    if (s->dma_enabled) {
        memory_region_add_subregion(get_system_io(), dma_iobase, &s->dma_iomem);
    }
    return s;
}

FWCfgState *fw_cfg_init_mem_dma(hwaddr ctl_addr, hwaddr data_addr, uint32_t data_width, hwaddr dma_addr,
                                AddressSpace *dma_as)
{
    DeviceState *dev = qdev_new(TYPE_FW_CFG_MEM);
    FWCfgState *s = FW_CFG(dev);

    s->dma_as = dma_as;
    qdev_prop_set_uint32(dev, "data_width", data_width);
    object_property_add_child(OBJECT(qdev_get_machine()), FW_CFG_NAME, OBJECT(dev));
    sysbus_realize_and_unref(SYS_BUS_DEVICE(dev), &error_fatal);
    sysbus_mmio_map(SYS_BUS_DEVICE(dev), 0, ctl_addr);
    sysbus_mmio_map(SYS_BUS_DEVICE(dev), 1, data_addr);
    if (s->dma_enabled && dma_addr) {
        sysbus_mmio_map(SYS_BUS_DEVICE(dev), 2, dma_addr);
    }
    return s;
}
