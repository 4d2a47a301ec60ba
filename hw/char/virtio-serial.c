// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Console device (virtio 1.2, 5.3) with many ports, and the ports themselves: "virtconsole" and "virtserialport", each
 * joined to a character device.
 *
 *   queues: 0 in and 1 out of port 0, 2 in and 3 out of control, 2n+2 and 2n+3 of port n
 *
 * On a stream, after the common part: cols, rows (u16), max_nr_ports, map of used port ids (u32 per 32), number of
 * ports; per port: id u32, guest and host connected u8, u32 whether an output element is half written, and then its
 * iov_idx u32, iov_offset u64 and the element.
 */
#include "qemu/osdep.h"
#include <linux/virtio_console.h>
#include "chardev/char-fe.h"
#include "hw/core/qdev-properties-system.h"
#include "hw/virtio/virtio.h"
#include "migration/qemu-file-types.h"
#include "qapi/error.h"
#include "qapi/qapi-events-char.h"
#include "qemu/error-report.h"
#include "qemu/iov.h"

#define MAX_PORTS 511
#define TYPE_VIRTIO_SERIAL "virtio-serial-device"
#define TYPE_VIRTIO_SERIAL_BUS "virtio-serial-bus"
#define TYPE_VIRTIO_SERIAL_PORT "virtio-serial-port"
#define TYPE_VIRTIO_CONSOLE_PORT "virtconsole"
#define TYPE_VIRTIO_SERIAL_SERIAL_PORT "virtserialport"

OBJECT_DECLARE_SIMPLE_TYPE(VirtIOSerial, VIRTIO_SERIAL)
OBJECT_DECLARE_SIMPLE_TYPE(VirtIOSerialPort, VIRTIO_SERIAL_PORT)

typedef struct VirtIOSerialBus {
    BusState qbus;
    VirtIOSerial *vser;
} VirtIOSerialBus;

struct VirtIOSerial {
    VirtIODevice parent_obj;

    VirtQueue *c_ivq, *c_ovq;
    VirtIOSerialBus bus;
    uint32_t max_ports;
    VirtIOSerialPort **ports;           /* max_ports, by id */
};

struct VirtIOSerialPort {
    DeviceState dev;

    VirtIOSerial *vser;
    VirtQueue *ivq, *ovq;
    CharFrontend chr;
    char *name;
    uint32_t id;                        /* UINT32_MAX: any free */
    bool is_console;
    bool guest_connected, host_connected;
    VirtQueueElement *elem;             /* output the back end has not taken whole */
    size_t elem_done;
    guint watch;
};

static VirtIOSerialPort *port_by_queue(VirtIOSerial *s, VirtQueue *vq)
{
    int n = virtio_get_queue_index(vq);
    uint32_t id = n < 2 ? 0 : n / 2 - 1;

    return id < s->max_ports ? s->ports[id] : NULL;
}

static bool multiport(VirtIOSerial *s)
{
    return virtio_vdev_has_feature(VIRTIO_DEVICE(s), VIRTIO_CONSOLE_F_MULTIPORT);
}

/* ---- control messages ---- */

static void send_control(VirtIOSerial *s, uint32_t id, uint16_t event, uint16_t value, const char *text)
{
    struct virtio_console_control c = { cpu_to_le32(id), cpu_to_le16(event), cpu_to_le16(value) };
    VirtQueueElement *e;
    size_t n;

    if (!multiport(s) || !virtio_queue_ready(s->c_ivq)) {
        return;
    }
    e = virtqueue_pop(s->c_ivq, sizeof(*e));
    if (!e) {
        return;
    }
    n = iov_from_buf(e->in_sg, e->in_num, 0, &c, sizeof(c));
    if (text) {
        n += iov_from_buf(e->in_sg, e->in_num, n, text, strlen(text) + 1);
    }
    virtqueue_push(s->c_ivq, e, n);
    virtio_notify(VIRTIO_DEVICE(s), s->c_ivq);
    g_free(e);
}

