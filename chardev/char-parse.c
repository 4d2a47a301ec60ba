/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text to ChardevBackend. Both notations end in one flat dictionary of options, which is then rearranged into the shape of
 * the schema and read by the generated visitor, so that types and unknown options are checked in one place.
 *
 * Short forms: null pty stdio vc ringbuf  file:PATH pipe:PATH con: chardev:ID mon:FORM  unix:PATH,OPTIONS
 * tcp:HOST:PORT,OPTIONS telnet:HOST:PORT,OPTIONS udp:HOST:PORT[@HOST:PORT] fdset etc.: /dev/...
 */
#include "qemu/osdep.h"
#include "char-internal.h"
#include "qapi/error.h"
#include "qapi/qapi-visit-char.h"
#include "qapi/qobject-input-visitor.h"
#include "qobject/keyval.h"
#include "qobject/qstring.h"

static ChardevMonInit *mon_init;

void qemu_chr_set_monitor_init(ChardevMonInit *init)
{
    mon_init = init;
}

/* Move @key of @from to @to under @as. */
static void move(QDict *from, QDict *to, const char *key, const char *as)
{
    QObject *val = qdict_get(from, key);

    if (val) {
        qdict_put_obj(to, as, qobject_ref(val));
        qdict_del(from, key);
    }
}

/* The address of a socket chardev, taken out of @o; NULL on error. */
static QDict *address_of(QDict *o, Error **errp)
{
    QDict *addr = qdict_new(), *data = qdict_new();
    const char *type = NULL;

    if (qdict_haskey(o, "path") + qdict_haskey(o, "host") + qdict_haskey(o, "fd")
        + (qdict_haskey(o, "port") && !qdict_haskey(o, "host")) > 1) {
        error_setg(errp, "chardev: socket: only one of 'fd', 'path' and 'host' may be given");
    } else if (qdict_haskey(o, "path")) {
        type = "unix";
        move(o, data, "path", "path");
        move(o, data, "abstract", "abstract");
        move(o, data, "tight", "tight");
    } else if (qdict_haskey(o, "fd")) {
        type = "fd";
        move(o, data, "fd", "str");
    } else if (qdict_haskey(o, "port")) {
        type = "inet";
        if (!qdict_haskey(o, "host")) {
            qdict_put_str(o, "host", "");
        }
        for (const char *const *k = (const char *const[]) { "host", "port", "to", "ipv4", "ipv6", "keep-alive", "mptcp",
                                                            NULL }; *k; k++) {
            move(o, data, *k, *k);
        }
    } else {
        error_setg(errp, "chardev: socket: no 'path', 'fd' or 'port' given");
    }
    if (!type) {
        qobject_unref(addr);
        qobject_unref(data);
        return NULL;
    }
    qdict_put_str(addr, "type", type);
    qdict_put(addr, "data", data);
    return addr;
}

static QDict *inet_address(QDict *o, const char *host, const char *port)
{
    QDict *addr = qdict_new(), *data = qdict_new();

    qdict_put_str(data, "host", "");
    move(o, data, host, "host");
    move(o, data, port, "port");
    move(o, data, "ipv4", "ipv4");
    move(o, data, "ipv6", "ipv6");
    qdict_put_str(addr, "type", "inet");
    qdict_put(addr, "data", data);
    return addr;
}

/* reconnect is in seconds in the older notation. */
static bool fix_reconnect(QDict *o, Error **errp)
{
    const char *s = qdict_get_try_str(o, "reconnect");
    g_autofree char *ms = NULL;
    char *end;
    long sec;

    if (!qdict_haskey(o, "reconnect")) {
        return true;
    }
    sec = s ? strtol(s, &end, 10) : qdict_get_int(o, "reconnect");
    if ((s && (*end || !*s)) || sec < 0 || sec > INT_MAX / 1000) {
        error_setg(errp, "chardev: 'reconnect' must be a number of seconds");
        return false;
    }
    ms = g_strdup_printf("%ld", sec * 1000);
    qdict_put_str(o, "reconnect-ms", ms);
    qdict_del(o, "reconnect");
    return true;
}

