/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The qtest server: reads commands, one per line, from a character device, and drives the machine from outside.
 * The protocol is in docs/specs/qtest.md. Main loop, big lock; one client at a time.
 *
 * Input comes from a trusted test, but a malformed line is still only answered, never fatal.
 */
#include "qemu/osdep.h"
#include "chardev/char-fe.h"
#include "hw/core/irq.h"
#include "hw/core/qdev.h"
#include "qapi/error.h"
#include "qemu/timer.h"
#include "qemu/units.h"
#include "system/address-spaces.h"
#include "system/ioport.h"
#include "system/qtest.h"
#include "trace/trace-system.h"

#define MAX_LINE (256 * MiB)
#define MAX_TRANSFER (64 * MiB)
#define MAX_IRQS 256

typedef struct QTest {
    CharFrontend chr;
    GString *in;
    FILE *log;
    int64_t start;               /* host clock, for the log */
    bool open;
    DeviceState *irq_dev;        /* whose wires are watched */
    int irq_levels[MAX_IRQS];
} QTest;

static QTest *server;            /* at most one, for the life of the process */
static int64_t virtual_clock;    /* atomic: vCPU-less threads read it too */

int64_t qtest_get_virtual_clock(void)
{
    return qatomic_read(&virtual_clock);
}

/* ---- Talking ---- */

static void log_line(QTest *q, char direction, const char *text)
{
    if (q->log) {
        double t = (get_clock() - q->start) / 1e9;
        fprintf(q->log, "[%c +%.6f] %s%s", direction, t, text, g_str_has_suffix(text, "\n") ? "" : "\n");
    }
}