static void set_guest_connected(VirtIOSerialPort *p, bool on)
{
    if (p->guest_connected == on) {
        return;
    }
    p->guest_connected = on;
    if (!p->is_console) {
        qemu_chr_fe_set_open(&p->chr, on);
        if (p->dev.id) {
            qapi_event_send_vserport_change(p->dev.id, on);
        }
    }
}

static void handle_control_message(VirtIOSerial *s, const struct virtio_console_control *raw)
{
    uint32_t id = le32_to_cpu(raw->id);
    uint16_t event = le16_to_cpu(raw->event), value = le16_to_cpu(raw->value);
    VirtIOSerialPort *p = id < s->max_ports ? s->ports[id] : NULL;

    if (event == VIRTIO_CONSOLE_DEVICE_READY) {
        for (uint32_t i = 0; value && i < s->max_ports; i++) {
            if (s->ports[i]) {
                send_control(s, i, VIRTIO_CONSOLE_PORT_ADD, 1, NULL);
            }
        }
        return;
    }
    if (!p) {
        return;
    }
    if (event == VIRTIO_CONSOLE_PORT_READY && value) {
        if (p->is_console) {
            send_control(s, id, VIRTIO_CONSOLE_CONSOLE_PORT, 1, NULL);
        }
        if (p->name) {
            send_control(s, id, VIRTIO_CONSOLE_PORT_NAME, 1, p->name);
        }
        if (p->host_connected) {
            send_control(s, id, VIRTIO_CONSOLE_PORT_OPEN, 1, NULL);
        }
    } else if (event == VIRTIO_CONSOLE_PORT_OPEN) {
        set_guest_connected(p, value != 0);
        qemu_chr_fe_accept_input(&p->chr);
    }
}

static void control_out(VirtIODevice *vdev, VirtQueue *vq)
{
    VirtIOSerial *s = VIRTIO_SERIAL(vdev);
    struct virtio_console_control c;
    VirtQueueElement *e;

    while ((e = virtqueue_pop(vq, sizeof(*e)))) {
        if (iov_to_buf(e->out_sg, e->out_num, 0, &c, sizeof(c)) == sizeof(c)) {
            handle_control_message(s, &c);
        }
        virtqueue_push(vq, e, 0);
        g_free(e);
    }
    virtio_notify(vdev, vq);
}

static void control_in(VirtIODevice *vdev, VirtQueue *vq)
{
}

/* ---- guest to host ---- */

static void flush_out(VirtIOSerialPort *p);

static gboolean writable(void *do_not_use, GIOCondition cond, void *opaque)
{
    VirtIOSerialPort *p = opaque;

    p->watch = 0;
    flush_out(p);
    return G_SOURCE_REMOVE;
}

/* True when the element is done with. */
static bool write_elem(VirtIOSerialPort *p)
{
    size_t total = iov_size(p->elem->out_sg, p->elem->out_num);
    uint8_t buf[4096];

    while (p->elem_done < total && qemu_chr_fe_backend_connected(&p->chr)) {
        size_t n = iov_to_buf(p->elem->out_sg, p->elem->out_num, p->elem_done, buf, sizeof(buf));
        int ret = qemu_chr_fe_write(&p->chr, buf, n);

        if (ret <= 0) {
            if (ret < 0 && errno != EAGAIN) {
                return true;            /* nobody listens: drop */
            }
            p->watch = qemu_chr_fe_add_watch(&p->chr, G_IO_OUT | G_IO_HUP, writable, p);
            return p->watch == 0;
        }
        p->elem_done += ret;
    }
    return true;
}

static void flush_out(VirtIOSerialPort *p)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(p->vser);
    bool any = false;

    while (!p->watch && virtio_queue_ready(p->ovq)) {
        if (!p->elem) {
            p->elem = virtqueue_pop(p->ovq, sizeof(*p->elem));
            p->elem_done = 0;
            if (!p->elem) {
                break;
            }
        }
        if (!write_elem(p)) {
            break;
        }
        virtqueue_push(p->ovq, p->elem, 0);
        g_clear_pointer(&p->elem, g_free);
        any = true;
    }
    if (any) {
        virtio_notify(vdev, p->ovq);
    }
}

