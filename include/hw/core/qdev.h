/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices and buses.
 *
 * Life of a device: qdev_new (or embedded) -> properties set -> realize (may fail) -> use, reset -> unrealize.
 * A device sits on at most one bus; buses belong to devices. Reset runs children first, then the device.
 * Realizing registers the device's vmstate, resets a hot-plugged device and tells its hotplug handler.
 *
 *  right:  DeviceState *dev = qdev_new(TYPE_FOO);
 *          qdev_prop_set_uint32(dev, "size", 4);
 *          if (!qdev_realize_and_unref(dev, bus, errp)) { return false; }
 *  wrong:  setting a property after realize (an error for every DEFINE_PROP_*).
 *
 * Lock: the BQL.
 */
#ifndef HW_CORE_QDEV_H
#define HW_CORE_QDEV_H

#include "qom/object.h"
#include "qemu/bitmap.h"
#include "qemu/queue.h"
#include "hw/core/irq.h"

#define TYPE_DEVICE "device"
typedef struct DeviceClass DeviceClass;
DECLARE_OBJ_CHECKERS(DeviceState, DeviceClass, DEVICE, TYPE_DEVICE)
#define TYPE_BUS "bus"
DECLARE_OBJ_CHECKERS(BusState, BusClass, BUS, TYPE_BUS)
#define TYPE_HOTPLUG_HANDLER "hotplug-handler"

typedef enum DeviceCategory {
    DEVICE_CATEGORY_BRIDGE,
    DEVICE_CATEGORY_USB,
    DEVICE_CATEGORY_STORAGE,
    DEVICE_CATEGORY_NETWORK,
    DEVICE_CATEGORY_INPUT,
    DEVICE_CATEGORY_DISPLAY,
    DEVICE_CATEGORY_SOUND,
    DEVICE_CATEGORY_MISC,
    DEVICE_CATEGORY_CPU,
    DEVICE_CATEGORY_WATCHDOG,
    DEVICE_CATEGORY_MAX,
} DeviceCategory;

typedef void (*DeviceRealize)(DeviceState *dev, Error **errp);
typedef void (*DeviceUnrealize)(DeviceState *dev);
typedef void (*DeviceReset)(DeviceState *dev);

struct DeviceClass {
    ObjectClass parent_class;
    DECLARE_BITMAP(categories, DEVICE_CATEGORY_MAX);
    const char *fw_name;
    const char *desc;
    const Property *props_;         /* device_class_set_props() */
    uint16_t props_count_;
    bool user_creatable;            /* may be made by -device and device_add */
    bool hotpluggable;
    DeviceReset reset;
    DeviceRealize realize;
    DeviceUnrealize unrealize;
    const VMStateDescription *vmsd;
    const char *bus_type;
};

typedef struct NamedGPIOList NamedGPIOList;
struct NamedGPIOList {
    char *name;                     /* NULL: the unnamed list */
    qemu_irq *in;
    int num_in;
    int num_out;
    QLIST_ENTRY(NamedGPIOList) node;
};

struct DeviceState {
    Object parent_obj;
    char *id;                       /* the user's id=, NULL when there is none */
    char *canonical_path;
    bool realized;
    bool pending_deleted_event;     /* unplug asked for, guest not done */
    int64_t pending_deleted_expires_ms;
    int hotplugged;
    bool allow_unplug_during_migration;
    BusState *parent_bus;
    QDict *opts;                    /* what -device/device_add said, for info and failover */
    QLIST_HEAD(, NamedGPIOList) gpios;
    QLIST_HEAD(, BusState) child_bus;
    int num_child_bus;
    int instance_id_alias;
    int alias_required_for_version;
    bool reset_guard;               /* inside its own reset */
    struct {
        bool engaged_in_io;         /* DMA re-entrancy guard, owned by the memory core */
    } mem_reentrancy_guard;
};

typedef struct BusChild {
    DeviceState *child;
    int index;
    QTAILQ_ENTRY(BusChild) sibling;
} BusChild;

