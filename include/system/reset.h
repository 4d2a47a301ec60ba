/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System reset: handlers run in the order they were registered, between the stop and the restart of the CPUs, with
 * the BQL held. Device trees register their root bus here; a device itself uses dc->reset.
 */
#ifndef SYSTEM_RESET_H
#define SYSTEM_RESET_H

typedef void QEMUResetHandler(void *opaque);

void qemu_register_reset(QEMUResetHandler *func, void *opaque);
void qemu_unregister_reset(QEMUResetHandler *func, void *opaque);
/* Run all handlers: what a machine's reset does unless it has work of its own before or after. */
void qemu_devices_reset(void);

#endif
