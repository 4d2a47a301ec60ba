/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the command line decided: see system/system.h. Written at start-up, read-only afterwards. */
#include "qemu/osdep.h"
#include "system/system.h"

static Chardev *serial_hds[MAX_SERIAL_PORTS];
static Chardev *parallel_hds[MAX_PARALLEL_PORTS];
static GPtrArray *data_dirs;

QemuUUID qemu_uuid;
bool qemu_uuid_set;
const char *qemu_name;
bool enable_nographic;
const char *default_vga;
bool only_migratable;

Chardev *serial_hd(int i)
{
    return i >= 0 && i < MAX_SERIAL_PORTS ? serial_hds[i] : NULL;
}

void serial_hd_set(int i, Chardev *chr)
{
    serial_hds[i] = chr;
}

Chardev *parallel_hd(int i)
{
    return i >= 0 && i < MAX_PARALLEL_PORTS ? parallel_hds[i] : NULL;
}

void parallel_hd_set(int i, Chardev *chr)
{
    parallel_hds[i] = chr;
}

/* --- UUIDs (RFC 4122 text form) --- */

bool qemu_uuid_parse(const char *text, QemuUUID *uuid)
{
    if (!g_uuid_string_is_valid(text)) {
        return false;
    }
    for (int i = 0; i < 16; text += 2) {
        if (*text == '-') {
            text++;
        }
        uuid->data[i++] = g_ascii_xdigit_value(text[0]) << 4 | g_ascii_xdigit_value(text[1]);
    }
    return true;
}

char *qemu_uuid_unparse_strdup(const QemuUUID *uuid)
{
    GString *text = g_string_new(NULL);

    for (int i = 0; i < 16; i++) {
        g_string_append_printf(text, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", uuid->data[i]);
    }
    return g_string_free(text, false);
}

bool qemu_uuid_is_null(const QemuUUID *uuid)
{
    static const QemuUUID null;

    return !memcmp(uuid, &null, sizeof(null));
}

/* --- firmware directories --- */

void qemu_add_data_dir(char *path)
{
    if (!data_dirs) {
        data_dirs = g_ptr_array_new();
    }
    g_ptr_array_add(data_dirs, path);
}

void qemu_add_default_firmwarepath(void)
{
    static const char *const dirs[] = { "/usr/share/qemu", "/usr/share/seabios", "/usr/lib/ipxe/qemu",
                                        "/usr/share/OVMF", "/usr/local/share/qemu" };

    for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
        qemu_add_data_dir(g_strdup(dirs[i]));
    }
}

void qemu_list_data_dirs(void)
{
    for (guint i = 0; data_dirs && i < data_dirs->len; i++) {
        printf("%s\n", (char *)data_dirs->pdata[i]);
    }
}

char *qemu_find_file(QemuFileType type, const char *name)
{
    static const char *const subdir[] = { [QEMU_FILE_TYPE_BIOS] = "", [QEMU_FILE_TYPE_DTB] = "dtb",
                                          [QEMU_FILE_TYPE_KEYMAP] = "keymaps" };

    if (!access(name, R_OK)) {
        return g_strdup(name);
    }
    for (guint i = 0; data_dirs && i < data_dirs->len; i++) {
        char *path = g_build_filename(data_dirs->pdata[i], subdir[type], name, NULL);

        if (!access(path, R_OK)) {
            return path;
        }
        g_free(path);
    }
    return NULL;
}