static void handle_output(VirtIODevice *vdev, VirtQueue *vq)
{
    VirtIOSerialPort *p = port_by_queue(VIRTIO_SERIAL(vdev), vq);

    if (!p) {
        if (virtqueue_drop_all(vq)) {
            virtio_notify(vdev, vq);
        }
        return;
    }
    flush_out(p);
}

/* ---- host to guest ---- */

static int chr_can_read(void *opaque)
{
    VirtIOSerialPort *p = opaque;
    VirtIODevice *vdev = VIRTIO_DEVICE(p->vser);
    unsigned bytes;

    if (!virtio_queue_ready(p->ivq) || !(vdev->status & VIRTIO_CONFIG_S_DRIVER_OK) || !vdev->vm_running ||
        virtio_queue_empty(p->ivq) || (multiport(p->vser) && !p->guest_connected)) {
        return 0;
    }
    virtqueue_get_avail_bytes(p->ivq, &bytes, NULL, 4096, 0);
    return MIN(bytes, 4096);
}

static void chr_read(void *opaque, const uint8_t *buf, int size)
{
    VirtIOSerialPort *p = opaque;
    VirtQueueElement *e;
    int done = 0;

    while (done < size && (e = virtqueue_pop(p->ivq, sizeof(*e)))) {
        size_t n = iov_from_buf(e->in_sg, e->in_num, 0, buf + done, size - done);

        virtqueue_push(p->ivq, e, n);
        g_free(e);
        done += n;
    }
    virtio_notify(VIRTIO_DEVICE(p->vser), p->ivq);
}

static void handle_input(VirtIODevice *vdev, VirtQueue *vq)
{
    VirtIOSerialPort *p = port_by_queue(VIRTIO_SERIAL(vdev), vq);

    if (p) {
        qemu_chr_fe_accept_input(&p->chr);
    }
}

static void set_host_connected(VirtIOSerialPort *p, bool on)
{
    if (p->host_connected != on) {
        p->host_connected = on;
        send_control(p->vser, p->id, VIRTIO_CONSOLE_PORT_OPEN, on, NULL);
    }
}

static void chr_event(void *opaque, QEMUChrEvent event)
{
    VirtIOSerialPort *p = opaque;

    if (event == CHR_EVENT_OPENED) {
        set_host_connected(p, true);
    } else if (event == CHR_EVENT_CLOSED) {
        if (p->watch) {
            g_source_remove(p->watch);
            p->watch = 0;
        }
        set_host_connected(p, false);
        flush_out(p);
    }
}

/* ---- device ---- */

static void get_config(VirtIODevice *vdev, uint8_t *config)
{
    struct virtio_console_config c = { .max_nr_ports = cpu_to_le32(VIRTIO_SERIAL(vdev)->max_ports) };

    memcpy(config, &c, vdev->config_len);
}

static void set_config(VirtIODevice *vdev, const uint8_t *config)
{
    VirtIOSerial *s = VIRTIO_SERIAL(vdev);
    uint32_t emerg = ldl_le_p(config + offsetof(struct virtio_console_config, emerg_wr));

    /* A character without any queue, for a guest in trouble: the first console prints it. */
    if (!virtio_has_feature(vdev->host_features, VIRTIO_CONSOLE_F_EMERG_WRITE) || !emerg) {
        return;
    }
    for (uint32_t i = 0; i < s->max_ports; i++) {
        if (s->ports[i] && s->ports[i]->is_console) {
            uint8_t ch = emerg;

            qemu_chr_fe_write(&s->ports[i]->chr, &ch, 1);
            break;
        }
    }
}

static uint64_t get_features(VirtIODevice *vdev, uint64_t f, Error **errp)
{
    if (VIRTIO_SERIAL(vdev)->max_ports > 1) {
        virtio_add_feature(&f, VIRTIO_CONSOLE_F_MULTIPORT);
    }
    return f;
}

static void drop_elem(VirtIOSerialPort *p)
{
    if (p->watch) {
        g_source_remove(p->watch);
        p->watch = 0;
    }
    if (p->elem) {
        virtqueue_detach_element(p->ovq, p->elem, 0);
        g_clear_pointer(&p->elem, g_free);
    }
}

