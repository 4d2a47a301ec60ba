/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -device help, info qtree, info qom-tree: text whose shape tools parse. */
#include "qemu/osdep.h"
#include "hw/core/qdev-properties.h"
#include "hw/core/sysbus.h"
#include "system/qdev-monitor.h"

static const char *const category_names[DEVICE_CATEGORY_MAX] = {
    [DEVICE_CATEGORY_BRIDGE] = "Controller/Bridge/Hub",
    [DEVICE_CATEGORY_USB] = "USB",
    [DEVICE_CATEGORY_STORAGE] = "Storage",
    [DEVICE_CATEGORY_NETWORK] = "Network",
    [DEVICE_CATEGORY_INPUT] = "Input",
    [DEVICE_CATEGORY_DISPLAY] = "Display",
    [DEVICE_CATEGORY_SOUND] = "Sound",
    [DEVICE_CATEGORY_MISC] = "Misc",
    [DEVICE_CATEGORY_CPU] = "CPU",
    [DEVICE_CATEGORY_WATCHDOG] = "Watchdog",
};

static void print_device_line(DeviceClass *dc)
{
    printf("name \"%s\"", object_class_get_name(OBJECT_CLASS(dc)));
    if (dc->bus_type) {
        printf(", bus %s", dc->bus_type);
    }
    if (dc->desc) {
        printf(", desc \"%s\"", dc->desc);
    }
    if (!dc->user_creatable) {
        printf(", no-user");
    }
    putchar('\n');
}

static void print_category(GSList *classes, int category)
{
    bool headed = false;

    for (GSList *e = classes; e; e = e->next) {
        DeviceClass *dc = DEVICE_CLASS(e->data);
        bool listed = category < DEVICE_CATEGORY_MAX ? test_bit(category, dc->categories)
                                                     : bitmap_empty(dc->categories, DEVICE_CATEGORY_MAX);

        if (!listed || !dc->user_creatable) {
            continue;
        }
        if (!headed) {
            printf("%s%s devices:\n", category ? "\n" : "",
                   category < DEVICE_CATEGORY_MAX ? category_names[category] : "Uncategorized");
            headed = true;
        }
        print_device_line(dc);
    }
}

static void print_device_list(void)
{
    GSList *classes = object_class_get_list_sorted(TYPE_DEVICE, false);

    for (int i = 0; i <= DEVICE_CATEGORY_MAX; i++) {
        print_category(classes, i);
    }
    g_slist_free(classes);
}

static gint compare_lines(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A property as "  name=<type>  - description (default: value)". */
static char *property_line(const ObjectProperty *prop)
{
    g_autofree char *head = g_strdup_printf("  %s=<%s>", prop->name, prop->type);
    GString *line = g_string_new(NULL);

    g_string_append_printf(line, "%-24s", head);
    if (prop->description) {
        g_string_append_printf(line, " - %s", prop->description);
    }
    return g_string_free(line, false);
}

bool qdev_print_help(const char *driver, Error **errp)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    ObjectPropertyIterator iter;
    ObjectProperty *prop;
    ObjectClass *oc;

    if (!driver) {
        print_device_list();
        return true;
    }
    oc = object_class_by_name(qdev_resolve_alias(driver));
    if (!oc || !object_class_dynamic_cast(oc, TYPE_DEVICE) || object_class_is_abstract(oc)) {
        error_setg(errp, "'%s' is not a valid device model name", driver);
        return false;
    }
    object_class_property_iter_init(&iter, oc);
    while ((prop = object_property_iter_next(&iter))) {
        if (prop->set && strcmp(prop->name, "realized")) {
            g_ptr_array_add(lines, property_line(prop));
        }
    }
    g_ptr_array_sort(lines, compare_lines);
    printf("%s options:\n", object_class_get_name(oc));
    for (guint i = 0; i < lines->len; i++) {
        printf("%s\n", (char *)lines->pdata[i]);
    }
    return true;
}

/* --- info qtree --- */

static void print_bus(GString *out, BusState *bus, int indent);

static void print_props(GString *out, DeviceState *dev, DeviceClass *dc, int indent)
{
    for (int i = 0; i < dc->props_count_; i++) {
        const Property *prop = &dc->props_[i];
        g_autofree char *value = NULL;

        if (object_property_find(OBJECT(dev), prop->name)) {
            value = prop->info->print ? prop->info->print(OBJECT(dev), prop)
                                      : object_property_print(OBJECT(dev), prop->name, true, NULL);
        }
        if (value) {
            g_string_append_printf(out, "%*s%s = %s\n", indent, "", prop->name, *value ? value : "<null>");
        }
    }
}

static void print_device(GString *out, DeviceState *dev, int indent)
{
    NamedGPIOList *gpio;
    BusState *child;
    ObjectClass *oc;

    g_string_append_printf(out, "%*sdev: %s, id \"%s\"\n", indent, "", object_get_typename(OBJECT(dev)),
                           dev->id ? dev->id : "");
    indent += 2;
    QLIST_FOREACH(gpio, &dev->gpios, node) {
        if (gpio->num_in) {
            g_string_append_printf(out, "%*sgpio-in \"%s\" %d\n", indent, "", gpio->name ? gpio->name : "",
                                   gpio->num_in);
        }
        if (gpio->num_out) {
            g_string_append_printf(out, "%*sgpio-out \"%s\" %d\n", indent, "", gpio->name ? gpio->name : "",
                                   gpio->num_out);
        }
    }
    for (oc = object_get_class(OBJECT(dev)); oc && object_class_dynamic_cast(oc, TYPE_DEVICE);
         oc = object_class_get_parent(oc)) {
        print_props(out, dev, DEVICE_CLASS(oc), indent);
    }
    if (dev->parent_bus && BUS_GET_CLASS(dev->parent_bus)->print_dev) {
        BUS_GET_CLASS(dev->parent_bus)->print_dev(out, dev, indent);
    }
    QLIST_FOREACH(child, &dev->child_bus, sibling) {
        print_bus(out, child, indent);
    }
}

static void print_bus(GString *out, BusState *bus, int indent)
{
    BusChild *kid;

    g_string_append_printf(out, "%*sbus: %s\n", indent, "", bus->name);
    g_string_append_printf(out, "%*stype %s\n", indent + 2, "", object_get_typename(OBJECT(bus)));
    QTAILQ_FOREACH(kid, &bus->children, sibling) {
        print_device(out, kid->child, indent + 2);
    }
}

void qdev_print_tree(GString *out)
{
    print_bus(out, sysbus_get_default(), 0);
}

/* --- info qom-tree --- */

typedef struct TreePrinter {
    GString *out;
    int indent;
} TreePrinter;

static int print_qom_node(Object *obj, void *opaque)
{
    TreePrinter *tp = opaque;
    const char *name = obj == object_get_root() ? "" : object_get_canonical_path_component(obj);

    g_string_append_printf(tp->out, "%*s/%s (%s)\n", tp->indent, "", name, object_get_typename(obj));
    tp->indent += 2;
    object_child_foreach(obj, print_qom_node, tp);
    tp->indent -= 2;
    return 0;
}

bool qom_print_tree(GString *out, const char *path, Error **errp)
{
    bool ambiguous = false;
    Object *obj = object_resolve_path(path ? path : "/machine", &ambiguous);
    TreePrinter tp = { .out = out };

    if (!obj) {
        error_setg(errp, ambiguous ? "Path '%s' is ambiguous" : "Path '%s' could not be resolved", path);
        return false;
    }
    print_qom_node(obj, &tp);
    return true;
}
