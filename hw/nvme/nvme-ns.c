// SPDX-License-Identifier: GPL-2.0-or-later
/* Namespaces: a drive with an id from 1 to 256. One LBA format: the drive's logical block size, no metadata. BQL. */
#include "qemu/osdep.h"
#include "hw/core/qdev-properties-system.h"
#include "nvme.h"
#include "qapi/error.h"

NvmeNamespace *nvme_ns(NvmeCtrl *n, uint32_t nsid)
{
    return nsid && nsid <= NVME_MAX_NAMESPACES ? n->ns[nsid] : NULL;
}

uint64_t nvme_ns_blocks(NvmeNamespace *ns)
{
    int64_t len = blk_getlength(ns->blkconf.blk);

    return len < 0 ? 0 : (uint64_t)len >> nvme_ns_shift(ns);
}

/* The same on both sides of a migration without being told: from serial number and id (RFC 4122, version 5 style). */
static void derive_uuid(NvmeCtrl *n, NvmeNamespace *ns)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA1);
    g_autofree char *name = g_strdup_printf("nvme:%s:%u", n->serial, ns->nsid);
    uint8_t digest[20];
    gsize len = sizeof(digest);

    g_checksum_update(sum, (const guchar *)name, -1);
    g_checksum_get_digest(sum, digest, &len);
    memcpy(ns->uuid.data, digest, 16);
    ns->uuid.data[6] = (ns->uuid.data[6] & 0x0f) | 0x50;
    ns->uuid.data[8] = (ns->uuid.data[8] & 0x3f) | 0x80;
}

static bool pick_nsid(NvmeCtrl *n, NvmeNamespace *ns, Error **errp)
{
    for (uint32_t i = 1; !ns->nsid && i <= NVME_MAX_NAMESPACES; i++) {
        ns->nsid = n->ns[i] ? 0 : i;
    }
    if (!ns->nsid || ns->nsid > NVME_MAX_NAMESPACES) {
        error_setg(errp, "nsid must be between 1 and %d, and one of them free", NVME_MAX_NAMESPACES);
        return false;
    }
    if (n->ns[ns->nsid]) {
        error_setg(errp, "namespace id '%u' already allocated", ns->nsid);
        return false;
    }
    return true;
}

bool nvme_ns_attach(NvmeCtrl *n, NvmeNamespace *ns, DeviceState *dev, Error **errp)
{
    if (!pick_nsid(n, ns, errp) || !blkconf_apply(&ns->blkconf, dev, true, errp)) {
        return false;
    }
    if (ns->blkconf.logical_block_size > 65536) {
        error_setg(errp, "logical_block_size of an NVMe namespace is at most 65536, not %u",
                   ns->blkconf.logical_block_size);
        blkconf_release(&ns->blkconf, dev);
        return false;
    }
    if (qemu_uuid_is_null(&ns->uuid)) {
        derive_uuid(n, ns);
    }
    ns->n = n;
    n->ns[ns->nsid] = ns;
    return true;
}

void nvme_ns_detach(NvmeNamespace *ns, DeviceState *dev)
{
    if (ns->n) {
        blk_drain(ns->blkconf.blk);
        ns->n->ns[ns->nsid] = NULL;
        ns->n = NULL;
        blkconf_release(&ns->blkconf, dev);
    }
}

/* ---- the device ---- */

static void nvme_ns_realize(DeviceState *dev, Error **errp)
{
    NvmeNsDevice *s = NVME_NS(dev);
    NvmeCtrl *n = NVME(qdev_get_parent_bus(dev)->parent);

    if (!nvme_ns_attach(n, &s->ns, dev, errp)) {
        return;
    }
    if (!s->ns.eui64 && s->eui64_default) {
        s->ns.eui64 = 0x5254000000000000ULL + s->ns.nsid;
    }
}

static void nvme_ns_unrealize(DeviceState *dev)
{
    nvme_ns_detach(&NVME_NS(dev)->ns, dev);
}

static const Property nvme_ns_props[] = {
    DEFINE_BLOCK_PROPERTIES(NvmeNsDevice, ns.blkconf),
    DEFINE_PROP_UINT32("nsid", NvmeNsDevice, ns.nsid, 0),
    DEFINE_PROP_UUID("uuid", NvmeNsDevice, ns.uuid),
    DEFINE_PROP_UINT64("eui64", NvmeNsDevice, ns.eui64, 0),
    DEFINE_PROP_BOOL("eui64-default", NvmeNsDevice, eui64_default, false),
};

static void nvme_ns_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);

    dc->bus_type = TYPE_NVME_BUS;
    dc->realize = nvme_ns_realize;
    dc->unrealize = nvme_ns_unrealize;
    dc->desc = "Virtual NVMe namespace";
    device_class_set_props(dc, nvme_ns_props);
    set_bit(DEVICE_CATEGORY_STORAGE, dc->categories);
}

static const TypeInfo nvme_ns_types[] = {
    { .name = TYPE_NVME_BUS, .parent = TYPE_BUS, .instance_size = sizeof(NvmeBus) },
    {
        .name = TYPE_NVME_NS,
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(NvmeNsDevice),
        .class_init = nvme_ns_class_init,
    },
};
DEFINE_TYPES(nvme_ns_types)