static void vser_reset(VirtIODevice *vdev)
{
    VirtIOSerial *s = VIRTIO_SERIAL(vdev);

    for (uint32_t i = 0; i < s->max_ports; i++) {
        if (s->ports[i]) {
            drop_elem(s->ports[i]);
            set_guest_connected(s->ports[i], false);
        }
    }
}

static void set_status(VirtIODevice *vdev, uint8_t status)
{
    VirtIOSerial *s = VIRTIO_SERIAL(vdev);

    for (uint32_t i = 0; (status & VIRTIO_CONFIG_S_DRIVER_OK) && i < s->max_ports; i++) {
        if (!s->ports[i]) {
            continue;
        }
        /* Without multiport nobody says so: port 0 is open. */
        if (!multiport(s)) {
            set_guest_connected(s->ports[i], true);
        }
        vdev->status = status;
        qemu_chr_fe_accept_input(&s->ports[i]->chr);
        if (vdev->vm_running) {
            flush_out(s->ports[i]);
        }
    }
}

/* ---- migration ---- */

static void vser_save(VirtIODevice *vdev, QEMUFile *f)
{
    VirtIOSerial *s = VIRTIO_SERIAL(vdev);
    uint32_t count = 0, words = DIV_ROUND_UP(s->max_ports, 32);
    g_autofree uint32_t *map = g_new0(uint32_t, words);

    for (uint32_t i = 0; i < s->max_ports; i++) {
        if (s->ports[i]) {
            map[i / 32] |= 1u << (i % 32);
            count++;
        }
    }
    qemu_put_be16(f, 0);
    qemu_put_be16(f, 0);
    qemu_put_be32(f, s->max_ports);
    for (uint32_t i = 0; i < words; i++) {
        qemu_put_be32(f, map[i]);
    }
    qemu_put_be32(f, count);
    for (uint32_t i = 0; i < s->max_ports; i++) {
        VirtIOSerialPort *p = s->ports[i];
        size_t done, idx = 0;

        if (!p) {
            continue;
        }
        qemu_put_be32(f, p->id);
        qemu_put_byte(f, p->guest_connected);
        qemu_put_byte(f, p->host_connected);
        qemu_put_be32(f, p->elem != NULL);
        if (p->elem) {
            for (done = p->elem_done; idx < p->elem->out_num && done >= p->elem->out_sg[idx].iov_len; idx++) {
                done -= p->elem->out_sg[idx].iov_len;
            }
            qemu_put_be32(f, idx);
            qemu_put_be64(f, done);
            qemu_put_virtqueue_element(vdev, f, p->elem);
        }
    }
}

static int load_port(VirtIOSerial *s, QEMUFile *f)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(s);
    uint32_t id = qemu_get_be32(f);
    VirtIOSerialPort *p = id < s->max_ports ? s->ports[id] : NULL;
    bool guest_connected, host_connected;

    if (!p) {
        return qemu_file_fail(f, "virtio-serial: the stream has port %u, which this machine lacks", id);
    }
    guest_connected = qemu_get_byte(f);
    host_connected = qemu_get_byte(f);
    set_guest_connected(p, guest_connected);
    if (qemu_get_be32(f)) {
        uint32_t idx = qemu_get_be32(f);
        uint64_t off = qemu_get_be64(f);

        drop_elem(p);
        p->elem = qemu_get_virtqueue_element(vdev, f, sizeof(*p->elem));
        if (!p->elem || idx > p->elem->out_num) {
            return qemu_file_fail(f, "virtio-serial: port %u: malformed output element", id);
        }
        p->elem_done = MIN(off, (uint64_t)UINT32_MAX) + iov_size(p->elem->out_sg, idx);
    }
    /* The guest knows the old host's state: tell it when ours differs. */
    if (host_connected != p->host_connected) {
        send_control(s, id, VIRTIO_CONSOLE_PORT_OPEN, p->host_connected, NULL);
    }
    return 0;
}

