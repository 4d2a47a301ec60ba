/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qtest: the machine driven from outside over a socket, with no CPU running. See docs/specs/qtest.md. */
#ifndef SYSTEM_QTEST_H
#define SYSTEM_QTEST_H

#include "qemu/accel.h"       /* qtest_enabled() */

/* @qtest_chrdev: what -qtest was given; @qtest_log: a file name, "none" or NULL (stderr). */
bool qtest_server_init(const char *qtest_chrdev, const char *qtest_log, Error **errp);

/* The virtual clock under the qtest accelerator: moves only by clock_step and clock_set. */
int64_t qtest_get_virtual_clock(void);
/* Advance to @dest, running each timer at its own time. BQL. */
void qtest_clock_warp(int64_t dest);

#endif
