/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HMP sessions and the tables of commands. Everything here runs on the main loop under the BQL. */
#include "qemu/osdep.h"
#include "hmp-args.h"
#include "monitor-internal.h"
#include "qapi/error.h"
#include "qapi/qapi-commands-misc.h"
#include "qemu/error-report.h"

#define PROMPT "(qemu) "

static GPtrArray *tables[2];            /* commands, info commands; of const HMPCommand * */

static void add_table(int which, const HMPCommand *table)
{
    if (!tables[which]) {
        tables[which] = g_ptr_array_new();
    }
    g_ptr_array_add(tables[which], (void *)table);
}

void hmp_register_commands(const HMPCommand *table)
{
    add_table(0, table);
}

void hmp_register_info(const HMPCommand *table)
{
    add_table(1, table);
}

void hmp_foreach_command(bool info, void (*fn)(const HMPCommand *cmd, void *opaque), void *opaque)
{
    for (guint i = 0; tables[info] && i < tables[info]->len; i++) {
        for (const HMPCommand *c = g_ptr_array_index(tables[info], i); c->name; c++) {
            fn(c, opaque);
        }
    }
}

static bool name_matches(const HMPCommand *cmd, const char *word)
{
    g_auto(GStrv) names = g_strsplit(cmd->name, "|", 0);

    return g_strv_contains((const char *const *)names, word);
}

static const HMPCommand *find(bool info, const char *word)
{
    for (guint i = 0; tables[info] && i < tables[info]->len; i++) {
        for (const HMPCommand *c = g_ptr_array_index(tables[info], i); c->name; c++) {
            if (name_matches(c, word)) {
                return c;
            }
        }
    }
    return NULL;
}

bool hmp_handle_error(Monitor *mon, Error *err)
{
    if (!err) {
        return false;
    }
    monitor_printf(mon, "Error: %s\n", error_get_pretty(err));
    if (mon && error_get_hint(err)) {
        monitor_puts(mon, error_get_hint(err));
    }
    error_free(err);
    return true;
}

static void run_command(Monitor *mon, const HMPCommand *cmd, const char *name, const char *args)
{
    Error *err = NULL;
    g_autoptr(QDict) qdict = hmp_parse_args(name, cmd->args_type, args, &err);

    if (qdict && cmd->cmd_info_hrt) {
        g_autoptr(HumanReadableText) text = cmd->cmd_info_hrt(&err);

        if (text) {
            monitor_puts(mon, text->human_readable_text);
        }
    } else if (qdict && cmd->cmd) {
        cmd->cmd(mon, qdict);
    }
    hmp_handle_error(mon, err);
}

/* The first word of *@line; *@line moves behind it. A print format may follow a name directly: "x/4xw". */
static char *take_word(const char **line)
{
    const char *start;
    size_t n;

    while (g_ascii_isspace(**line)) {
        (*line)++;
    }
    start = *line;
    n = strcspn(start, " \t\r\n/");
    *line += n;
    return g_strndup(start, n);
}

void handle_hmp_command(MonitorHMP *hmp, const char *line)
{
    Monitor *mon = &hmp->common, *old;
    g_autofree char *name = take_word(&line), *sub = NULL;
    const HMPCommand *cmd;

    if (!*name) {
        return;
    }
    cmd = find(false, name);
    if (cmd && g_str_equal(name, "info")) {
        const char *rest = line;

        sub = take_word(&rest);
        if (*sub) {
            cmd = find(true, sub);
            line = rest;
        }
    }
    if (!cmd) {
        monitor_printf(mon, "unknown command: '%s%s%s'\n", name, sub ? " " : "", sub ? sub : "");
        return;
    }
    old = monitor_set_cur(mon);
    run_command(mon, cmd, sub && *sub ? sub : name, line);
    monitor_set_cur(old);
}

char *qmp_human_monitor_command(const char *command_line, bool has_cpu_index, int64_t cpu_index, Error **errp)
{
    MonitorHMP hmp = { .use_readline = false };
    char *text;

    if (has_cpu_index && (cpu_index < 0 || cpu_index > INT_MAX)) {
        error_setg(errp, "Parameter 'cpu-index' expects a CPU number");
        return NULL;
    }
    monitor_base_init(&hmp.common, false, NULL);
    hmp.common.capture = true;
    if (has_cpu_index) {
        hmp.common.cpu_index = cpu_index;
    }
    handle_hmp_command(&hmp, command_line);
    text = g_strdup(hmp.common.outbuf->str);
    monitor_base_destroy(&hmp.common);
    return text;
}

