/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libqtest: start the emulator under the qtest accelerator and drive it over two sockets, qtest and QMP.
 *
 *      QTestState *qts = qtest_initf("-machine pc -device e1000,addr=%d.0", slot);
 *      g_assert_cmphex(qtest_inb(qts, 0x71), ==, 0x26);
 *      QDict *rsp = qtest_qmp(qts, "{'execute': 'query-status'}");
 *      qobject_unref(rsp);
 *      qtest_quit(qts);
 *
 * The binary is $QTEST_QEMU_BINARY. $QTEST_LOG shows the protocol, $QTEST_STOP starts the emulator stopped in a
 * debugger's reach. Anything unexpected from the emulator (it dies, a reply is no reply) fails the test at once.
 */
#ifndef LIBQTEST_H
#define LIBQTEST_H

#include "qemu/osdep.h"
#include "qobject/qdict.h"
#include "qobject/qlist.h"
#include "qobject/qstring.h"

typedef struct QTestState QTestState;
extern QTestState *global_qtest;

QTestState *qtest_init(const char *extra_args);
QTestState *qtest_initf(const char *fmt, ...) G_GNUC_PRINTF(1, 2);
QTestState *qtest_vinitf(const char *fmt, va_list ap) G_GNUC_PRINTF(1, 0);
/* No QMP greeting is read and no capabilities are negotiated. */
QTestState *qtest_init_without_qmp_handshake(const char *extra_args);
/* Without "-accel qtest": guest code runs. */
QTestState *qtest_init_bare(const char *extra_args);
/* Ask it to quit, wait, and check that it exited with 0 (or as qtest_set_expected_status says). */
void qtest_quit(QTestState *s);
void qtest_wait_qemu(QTestState *s);             /* until it has exited by itself */
void qtest_kill_qemu(QTestState *s);
void qtest_set_expected_status(QTestState *s, int status);
bool qtest_probe_child(QTestState *s);           /* still running? */
pid_t qtest_pid(QTestState *s);
const char *qtest_qemu_binary(void);
const char *qtest_get_arch(void);                /* "x86_64" */
/* Run the emulator with @args to its end; its output (stdout and stderr) in *output. The exit status. */
int qtest_run_to_exit(const char *args, char **output);

/* ---- QMP ---- */

/* Send and wait for the reply, which is checked to be one; events met on the way are kept. JSON as in qobject/qjson.h. */
QDict *qtest_qmp(QTestState *s, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
QDict *qtest_vqmp(QTestState *s, const char *fmt, va_list ap) G_GNUC_PRINTF(2, 0);
void qtest_qmp_send(QTestState *s, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
void qtest_qmp_send_raw(QTestState *s, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
QDict *qtest_qmp_receive(QTestState *s);         /* next reply */
QDict *qtest_qmp_receive_dict(QTestState *s);    /* next object of any kind */
/* The reply's "return", which must be there / which must be an object. */
QDict *qtest_qmp_assert_success_ref(QTestState *s, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
void qtest_qmp_assert_success(QTestState *s, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
QDict *qtest_qmp_assert_failure_ref(QTestState *s, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
bool qmp_rsp_is_err(QDict *rsp);                 /* consumes @rsp */
void qmp_expect_error_and_unref(QDict *rsp, const char *cls);
void qtest_qmp_eventwait(QTestState *s, const char *event);
QDict *qtest_qmp_eventwait_ref(QTestState *s, const char *event);
/* A kept event, or NULL: never waits. */
QDict *qtest_qmp_event_ref(QTestState *s, const char *event);
char *qtest_hmp(QTestState *s, const char *fmt, ...) G_GNUC_PRINTF(2, 3);

void qtest_qmp_device_add_qdict(QTestState *s, const char *drv, const QDict *arguments);
void qtest_qmp_device_add(QTestState *s, const char *driver, const char *id, const char *fmt, ...)
    G_GNUC_PRINTF(4, 5);
void qtest_qmp_device_del_send(QTestState *s, const char *id);
void qtest_qmp_device_del(QTestState *s, const char *id);        /* and wait for DEVICE_DELETED */
void qtest_qom_set_bool(QTestState *s, const char *path, const char *property, bool value);
bool qtest_qom_get_bool(QTestState *s, const char *path, const char *property);

/* ---- The machine ---- */

void qtest_irq_intercept_in(QTestState *s, const char *path);
void qtest_irq_intercept_out(QTestState *s, const char *path);
void qtest_irq_intercept_out_named(QTestState *s, const char *path, const char *name);
bool qtest_get_irq(QTestState *s, int num);
void qtest_set_irq_in(QTestState *s, const char *path, const char *name, int irq, int level);

void qtest_outb(QTestState *s, uint16_t addr, uint8_t value);
void qtest_outw(QTestState *s, uint16_t addr, uint16_t value);
void qtest_outl(QTestState *s, uint16_t addr, uint32_t value);
uint8_t qtest_inb(QTestState *s, uint16_t addr);
uint16_t qtest_inw(QTestState *s, uint16_t addr);
uint32_t qtest_inl(QTestState *s, uint16_t addr);
void qtest_writeb(QTestState *s, uint64_t addr, uint8_t value);
void qtest_writew(QTestState *s, uint64_t addr, uint16_t value);
void qtest_writel(QTestState *s, uint64_t addr, uint32_t value);
void qtest_writeq(QTestState *s, uint64_t addr, uint64_t value);
uint8_t qtest_readb(QTestState *s, uint64_t addr);
uint16_t qtest_readw(QTestState *s, uint64_t addr);
uint32_t qtest_readl(QTestState *s, uint64_t addr);
uint64_t qtest_readq(QTestState *s, uint64_t addr);
void qtest_memread(QTestState *s, uint64_t addr, void *data, size_t size);
void qtest_memwrite(QTestState *s, uint64_t addr, const void *data, size_t size);
void qtest_bufread(QTestState *s, uint64_t addr, void *data, size_t size);
void qtest_bufwrite(QTestState *s, uint64_t addr, const void *data, size_t size);
void qtest_memset(QTestState *s, uint64_t addr, uint8_t pattern, size_t size);
bool qtest_big_endian(QTestState *s);

int64_t qtest_clock_step_next(QTestState *s);    /* to the next timer; the new time in ns */
int64_t qtest_clock_step(QTestState *s, int64_t step);
int64_t qtest_clock_set(QTestState *s, int64_t val);

/* One line each way, for tests of the protocol itself: the words of the reply. */
char *qtest_command(QTestState *s, const char *fmt, ...) G_GNUC_PRINTF(2, 3);

/* ---- Tests ---- */

void qtest_add_func(const char *str, void (*fn)(void));          /* as "/x86_64<str>" */
void qtest_add_data_func(const char *str, const void *data, void (*fn)(const void *));
void qtest_add_data_func_full(const char *str, void *data, void (*fn)(const void *), GDestroyNotify data_free_func);
bool qtest_has_machine(const char *machine);
bool qtest_has_device(const char *device);
bool qtest_has_accel(const char *accel);

#endif
