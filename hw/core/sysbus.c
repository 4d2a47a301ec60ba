/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The system bus: devices the board wires by hand. Lock: the BQL. */
#include "qemu/osdep.h"
#include "hw/core/sysbus.h"
#include "system/address-spaces.h"
#include "system/reset.h"

void sysbus_init_mmio(SysBusDevice *dev, MemoryRegion *memory)
{
    g_assert(dev->num_mmio < QDEV_MAX_MMIO);
    dev->mmio[dev->num_mmio].addr = -1;
    dev->mmio[dev->num_mmio++].memory = memory;
}

MemoryRegion *sysbus_mmio_get_region(SysBusDevice *dev, int n)
{
    return dev->mmio[n].memory;
}

bool sysbus_has_mmio(SysBusDevice *dev, unsigned n)
{
    return n < dev->num_mmio;
}

void sysbus_init_irq(SysBusDevice *dev, qemu_irq *p)
{
    qdev_init_gpio_out_named(DEVICE(dev), p, SYSBUS_DEVICE_GPIO_IRQ, 1);
}

void sysbus_pass_irq(SysBusDevice *dev, SysBusDevice *target)
{
    qdev_pass_gpios(DEVICE(target), DEVICE(dev), SYSBUS_DEVICE_GPIO_IRQ);
}

void sysbus_init_ioports(SysBusDevice *dev, uint32_t ioport, uint32_t size)
{
    g_assert(dev->num_pio + size <= QDEV_MAX_PIO);
    for (uint32_t i = 0; i < size; i++) {
        dev->pio[dev->num_pio++] = ioport + i;
    }
}

bool sysbus_has_irq(SysBusDevice *dev, int n)
{
    g_autofree char *prop = g_strdup_printf("%s[%d]", SYSBUS_DEVICE_GPIO_IRQ, n);

    return object_property_find(OBJECT(dev), prop) != NULL;
}

void sysbus_connect_irq(SysBusDevice *dev, int n, qemu_irq irq)
{
    qdev_connect_gpio_out_named(DEVICE(dev), SYSBUS_DEVICE_GPIO_IRQ, n, irq);
}

qemu_irq sysbus_get_connected_irq(SysBusDevice *dev, int n)
{
    return qdev_get_gpio_out_connector(DEVICE(dev), SYSBUS_DEVICE_GPIO_IRQ, n);
}

bool sysbus_is_irq_connected(SysBusDevice *dev, int n)
{
    return sysbus_get_connected_irq(dev, n) != NULL;
}

void sysbus_mmio_unmap(SysBusDevice *dev, int n)
{
    if (dev->mmio[n].addr != (hwaddr)-1) {
        memory_region_del_subregion(get_system_memory(), dev->mmio[n].memory);
        dev->mmio[n].addr = (hwaddr)-1;
    }
}

void sysbus_mmio_map_overlap(SysBusDevice *dev, int n, hwaddr addr, int priority)
{
    g_assert(n >= 0 && n < dev->num_mmio);
    if (dev->mmio[n].addr == addr) {
        return;
    }
    sysbus_mmio_unmap(dev, n);
    dev->mmio[n].addr = addr;
    memory_region_add_subregion_overlap(get_system_memory(), addr, dev->mmio[n].memory, priority);
}

void sysbus_mmio_map(SysBusDevice *dev, int n, hwaddr addr)
{
    sysbus_mmio_map_overlap(dev, n, addr, 0);
}

bool sysbus_realize(SysBusDevice *dev, Error **errp)
{
    return qdev_realize(DEVICE(dev), sysbus_get_default(), errp);
}

bool sysbus_realize_and_unref(SysBusDevice *dev, Error **errp)
{
    return qdev_realize_and_unref(DEVICE(dev), sysbus_get_default(), errp);
}

DeviceState *sysbus_create_varargs(const char *name, hwaddr addr, ...)
{
    DeviceState *dev = qdev_new(name);
    SysBusDevice *s = SYS_BUS_DEVICE(dev);
    qemu_irq irq;
    va_list ap;
    int n = 0;

    sysbus_realize_and_unref(s, &error_fatal);
    if (addr != (hwaddr)-1) {
        sysbus_mmio_map(s, 0, addr);
    }
    va_start(ap, addr);
    while ((irq = va_arg(ap, qemu_irq))) {
        sysbus_connect_irq(s, n++, irq);
    }
    va_end(ap);
    return dev;
}

DeviceState *sysbus_create_simple(const char *name, hwaddr addr, qemu_irq irq)
{
    return sysbus_create_varargs(name, addr, irq, NULL);
}

static void sysbus_device_realize(DeviceState *dev, Error **errp)
{
}

static void sysbus_print_dev(GString *out, DeviceState *dev, int indent)
{
    SysBusDevice *s = SYS_BUS_DEVICE(dev);

    for (int i = 0; i < s->num_mmio; i++) {
        g_string_append_printf(out, "%*smmio %016" PRIx64 "/%016" PRIx64 "\n", indent, "", s->mmio[i].addr,
                               memory_region_size(s->mmio[i].memory));
    }
}

static char *sysbus_get_fw_dev_path(DeviceState *dev)
{
    SysBusDevice *s = SYS_BUS_DEVICE(dev);
    SysBusDeviceClass *sbc = SYS_BUS_DEVICE_GET_CLASS(s);

    if (s->num_mmio) {
        return g_strdup_printf("%s@%016" PRIx64, qdev_fw_name(dev), s->mmio[0].addr);
    }
    if (s->num_pio) {
        return g_strdup_printf("%s@i%04x", qdev_fw_name(dev), s->pio[0]);
    }
    if (sbc->explicit_ofw_unit_address) {
        g_autofree char *unit = sbc->explicit_ofw_unit_address(s);
        return unit ? g_strdup_printf("%s@%s", qdev_fw_name(dev), unit) : g_strdup(qdev_fw_name(dev));
    }
    return g_strdup(qdev_fw_name(dev));
}

static void reset_system_bus(void *bus)
{
    bus_cold_reset(bus);
}

BusState *sysbus_get_default(void)
{
    static BusState *main_bus;

    if (!main_bus) {
        main_bus = qbus_new(TYPE_SYSTEM_BUS, NULL, "main-system-bus");
        object_property_add_child(container_get(qdev_get_machine(), "/unattached"), "sysbus", OBJECT(main_bus));
        qemu_register_reset(reset_system_bus, main_bus);
    }
    return main_bus;
}

static void sysbus_device_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);

    dc->realize = sysbus_device_realize;
    dc->bus_type = TYPE_SYSTEM_BUS;
    /* Wiring is the board's work: only types that wire themselves may be made by the user. */
    dc->user_creatable = false;
}

static void system_bus_class_init(ObjectClass *oc, const void *data)
{
    BusClass *bc = BUS_CLASS(oc);

    bc->print_dev = sysbus_print_dev;
    bc->get_fw_dev_path = sysbus_get_fw_dev_path;
}

static const TypeInfo sysbus_types[] = {
    { .name = TYPE_SYSTEM_BUS, .parent = TYPE_BUS, .instance_size = sizeof(BusState),
      .class_init = system_bus_class_init },
    { .name = TYPE_SYS_BUS_DEVICE, .parent = TYPE_DEVICE, .instance_size = sizeof(SysBusDevice), .abstract = true,
      .class_size = sizeof(SysBusDeviceClass), .class_init = sysbus_device_class_init },
};
DEFINE_TYPES(sysbus_types)
