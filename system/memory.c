/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory regions: creating and destroying them, and what can be asked about one.
 * Not here: the graph (memory-graph.c), views (memory-commit.c), access (memory-access.c), RAM blocks (ram.c).
 * Big lock, except the getters.
 */
#include "qemu/osdep.h"
#include "hw/core/qdev.h"
#include "qapi/error.h"
#include "qapi/visitor.h"
#include "system/memory-internal.h"
#include "system/ram_addr.h"

/* ---- Reference counting: a region lives as long as its owner ---- */

void memory_region_ref(MemoryRegion *mr)
{
    if (mr && mr->owner) {
        object_ref(mr->owner);
    }
}

void memory_region_unref(MemoryRegion *mr)
{
    if (mr && mr->owner) {
        object_unref(mr->owner);
    }
}

Object *memory_region_owner(MemoryRegion *mr)
{
    return mr->owner;
}

const char *memory_region_name(const MemoryRegion *mr)
{
    return mr->name ? mr->name : "(noname)";
}

uint64_t memory_region_size(MemoryRegion *mr)
{
    return mr->size > UINT64_MAX ? UINT64_MAX : (uint64_t)mr->size;
}

/* ---- Creation ---- */

/* Regions without an owner are shown below the machine once there is one. */
static Object *parent_for(Object *owner)
{
    return owner ? owner : object_resolve_path("/machine/unattached", NULL);
}

static void set_up(MemoryRegion *mr, Object *owner, const char *name, uint64_t size)
{
    Object *parent = parent_for(owner);

    mr->size = size == UINT64_MAX ? int128_2_64() : size;
    mr->name = g_strdup(name);
    mr->owner = owner;
    mr->dev = owner ? (DeviceState *)object_dynamic_cast(owner, TYPE_DEVICE) : NULL;
    if (name && parent) {
        g_autofree char *child = g_strdup_printf("%s[*]", name);
        g_strdelimit(child, "/", '|');
        object_property_add_child(parent, child, OBJECT(mr));
        object_unref(OBJECT(mr));
    }
}

void memory_region_init(MemoryRegion *mr, Object *owner, const char *name, uint64_t size)
{
    object_initialize(mr, sizeof(*mr), TYPE_MEMORY_REGION);
    set_up(mr, owner, name, size);
}

/* Make @mr answer for itself. */
static void terminate(MemoryRegion *mr, const MemoryRegionOps *ops, void *opaque)
{
    mr->ops = ops ? ops : &unassigned_mem_ops;
    mr->opaque = opaque;
    mr->terminates = true;
    memory_region_update_resolved(mr);
}

void memory_region_init_io(MemoryRegion *mr, Object *owner, const MemoryRegionOps *ops, void *opaque,
                           const char *name, uint64_t size)
{
    memory_region_init(mr, owner, name, size);
    terminate(mr, ops, opaque);
}

void memory_region_init_alias(MemoryRegion *mr, Object *owner, const char *name, MemoryRegion *orig, hwaddr offset,
                              uint64_t size)
{
    memory_region_init(mr, owner, name, size);
    mr->alias = orig;
    mr->alias_offset = offset;
    memory_region_attach_alias(mr);
    memory_region_update_resolved(mr);
}

void memory_region_init_iommu(void *iommu, size_t instance_size, const char *mrtypename, Object *owner,
                              const char *name, uint64_t size)
{
    MemoryRegion *mr = iommu;

    object_initialize(iommu, instance_size, mrtypename);
    set_up(mr, owner, name, size);
    mr->is_iommu = true;
    terminate(mr, NULL, NULL);
}

static void ram_destructor(MemoryRegion *mr)
{
    qemu_ram_free(mr->ram_block);
}

/* Finish a RAM region that @block (NULL: failed) backs. */
static bool become_ram(MemoryRegion *mr, RAMBlock *block)
{
    if (!block) {
        mr->size = 0;
        object_unparent(OBJECT(mr));
        return false;
    }
    mr->ram_block = block;
    mr->ram = true;
    mr->destructor = ram_destructor;
    terminate(mr, &ram_ops, mr);
    return true;
}

bool memory_region_init_ram_flags_nomigrate(MemoryRegion *mr, Object *owner, const char *name, uint64_t size,
                                            uint32_t ram_flags, Error **errp)
{
    memory_region_init(mr, owner, name, size);
    return become_ram(mr, qemu_ram_alloc(size, ram_flags, mr, errp));
}

bool memory_region_init_ram_nomigrate(MemoryRegion *mr, Object *owner, const char *name, uint64_t size, Error **errp)
{
    return memory_region_init_ram_flags_nomigrate(mr, owner, name, size, 0, errp);
}

bool memory_region_init_rom_nomigrate(MemoryRegion *mr, Object *owner, const char *name, uint64_t size, Error **errp)
{
    if (!memory_region_init_ram_nomigrate(mr, owner, name, size, errp)) {
        return false;
    }
    mr->readonly = true;
    return true;
}