static bool shape_options(QDict *o, const char *kind, Error **errp)
{
    if (g_str_equal(kind, "file")) {
        move(o, o, "path", "out");
        move(o, o, "input-path", "in");
    } else if (g_str_equal(kind, "pipe") || g_str_equal(kind, "serial")) {
        move(o, o, "path", "device");
    } else if (g_str_equal(kind, "socket")) {
        QDict *addr = address_of(o, errp);

        if (!addr) {
            return false;
        }
        qdict_put(o, "addr", addr);
        if (!qdict_haskey(o, "server")) {       /* the schema's default is a server, the option's a client */
            qdict_put_str(o, "server", "off");
        }
        return fix_reconnect(o, errp);
    } else if (g_str_equal(kind, "udp")) {
        if (!qdict_haskey(o, "port")) {
            error_setg(errp, "chardev: udp: 'port' missing");
            return false;
        }
        if (qdict_haskey(o, "localport") || qdict_haskey(o, "localaddr")) {
            qdict_put(o, "local", inet_address(o, "localaddr", "localport"));
        }
        qdict_put(o, "remote", inet_address(o, "host", "port"));
    }
    return true;
}

static const char *canonical_kind(const char *kind)
{
    static const char *const alias[][2] = { { "tty", "serial" } };

    for (size_t i = 0; i < ARRAY_SIZE(alias); i++) {
        if (g_str_equal(kind, alias[i][0])) {
            return alias[i][1];
        }
    }
    return kind;
}

static ChardevBackend *backend_from(QDict *o, const char *kind, Error **errp)
{
    QDict *root = qdict_new();
    ChardevBackend *backend = NULL;
    Visitor *v;

    if (shape_options(o, kind, errp)) {
        qdict_put_str(root, "type", kind);
        qdict_put(root, "data", qobject_ref(o));
        v = qobject_input_visitor_new_keyval(QOBJECT(root));
        visit_type_ChardevBackend(v, NULL, &backend, errp);
        visit_free(v);
    }
    qobject_unref(root);
    return backend;
}

ChardevBackend *qemu_chr_parse_option(const QDict *opts, char **id, Error **errp)
{
    g_autoptr(QDict) o = qdict_clone_shallow(opts);
    g_autofree char *kind = g_strdup(qdict_get_try_str(o, "backend"));

    if (!kind) {
        error_setg(errp, "chardev: parameter 'backend' is missing");
        return NULL;
    }
    *id = g_strdup(qdict_get_try_str(o, "id"));
    qdict_del(o, "backend");
    qdict_del(o, "id");
    qdict_del(o, "mux");
    if (qapi_enum_parse(&ChardevBackendKind_lookup, canonical_kind(kind), -1, NULL) < 0) {
        error_setg(errp, "'%s' is not a valid char driver name", kind);
        return NULL;
    }
    return backend_from(o, canonical_kind(kind), errp);
}

/* "HOST:PORT,opt=..." to options; a bare word is "word=on", "noX" is "X=off". */
static QDict *legacy_options(const char *first_key, const char *str, Error **errp)
{
    g_auto(GStrv) part = g_strsplit(str, ",", 0);
    QDict *o = qdict_new();

    qdict_put_str(o, first_key, "");
    for (int i = 0; part[i]; i++) {
        char *eq = strchr(part[i], '=');

        if (i == 0) {
            qdict_put_str(o, first_key, part[i]);
        } else if (eq) {
            *eq = '\0';
            qdict_put_str(o, part[i], eq + 1);
        } else if (g_str_has_prefix(part[i], "no") && !g_str_equal(part[i], "nodelay")) {
            qdict_put_str(o, part[i] + 2, "off");
        } else if (*part[i]) {
            qdict_put_str(o, part[i], "on");
        }
    }
    return o;
}

