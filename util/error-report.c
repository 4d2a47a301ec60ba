/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages for people, with the place in the input they are about. Any thread; locations are per thread. */
#include "qemu/osdep.h"
#include "qemu/error-report.h"

static __thread Location std_loc;
static __thread Location *cur_loc;
static const char *progname = "qemu-system-x86_64";
bool (*error_print_hook)(const char *text);
bool message_with_timestamp;
bool error_with_guestname;
const char *error_guest_name;

static Location *current(void)
{
    return cur_loc ? cur_loc : &std_loc;
}

Location *loc_push_restore(Location *loc)
{
    loc->prev = current();
    cur_loc = loc;
    return loc;
}

Location *loc_push_none(Location *loc)
{
    loc->kind = LOC_NONE;
    return loc_push_restore(loc);
}

Location *loc_pop(Location *loc)
{
    cur_loc = loc->prev;
    return loc;
}

void loc_set_none(void)
{
    current()->kind = LOC_NONE;
}

void loc_set_cmdline(char **argv, int idx, int cnt)
{
    *current() = (Location){ .kind = LOC_CMDLINE, .num = cnt, .ptr = argv + idx, .prev = current()->prev };
}

void loc_set_file(const char *fname, int lno)
{
    *current() = (Location){ .kind = LOC_FILE, .num = lno, .ptr = fname, .prev = current()->prev };
}

void error_init(const char *argv0)
{
    const char *slash = strrchr(argv0, '/');

    progname = slash ? slash + 1 : argv0;
}

const char *error_get_progname(void)
{
    return progname;
}

static void append_location(GString *out)
{
    const Location *loc = current();
    const char *const *argv = loc->ptr;

    if (loc->kind == LOC_CMDLINE) {
        for (int i = 0; i < loc->num; i++) {
            g_string_append_printf(out, "%s%s", i ? " " : "", argv[i]);
        }
        g_string_append(out, ": ");
    } else if (loc->kind == LOC_FILE && loc->ptr) {
        g_string_append_printf(out, "%s:%d: ", (const char *)loc->ptr, loc->num);
    }
}

static void print(const char *text)
{
    if (!error_print_hook || !error_print_hook(text)) {
        fputs(text, stderr);
    }
}

static void vreport(const char *level, const char *fmt, va_list ap)
{
    g_autoptr(GString) out = g_string_new(NULL);

    if (message_with_timestamp) {
        g_autoptr(GDateTime) now = g_date_time_new_now_utc();
        g_autofree char *text = g_date_time_format(now, "%Y-%m-%dT%H:%M:%S");
        g_string_append_printf(out, "%s.%06dZ ", text, g_date_time_get_microsecond(now));
    }
    if (error_with_guestname && error_guest_name) {
        g_string_append_printf(out, "%s ", error_guest_name);
    }
    g_string_append_printf(out, "%s: ", progname);
    append_location(out);
    g_string_append(out, level);
    g_string_append_vprintf(out, fmt, ap);
    g_string_append_c(out, '\n');
    print(out->str);
}

void error_vreport(const char *fmt, va_list ap)
{
    vreport("", fmt, ap);
}

#define DEFINE_REPORT(name, level)              \
    void name(const char *fmt, ...)             \
    {                                           \
        va_list ap;                             \
        va_start(ap, fmt);                      \
        vreport(level, fmt, ap);                \
        va_end(ap);                             \
    }
DEFINE_REPORT(error_report, "")
DEFINE_REPORT(warn_report, "warning: ")
DEFINE_REPORT(info_report, "info: ")

void error_printf(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    g_autofree char *text = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    print(text);
}

bool warn_report_once_cond(bool *printed, const char *fmt, ...)
{
    va_list ap;

    if (__atomic_exchange_n(printed, true, __ATOMIC_RELAXED)) {
        return false;
    }
    va_start(ap, fmt);
    vreport("warning: ", fmt, ap);
    va_end(ap);
    return true;
}