bool memory_region_init_rom_device_nomigrate(MemoryRegion *mr, Object *owner, const MemoryRegionOps *ops,
                                             void *opaque, const char *name, uint64_t size, Error **errp)
{
    memory_region_init(mr, owner, name, size);
    if (!become_ram(mr, qemu_ram_alloc(size, 0, mr, errp))) {
        return false;
    }
    mr->ram = false;
    mr->rom_device = true;
    mr->ops = ops;
    mr->opaque = opaque;
    return true;
}

bool memory_region_init_ram(MemoryRegion *mr, Object *owner, const char *name, uint64_t size, Error **errp)
{
    if (!memory_region_init_ram_nomigrate(mr, owner, name, size, errp)) {
        return false;
    }
    vmstate_register_ram(mr, mr->dev);
    return true;
}

bool memory_region_init_rom(MemoryRegion *mr, Object *owner, const char *name, uint64_t size, Error **errp)
{
    if (!memory_region_init_rom_nomigrate(mr, owner, name, size, errp)) {
        return false;
    }
    vmstate_register_ram(mr, mr->dev);
    return true;
}

bool memory_region_init_rom_device(MemoryRegion *mr, Object *owner, const MemoryRegionOps *ops, void *opaque,
                                   const char *name, uint64_t size, Error **errp)
{
    if (!memory_region_init_rom_device_nomigrate(mr, owner, ops, opaque, name, size, errp)) {
        return false;
    }
    vmstate_register_ram(mr, mr->dev);
    return true;
}

bool memory_region_init_resizeable_ram(MemoryRegion *mr, Object *owner, const char *name, uint64_t size,
                                       uint64_t max_size,
                                       void (*resized)(const char *id, uint64_t length, void *host), Error **errp)
{
    memory_region_init(mr, owner, name, size);
    return become_ram(mr, qemu_ram_alloc_resizeable(size, max_size, resized, mr, errp));
}

bool memory_region_init_ram_from_file(MemoryRegion *mr, Object *owner, const char *name, uint64_t size,
                                      uint64_t align, uint32_t ram_flags, const char *path, ram_addr_t offset,
                                      Error **errp)
{
    memory_region_init(mr, owner, name, size);
    mr->readonly = !!(ram_flags & RAM_READONLY);
    return become_ram(mr, qemu_ram_alloc_from_file(size, align, mr, ram_flags, path, offset, errp));
}

bool memory_region_init_ram_from_fd(MemoryRegion *mr, Object *owner, const char *name, uint64_t size,
                                    uint32_t ram_flags, int fd, ram_addr_t offset, Error **errp)
{
    memory_region_init(mr, owner, name, size);
    mr->readonly = !!(ram_flags & RAM_READONLY);
    return become_ram(mr, qemu_ram_alloc_from_fd(size, size, NULL, mr, ram_flags, fd, offset, false, errp));
}

void memory_region_init_ram_ptr(MemoryRegion *mr, Object *owner, const char *name, uint64_t size, void *ptr)
{
    memory_region_init(mr, owner, name, size);
    become_ram(mr, qemu_ram_alloc_from_ptr(size, ptr, mr, &error_abort));
}

void memory_region_init_ram_device_ptr(MemoryRegion *mr, Object *owner, const char *name, uint64_t size, void *ptr)
{
    memory_region_init_ram_ptr(mr, owner, name, size, ptr);
    mr->ram_device = true;
    mr->ops = &ram_device_ops;
}

/* ---- Migration names ---- */

void vmstate_register_ram(MemoryRegion *mr, DeviceState *dev)
{
    qemu_ram_set_idstr(mr->ram_block, memory_region_name(mr), dev);
    qemu_ram_set_migratable(mr->ram_block);
}

void vmstate_register_ram_global(MemoryRegion *mr)
{
    vmstate_register_ram(mr, NULL);
}

void vmstate_unregister_ram(MemoryRegion *mr, DeviceState *dev)
{
    (void)dev;
    qemu_ram_unset_migratable(mr->ram_block);
    qemu_ram_unset_idstr(mr->ram_block);
}

/* ---- Questions ---- */

ram_addr_t memory_region_get_ram_addr(MemoryRegion *mr)
{
    return mr->ram_block ? mr->ram_block->offset : RAM_ADDR_INVALID;
}

void *memory_region_get_ram_ptr(MemoryRegion *mr)
{
    hwaddr offset = 0;

    while (mr->alias) {
        offset += mr->alias_offset;
        mr = mr->alias;
    }
    assert(mr->ram_block);
    return ramblock_ptr(mr->ram_block, offset);
}

int memory_region_get_fd(MemoryRegion *mr)
{
    while (mr->alias) {
        mr = mr->alias;
    }
    return mr->ram_block ? mr->ram_block->fd : -1;
}

