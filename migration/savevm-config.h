/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration section: which machine the stream belongs to. BQL. */
#ifndef MIGRATION_SAVEVM_CONFIG_H
#define MIGRATION_SAVEVM_CONFIG_H

#include "migration/qemu-file.h"

void savevm_config_save(QEMUFile *f);
int savevm_config_load(QEMUFile *f, Error **errp);
/* The machine type's name without "-machine"; "none" before there is a machine. */
char *savevm_machine_name(void);

#endif