static int vser_load(VirtIODevice *vdev, QEMUFile *f, int version_id)
{
    VirtIOSerial *s = VIRTIO_SERIAL(vdev);
    uint32_t count;

    qemu_get_be16(f);
    qemu_get_be16(f);
    if (qemu_get_be32(f) != s->max_ports) {
        return qemu_file_fail(f, "virtio-serial: max_ports differs from the stream's");
    }
    for (uint32_t i = 0; i < DIV_ROUND_UP(s->max_ports, 32); i++) {
        uint32_t have = 0, map = qemu_get_be32(f);

        for (uint32_t b = 0; b < 32 && i * 32 + b < s->max_ports; b++) {
            have |= (s->ports[i * 32 + b] != NULL) << b;
        }
        if (map != have) {
            return qemu_file_fail(f, "virtio-serial: ports 0x%x in the stream, 0x%x here", map, have);
        }
    }
    count = qemu_get_be32(f);
    if (count > s->max_ports) {
        return -EINVAL;
    }
    for (uint32_t i = 0; i < count; i++) {
        int ret = load_port(s, f);

        if (ret) {
            return ret;
        }
    }
    return 0;
}

static const VMStateDescription vmstate_vser = {
    .name = "virtio-console",
    .minimum_version_id = 3,
    .version_id = 3,
    .fields = (const VMStateField[]) {
        VMSTATE_VIRTIO_DEVICE,
        VMSTATE_END_OF_LIST()
    },
};

static void vser_realize(DeviceState *dev, Error **errp)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(dev);
    VirtIOSerial *s = VIRTIO_SERIAL(dev);

    if (!s->max_ports || s->max_ports > MAX_PORTS) {
        error_setg(errp, "Maximum number of serial ports should be > 0 and at most %d", MAX_PORTS);
        return;
    }
    virtio_init(vdev, VIRTIO_ID_CONSOLE, sizeof(struct virtio_console_config));
    qbus_init(&s->bus, sizeof(s->bus), TYPE_VIRTIO_SERIAL_BUS, dev, qdev_get_parent_bus(dev)->parent->id);
    s->bus.vser = s;
    s->ports = g_new0(VirtIOSerialPort *, s->max_ports);
    virtio_add_queue(vdev, 128, handle_input);
    virtio_add_queue(vdev, 128, handle_output);
    s->c_ivq = virtio_add_queue(vdev, 32, control_in);
    s->c_ovq = virtio_add_queue(vdev, 32, control_out);
    for (uint32_t i = 1; i < s->max_ports; i++) {
        virtio_add_queue(vdev, 128, handle_input);
        virtio_add_queue(vdev, 128, handle_output);
    }
}

static void vser_unrealize(DeviceState *dev)
{
    g_clear_pointer(&VIRTIO_SERIAL(dev)->ports, g_free);
    virtio_cleanup(VIRTIO_DEVICE(dev));
}

static const Property vser_props[] = {
    DEFINE_PROP_UINT32("max_ports", VirtIOSerial, max_ports, 31),
    DEFINE_PROP_BIT64("emergency-write", VirtIOSerial, parent_obj.host_features, VIRTIO_CONSOLE_F_EMERG_WRITE, true),
};

static void vser_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    VirtioDeviceClass *vdc = VIRTIO_DEVICE_CLASS(klass);

    device_class_set_props(dc, vser_props);
    dc->vmsd = &vmstate_vser;
    set_bit(DEVICE_CATEGORY_INPUT, dc->categories);
    vdc->realize = vser_realize;
    vdc->unrealize = vser_unrealize;
    vdc->get_features = get_features;
    vdc->get_config = get_config;
    vdc->set_config = set_config;
    vdc->set_status = set_status;
    vdc->reset = vser_reset;
    vdc->save = vser_save;
    vdc->load = vser_load;
}

/* ---- ports ---- */