uint64_t memory_region_get_alignment(const MemoryRegion *mr)
{
    return mr->ram_block ? mr->ram_block->page_size : TARGET_PAGE_SIZE;
}

bool memory_region_ram_resize(MemoryRegion *mr, ram_addr_t newsize, Error **errp)
{
    return qemu_ram_resize(mr->ram_block, newsize, errp) == 0;
}

void memory_region_msync(MemoryRegion *mr, hwaddr addr, hwaddr size)
{
    RAMBlock *rb = mr->ram_block;

    if (rb && rb->fd >= 0 && addr < rb->used_length) {
        hwaddr start = ROUND_DOWN(addr, (hwaddr)qemu_real_host_page_size());
        hwaddr end = MIN(addr + size, rb->used_length);
        msync(rb->host + start, end - start, MS_SYNC);
    }
}

void memory_region_writeback(MemoryRegion *mr, hwaddr addr, hwaddr size)
{
    memory_region_msync(mr, addr, size);
}

void memory_region_enable_lockless_io(MemoryRegion *mr)
{
    mr->lockless_io = true;
    mr->disable_reentrancy_guard = true;     /* the guard is a plain flag that needs the big lock */
}

void memory_region_clear_global_locking(MemoryRegion *mr)
{
    memory_region_enable_lockless_io(mr);
}

/* ---- Type ---- */

static void memory_region_initfn(Object *obj)
{
    MemoryRegion *mr = (MemoryRegion *)obj;

    mr->ops = &unassigned_mem_ops;
    mr->enabled = true;
    mr->romd_mode = true;
    QTAILQ_INIT(&mr->subregions);
    QTAILQ_INIT(&mr->live_aliases);
    QTAILQ_INIT(&mr->idle_aliases);
    QTAILQ_INIT(&mr->roots);
    QTAILQ_INIT(&mr->coalesced);
}

/* Aliases that outlive their target show nothing from now on. */
static void orphan_aliases(MemoryRegion *mr)
{
    MemoryRegion *alias;

    while ((alias = QTAILQ_FIRST(&mr->idle_aliases)) != NULL) {
        memory_region_detach_alias(alias);
        alias->alias = NULL;
        memory_region_update_resolved(alias);
    }
    while ((alias = QTAILQ_FIRST(&mr->live_aliases)) != NULL) {
        memory_region_transaction_begin();
        memory_region_damage_all(alias, DAMAGE_RANGES);
        QTAILQ_REMOVE(&mr->live_aliases, alias, alias_link);
        mr->mapped_via_alias--;
        memory_region_live_dec(mr);
        alias->alias = NULL;
        memory_region_update_resolved(alias);
        memory_region_transaction_commit();
    }
}

static void memory_region_finalize(Object *obj)
{
    MemoryRegion *mr = (MemoryRegion *)obj;

    memory_region_transaction_begin();
    if (mr->container) {
        memory_region_del_subregion(mr->container, mr);
    }
    while (!QTAILQ_EMPTY(&mr->subregions)) {
        memory_region_del_subregion(mr, QTAILQ_FIRST(&mr->subregions));
    }
    orphan_aliases(mr);
    if (mr->alias) {
        memory_region_detach_alias(mr);
    }
    memory_region_transaction_commit();
    if (mr->destructor) {
        mr->destructor(mr);
    }
    memory_region_clear_coalescing(mr);
    g_free(mr->ioeventfds);
    g_free(mr->name);
}

static void get_addr(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    uint64_t value = ((MemoryRegion *)obj)->addr;

    visit_type_uint64(v, name, &value, errp);
}

static void get_size(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    uint64_t value = memory_region_size((MemoryRegion *)obj);

    visit_type_uint64(v, name, &value, errp);
}

static void get_priority(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    int32_t value = ((MemoryRegion *)obj)->priority;

    visit_type_int32(v, name, &value, errp);
}

static void memory_region_class_init(ObjectClass *oc, const void *data)
{
    object_class_property_add(oc, "addr", "uint64", get_addr, NULL, NULL, NULL);
    object_class_property_add(oc, "size", "uint64", get_size, NULL, NULL, NULL);
    object_class_property_add(oc, "priority", "uint32", get_priority, NULL, NULL, NULL);
}

static const TypeInfo memory_region_types[] = {
    {
        .name = TYPE_MEMORY_REGION,
        .parent = TYPE_OBJECT,
        .instance_size = sizeof(MemoryRegion),
        .instance_init = memory_region_initfn,
        .instance_finalize = memory_region_finalize,
        .class_init = memory_region_class_init,
    }, {
        .name = TYPE_IOMMU_MEMORY_REGION,
        .parent = TYPE_MEMORY_REGION,
        .instance_size = sizeof(IOMMUMemoryRegion),
        .class_size = sizeof(IOMMUMemoryRegionClass),
        .abstract = true,
    },
};
DEFINE_TYPES(memory_region_types)
