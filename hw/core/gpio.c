/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A device's wires. Inputs are children "name[i]", outputs are links "name[i]" whose slot is the device's own
 * qemu_irq variable. The unnamed lists show as "unnamed-gpio-in" and "unnamed-gpio-out".
 */
#include "qemu/osdep.h"
#include "hw/core/qdev.h"

static NamedGPIOList *gpio_list(DeviceState *dev, const char *name)
{
    NamedGPIOList *list;

    QLIST_FOREACH(list, &dev->gpios, node) {
        if (!g_strcmp0(list->name, name)) {
            return list;
        }
    }
    list = g_new0(NamedGPIOList, 1);
    list->name = g_strdup(name);
    QLIST_INSERT_HEAD(&dev->gpios, list, node);
    return list;
}

void qdev_init_gpio_in_named_with_opaque(DeviceState *dev, qemu_irq_handler handler, void *opaque,
                                         const char *name, int n)
{
    NamedGPIOList *list = gpio_list(dev, name);

    list->in = qemu_extend_irqs(list->in, list->num_in, handler, opaque, n);
    for (int i = list->num_in; i < list->num_in + n; i++) {
        g_autofree char *prop = g_strdup_printf("%s[%d]", name ? name : "unnamed-gpio-in", i);

        object_property_add_child(OBJECT(dev), prop, OBJECT(list->in[i]));
        object_unref(list->in[i]);
    }
    list->num_in += n;
}

void qdev_init_gpio_in_named(DeviceState *dev, qemu_irq_handler handler, const char *name, int n)
{
    qdev_init_gpio_in_named_with_opaque(dev, handler, dev, name, n);
}

void qdev_init_gpio_in(DeviceState *dev, qemu_irq_handler handler, int n)
{
    qdev_init_gpio_in_named(dev, handler, NULL, n);
}

void qdev_init_gpio_out_named(DeviceState *dev, qemu_irq *pins, const char *name, int n)
{
    NamedGPIOList *list = gpio_list(dev, name);

    memset(pins, 0, sizeof(*pins) * n);
    for (int i = 0; i < n; i++) {
        g_autofree char *prop = g_strdup_printf("%s[%d]", name ? name : "unnamed-gpio-out", list->num_out + i);

        object_property_add_link(OBJECT(dev), prop, TYPE_IRQ, (Object **)&pins[i], object_property_allow_set_link,
                                 OBJ_PROP_LINK_STRONG);
    }
    list->num_out += n;
}

void qdev_init_gpio_out(DeviceState *dev, qemu_irq *pins, int n)
{
    qdev_init_gpio_out_named(dev, pins, NULL, n);
}

qemu_irq qdev_get_gpio_in_named(DeviceState *dev, const char *name, int n)
{
    NamedGPIOList *list = gpio_list(dev, name);

    g_assert(n >= 0 && n < list->num_in);
    return list->in[n];
}

qemu_irq qdev_get_gpio_in(DeviceState *dev, int n)
{
    return qdev_get_gpio_in_named(dev, NULL, n);
}

static char *out_name(const char *name, int n)
{
    return g_strdup_printf("%s[%d]", name ? name : "unnamed-gpio-out", n);
}

void qdev_connect_gpio_out_named(DeviceState *dev, const char *name, int n, qemu_irq pin)
{
    g_autofree char *prop = out_name(name, n);

    /* Only objects with a path can be linked to. */
    if (pin && !OBJECT(pin)->parent) {
        object_property_add_child(container_get(qdev_get_machine(), "/unattached"), "non-qdev-gpio[*]", OBJECT(pin));
    }
    object_property_set_link(OBJECT(dev), prop, OBJECT(pin), &error_abort);
}

void qdev_connect_gpio_out(DeviceState *dev, int n, qemu_irq pin)
{
    qdev_connect_gpio_out_named(dev, NULL, n, pin);
}

qemu_irq qdev_get_gpio_out_connector(DeviceState *dev, const char *name, int n)
{
    g_autofree char *prop = out_name(name, n);

    return (qemu_irq)object_resolve_path_component(OBJECT(dev), prop);
}

qemu_irq qdev_intercept_gpio_out(DeviceState *dev, qemu_irq icpt, const char *name, int n)
{
    qemu_irq old = qdev_get_gpio_out_connector(dev, name, n);

    object_ref(old);
    qdev_connect_gpio_out_named(dev, name, n, icpt);
    return old;
}

void qdev_pass_gpios(DeviceState *dev, DeviceState *container, const char *name)
{
    NamedGPIOList *list = gpio_list(dev, name);

    for (int i = 0; i < list->num_in; i++) {
        g_autofree char *prop = g_strdup_printf("%s[%d]", name ? name : "unnamed-gpio-in", i);
        object_property_add_alias(OBJECT(container), prop, OBJECT(dev), prop);
    }
    for (int i = 0; i < list->num_out; i++) {
        g_autofree char *prop = out_name(name, i);
        object_property_add_alias(OBJECT(container), prop, OBJECT(dev), prop);
    }
    QLIST_REMOVE(list, node);
    QLIST_INSERT_HEAD(&container->gpios, list, node);
}
