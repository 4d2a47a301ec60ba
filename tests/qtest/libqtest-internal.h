/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by libqtest's files only. */
#ifndef LIBQTEST_INTERNAL_H
#define LIBQTEST_INTERNAL_H

#include "qobject/json-parser.h"
#include "tests/qtest/libqtest.h"

#define QTEST_MAX_IRQS 256

struct QTestState {
    int fd, qmp_fd;
    pid_t pid;                   /* -1: has exited */
    int wstatus, expected_status;
    GString *rx;
    bool irq_level[QTEST_MAX_IRQS];
    JSONMessageParser parser;
    QDict *parsed;               /* a message the parser has completed */
    GQueue *inbox;               /* complete messages not yet looked at */
    GQueue *events;              /* events met while waiting for replies */
};

void qtest_qmp_init(QTestState *s);
void qtest_qmp_cleanup(QTestState *s);
void qtest_socket_send(int fd, const char *text, size_t len);

#endif