static bool split_port(QDict *o, const char *key, const char *host_key, const char *port_key, Error **errp)
{
    g_autofree char *addr = g_strdup(qdict_get_str(o, key));
    char *colon = strrchr(addr, ':'), *host = addr;
    size_t n;

    if (!colon || !colon[1]) {
        error_setg(errp, "character device address '%s' must be HOST:PORT", addr);
        return false;
    }
    *colon = '\0';
    n = strlen(host);
    if (n > 1 && host[0] == '[' && host[n - 1] == ']') {
        host[n - 1] = '\0';
        host++;
    }
    qdict_del(o, key);
    qdict_put_str(o, host_key, host);
    qdict_put_str(o, port_key, colon + 1);
    return true;
}

static bool split_udp(QDict *o, Error **errp)
{
    g_autofree char *both = g_strdup(qdict_get_str(o, "addr"));
    char *at = strchr(both, '@');

    if (at) {
        *at++ = '\0';
        qdict_put_str(o, "local", at);
        if (!split_port(o, "local", "localaddr", "localport", errp)) {
            return false;
        }
    }
    qdict_put_str(o, "addr", both);
    return split_port(o, "addr", "host", "port", errp);
}

ChardevBackend *qemu_chr_parse_compat(const char *filename, Error **errp)
{
    static const char *const plain[] = { "null", "pty", "stdio", "ringbuf" };
    g_autoptr(QDict) o = NULL;
    const char *p;

    for (size_t i = 0; i < ARRAY_SIZE(plain); i++) {
        if (g_str_equal(filename, plain[i])) {
            o = qdict_new();
            return backend_from(o, plain[i], errp);
        }
    }
    if (g_str_has_prefix(filename, "vc")) {             /* no text console: as good as null */
        o = qdict_new();
        return backend_from(o, "null", errp);
    }
    if (g_str_has_prefix(filename, "file:") || g_str_has_prefix(filename, "pipe:")) {
        g_autofree char *kind = g_strndup(filename, 4);

        o = qdict_new();
        qdict_put_str(o, "path", filename + 5);
        return backend_from(o, kind, errp);
    }
    if (g_str_has_prefix(filename, "unix:")) {
        o = legacy_options("path", filename + 5, errp);
        return backend_from(o, "socket", errp);
    }
    if (g_str_has_prefix(filename, "tcp:") || g_str_has_prefix(filename, "telnet:")) {
        p = strchr(filename, ':') + 1;
        o = legacy_options("addr", p, errp);
        if (*filename == 't' && filename[1] == 'e') {
            qdict_put_str(o, "telnet", "on");
        }
        return split_port(o, "addr", "host", "port", errp) ? backend_from(o, "socket", errp) : NULL;
    }
    if (g_str_has_prefix(filename, "udp:")) {
        o = legacy_options("addr", filename + 4, errp);
        return split_udp(o, errp) ? backend_from(o, "udp", errp) : NULL;
    }
    if (g_str_has_prefix(filename, "/dev/")) {
        o = qdict_new();
        qdict_put_str(o, "path", filename);
        return backend_from(o, "serial", errp);
    }
    error_setg(errp, "'%s' is not a valid char driver", filename);
    return NULL;
}

static Chardev *new_from_backend(const char *id, ChardevBackend *backend, GMainContext *context, Error **errp)
{
    g_autofree char *type = g_strdup_printf("chardev-%s", ChardevBackendKind_str(backend->type));

    if (!object_class_by_name(type)) {
        error_setg(errp, "chardev backend '%s' is not supported here", ChardevBackendKind_str(backend->type));
        return NULL;
    }
    return qemu_chardev_new(id, type, backend, context, errp);
}