static bool port_pick_id(VirtIOSerialPort *p, Error **errp)
{
    VirtIOSerial *s = p->vser;

    if (p->id == UINT32_MAX) {
        /* Port 0 has the queues of the old single console: keep it for one. */
        for (p->id = p->is_console ? 0 : 1; p->id < s->max_ports && s->ports[p->id]; p->id++) {
        }
    }
    if (p->id >= s->max_ports) {
        error_setg(errp, "virtio-serial-bus: Out-of-range port id specified, max. allowed: %u", s->max_ports - 1);
        return false;
    }
    if (s->ports[p->id]) {
        error_setg(errp, "virtio-serial-bus: A port already exists at id %u", p->id);
        return false;
    }
    if (p->id == 0 && !p->is_console) {
        error_setg(errp, "Port number 0 on virtio-serial devices reserved for virtconsole devices for backward "
                   "compatibility.");
        return false;
    }
    for (uint32_t i = 0; p->name && i < s->max_ports; i++) {
        if (s->ports[i] && !g_strcmp0(s->ports[i]->name, p->name)) {
            error_setg(errp, "virtio-serial-bus: A port already exists by name %s", p->name);
            return false;
        }
    }
    return true;
}

static void port_realize(DeviceState *dev, Error **errp)
{
    VirtIOSerialPort *p = VIRTIO_SERIAL_PORT(dev);
    VirtIODevice *vdev;

    p->vser = ((VirtIOSerialBus *)qdev_get_parent_bus(dev))->vser;
    vdev = VIRTIO_DEVICE(p->vser);
    p->is_console = object_dynamic_cast(OBJECT(dev), TYPE_VIRTIO_CONSOLE_PORT) != NULL;
    if (!port_pick_id(p, errp)) {
        return;
    }
    p->ivq = virtio_get_queue(vdev, p->id ? 2 * p->id + 2 : 0);
    p->ovq = virtio_get_queue(vdev, p->id ? 2 * p->id + 3 : 1);
    p->vser->ports[p->id] = p;
    /* A console is there for whoever listens. */
    p->host_connected = false;
    p->guest_connected = p->is_console;
    qemu_chr_fe_set_handlers(&p->chr, chr_can_read, chr_read, chr_event, NULL, p, NULL, p->is_console);
    send_control(p->vser, p->id, VIRTIO_CONSOLE_PORT_ADD, 1, NULL);
}

static void port_unrealize(DeviceState *dev)
{
    VirtIOSerialPort *p = VIRTIO_SERIAL_PORT(dev);

    drop_elem(p);
    qemu_chr_fe_set_handlers(&p->chr, NULL, NULL, NULL, NULL, NULL, NULL, false);
    send_control(p->vser, p->id, VIRTIO_CONSOLE_PORT_REMOVE, 1, NULL);
    p->vser->ports[p->id] = NULL;
}

static const Property port_props[] = {
    DEFINE_PROP_CHR("chardev", VirtIOSerialPort, chr),
    DEFINE_PROP_UINT32("nr", VirtIOSerialPort, id, UINT32_MAX),
    DEFINE_PROP_STRING("name", VirtIOSerialPort, name),
};

static void port_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    dc->realize = port_realize;
    dc->unrealize = port_unrealize;
    dc->bus_type = TYPE_VIRTIO_SERIAL_BUS;
    set_bit(DEVICE_CATEGORY_INPUT, dc->categories);
    device_class_set_props(dc, port_props);
}

static const TypeInfo virtio_serial_types[] = {
    { .name = TYPE_VIRTIO_SERIAL_BUS, .parent = TYPE_BUS, .instance_size = sizeof(VirtIOSerialBus) },
    {
        .name = TYPE_VIRTIO_SERIAL,
        .parent = TYPE_VIRTIO_DEVICE,
        .instance_size = sizeof(VirtIOSerial),
        .class_init = vser_class_init,
    },
    {
        .name = TYPE_VIRTIO_SERIAL_PORT,
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(VirtIOSerialPort),
        .class_init = port_class_init,
        .abstract = true,
    },
    { .name = TYPE_VIRTIO_CONSOLE_PORT, .parent = TYPE_VIRTIO_SERIAL_PORT },
    { .name = TYPE_VIRTIO_SERIAL_SERIAL_PORT, .parent = TYPE_VIRTIO_SERIAL_PORT },
};

DEFINE_TYPES(virtio_serial_types)
