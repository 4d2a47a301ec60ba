/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What drivers do to a machine first, so that its state is not that of a reset: BARs, a virtio device's features and queues,
 * NVMe queues, a programmed PIT, PIC and RTC. The rings stay empty: RAM of zeroes fits the state.
 */
#ifndef TESTS_VMSTATE_EXERCISE_H
#define TESTS_VMSTATE_EXERCISE_H

void exercise_machine(void);

#endif