typedef struct HMPOutput HMPOutput;    /* where text for people goes: see monitor/hmp-output.h */

struct BusClass {
    ObjectClass parent_class;
    char *(*get_dev_path)(DeviceState *dev);      /* stable id of a device, part of its migration section name */
    char *(*get_fw_dev_path)(DeviceState *dev);
    void (*print_dev)(GString *out, DeviceState *dev, int indent);
    bool (*check_address)(BusState *bus, DeviceState *dev, Error **errp);
    void (*reset)(BusState *bus);
    void (*realize)(BusState *bus, Error **errp);
    void (*unrealize)(BusState *bus);
    int max_dev;                                  /* 0: no limit */
    int automatic_ids;
};

struct BusState {
    Object obj;
    DeviceState *parent;
    char *name;
    HotplugHandler *hotplug_handler;
    int max_index;
    bool realized;
    bool full;
    int num_children;
    QTAILQ_HEAD(, BusChild) children;
    QLIST_ENTRY(BusState) sibling;
};

/* Devices */
DeviceState *qdev_new(const char *name);          /* aborts on an unknown type */
DeviceState *qdev_try_new(const char *name);      /* NULL on an unknown type */
bool qdev_is_realized(DeviceState *dev);
bool qdev_realize(DeviceState *dev, BusState *bus, Error **errp);
bool qdev_realize_and_unref(DeviceState *dev, BusState *bus, Error **errp);
void qdev_unrealize(DeviceState *dev);
bool qdev_set_parent_bus(DeviceState *dev, BusState *bus, Error **errp);
BusState *qdev_get_parent_bus(const DeviceState *dev);
BusState *qdev_get_child_bus(DeviceState *dev, const char *name);
char *qdev_get_dev_path(DeviceState *dev);
char *qdev_get_fw_dev_path(DeviceState *dev);
char *qdev_get_human_name(DeviceState *dev);
const char *qdev_fw_name(DeviceState *dev);
void device_cold_reset(DeviceState *dev);         /* the device and everything below it */
void qdev_alias_all_properties(DeviceState *target, Object *source);
void device_class_set_props_n(DeviceClass *dc, const Property *props, size_t n);
#define device_class_set_props(dc, props) device_class_set_props_n((dc), (props), ARRAY_SIZE(props))
void device_class_set_parent_realize(DeviceClass *dc, DeviceRealize dev_realize, DeviceRealize *parent_realize);
void device_class_set_parent_unrealize(DeviceClass *dc, DeviceUnrealize dev_unrealize,
                                       DeviceUnrealize *parent_unrealize);
void qdev_set_legacy_instance_id(DeviceState *dev, int alias_id, int required_for_version);
const VMStateDescription *qdev_get_vmsd(DeviceState *dev);
Object *qdev_get_machine(void);                   /* "/machine"; a container before the machine exists */
DeviceState *qdev_find_recursive(BusState *bus, const char *id);

/* Machine phases: what may be created when. */
typedef enum MachineInitPhase {
    PHASE_NO_MACHINE,
    PHASE_MACHINE_CREATED,
    PHASE_ACCEL_CREATED,
    PHASE_MACHINE_INITIALIZED,
    PHASE_MACHINE_READY,
} MachineInitPhase;
bool phase_check(MachineInitPhase phase);
void phase_advance(MachineInitPhase phase);

/* GPIO wires */
void qdev_init_gpio_in(DeviceState *dev, qemu_irq_handler handler, int n);
void qdev_init_gpio_in_named(DeviceState *dev, qemu_irq_handler handler, const char *name, int n);
void qdev_init_gpio_in_named_with_opaque(DeviceState *dev, qemu_irq_handler handler, void *opaque,
                                         const char *name, int n);
