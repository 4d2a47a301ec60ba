// SPDX-License-Identifier: GPL-2.0-or-later
/* The "drive" property and the checks all disks share. */
#include "qemu/osdep.h"
#include "hw/block/block.h"
#include "qapi/error.h"
#include "qapi/visitor.h"

static void get_drive(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    BlockBackend **p = object_field_prop_ptr(obj, opaque);
    const char *s = !*p ? "" : *blk_name(*p) ? blk_name(*p) : blk_bs(*p) ? blk_bs(*p)->node_name : "";
    char *copy = g_strdup(s);

    visit_type_str(v, name, &copy, errp);
    g_free(copy);
}

static void set_drive(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    BlockBackend **p = object_field_prop_ptr(obj, opaque), *blk;
    g_autofree char *str = NULL;

    if (!visit_type_str(v, name, &str, errp)) {
        return;
    }
    if (!*str) {
        blk_unref(*p);
        *p = NULL;
        return;
    }
    blk = blk_by_name(str);
    if (blk) {
        blk_ref(blk);
    } else {
        BlockDriverState *bs = bdrv_find_node(str);

        if (!bs) {
            error_setg(errp, "Property '%s.%s' can't find value '%s'", object_get_typename(obj), name, str);
            return;
        }
        blk = blk_new(NULL);
        if (!blk_insert_bs(blk, bs, errp)) {
            blk_unref(blk);
            return;
        }
    }
    if (!blk_attach_dev(blk, obj, NULL, NULL, errp)) {
        blk_unref(blk);
        return;
    }
    blk_unref(*p);
    *p = blk;
}

static void release_drive(Object *obj, const char *name, void *opaque)
{
    BlockBackend **p = object_field_prop_ptr(obj, opaque);

    if (*p) {
        blk_detach_dev(*p, obj);
        blk_unref(*p);
        *p = NULL;
    }
}

const PropertyInfo qdev_prop_drive = {
    .type = "str",
    .description = "Node name or ID of a block device to use as a backend",
    .get = get_drive,
    .set = set_drive,
    .release = release_drive,
};

static bool parse_policy(const char *name, const char *val, BlockdevOnError *out, Error **errp)
{
    int i = val ? qapi_enum_parse(&BlockdevOnError_lookup, val, -1, NULL) : BLOCKDEV_ON_ERROR_AUTO;

    if (i < 0) {
        error_setg(errp, "%s does not take value '%s': use report, ignore, enospc, stop or auto", name, val);
        return false;
    }
    *out = i;
    return true;
}

static bool valid_block_size(const char *name, uint32_t v, Error **errp)
{
    if (v < 512 || v > 2 * 1024 * 1024 || !is_power_of_2(v)) {
        error_setg(errp, "parameter %s must be a power of 2 between 512 and 2097152, not %u", name, v);
        return false;
    }
    return true;
}

bool blkconf_apply(BlockConf *conf, DeviceState *dev, bool readonly_ok, Error **errp)
{
    g_autofree char *path = object_get_canonical_path(OBJECT(dev));
    BlockdevOnError r, w;

    if (!conf->blk) {
        error_setg(errp, "drive property not set");
        return false;
    }
    if (!blk_bs(conf->blk)) {
        error_setg(errp, "Device needs media, but drive is empty");
        return false;
    }
    if (!readonly_ok && !blk_is_writable(conf->blk)) {
        error_setg(errp, "Block node is read-only");
        return false;
    }
    conf->logical_block_size = conf->logical_block_size ?: 512;
    conf->physical_block_size = conf->physical_block_size ?: MAX(512, conf->logical_block_size);
    if (!valid_block_size("logical_block_size", conf->logical_block_size, errp) ||
        !valid_block_size("physical_block_size", conf->physical_block_size, errp) ||
        !parse_policy("rerror", conf->rerror, &r, errp) || !parse_policy("werror", conf->werror, &w, errp)) {
        return false;
    }
    if (conf->logical_block_size > conf->physical_block_size) {
        error_setg(errp, "logical_block_size > physical_block_size not supported");
        return false;
    }
    if (conf->wce != ON_OFF_AUTO_AUTO) {
        blk_set_enable_write_cache(conf->blk, conf->wce == ON_OFF_AUTO_ON);
    }
    blk_set_on_error(conf->blk, r, w);
    return blk_attach_dev(conf->blk, dev, path, dev->id, errp);
}

void blkconf_release(BlockConf *conf, DeviceState *dev)
{
    if (conf->blk) {
        blk_detach_dev(conf->blk, dev);
    }
}
