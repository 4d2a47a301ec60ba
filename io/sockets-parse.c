/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SocketAddress from and to text. The notation is in io/sockets.h. */
#include "qemu/osdep.h"
#include "io/sockets.h"
#include "qapi/clone-visitor.h"
#include "qapi/error.h"
#include "qapi/qapi-visit-sockets.h"

/* Splits "HOST:PORT" at the colon behind the host; *rest is what follows the port. */
static bool split_host_port(InetSocketAddress *addr, const char *str, const char **rest, Error **errp)
{
    const char *host = str, *host_end, *port;
    size_t port_len;

    if (*str == '[') {
        host = str + 1;
        host_end = strchr(host, ']');
        port = host_end && host_end[1] == ':' ? host_end + 2 : NULL;
    } else {
        host_end = strchr(host, ':');
        port = host_end ? host_end + 1 : NULL;
    }
    port_len = port ? strcspn(port, ",:") : 0;
    if (!port || !port_len || port[port_len] == ':' || memchr(host, ',', host_end - host)) {
        error_setg(errp, "error parsing address '%s', expected HOST:PORT, or [HOST]:PORT for IPv6", str);
        return false;
    }
    addr->host = g_strndup(host, host_end - host);
    addr->port = g_strndup(port, port_len);
    *rest = port + port_len;
    return true;
}

static bool inet_option(InetSocketAddress *addr, const char *key, const char *value, Error **errp)
{
    static const struct {
        const char *key;
        size_t has, val;
    } flags[] = {
        { "ipv4", offsetof(InetSocketAddress, has_ipv4), offsetof(InetSocketAddress, ipv4) },
        { "ipv6", offsetof(InetSocketAddress, has_ipv6), offsetof(InetSocketAddress, ipv6) },
        { "keep-alive", offsetof(InetSocketAddress, has_keep_alive), offsetof(InetSocketAddress, keep_alive) },
        { "numeric", offsetof(InetSocketAddress, has_numeric), offsetof(InetSocketAddress, numeric) },
    };

    for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
        if (g_str_equal(key, flags[i].key)) {
            *(bool *)((char *)addr + flags[i].has) = true;
            return qapi_bool_parse(key, value ? value : "on", (bool *)((char *)addr + flags[i].val), errp);
        }
    }
    if (g_str_equal(key, "to") && value) {
        char *end;
        unsigned long to = strtoul(value, &end, 10);

        addr->has_to = true;
        addr->to = to;
        if (g_ascii_isdigit(*value) && !*end && to <= 65535) {
            return true;
        }
        error_setg(errp, "invalid to= argument '%s': it must be a port", value);
        return false;
    }
    error_setg(errp, "unknown address option '%s'", key);
    return false;
}

bool inet_parse(InetSocketAddress *addr, const char *str, Error **errp)
{
    const char *rest;
    g_auto(GStrv) opts = NULL;

    *addr = (InetSocketAddress) { 0 };
    if (!split_host_port(addr, str, &rest, errp)) {
        return false;
    }
    opts = g_strsplit(rest, ",", 0);
    for (char **o = opts; *o; o++) {
        char *eq = strchr(*o, '=');

        if (!**o) {
            continue;
        }
        if (eq) {
            *eq++ = '\0';
        }
        if (!inet_option(addr, *o, eq, errp)) {
            g_clear_pointer(&addr->host, g_free);
            g_clear_pointer(&addr->port, g_free);
            return false;
        }
    }
    return true;
}

static bool vsock_parse(VsockSocketAddress *addr, const char *str, Error **errp)
{
    const char *colon = strchr(str, ':');

    if (!colon || colon == str || !colon[1]) {
        error_setg(errp, "error parsing vsock address '%s', expected CID:PORT", str);
        return false;
    }
    addr->cid = g_strndup(str, colon - str);
    addr->port = g_strdup(colon + 1);
    return true;
}

SocketAddress *socket_parse(const char *str, Error **errp)
{
    SocketAddress *addr = g_new0(SocketAddress, 1);
    const char *p;
    bool ok = true;

    if (g_str_has_prefix(str, "unix:")) {
        addr->type = SOCKET_ADDRESS_TYPE_UNIX;
        p = str + strlen("unix:");
        ok = *p;
        addr->u.q_unix.path = g_strdup(p);
        if (!ok) {
            error_setg(errp, "invalid UNIX socket address '%s': path missing", str);
        }
    } else if (g_str_has_prefix(str, "fd:")) {
        addr->type = SOCKET_ADDRESS_TYPE_FD;
        p = str + strlen("fd:");
        ok = *p;
        addr->u.fd.str = g_strdup(p);
        if (!ok) {
            error_setg(errp, "invalid file descriptor address '%s': number or name missing", str);
        }
    } else if (g_str_has_prefix(str, "vsock:")) {
        addr->type = SOCKET_ADDRESS_TYPE_VSOCK;
        ok = vsock_parse(&addr->u.vsock, str + strlen("vsock:"), errp);
    } else {
        addr->type = SOCKET_ADDRESS_TYPE_INET;
        ok = inet_parse(&addr->u.inet, g_str_has_prefix(str, "tcp:") ? str + strlen("tcp:") : str, errp);
    }
    if (!ok) {
        qapi_free_SocketAddress(addr);
        return NULL;
    }
    return addr;
}

char *socket_uri(const SocketAddress *addr)
{
    switch (addr->type) {
    case SOCKET_ADDRESS_TYPE_INET:
        return g_strdup_printf(strchr(addr->u.inet.host, ':') ? "tcp:[%s]:%s" : "tcp:%s:%s", addr->u.inet.host,
                               addr->u.inet.port);
    case SOCKET_ADDRESS_TYPE_UNIX:
        return g_strdup_printf("unix:%s", addr->u.q_unix.path);
    case SOCKET_ADDRESS_TYPE_FD:
        return g_strdup_printf("fd:%s", addr->u.fd.str);
    case SOCKET_ADDRESS_TYPE_VSOCK:
        return g_strdup_printf("vsock:%s:%s", addr->u.vsock.cid, addr->u.vsock.port);
    default:
        return g_strdup("unknown address type");
    }
}

SocketAddress *socket_address_flatten(SocketAddressLegacy *old)
{
    SocketAddress *addr = g_new0(SocketAddress, 1);

    addr->type = old->type;
    switch (old->type) {
    case SOCKET_ADDRESS_TYPE_INET:
        QAPI_CLONE_MEMBERS(InetSocketAddress, &addr->u.inet, old->u.inet.data);
        break;
    case SOCKET_ADDRESS_TYPE_UNIX:
        QAPI_CLONE_MEMBERS(UnixSocketAddress, &addr->u.q_unix, old->u.q_unix.data);
        break;
    case SOCKET_ADDRESS_TYPE_VSOCK:
        QAPI_CLONE_MEMBERS(VsockSocketAddress, &addr->u.vsock, old->u.vsock.data);
        break;
    case SOCKET_ADDRESS_TYPE_FD:
        QAPI_CLONE_MEMBERS(FdSocketAddress, &addr->u.fd, old->u.fd.data);
        break;
    default:
        break;
    }
    return addr;
}
