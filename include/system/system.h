/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the command line decided and the board needs: serial lines, parallel ports, firmware files, identity. */
#ifndef SYSTEM_SYSTEM_H
#define SYSTEM_SYSTEM_H

#include "qemu/osdep.h"

#define MAX_SERIAL_PORTS 64
#define MAX_PARALLEL_PORTS 3

/* The back end of -serial number @i, NULL when there is none or it is "none". */
Chardev *serial_hd(int i);
void serial_hd_set(int i, Chardev *chr);
Chardev *parallel_hd(int i);
void parallel_hd_set(int i, Chardev *chr);

typedef struct QemuUUID {
    uint8_t data[16];            /* in the order of the text form */
} QemuUUID;
bool qemu_uuid_parse(const char *text, QemuUUID *uuid);
char *qemu_uuid_unparse_strdup(const QemuUUID *uuid);
bool qemu_uuid_is_null(const QemuUUID *uuid);

extern QemuUUID qemu_uuid;
extern bool qemu_uuid_set;
extern const char *qemu_name;    /* -name guest=, NULL when not given */
extern bool enable_nographic;
extern const char *default_vga;  /* -vga, or the machine's default */
extern bool only_migratable;

/* Path of a firmware or keymap file: @name itself if it exists, else in the -L directories and the host's. NULL. */
typedef enum { QEMU_FILE_TYPE_BIOS, QEMU_FILE_TYPE_DTB, QEMU_FILE_TYPE_KEYMAP } QemuFileType;
char *qemu_find_file(QemuFileType type, const char *name);
void qemu_add_data_dir(char *path);
void qemu_add_default_firmwarepath(void);
void qemu_list_data_dirs(void);

#endif