/* A mux called @label over the chardev @below. */
static Chardev *add_mux(const char *label, const char *below, GMainContext *context, Error **errp)
{
    ChardevMux mux = { .chardev = (char *)below };
    ChardevBackend backend = { .type = CHARDEV_BACKEND_KIND_MUX, .u.mux.data = &mux };

    return qemu_chardev_new(label, TYPE_CHARDEV_MUX, &backend, context, errp);
}

static Chardev *new_compat(const char *label, const char *filename, bool mux, GMainContext *context, Error **errp)
{
    g_autofree char *base = mux ? g_strdup_printf("%s-base", label) : g_strdup(label);
    g_autoptr(ChardevBackend) backend = NULL;
    Chardev *chr, *below;

    if (g_str_has_prefix(filename, "chardev:")) {
        chr = qemu_chr_find(filename + 8);
        if (!chr) {
            error_setg(errp, "chardev '%s' not found", filename + 8);
        }
        return chr;
    }
    backend = qemu_chr_parse_compat(filename, errp);
    below = backend ? new_from_backend(base, backend, context, errp) : NULL;
    if (!below || !mux) {
        return below;
    }
    chr = add_mux(label, base, context, errp);
    if (!chr) {
        object_unparent(OBJECT(below));
    }
    return chr;
}

Chardev *qemu_chr_new_mux_mon(const char *label, const char *filename, GMainContext *context, Error **errp)
{
    bool mon = g_str_has_prefix(filename, "mon:");
    Chardev *chr = new_compat(label, mon ? filename + 4 : filename, mon, context, errp);

    if (chr && mon && mon_init && !mon_init(chr, errp)) {
        return NULL;
    }
    return chr;
}

Chardev *qemu_chr_new(const char *label, const char *filename, GMainContext *context, Error **errp)
{
    if (g_str_has_prefix(filename, "mon:")) {
        return qemu_chr_new_mux_mon(label, filename, context, errp);
    }
    return new_compat(label, filename, false, context, errp);
}

Chardev *qemu_chr_new_from_qdict(const QDict *opts, Error **errp)
{
    g_autofree char *id = NULL, *base = NULL;
    g_autoptr(ChardevBackend) backend = qemu_chr_parse_option(opts, &id, errp);
    const char *mux_text = qdict_get_try_str(opts, "mux");
    bool mux = false;

    if (!backend || (mux_text && !qapi_bool_parse("mux", mux_text, &mux, errp))) {
        return NULL;
    }
    if (!id) {
        error_setg(errp, "chardev: no id specified");
        return NULL;
    }
    if (!mux) {
        return new_from_backend(id, backend, NULL, errp);
    }
    base = g_strdup_printf("%s-base", id);
    return new_from_backend(base, backend, NULL, errp) ? add_mux(id, base, NULL, errp) : NULL;
}

/* "server" and "nowait" without "=" are still written by many. */
static char *expand_bare_words(const char *arg)
{
    g_auto(GStrv) part = g_strsplit(arg, ",", 0);
    GString *out = g_string_new(NULL);

    for (int i = 0; part[i]; i++) {
        bool bare = i && *part[i] && !strchr(part[i], '=') && (!i || *part[i - 1]);

        g_string_append_printf(out, "%s", i ? "," : "");
        if (bare && g_str_has_prefix(part[i], "no") && !g_str_equal(part[i], "nodelay")) {
            g_string_append_printf(out, "%s=off", part[i] + 2);
        } else {
            g_string_append_printf(out, "%s%s", part[i], bare && !g_str_equal(part[i], "help") ? "=on" : "");
        }
    }
    return g_string_free(out, FALSE);
}

Chardev *qemu_chr_new_from_option(const char *arg, Error **errp)
{
    g_autofree char *text = *arg == '{' ? g_strdup(arg) : expand_bare_words(arg);
    bool is_keyval;
    g_autoptr(QDict) opts = option_arg_parse(text, "backend", &is_keyval, NULL, errp);

    return opts ? qemu_chr_new_from_qdict(opts, errp) : NULL;
}