static void line_done(void *opaque, const char *line)
{
    MonitorHMP *hmp = opaque;

    handle_hmp_command(hmp, line);
    readline_start(hmp->rs, PROMPT);
}

static void line_print(void *opaque, const char *text)
{
    monitor_puts(opaque, text);
}

typedef struct Completion {
    ReadLineState *rs;
} Completion;

static void offer(const HMPCommand *cmd, void *opaque)
{
    g_auto(GStrv) names = g_strsplit(cmd->name, "|", 0);

    for (int i = 0; names[i]; i++) {
        readline_add_completion(((Completion *)opaque)->rs, names[i]);
    }
}

void hmp_find_completion(void *opaque, const char *line, ReadLineState *rs)
{
    Completion c = { rs };
    const HMPCommand *cmd;
    g_auto(GStrv) word = g_strsplit(line, " ", 0);
    int n = g_strv_length(word);

    if (n == 1) {
        hmp_foreach_command(false, offer, &c);
    } else if (n == 2 && (g_str_equal(word[0], "info") || g_str_equal(word[0], "help"))) {
        hmp_foreach_command(*word[0] == 'i', offer, &c);
    } else if (n > 1) {
        cmd = find(false, word[0]);
        if (cmd && cmd->complete) {
            cmd->complete(rs, n, word[n - 1]);
        }
    }
}

static int can_read(void *opaque)
{
    return 64;
}

static void read_plain(MonitorHMP *hmp, uint8_t ch)
{
    if (ch == '\n' || ch == '\0') {
        handle_hmp_command(hmp, hmp->line->str);
        g_string_truncate(hmp->line, 0);
    } else if (hmp->line->len < READLINE_MAX_LINE) {
        g_string_append_c(hmp->line, ch);
    }
}

static void on_read(void *opaque, const uint8_t *buf, int size)
{
    MonitorHMP *hmp = opaque;

    for (int i = 0; i < size; i++) {
        if (hmp->rs) {
            readline_handle_byte(hmp->rs, buf[i]);
        } else {
            read_plain(hmp, buf[i]);
        }
    }
}

static void greet(MonitorHMP *hmp)
{
    if (!hmp->greeted) {
        hmp->greeted = true;
        monitor_puts(&hmp->common, "QEMU 11.1.0 monitor - type 'help' for more information\n");
    }
    if (hmp->rs) {
        readline_start(hmp->rs, PROMPT);
    }
}

static void on_event(void *opaque, QEMUChrEvent event)
{
    MonitorHMP *hmp = opaque;

    switch (event) {
    case CHR_EVENT_OPENED:
        if (!hmp->mux_out && !hmp->greeted) {       /* a mux has given us the focus, and the greeting, before */
            greet(hmp);
        }
        break;
    case CHR_EVENT_MUX_IN:
        hmp->mux_out = false;
        greet(hmp);
        break;
    case CHR_EVENT_MUX_OUT:
        hmp->mux_out = true;
        monitor_puts(&hmp->common, "\n");
        break;
    case CHR_EVENT_CLOSED:
        monitor_fds_close(&hmp->common);
        g_string_truncate(hmp->line, 0);
        hmp->greeted = false;
        break;
    default:
        break;
    }
}

void monitor_init_hmp(Chardev *chr, bool use_readline, Error **errp)
{
    MonitorHMP *hmp = g_new0(MonitorHMP, 1);

    monitor_init_globals();
    if (!qemu_chr_fe_init(&hmp->common.chr, chr, errp)) {
        g_free(hmp);
        return;
    }
    monitor_base_init(&hmp->common, false, NULL);
    hmp->use_readline = use_readline;
    hmp->line = g_string_new(NULL);
    hmp->rs = use_readline ? readline_new(line_print, line_done, hmp_find_completion, hmp) : NULL;
    hmp->mux_out = object_dynamic_cast(OBJECT(chr), TYPE_CHARDEV_MUX);
    monitor_list_add(&hmp->common);
    qemu_chr_fe_set_handlers(&hmp->common.chr, can_read, on_read, on_event, NULL, hmp, NULL, true);
}