static void say(QTest *q, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
static void say(QTest *q, const char *fmt, ...)
{
    g_autofree char *text = NULL;
    va_list ap;

    va_start(ap, fmt);
    text = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    log_line(q, 'S', text);
    if (q->open) {
        qemu_chr_fe_write_all(&q->chr, (const uint8_t *)text, strlen(text));
    }
}

/* ---- Arguments ---- */

typedef struct Args {
    char **word;
    unsigned n;
} Args;

/* Number in C notation as word @i. */
static bool number(const Args *a, unsigned i, uint64_t *value)
{
    char *end;

    if (i >= a->n || !a->word[i][0]) {
        return false;
    }
    errno = 0;
    *value = g_ascii_strtoull(a->word[i], &end, 0);
    return errno == 0 && !*end;
}

/* ---- Interrupt lines ---- */

static void irq_changed(void *opaque, int n, int level)
{
    qemu_irq inner = opaque;

    qemu_set_irq(inner, level);
    if (n < MAX_IRQS && server->irq_levels[n] != !!level) {
        server->irq_levels[n] = !!level;
        say(server, "IRQ %s %d\n", level ? "raise" : "lower", n);
    }
}

static void intercept_out(DeviceState *dev, const NamedGPIOList *list)
{
    for (int i = 0; i < list->num_out; i++) {
        qemu_irq icpt = qemu_allocate_irq(irq_changed, NULL, i);

        icpt->opaque = qdev_intercept_gpio_out(dev, icpt, list->name, i);
    }
}

static void cmd_irq_intercept(QTest *q, const Args *a)
{
    bool out = !strcmp(a->word[0], "irq_intercept_out");
    DeviceState *dev = a->n > 1 ? (DeviceState *)object_dynamic_cast(object_resolve_path(a->word[1], NULL),
                                                                     TYPE_DEVICE) : NULL;
    NamedGPIOList *list;
    bool found = false;

    if (!dev) {
        say(q, "FAIL Unknown device\n");
        return;
    }
    if (q->irq_dev) {
        say(q, q->irq_dev == dev ? "OK\n" : "FAIL IRQ intercept already enabled\n");
        return;
    }
    QLIST_FOREACH(list, &dev->gpios, node) {
        if (a->n > 2 ? g_strcmp0(list->name, a->word[2]) : out && list->name && strcmp(list->name, "sysbus-irq")) {
            continue;
        }
        if (out) {
            intercept_out(dev, list);
        } else if (!list->name || a->n > 2) {
            qemu_irq_intercept_in(list->in, irq_changed, list->num_in);
        }
        found |= out ? list->num_out > 0 : list->num_in > 0;
    }
    if (!found) {
        say(q, "FAIL No such wires\n");
        return;
    }
    q->irq_dev = dev;
    say(q, "OK\n");
}

static void cmd_set_irq_in(QTest *q, const Args *a)
{
    DeviceState *dev = a->n > 1 ? (DeviceState *)object_dynamic_cast(object_resolve_path(a->word[1], NULL),
                                                                     TYPE_DEVICE) : NULL;
    const char *name = a->n > 2 && strcmp(a->word[2], "unnamed-gpio-in") ? a->word[2] : NULL;
    NamedGPIOList *list;
    uint64_t n, level;

    if (!dev || !number(a, 3, &n) || !number(a, 4, &level)) {
        say(q, "FAIL Unknown device or bad arguments\n");
        return;
    }
    QLIST_FOREACH(list, &dev->gpios, node) {
        if (!g_strcmp0(list->name, name) && n < (uint64_t)list->num_in) {
            qemu_set_irq(list->in[n], level);
            say(q, "OK\n");
            return;
        }
    }
    say(q, "FAIL No such wire\n");
}

/* ---- Ports and memory ---- */

static void cmd_out(QTest *q, const Args *a)
{
    uint64_t addr, value;

    if (!number(a, 1, &addr) || !number(a, 2, &value) || addr > 0xffff) {
        say(q, "FAIL Bad arguments\n");
        return;
    }
    switch (a->word[0][3]) {
    case 'b':
        cpu_outb(addr, value);
        break;
    case 'w':
        cpu_outw(addr, value);
        break;
    default:
        cpu_outl(addr, value);
        break;
    }
    say(q, "OK\n");
}

static void cmd_in(QTest *q, const Args *a)
{
    uint64_t addr;
    uint32_t value;

    if (!number(a, 1, &addr) || addr > 0xffff) {
        say(q, "FAIL Bad arguments\n");
        return;
    }
    value = a->word[0][2] == 'b' ? cpu_inb(addr) : a->word[0][2] == 'w' ? cpu_inw(addr) : cpu_inl(addr);
    say(q, "OK 0x%04x\n", value);
}

static void cmd_write_word(QTest *q, const Args *a)
{
    AddressSpace *as = &address_space_memory;
    uint64_t addr, value;

    if (!number(a, 1, &addr) || !number(a, 2, &value)) {
        say(q, "FAIL Bad arguments\n");
        return;
    }
    switch (a->word[0][5]) {
    case 'b':
        stb_phys(as, addr, value);
        break;
    case 'w':
        stw_phys(as, addr, value);
        break;
    case 'l':
        stl_phys(as, addr, value);
        break;
    default:
        stq_phys(as, addr, value);
        break;
    }
    say(q, "OK\n");
}

static void cmd_read_word(QTest *q, const Args *a)
{
    AddressSpace *as = &address_space_memory;
    uint64_t addr, value;

    if (!number(a, 1, &addr)) {
        say(q, "FAIL Bad arguments\n");
        return;
    }
    switch (a->word[0][4]) {
    case 'b':
        value = ldub_phys(as, addr);
        break;
    case 'w':
        value = lduw_phys(as, addr);
        break;
    case 'l':
        value = ldl_phys(as, addr);
        break;
    default:
        value = ldq_phys(as, addr);
        break;
    }
    say(q, "OK 0x%016" PRIx64 "\n", value);
}

static bool address_and_length(QTest *q, const Args *a, uint64_t *addr, uint64_t *len)
{
    if (!number(a, 1, addr) || !number(a, 2, len) || *len == 0 || *len > MAX_TRANSFER) {
        say(q, "FAIL Bad address or length\n");
        return false;
    }
    return true;
}

static void cmd_read(QTest *q, const Args *a)
{
    static const char digits[] = "0123456789abcdef";
    g_autofree uint8_t *data = NULL;
    g_autofree char *hex = NULL;
    uint64_t addr, len;

    if (!address_and_length(q, a, &addr, &len)) {
        return;
    }
    data = g_malloc(len);
    hex = g_malloc(2 * len + 1);
    address_space_read(&address_space_memory, addr, MEMTXATTRS_UNSPECIFIED, data, len);
    for (uint64_t i = 0; i < len; i++) {
        hex[2 * i] = digits[data[i] >> 4];
        hex[2 * i + 1] = digits[data[i] & 15];
    }
    hex[2 * len] = 0;
    say(q, "OK 0x%s\n", hex);
}

static void cmd_write(QTest *q, const Args *a)
{
    g_autofree uint8_t *data = NULL;
    uint64_t addr, len;
    const char *hex;

    if (!address_and_length(q, a, &addr, &len)) {
        return;
    }
    hex = a->n > 3 && g_str_has_prefix(a->word[3], "0x") ? a->word[3] + 2 : NULL;
    if (!hex || strlen(hex) < 2 * len) {
        say(q, "FAIL Too few data\n");
        return;
    }
    data = g_malloc(len);
    for (uint64_t i = 0; i < len; i++) {
        if (!g_ascii_isxdigit(hex[2 * i]) || !g_ascii_isxdigit(hex[2 * i + 1])) {
            say(q, "FAIL Bad data\n");
            return;
        }
        data[i] = g_ascii_xdigit_value(hex[2 * i]) << 4 | g_ascii_xdigit_value(hex[2 * i + 1]);
    }
    address_space_write(&address_space_memory, addr, MEMTXATTRS_UNSPECIFIED, data, len);
    say(q, "OK\n");
}

static void cmd_b64read(QTest *q, const Args *a)
{
    g_autofree uint8_t *data = NULL;
    g_autofree char *text = NULL;
    uint64_t addr, len;

    if (!address_and_length(q, a, &addr, &len)) {
        return;
    }
    data = g_malloc(len);
    address_space_read(&address_space_memory, addr, MEMTXATTRS_UNSPECIFIED, data, len);
    text = g_base64_encode(data, len);
    say(q, "OK %s\n", text);
}

static void cmd_b64write(QTest *q, const Args *a)
{
    g_autofree uint8_t *data = NULL;
    uint64_t addr, len;
    gsize got;

    if (!address_and_length(q, a, &addr, &len)) {
        return;
    }
    data = a->n > 3 ? g_base64_decode(a->word[3], &got) : NULL;
    if (!data || got != len) {
        say(q, "FAIL Data do not have the length given\n");
        return;
    }
    address_space_write(&address_space_memory, addr, MEMTXATTRS_UNSPECIFIED, data, len);
    say(q, "OK\n");
}

static void cmd_memset(QTest *q, const Args *a)
{
    uint64_t addr, len, value;

    if (!number(a, 1, &addr) || !number(a, 2, &len) || !number(a, 3, &value)) {
        say(q, "FAIL Bad arguments\n");
        return;
    }
    address_space_set(&address_space_memory, addr, value, len, MEMTXATTRS_UNSPECIFIED);
    say(q, "OK\n");
}

static void cmd_endianness(QTest *q, const Args *a)
{
    say(q, "OK little\n");
}

/* ---- Time ---- */

void qtest_clock_warp(int64_t dest)
{
    while (qtest_get_virtual_clock() < dest) {
        int64_t now = qtest_get_virtual_clock(), deadline = qemu_clock_deadline_ns_all(QEMU_CLOCK_VIRTUAL);
        int64_t step = deadline < 0 ? dest - now : MIN(deadline, dest - now);

        qatomic_set(&virtual_clock, now + step);
        qemu_clock_run_timers(QEMU_CLOCK_VIRTUAL);
        qemu_clock_run_timers(QEMU_CLOCK_VIRTUAL_RT);
    }
    qemu_clock_notify(QEMU_CLOCK_VIRTUAL);
}

static void cmd_clock_step(QTest *q, const Args *a)
{
    int64_t deadline = qemu_clock_deadline_ns_all(QEMU_CLOCK_VIRTUAL);
    uint64_t ns = MAX(deadline, 0);

    if (a->n > 1 && !number(a, 1, &ns)) {
        say(q, "FAIL Bad arguments\n");
        return;
    }
    qtest_clock_warp(qtest_get_virtual_clock() + (int64_t)ns);
    say(q, "OK %" PRIi64 "\n", qtest_get_virtual_clock());
}

static void cmd_clock_set(QTest *q, const Args *a)
{
    uint64_t ns;

    if (!number(a, 1, &ns)) {
        say(q, "FAIL Bad arguments\n");
        return;
    }
    qtest_clock_warp(ns);
    say(q, "OK %" PRIi64 "\n", qtest_get_virtual_clock());
}

static void cmd_module_load(QTest *q, const Args *a)
{
    say(q, "OK\n");              /* everything is built in */
}

/* ---- The table ---- */

static const struct {
    const char *name;
    void (*run)(QTest *q, const Args *a);
} commands[] = {
    { "b64read", cmd_b64read }, { "b64write", cmd_b64write },
    { "clock_set", cmd_clock_set }, { "clock_step", cmd_clock_step },
    { "endianness", cmd_endianness },
    { "inb", cmd_in }, { "inl", cmd_in }, { "inw", cmd_in },
    { "irq_intercept_in", cmd_irq_intercept }, { "irq_intercept_out", cmd_irq_intercept },
    { "memset", cmd_memset },
    { "module_load", cmd_module_load },
    { "outb", cmd_out }, { "outl", cmd_out }, { "outw", cmd_out },
    { "read", cmd_read },
    { "readb", cmd_read_word }, { "readl", cmd_read_word }, { "readq", cmd_read_word }, { "readw", cmd_read_word },
    { "set_irq_in", cmd_set_irq_in },
    { "write", cmd_write },
    { "writeb", cmd_write_word }, { "writel", cmd_write_word }, { "writeq", cmd_write_word },
    { "writew", cmd_write_word },
};

static void run_line(QTest *q, char *line)
{
    g_auto(GStrv) words = g_strsplit(line, " ", -1);
    Args a = { words, g_strv_length(words) };

    log_line(q, 'R', line);
    trace_qtest_command(line);
    if (!a.n) {
        return;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(commands); i++) {
        if (!strcmp(commands[i].name, words[0])) {
            commands[i].run(q, &a);
            return;
        }
    }
    say(q, "FAIL Unknown command '%s'\n", words[0]);
}

/* ---- The connection ---- */

static int on_can_read(void *opaque)
{
    return 65536;
}

static void on_read(void *opaque, const uint8_t *buf, int size)
{
    QTest *q = opaque;
    char *end;

    g_string_append_len(q->in, (const char *)buf, size);
    while ((end = memchr(q->in->str, '\n', q->in->len)) != NULL) {
        g_autofree char *line = g_strndup(q->in->str, end - q->in->str);

        g_string_erase(q->in, 0, end - q->in->str + 1);
        g_strchomp(line);
        run_line(q, line);
    }
    if (q->in->len > MAX_LINE) {
        g_string_truncate(q->in, 0);
        say(q, "FAIL Line too long\n");
    }
}

static void on_event(void *opaque, QEMUChrEvent event)
{
    QTest *q = opaque;

    switch (event) {
    case CHR_EVENT_OPENED:
        g_string_truncate(q->in, 0);
        memset(q->irq_levels, 0, sizeof(q->irq_levels));
        q->start = get_clock();
        q->open = true;
        log_line(q, 'I', "OPENED");
        break;
    case CHR_EVENT_CLOSED:
        q->open = false;
        log_line(q, 'I', "CLOSED");
        break;
    default:
        break;
    }
}

bool qtest_server_init(const char *qtest_chrdev, const char *qtest_log, Error **errp)
{
    Chardev *chr;
    QTest *q;

    if (server) {
        error_setg(errp, "-qtest may be given once");
        return false;
    }
    chr = qemu_chr_new("qtest", qtest_chrdev, NULL, errp);
    if (!chr) {
        error_prepend(errp, "cannot open the qtest channel '%s': ", qtest_chrdev);
        return false;
    }
    q = g_new0(QTest, 1);
    q->in = g_string_new(NULL);
    q->start = get_clock();
    if (!qtest_log) {
        q->log = stderr;
    } else if (strcmp(qtest_log, "none")) {
        q->log = fopen(qtest_log, "we");
    }
    if (q->log) {
        setvbuf(q->log, NULL, _IOLBF, 0);
    }
    if (!qemu_chr_fe_init(&q->chr, chr, errp)) {
        g_string_free(q->in, true);
        g_free(q);
        return false;
    }
    server = q;
    qemu_chr_fe_set_handlers(&q->chr, on_can_read, on_read, on_event, NULL, q, NULL, true);
    qemu_chr_fe_set_echo(&q->chr, true);
    return true;
}
