/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chardev: the back end of a character device: the object that talks to the host. A device (serial port, monitor, virtio
 * port) is its front end, see char-fe.h.
 *
 * Life: options -> ChardevBackend (generated type) -> qemu_chardev_new() -> a child of /chardevs -> chardev-remove or exit.
 * The big lock protects everything, except that chr_write() may be called from any thread (chr_write_lock).
 */
#ifndef QEMU_CHAR_H
#define QEMU_CHAR_H

#include "qapi/qapi-types-char.h"
#include "qemu/thread.h"
#include "qom/object.h"

#define TYPE_CHARDEV "chardev"
OBJECT_DECLARE_TYPE(Chardev, ChardevClass, CHARDEV)

#define TYPE_CHARDEV_NULL "chardev-null"
#define TYPE_CHARDEV_MUX "chardev-mux"
#define TYPE_CHARDEV_RINGBUF "chardev-ringbuf"
#define TYPE_CHARDEV_MEMORY "chardev-memory"
#define TYPE_CHARDEV_FD "chardev-fd"
#define TYPE_CHARDEV_FILE "chardev-file"
#define TYPE_CHARDEV_STDIO "chardev-stdio"
#define TYPE_CHARDEV_PIPE "chardev-pipe"
#define TYPE_CHARDEV_PTY "chardev-pty"
#define TYPE_CHARDEV_SERIAL "chardev-serial"
#define TYPE_CHARDEV_SOCKET "chardev-socket"
#define TYPE_CHARDEV_UDP "chardev-udp"

typedef enum QEMUChrEvent {
    CHR_EVENT_BREAK,
    CHR_EVENT_OPENED,       /* a peer is there */
    CHR_EVENT_MUX_IN,       /* this front end of a mux gained the input */
    CHR_EVENT_MUX_OUT,      /* ... lost it */
    CHR_EVENT_CLOSED,
} QEMUChrEvent;

#define CHR_READ_BUF_LEN 4096

typedef void IOEventHandler(void *opaque, QEMUChrEvent event);
typedef void IOReadHandler(void *opaque, const uint8_t *buf, int size);
typedef int IOCanReadHandler(void *opaque);
typedef int BackendChangeHandler(void *opaque);

typedef struct CharFrontend CharFrontend;

struct Chardev {
    Object parent_obj;
    QemuMutex chr_write_lock;
    CharFrontend *fe;           /* NULL: free */
    char *label, *filename;
    int logfd;
    bool logtimestamp;
    int be_open;
    GMainContext *gcontext;     /* where input is delivered; NULL: main loop */
};

struct ChardevClass {
    ObjectClass parent_class;
    bool internal;              /* not offered to users */
    bool supports_yank;
    const char *kind;           /* name in -chardev KIND,... */
    /* Open. Sets *be_opened false when the peer comes later. */
    bool (*chr_open)(Chardev *chr, ChardevBackend *backend, bool *be_opened, Error **errp);
    int (*chr_write)(Chardev *s, const uint8_t *buf, int len);         /* under chr_write_lock */
    GSource *(*chr_add_watch)(Chardev *s, GIOCondition cond);
    void (*chr_update_read_handler)(Chardev *s);                       /* front end or context changed */
    int (*chr_ioctl)(Chardev *s, int cmd, void *arg);
    int (*get_msgfds)(Chardev *s, int *fds, int num);
    int (*set_msgfds)(Chardev *s, int *fds, int num);
    bool (*chr_wait_connected)(Chardev *chr, Error **errp);
    void (*chr_disconnect)(Chardev *chr);
    void (*chr_accept_input)(Chardev *chr);                            /* the front end can take more */
    void (*chr_set_echo)(Chardev *chr, bool echo);
    void (*chr_set_fe_open)(Chardev *chr, int fe_open);
    void (*chr_be_event)(Chardev *s, QEMUChrEvent event);
    bool (*chr_can_swap)(Chardev *chr);
};

/* Make @id and put it under /chardevs (@id NULL: nameless, the caller owns the reference). */
Chardev *qemu_chardev_new(const char *id, const char *typename, ChardevBackend *backend, GMainContext *gcontext,
                          Error **errp);
/* From the short form: "stdio", "file:PATH", "mon:stdio", "tcp:HOST:PORT,server=on,wait=off", "chardev:ID" ... */
Chardev *qemu_chr_new(const char *label, const char *filename, GMainContext *context, Error **errp);
/* The same, with a mux in between so that a monitor can share it; "mon:" makes that monitor. */
Chardev *qemu_chr_new_mux_mon(const char *label, const char *filename, GMainContext *context, Error **errp);
/* From -chardev KIND,id=...: key=value or JSON text. */
Chardev *qemu_chr_new_from_option(const char *arg, Error **errp);
Chardev *qemu_chr_new_from_qdict(const QDict *opts, Error **errp);

/* Text to a back end description. *id is set from the option. */
ChardevBackend *qemu_chr_parse_option(const QDict *opts, char **id, Error **errp);
ChardevBackend *qemu_chr_parse_compat(const char *filename, Error **errp);

/* "mon:" asks for a monitor on the new mux; the owner of monitors sets this. */
typedef bool ChardevMonInit(Chardev *chr, Error **errp);
void qemu_chr_set_monitor_init(ChardevMonInit *init);

Chardev *qemu_chr_find(const char *name);
void qemu_chr_for_each(void (*fn)(Chardev *chr, void *opaque), void *opaque);
void qemu_chr_print_types(void (*print)(const char *kind, void *opaque), void *opaque);
void qemu_chr_cleanup(void);                            /* at exit: restore terminals, flush, remove */

int qemu_chr_write(Chardev *s, const uint8_t *buf, int len, bool write_all);
#define qemu_chr_write_all(s, buf, len) qemu_chr_write(s, buf, len, true)
bool qemu_chr_wait_connected(Chardev *chr, Error **errp);
GSource *qemu_chr_add_watch(Chardev *s, GIOCondition cond);

/* Back end to front end. */
int qemu_chr_be_can_write(Chardev *s);
void qemu_chr_be_write(Chardev *s, const uint8_t *buf, int len);
void qemu_chr_be_write_impl(Chardev *s, const uint8_t *buf, int len);
void qemu_chr_be_event(Chardev *s, QEMUChrEvent event);
void qemu_chr_be_update_read_handlers(Chardev *s, GMainContext *context);

/* Escape character of every mux (-echr); 1 is Ctrl-a. */
extern int term_escape_char;
typedef void ChardevQuitFunc(void);
void qemu_chr_set_quit_func(ChardevQuitFunc *quit);     /* what C-a x does */

#endif
