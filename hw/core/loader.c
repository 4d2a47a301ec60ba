/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The blobs that a reset puts back into guest memory (hw/core/loader.h), and reading image files with limits.
 * The list is built at start-up and walked by reset, both under the BQL.
 */
#include "qemu/osdep.h"
#include "hw/core/loader.h"
#include "qemu/queue.h"
#include "system/address-spaces.h"

typedef struct Rom {
    char *name;
    uint8_t *data;
    size_t size;
    hwaddr addr;
    QTAILQ_ENTRY(Rom) next;
} Rom;

static QTAILQ_HEAD(, Rom) roms = QTAILQ_HEAD_INITIALIZER(roms);     /* by address */

static bool rom_overlap(hwaddr addr, size_t len, const Rom *except, Error **errp, const char *name)
{
    Rom *rom;

    QTAILQ_FOREACH(rom, &roms, next) {
        if (rom != except && len && rom->size && addr < rom->addr + rom->size && rom->addr < addr + len) {
            error_setg(errp, "'%s' at 0x%" HWADDR_PRIx "-0x%" HWADDR_PRIx " overlaps '%s' at 0x%" HWADDR_PRIx "-0x%"
                       HWADDR_PRIx, name, addr, addr + len - 1, rom->name, rom->addr, rom->addr + rom->size - 1);
            return true;
        }
    }
    return false;
}

static void rom_insert(Rom *rom)
{
    Rom *item;

    QTAILQ_FOREACH(item, &roms, next) {
        if (item->addr > rom->addr) {
            QTAILQ_INSERT_BEFORE(item, rom, next);
            return;
        }
    }
    QTAILQ_INSERT_TAIL(&roms, rom, next);
}

bool rom_add_blob_fixed_errp(const char *name, const void *blob, size_t len, hwaddr addr, Error **errp)
{
    Rom *rom;

    if (rom_overlap(addr, len, NULL, errp, name)) {
        return false;
    }
    rom = g_new0(Rom, 1);
    rom->name = g_strdup(name);
    rom->data = g_memdup2(blob, len);
    rom->size = len;
    rom->addr = addr;
    rom_insert(rom);
    return true;
}

bool rom_set_blob(const char *name, const void *blob, size_t len, hwaddr addr, Error **errp)
{
    Rom *rom;

    QTAILQ_FOREACH(rom, &roms, next) {
        if (!strcmp(rom->name, name)) {
            if (rom_overlap(addr, len, rom, errp, name)) {
                return false;
            }
            g_free(rom->data);
            rom->data = g_memdup2(blob, len);
            rom->size = len;
            rom->addr = addr;
            QTAILQ_REMOVE(&roms, rom, next);
            rom_insert(rom);
            return true;
        }
    }
    return rom_add_blob_fixed_errp(name, blob, len, addr, errp);
}

bool rom_add_file_fixed_errp(const char *file, hwaddr addr, Error **errp)
{
    g_autofree uint8_t *data = NULL;
    size_t len;

    return load_file_limited(file, SIZE_MAX, &data, &len, errp) &&
           rom_add_blob_fixed_errp(file, data, len, addr, errp);
}

void rom_reset_all(void)
{
    Rom *rom;

    QTAILQ_FOREACH(rom, &roms, next) {
        address_space_write_rom(&address_space_memory, rom->addr, MEMTXATTRS_UNSPECIFIED, rom->data, rom->size);
    }
}

const void *rom_ptr(hwaddr addr, size_t size)
{
    Rom *rom;

    QTAILQ_FOREACH(rom, &roms, next) {
        if (addr >= rom->addr && size <= rom->size && addr - rom->addr <= rom->size - size) {
            return rom->data + (addr - rom->addr);
        }
    }
    return NULL;
}

char *rom_describe(void)
{
    GString *out = g_string_new(NULL);
    Rom *rom;

    QTAILQ_FOREACH(rom, &roms, next) {
        g_string_append_printf(out, "addr=%016" HWADDR_PRIx " size=0x%06zx mem=ram name=\"%s\"\n", rom->addr,
                               rom->size, rom->name);
    }
    return g_string_free(out, FALSE);
}

int64_t get_image_size(const char *filename, Error **errp)
{
    struct stat st;

    if (stat(filename, &st) < 0) {
        error_setg_file_open(errp, errno, filename);
        return -1;
    }
    if (!S_ISREG(st.st_mode)) {
        error_setg(errp, "'%s' is not a regular file", filename);
        return -1;
    }
    return st.st_size;
}

bool load_file_limited(const char *filename, size_t max, uint8_t **data, size_t *len, Error **errp)
{
    g_autofree uint8_t *buf = NULL;
    int64_t size = get_image_size(filename, errp);
    ssize_t got;
    int fd;

    if (size < 0) {
        return false;
    }
    if ((uint64_t)size > max) {
        error_setg(errp, "'%s' is too large: %" PRId64 " bytes, at most %zu fit", filename, size, max);
        return false;
    }
    fd = qemu_open_cloexec(filename, O_RDONLY, 0);
    if (fd < 0) {
        error_setg_file_open(errp, errno, filename);
        return false;
    }
    buf = g_try_malloc(size + 1);
    if (!buf) {
        qemu_close(fd);
        error_setg(errp, "no host memory for the %" PRId64 " bytes of '%s'", size, filename);
        return false;
    }
    got = qemu_read_full(fd, buf, size);
    qemu_close(fd);
    if (got != size) {
        error_setg(errp, "could not read all of '%s'", filename);
        return false;
    }
    *data = g_steal_pointer(&buf);
    *len = size;
    return true;
}
