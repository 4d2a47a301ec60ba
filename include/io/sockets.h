/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SocketAddress to and from text and descriptors.
 *
 *     unix:PATH   vsock:CID:PORT   fd:NAME-OR-NUMBER   [tcp:]HOST:PORT[,to=N][,ipv4=on|off][,ipv6=on|off][,keep-alive=on|off]
 *
 * An IPv6 HOST stands in brackets. An empty HOST is every address when listening and the local host when connecting.
 */
#ifndef IO_SOCKETS_H
#define IO_SOCKETS_H

#include "qapi/qapi-types-sockets.h"

SocketAddress *socket_parse(const char *str, Error **errp);
bool inet_parse(InetSocketAddress *addr, const char *str, Error **errp);
char *socket_uri(const SocketAddress *addr);
SocketAddress *socket_address_flatten(SocketAddressLegacy *addr);

/* A connected or listening close-on-exec descriptor, or -1. Blocking. */
int socket_connect(SocketAddress *addr, Error **errp);
int socket_listen(SocketAddress *addr, int backlog, Error **errp);
SocketAddress *socket_local_address(int fd, Error **errp);
SocketAddress *socket_remote_address(int fd, Error **errp);

/* A descriptor passed in: a number, or a name the monitor knows through @lookup. The caller owns the result. */
int socket_get_fd(const char *fdstr, Error **errp);
typedef int SocketFdLookup(const char *name, Error **errp);
void socket_set_fd_lookup(SocketFdLookup *lookup);

#endif
