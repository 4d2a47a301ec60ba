/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * -readconfig: sections [group "id"] of key = "value" lines, each section one option of the group's name.
 * Comments start with '#'. Values may hold commas; they are doubled for the key=value notation.
 */
#include "qemu/osdep.h"
#include "startup.h"

#define MAX_LINE 65536

/* Group names that differ from the option's. */
static const char *option_of_group(const char *group)
{
    static const struct { const char *group, *option; } names[] = {
        { "smp-opts", "smp" }, { "memory", "m" }, { "boot-opts", "boot" }, { "mon", "mon" }, { "msg", "msg" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (!strcmp(names[i].group, group)) {
            return names[i].option;
        }
    }
    return group;
}

static void append_pair(GString *args, const char *key, const char *value)
{
    g_string_append_printf(args, "%s%s=", args->len ? "," : "", key);
    for (; *value; value++) {
        g_string_append_c(args, *value);
        if (*value == ',') {
            g_string_append_c(args, ',');
        }
    }
}

typedef struct Section {
    char group[64], id[256];
    GString *args;
    Location loc;
} Section;

static bool flush_section(Startup *s, Section *sec, Error **errp)
{
    bool ok = true;

    if (*sec->group) {
        ok = startup_queue(s, option_of_group(sec->group), sec->args->str, &sec->loc, errp);
    }
    g_string_truncate(sec->args, 0);
    *sec->group = 0;
    return ok;
}

static bool read_line(Startup *s, Section *sec, char *line, Error **errp)
{
    char key[64], value[MAX_LINE];

    g_strstrip(line);
    if (!*line || *line == '#') {
        return true;
    }
    if (*line == '[') {
        if (!flush_section(s, sec, errp)) {
            return false;
        }
        sec->loc = (Location){ .kind = LOC_NONE };
        *sec->id = 0;
        if (sscanf(line, "[%63s \"%255[^\"]\"]", sec->group, sec->id) == 2) {
            append_pair(sec->args, "id", sec->id);
            return true;
        }
        if (sscanf(line, "[%63[^] ]]", sec->group) == 1 && strchr(line, ']')) {
            return true;
        }
    } else if (sscanf(line, "%63s = \"%65535[^\"]\"", key, value) == 2 ||
               sscanf(line, "%63[^= \t] = \"%65535[^\"]\"", key, value) == 2) {
        if (!*sec->group) {
            error_setg(errp, "no group defined");
            return false;
        }
        append_pair(sec->args, key, value);
        return true;
    } else if (sscanf(line, "%63s = \"\"", key) == 1 && g_str_has_suffix(line, "\"\"") && *sec->group) {
        append_pair(sec->args, key, "");
        return true;
    }
    error_setg(errp, "parse error: '%s' is neither [group], [group \"id\"] nor key = \"value\"", line);
    return false;
}

bool startup_read_config(Startup *s, const char *path, Error **errp)
{
    Section sec = { .args = g_string_new(NULL) };
    FILE *f = fopen(path, "r");
    char line[MAX_LINE];
    Location loc;
    int lno = 0;
    bool ok = true;

    if (!f) {
        error_setg_errno(errp, errno, "Cannot read config file %s", path);
        g_string_free(sec.args, true);
        return false;
    }
    loc_push_none(&loc);
    while (ok && fgets(line, sizeof(line), f)) {
        loc_set_file(path, ++lno);
        ok = read_line(s, &sec, line, errp);
        if (sec.loc.kind == LOC_NONE) {
            sec.loc = (Location){ .kind = LOC_FILE, .ptr = g_strdup(path), .num = lno };
        }
    }
    ok = ok && flush_section(s, &sec, errp);
    if (!ok) {
        error_prepend(errp, "%s:%d: ", path, lno);
    }
    loc_pop(&loc);
    g_string_free(sec.args, true);
    fclose(f);
    return ok;
}