void qdev_init_gpio_out(DeviceState *dev, qemu_irq *pins, int n);
void qdev_init_gpio_out_named(DeviceState *dev, qemu_irq *pins, const char *name, int n);
qemu_irq qdev_get_gpio_in(DeviceState *dev, int n);
qemu_irq qdev_get_gpio_in_named(DeviceState *dev, const char *name, int n);
void qdev_connect_gpio_out(DeviceState *dev, int n, qemu_irq pin);
void qdev_connect_gpio_out_named(DeviceState *dev, const char *name, int n, qemu_irq pin);
qemu_irq qdev_get_gpio_out_connector(DeviceState *dev, const char *name, int n);
/* Put @icpt before the wire and return what was there (qtest's irq_intercept_out). */
qemu_irq qdev_intercept_gpio_out(DeviceState *dev, qemu_irq icpt, const char *name, int n);
void qdev_pass_gpios(DeviceState *dev, DeviceState *container, const char *name);

/* Buses */
void qbus_init(void *bus, size_t size, const char *typename, DeviceState *parent, const char *name);
BusState *qbus_new(const char *typename, DeviceState *parent, const char *name);
bool qbus_realize(BusState *bus, Error **errp);
void qbus_unrealize(BusState *bus);
bool qbus_is_hotpluggable(BusState *bus);
void qbus_set_hotplug_handler(BusState *bus, Object *handler);
void qbus_set_bus_hotplug_handler(BusState *bus);
void bus_cold_reset(BusState *bus);
BusState *sysbus_get_default(void);
int qbus_walk_children(BusState *bus, int (*pre_dev)(DeviceState *dev, void *opaque),
                       int (*pre_bus)(BusState *bus, void *opaque), int (*post_dev)(DeviceState *dev, void *opaque),
                       int (*post_bus)(BusState *bus, void *opaque), void *opaque);
int qdev_walk_children(DeviceState *dev, int (*pre_dev)(DeviceState *dev, void *opaque),
                       int (*pre_bus)(BusState *bus, void *opaque), int (*post_dev)(DeviceState *dev, void *opaque),
                       int (*post_bus)(BusState *bus, void *opaque), void *opaque);

/* Hotplug */
typedef struct HotplugHandlerClass HotplugHandlerClass;
typedef void (*hotplug_fn)(HotplugHandler *plug_handler, DeviceState *plugged_dev, Error **errp);
struct HotplugHandlerClass {
    InterfaceClass parent;
    hotplug_fn pre_plug;            /* check only */
    hotplug_fn plug;                /* after realize */
    hotplug_fn unplug_request;      /* ask the guest; without it unplug is immediate */
    hotplug_fn unplug;
};
DECLARE_CLASS_CHECKERS(HotplugHandlerClass, HOTPLUG_HANDLER, TYPE_HOTPLUG_HANDLER)
#define HOTPLUG_HANDLER(obj) INTERFACE_CHECK(HotplugHandler, (obj), TYPE_HOTPLUG_HANDLER)
void hotplug_handler_plug(HotplugHandler *h, DeviceState *dev, Error **errp);
void hotplug_handler_pre_plug(HotplugHandler *h, DeviceState *dev, Error **errp);
void hotplug_handler_unplug_request(HotplugHandler *h, DeviceState *dev, Error **errp);
void hotplug_handler_unplug(HotplugHandler *h, DeviceState *dev, Error **errp);
HotplugHandler *qdev_get_hotplug_handler(DeviceState *dev);
HotplugHandler *qdev_get_machine_hotplug_handler(DeviceState *dev);
void qdev_simple_device_unplug_cb(HotplugHandler *hotplug_dev, DeviceState *dev, Error **errp);

/* Told of every device realized or unrealized (memory-free bookkeeping such as virtio-mmio slots or ACPI). */
typedef struct DeviceListener DeviceListener;
struct DeviceListener {
    void (*realize)(DeviceListener *listener, DeviceState *dev);
    void (*unrealize)(DeviceListener *listener, DeviceState *dev);
    QTAILQ_ENTRY(DeviceListener) link;
};
/* Told when a hot-unplugged device is gone for good: raises DEVICE_DELETED (set by system/qdev-monitor.c). */
extern void (*device_deleted_hook)(const char *id, const char *path);

void device_listener_register(DeviceListener *listener);
void device_listener_unregister(DeviceListener *listener);

#endif
