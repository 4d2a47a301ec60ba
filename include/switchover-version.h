/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The interface version we answer with (QEMU's, whose clients we serve) and our own. */
#ifndef SWITCHOVER_VERSION_H
#define SWITCHOVER_VERSION_H

#define SWITCHOVER_QEMU_MAJOR 11
#define SWITCHOVER_QEMU_MINOR 1
#define SWITCHOVER_QEMU_MICRO 0
#define SWITCHOVER_QEMU_VERSION "11.1.0"
#define SWITCHOVER_VERSION "0.1.0"
#define SWITCHOVER_PACKAGE "Switchover " SWITCHOVER_VERSION

#endif
