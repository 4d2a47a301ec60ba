/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guest memory: regions, address spaces, and the flat views that connect them.
 *
 * A MemoryRegion says *what* answers (RAM, ROM, device callbacks, a window into another region, an IOMMU, or
 * nothing: a container). Regions nest in containers at an address and a priority. An AddressSpace names a root
 * region; everything a CPU or a bus master can reach is reached through one. From each distinct root the core
 * renders one flat view: sorted ranges that do not overlap, shared by all address spaces with that root and updated
 * piece by piece when regions change. docs/devel/memory.md has the rules (A1-A14).
 *
 *        AddressSpace "memory" --.                     FlatView (one per distinct root)
 *        AddressSpace "e1000"  ---+--> root "system" --> [0,9ffff] ram | [a0000,bffff] vga | ...
 *        AddressSpace "nvme"   --'
 *
 * Locking: regions, address spaces and listeners change under the big lock only. Reads and writes of guest memory
 * need no lock: they look up the view under RCU. Device callbacks run with the big lock held unless the region was
 * given to memory_region_enable_lockless_io().
 *
 * Rules for devices
 *  - A region lives inside its owner: initialise it in instance_init or realize, with OBJECT(dev) as the owner, and
 *    never free it yourself. The owner is referenced while any view shows the region.
 *  - Offsets passed to callbacks count from the start of the region. With .valid unset, naturally aligned accesses
 *    of any size are allowed; .impl says which the callbacks want to see (unset: 1 to 4 bytes, aligned), and the core
 *    splits and joins the rest.
 *  - Changes take effect when the outermost transaction ends; a single call is its own transaction.
 *
 *      right:  memory_region_transaction_begin();
 *              memory_region_set_address(&s->bar, base);
 *              memory_region_set_enabled(&s->bar, on);
 *              memory_region_transaction_commit();      // one update of the views
 */
#ifndef SYSTEM_MEMORY_H
#define SYSTEM_MEMORY_H

#include "qemu/osdep.h"
#include "exec/hwaddr.h"
#include "exec/memattrs.h"
#include "exec/memop.h"
#include "exec/target_page.h"
#include "qemu/bswap.h"
#include "qemu/event_notifier.h"
#include "qemu/int128.h"
#include "qemu/main-loop.h"
#include "qemu/queue.h"
#include "qemu/rcu.h"
#include "qom/object.h"

#define TYPE_MEMORY_REGION "memory-region"
DECLARE_INSTANCE_CHECKER(MemoryRegion, MEMORY_REGION, TYPE_MEMORY_REGION)

#define TYPE_IOMMU_MEMORY_REGION "iommu-memory-region"
typedef struct IOMMUMemoryRegion IOMMUMemoryRegion;
typedef struct IOMMUMemoryRegionClass IOMMUMemoryRegionClass;
DECLARE_OBJ_CHECKERS(IOMMUMemoryRegion, IOMMUMemoryRegionClass, IOMMU_MEMORY_REGION, TYPE_IOMMU_MEMORY_REGION)

/* ---- Device callbacks ---------------------------------------------------------------------------------------- */

enum device_endian {
    DEVICE_NATIVE_ENDIAN,        /* the guest's order: little-endian on x86 */
    DEVICE_BIG_ENDIAN,
    DEVICE_LITTLE_ENDIAN,
};

typedef struct MemoryRegionOps {
    uint64_t (*read)(void *opaque, hwaddr addr, unsigned size);
    void (*write)(void *opaque, hwaddr addr, uint64_t data, unsigned size);
    /* Used instead of the two above when set: they see attributes and can fail. */
    MemTxResult (*read_with_attrs)(void *opaque, hwaddr addr, uint64_t *data, unsigned size, MemTxAttrs attrs);
    MemTxResult (*write_with_attrs)(void *opaque, hwaddr addr, uint64_t data, unsigned size, MemTxAttrs attrs);

    enum device_endian endianness;
    /* What the guest may do; anything else ends in MEMTX_DECODE_ERROR. max 0: any size. */
    struct {
        unsigned min_access_size;
        unsigned max_access_size;
        bool unaligned;
        bool (*accepts)(void *opaque, hwaddr addr, unsigned size, bool is_write, MemTxAttrs attrs);
    } valid;
    /* What the callbacks implement; the core makes accesses of this kind from the valid ones. 0: min 1, max 4. */
    struct {
        unsigned min_access_size;
        unsigned max_access_size;
        bool unaligned;
    } impl;
} MemoryRegionOps;

typedef struct MemoryRegionIoeventfd MemoryRegionIoeventfd;
typedef struct CoalescedMemoryRange CoalescedMemoryRange;
typedef struct SharedView SharedView;

/* Fields are for the memory core; devices may read the documented ones and use the functions for the rest. */
struct MemoryRegion {
    Object parent_obj;

    /* what the dispatch path reads */
    bool enabled;
    bool terminates;             /* answers itself; a pure container does not */
    bool ram;                    /* backed by ram_block */
    bool rom_device;
    bool romd_mode;              /* ROM device currently read as memory */
    bool readonly;
    bool nonvolatile;
    bool ram_device;             /* host MMIO mapped as RAM: never memcpy */
    bool is_iommu;
    bool lockless_io;
    bool flush_coalesced_mmio;
    bool disable_reentrancy_guard;
    bool unmergeable;
    bool in_index;               /* enabled and present in container's index */
    uint8_t dirty_log_mask;      /* clients switched on by memory_region_set_log() */
    uint8_t vga_logging_count;
    RAMBlock *ram_block;
    const MemoryRegionOps *ops;
    void *opaque;
    DeviceState *dev;            /* the owner, when it is a device: whose re-entrancy guard applies */
    Object *owner;

    /* the graph */
    Int128 size;
    hwaddr addr;                 /* within container */
    MemoryRegion *container;
    MemoryRegion *alias;         /* target, for an alias */
    hwaddr alias_offset;
    int32_t priority;
    unsigned mapped_via_alias;
    uint32_t live;               /* ways in which a view reaches this region */
    uint64_t seq;                /* order of arrival in the container: newer wins among equals */
    uint64_t subregion_seq;      /* the last one given to a child */
    MemoryRegion *resolved;      /* what a view rooted here would share: rule A2 */
    SharedView *view;            /* the view whose resolved root this is */
    MemoryRegion *index;         /* enabled children by address: root of an interval tree */
    unsigned index_count;
    QTAILQ_HEAD(, MemoryRegion) subregions;
    QTAILQ_ENTRY(MemoryRegion) subregions_link;
    QTAILQ_HEAD(, MemoryRegion) live_aliases;   /* aliases of this region that a view reaches */
    QTAILQ_HEAD(, MemoryRegion) idle_aliases;
    QTAILQ_ENTRY(MemoryRegion) alias_link;
    QTAILQ_HEAD(, AddressSpace) roots;          /* address spaces whose root this is */
    MemoryRegion *index_left, *index_right;     /* see system/region-index.c */
    hwaddr index_max;            /* last address used in this subtree of the index */
    int8_t index_height;

    QTAILQ_HEAD(, CoalescedMemoryRange) coalesced;
    MemoryRegionIoeventfd *ioeventfds;
    unsigned ioeventfd_nb;
    char *name;
    void (*destructor)(MemoryRegion *mr);
};

/* ---- IOMMU regions ------------------------------------------------------------------------------------------- */

typedef enum {
    IOMMU_NONE = 0,
    IOMMU_RO = 1,
    IOMMU_WO = 2,
    IOMMU_RW = 3,
} IOMMUAccessFlags;
#define IOMMU_ACCESS_FLAG(r, w) (((r) ? IOMMU_RO : 0) | ((w) ? IOMMU_WO : 0))

typedef struct IOMMUTLBEntry {
    AddressSpace *target_as;
    hwaddr iova;
    hwaddr translated_addr;
    hwaddr addr_mask;            /* low bits that pass through: 0xfff for a 4 KiB page */
    IOMMUAccessFlags perm;
} IOMMUTLBEntry;

typedef enum {
    IOMMU_NOTIFIER_NONE = 0,
    IOMMU_NOTIFIER_UNMAP = 1,
    IOMMU_NOTIFIER_MAP = 2,
    IOMMU_NOTIFIER_DEVIOTLB_UNMAP = 4,
} IOMMUNotifierFlag;
#define IOMMU_NOTIFIER_IOTLB_EVENTS (IOMMU_NOTIFIER_MAP | IOMMU_NOTIFIER_UNMAP)
#define IOMMU_NOTIFIER_ALL (IOMMU_NOTIFIER_IOTLB_EVENTS | IOMMU_NOTIFIER_DEVIOTLB_UNMAP)

typedef struct IOMMUNotifier IOMMUNotifier;
typedef void (*IOMMUNotify)(IOMMUNotifier *notifier, IOMMUTLBEntry *data);
struct IOMMUNotifier {
    IOMMUNotify notify;
    IOMMUNotifierFlag notifier_flags;
    hwaddr start, end;           /* inclusive, in the region */
    int iommu_idx;
    void *opaque;
    QLIST_ENTRY(IOMMUNotifier) node;
};

typedef struct IOMMUTLBEvent {
    IOMMUNotifierFlag type;
    IOMMUTLBEntry entry;
} IOMMUTLBEvent;

struct IOMMUMemoryRegion {
    MemoryRegion parent_obj;
    QLIST_HEAD(, IOMMUNotifier) iommu_notify;
    IOMMUNotifierFlag iommu_notify_flags;
};

struct IOMMUMemoryRegionClass {
    ObjectClass parent_class;
    /* Runs under RCU, possibly without the big lock. An entry without the permission asked for means a fault. */
    IOMMUTLBEntry (*translate)(IOMMUMemoryRegion *iommu, hwaddr addr, IOMMUAccessFlags flag, int iommu_idx);
    uint64_t (*get_min_page_size)(IOMMUMemoryRegion *iommu);
    int (*notify_flag_changed)(IOMMUMemoryRegion *iommu, IOMMUNotifierFlag old_flags,
                               IOMMUNotifierFlag new_flags, Error **errp);
    void (*replay)(IOMMUMemoryRegion *iommu, IOMMUNotifier *notifier);
    int (*attrs_to_index)(IOMMUMemoryRegion *iommu, MemTxAttrs attrs);
    int (*num_indexes)(IOMMUMemoryRegion *iommu);
};

void iommu_notifier_init(IOMMUNotifier *n, IOMMUNotify fn, IOMMUNotifierFlag flags, hwaddr start, hwaddr end,
                         int iommu_idx);
int memory_region_register_iommu_notifier(MemoryRegion *mr, IOMMUNotifier *n, Error **errp);
void memory_region_unregister_iommu_notifier(MemoryRegion *mr, IOMMUNotifier *n);
void memory_region_notify_iommu(IOMMUMemoryRegion *iommu, int iommu_idx, const IOMMUTLBEvent event);
void memory_region_notify_iommu_one(IOMMUNotifier *n, const IOMMUTLBEvent *event);
void memory_region_unmap_iommu_notifier_range(IOMMUNotifier *n);
void memory_region_iommu_replay(IOMMUMemoryRegion *iommu, IOMMUNotifier *n);
uint64_t memory_region_iommu_get_min_page_size(IOMMUMemoryRegion *iommu);
int memory_region_iommu_attrs_to_index(IOMMUMemoryRegion *iommu, MemTxAttrs attrs);
int memory_region_iommu_num_indexes(IOMMUMemoryRegion *iommu);

/* ---- Creating regions ---------------------------------------------------------------------------------------- */

/* A pure container. @size UINT64_MAX means 2^64. @name may repeat; @owner may be NULL (lives for ever). */
void memory_region_init(MemoryRegion *mr, Object *owner, const char *name, uint64_t size);
void memory_region_init_io(MemoryRegion *mr, Object *owner, const MemoryRegionOps *ops, void *opaque,
                           const char *name, uint64_t size);
/* RAM that migrates under a name derived from the owner and @name. */
bool memory_region_init_ram(MemoryRegion *mr, Object *owner, const char *name, uint64_t size, Error **errp);
bool memory_region_init_rom(MemoryRegion *mr, Object *owner, const char *name, uint64_t size, Error **errp);
bool memory_region_init_rom_device(MemoryRegion *mr, Object *owner, const MemoryRegionOps *ops, void *opaque,
                                   const char *name, uint64_t size, Error **errp);
/* The same, not migrated unless vmstate_register_ram() follows. */
bool memory_region_init_ram_nomigrate(MemoryRegion *mr, Object *owner, const char *name, uint64_t size,
                                      Error **errp);
bool memory_region_init_rom_nomigrate(MemoryRegion *mr, Object *owner, const char *name, uint64_t size,
                                      Error **errp);
bool memory_region_init_rom_device_nomigrate(MemoryRegion *mr, Object *owner, const MemoryRegionOps *ops,
                                             void *opaque, const char *name, uint64_t size, Error **errp);
bool memory_region_init_ram_flags_nomigrate(MemoryRegion *mr, Object *owner, const char *name, uint64_t size,
                                            uint32_t ram_flags, Error **errp);
/* RAM whose used size may change up to @max_size; @resized runs after each change, under the big lock. */
bool memory_region_init_resizeable_ram(MemoryRegion *mr, Object *owner, const char *name, uint64_t size,
                                       uint64_t max_size,
                                       void (*resized)(const char *id, uint64_t length, void *host), Error **errp);
bool memory_region_init_ram_from_file(MemoryRegion *mr, Object *owner, const char *name, uint64_t size,
                                      uint64_t align, uint32_t ram_flags, const char *path, ram_addr_t offset,
                                      Error **errp);
bool memory_region_init_ram_from_fd(MemoryRegion *mr, Object *owner, const char *name, uint64_t size,
                                    uint32_t ram_flags, int fd, ram_addr_t offset, Error **errp);
/* Memory that belongs to the caller. */
void memory_region_init_ram_ptr(MemoryRegion *mr, Object *owner, const char *name, uint64_t size, void *ptr);
/* Registers of a real device mapped into this process: accessed one load or store at a time. */
void memory_region_init_ram_device_ptr(MemoryRegion *mr, Object *owner, const char *name, uint64_t size, void *ptr);
/* A window on [@offset, @offset + @size) of @orig. */
void memory_region_init_alias(MemoryRegion *mr, Object *owner, const char *name, MemoryRegion *orig, hwaddr offset,
                              uint64_t size);
void memory_region_init_iommu(void *mr, size_t instance_size, const char *mrtypename, Object *owner,
                              const char *name, uint64_t size);

/* Make RAM migrate, under a name from @dev's path and the region's; _global: the region's name alone. */
void vmstate_register_ram(MemoryRegion *mr, DeviceState *dev);
void vmstate_register_ram_global(MemoryRegion *mr);
void vmstate_unregister_ram(MemoryRegion *mr, DeviceState *dev);

/* Keep the region's owner alive. */
void memory_region_ref(MemoryRegion *mr);
void memory_region_unref(MemoryRegion *mr);
Object *memory_region_owner(MemoryRegion *mr);
const char *memory_region_name(const MemoryRegion *mr);
uint64_t memory_region_size(MemoryRegion *mr);

/* ---- The graph ----------------------------------------------------------------------------------------------- */

void memory_region_transaction_begin(void);
void memory_region_transaction_commit(void);

/* Priority 0; overlapping another subregion of priority 0 is allowed, the newer one wins. */
void memory_region_add_subregion(MemoryRegion *mr, hwaddr offset, MemoryRegion *subregion);
void memory_region_add_subregion_overlap(MemoryRegion *mr, hwaddr offset, MemoryRegion *subregion, int priority);
void memory_region_del_subregion(MemoryRegion *mr, MemoryRegion *subregion);
void memory_region_set_enabled(MemoryRegion *mr, bool enabled);
void memory_region_set_address(MemoryRegion *mr, hwaddr addr);
void memory_region_set_size(MemoryRegion *mr, uint64_t size);
void memory_region_set_alias_offset(MemoryRegion *mr, hwaddr offset);
void memory_region_set_readonly(MemoryRegion *mr, bool readonly);
void memory_region_set_nonvolatile(MemoryRegion *mr, bool nonvolatile);
void memory_region_set_unmergeable(MemoryRegion *mr, bool unmergeable);
/* ROM device: true reads memory directly, false sends reads to the callbacks. Writes always go to the callbacks. */
void memory_region_rom_device_set_romd(MemoryRegion *mr, bool romd_mode);

ram_addr_t memory_region_get_ram_addr(MemoryRegion *mr);
void *memory_region_get_ram_ptr(MemoryRegion *mr);
int memory_region_get_fd(MemoryRegion *mr);
uint64_t memory_region_get_alignment(const MemoryRegion *mr);
/* Change the used size of resizeable RAM; fails beyond its maximum. */
bool memory_region_ram_resize(MemoryRegion *mr, ram_addr_t newsize, Error **errp);
void memory_region_msync(MemoryRegion *mr, hwaddr addr, hwaddr size);
void memory_region_writeback(MemoryRegion *mr, hwaddr addr, hwaddr size);

static inline bool memory_region_is_ram(const MemoryRegion *mr) { return mr->ram; }
static inline bool memory_region_is_rom(const MemoryRegion *mr) { return mr->ram && mr->readonly; }
static inline bool memory_region_is_romd(const MemoryRegion *mr) { return mr->rom_device && mr->romd_mode; }
static inline bool memory_region_is_ram_device(const MemoryRegion *mr) { return mr->ram_device; }
static inline bool memory_region_is_iommu(const MemoryRegion *mr) { return mr->is_iommu; }
static inline bool memory_region_is_nonvolatile(const MemoryRegion *mr) { return mr->nonvolatile; }
static inline IOMMUMemoryRegion *memory_region_get_iommu(MemoryRegion *mr)
{
    return mr->is_iommu ? (IOMMUMemoryRegion *)mr : NULL;
}
bool memory_region_is_mapped(MemoryRegion *mr);
bool memory_region_present(MemoryRegion *container, hwaddr addr);

/* Callbacks of this region may run without the big lock. */
void memory_region_enable_lockless_io(MemoryRegion *mr);
void memory_region_clear_global_locking(MemoryRegion *mr);

/* ---- Dirty logging ------------------------------------------------------------------------------------------- */

#define DIRTY_MEMORY_VGA 0
#define DIRTY_MEMORY_CODE 1
#define DIRTY_MEMORY_MIGRATION 2
#define DIRTY_MEMORY_NUM 3

#define GLOBAL_DIRTY_MIGRATION (1U << 0)
#define GLOBAL_DIRTY_DIRTY_RATE (1U << 1)
#define GLOBAL_DIRTY_LIMIT (1U << 2)
#define GLOBAL_DIRTY_MASK 7U
extern unsigned int global_dirty_tracking;

typedef struct DirtyBitmapSnapshot DirtyBitmapSnapshot;

/* Count writes for @client (only DIRTY_MEMORY_VGA); calls nest. */
void memory_region_set_log(MemoryRegion *mr, bool log, unsigned client);
bool memory_region_is_logging(MemoryRegion *mr, uint8_t client);
uint8_t memory_region_get_dirty_log_mask(MemoryRegion *mr);
void memory_region_set_dirty(MemoryRegion *mr, hwaddr addr, hwaddr size);
bool memory_region_get_dirty(MemoryRegion *mr, hwaddr addr, hwaddr size, unsigned client);
void memory_region_reset_dirty(MemoryRegion *mr, hwaddr addr, hwaddr size, unsigned client);
/* Take the state of a range and clear it in one step; free the snapshot with g_free(). */
DirtyBitmapSnapshot *memory_region_snapshot_and_clear_dirty(MemoryRegion *mr, hwaddr addr, hwaddr size,
                                                            unsigned client);
bool memory_region_snapshot_get_dirty(MemoryRegion *mr, DirtyBitmapSnapshot *snap, hwaddr addr, hwaddr size);
void memory_region_clear_dirty_bitmap(MemoryRegion *mr, hwaddr start, hwaddr len);

bool memory_global_dirty_log_start(unsigned int flags, Error **errp);
void memory_global_dirty_log_stop(unsigned int flags);
/* Pull what listeners know (KVM) into the bitmaps. */
void memory_global_dirty_log_sync(bool last_stage);
void memory_global_after_dirty_log_sync(void);

/* ---- Events and coalescing ----------------------------------------------------------------------------------- */

/* A write of @size bytes (0: any) at @addr, equal to @data if @match_data, signals @e instead of the callback. */
void memory_region_add_eventfd(MemoryRegion *mr, hwaddr addr, unsigned size, bool match_data, uint64_t data,
                               EventNotifier *e);
void memory_region_del_eventfd(MemoryRegion *mr, hwaddr addr, unsigned size, bool match_data, uint64_t data,
                               EventNotifier *e);
void memory_region_set_coalescing(MemoryRegion *mr);
void memory_region_add_coalescing(MemoryRegion *mr, hwaddr offset, uint64_t size);
void memory_region_clear_coalescing(MemoryRegion *mr);
void memory_region_set_flush_coalesced(MemoryRegion *mr);
void memory_region_clear_flush_coalesced(MemoryRegion *mr);

/* ---- Sections ------------------------------------------------------------------------------------------------ */

/* A piece of one region as it appears in one view. size 0: nothing found. */
struct MemoryRegionSection {
    Int128 size;
    MemoryRegion *mr;
    FlatView *fv;
    hwaddr offset_within_region;
    hwaddr offset_within_address_space;
    bool readonly;
    bool nonvolatile;
    bool unmergeable;
};

/* First section of @mr's contents that intersects the range; the region found is referenced (unref it). */
MemoryRegionSection memory_region_find(MemoryRegion *mr, hwaddr addr, uint64_t size);

/* ---- Listeners ----------------------------------------------------------------------------------------------- */

/*
 * Told about the changes of one address space. Between begin and commit: region_del for what went (highest priority
 * first), then region_add for what came (lowest first). region_nop, when set, reports every range that stayed;
 * leave it NULL unless you rebuild from scratch, since it makes the cost of a change grow with the map. begin and
 * commit are called only when this address space or its ioeventfds changed. All under the big lock.
 */
struct MemoryListener {
    void (*begin)(MemoryListener *listener);
    void (*commit)(MemoryListener *listener);
    void (*region_add)(MemoryListener *listener, MemoryRegionSection *section);
    void (*region_del)(MemoryListener *listener, MemoryRegionSection *section);
    void (*region_nop)(MemoryListener *listener, MemoryRegionSection *section);
    void (*log_start)(MemoryListener *listener, MemoryRegionSection *section, int old_val, int new_val);
    void (*log_stop)(MemoryListener *listener, MemoryRegionSection *section, int old_val, int new_val);
    void (*log_sync)(MemoryListener *listener, MemoryRegionSection *section);
    void (*log_sync_global)(MemoryListener *listener, bool last_stage);
    void (*log_clear)(MemoryListener *listener, MemoryRegionSection *section);
    bool (*log_global_start)(MemoryListener *listener, Error **errp);
    void (*log_global_stop)(MemoryListener *listener);
    void (*log_global_after_sync)(MemoryListener *listener);
    void (*eventfd_add)(MemoryListener *listener, MemoryRegionSection *section, bool match_data, uint64_t data,
                        EventNotifier *e);
    void (*eventfd_del)(MemoryListener *listener, MemoryRegionSection *section, bool match_data, uint64_t data,
                        EventNotifier *e);
    void (*coalesced_io_add)(MemoryListener *listener, MemoryRegionSection *section, hwaddr addr, hwaddr len);
    void (*coalesced_io_del)(MemoryListener *listener, MemoryRegionSection *section, hwaddr addr, hwaddr len);

    unsigned priority;
    const char *name;
    AddressSpace *address_space;
    QTAILQ_ENTRY(MemoryListener) link;
    QTAILQ_ENTRY(MemoryListener) link_as;
};

#define MEMORY_LISTENER_PRIORITY_MIN 0
#define MEMORY_LISTENER_PRIORITY_ACCEL 10
#define MEMORY_LISTENER_PRIORITY_DEV_BACKEND 10

/* The new listener is told of everything that is mapped already. */
void memory_listener_register(MemoryListener *listener, AddressSpace *as);
void memory_listener_unregister(MemoryListener *listener);

/* ---- Address spaces ------------------------------------------------------------------------------------------ */

typedef struct AddressSpaceMapClient {
    QEMUBH *bh;
    QLIST_ENTRY(AddressSpaceMapClient) link;
} AddressSpaceMapClient;

#define DEFAULT_MAX_BOUNCE_BUFFER_SIZE 4096

struct AddressSpace {
    char *name;
    MemoryRegion *root;
    SharedView *shared;          /* under RCU; never NULL after init */
    QTAILQ_HEAD(, MemoryListener) listeners;
    struct AddressSpaceIoeventfd *ioeventfds;
    unsigned ioeventfd_nb;
    QTAILQ_ENTRY(AddressSpace) address_spaces_link;
    QTAILQ_ENTRY(AddressSpace) root_link;       /* root->roots */
    QTAILQ_ENTRY(AddressSpace) users_link;      /* shared->users */
    QTAILQ_ENTRY(AddressSpace) observed_link;   /* shared->observed, while it has listeners */
    QTAILQ_ENTRY(AddressSpace) pending_link;
    size_t max_bounce_buffer_size;
    size_t bounce_buffer_size;   /* in use; atomic */
    GMutex map_client_lock;
    QLIST_HEAD(, AddressSpaceMapClient) map_client_list;
};

void address_space_init(AddressSpace *as, MemoryRegion *root, const char *name);
/* Readers in flight may still use the view; @as itself may be freed after the next RCU grace period. */
void address_space_destroy(AddressSpace *as);
void address_space_remove_listeners(AddressSpace *as);

/*
 * Access guest memory. Any length; pieces go to RAM, ROM or devices as the view says, and the results are or-ed.
 * Reads of what does not answer give zeros. Callable with or without the big lock.
 */
MemTxResult address_space_rw(AddressSpace *as, hwaddr addr, MemTxAttrs attrs, void *buf, hwaddr len, bool is_write);
MemTxResult address_space_read(AddressSpace *as, hwaddr addr, MemTxAttrs attrs, void *buf, hwaddr len);
MemTxResult address_space_read_full(AddressSpace *as, hwaddr addr, MemTxAttrs attrs, void *buf, hwaddr len);
MemTxResult address_space_write(AddressSpace *as, hwaddr addr, MemTxAttrs attrs, const void *buf, hwaddr len);
/* Also writes ROM; never reaches a device. For loaders and debuggers. */
MemTxResult address_space_write_rom(AddressSpace *as, hwaddr addr, MemTxAttrs attrs, const void *buf, hwaddr len);
MemTxResult address_space_set(AddressSpace *as, hwaddr addr, uint8_t c, hwaddr len, MemTxAttrs attrs);
bool address_space_access_valid(AddressSpace *as, hwaddr addr, hwaddr len, bool is_write, MemTxAttrs attrs);

/* One access of the named size as a CPU makes it. Plain, _le and _be; plain is the guest's order (little-endian). */
#define MEMORY_LDST_PROTO(sfx)                                                                                      \
    uint32_t address_space_lduw##sfx(AddressSpace *as, hwaddr addr, MemTxAttrs attrs, MemTxResult *result);         \
    uint32_t address_space_ldl##sfx(AddressSpace *as, hwaddr addr, MemTxAttrs attrs, MemTxResult *result);          \
    uint64_t address_space_ldq##sfx(AddressSpace *as, hwaddr addr, MemTxAttrs attrs, MemTxResult *result);          \
    void address_space_stw##sfx(AddressSpace *as, hwaddr addr, uint32_t val, MemTxAttrs attrs, MemTxResult *res);   \
    void address_space_stl##sfx(AddressSpace *as, hwaddr addr, uint32_t val, MemTxAttrs attrs, MemTxResult *res);   \
    void address_space_stq##sfx(AddressSpace *as, hwaddr addr, uint64_t val, MemTxAttrs attrs, MemTxResult *res);   \
    uint32_t lduw##sfx##_phys(AddressSpace *as, hwaddr addr);                                                       \
    uint32_t ldl##sfx##_phys(AddressSpace *as, hwaddr addr);                                                        \
    uint64_t ldq##sfx##_phys(AddressSpace *as, hwaddr addr);                                                        \
    void stw##sfx##_phys(AddressSpace *as, hwaddr addr, uint32_t val);                                              \
    void stl##sfx##_phys(AddressSpace *as, hwaddr addr, uint32_t val);                                              \
    void stq##sfx##_phys(AddressSpace *as, hwaddr addr, uint64_t val);
MEMORY_LDST_PROTO()
MEMORY_LDST_PROTO(_le)
MEMORY_LDST_PROTO(_be)
uint8_t address_space_ldub(AddressSpace *as, hwaddr addr, MemTxAttrs attrs, MemTxResult *result);
void address_space_stb(AddressSpace *as, hwaddr addr, uint8_t val, MemTxAttrs attrs, MemTxResult *result);
uint32_t ldub_phys(AddressSpace *as, hwaddr addr);
void stb_phys(AddressSpace *as, hwaddr addr, uint32_t val);

/*
 * Borrow guest memory. *plen may come back smaller; NULL means try later (see address_space_register_map_client) or
 * not mappable. What is not RAM goes through a bounce buffer, at most max_bounce_buffer_size bytes per address space
 * at a time. @access_len of the unmap is how much was really written.
 */
void *address_space_map(AddressSpace *as, hwaddr addr, hwaddr *plen, bool is_write, MemTxAttrs attrs);
void address_space_unmap(AddressSpace *as, void *buffer, hwaddr len, bool is_write, hwaddr access_len);
/* @bh is scheduled once, when a bounce buffer has become free. */
void address_space_register_map_client(AddressSpace *as, QEMUBH *bh);
void address_space_unregister_map_client(AddressSpace *as, QEMUBH *bh);

/*
 * Where @addr leads now, through IOMMUs. Call inside an RCU read section, and use the result inside it. *plen is cut
 * to the part that is contiguous; *xlat is the offset in the returned region, which is never NULL.
 */
MemoryRegion *address_space_translate(AddressSpace *as, hwaddr addr, hwaddr *xlat, hwaddr *plen, bool is_write,
                                      MemTxAttrs attrs);
IOMMUTLBEntry address_space_get_iotlb_entry(AddressSpace *as, hwaddr addr, bool is_write, MemTxAttrs attrs);

/* What a TLB fill needs to know about one guest page. Valid until the address space's epoch changes. */
typedef struct MemoryPage {
    MemoryRegion *mr;            /* region at the page's first byte when whole, else the core's unassigned region */
    hwaddr offset;               /* of the page's first byte in mr */
    uint8_t *host;               /* RAM, ROM or ROM device read as memory: its bytes, else NULL */
    ram_addr_t ram_addr;         /* of the page, when host != NULL */
    bool whole;                  /* false: several regions share the page: use address_space_ld/st per access */
    bool readonly;               /* stores must go through address_space_st (ignored for ROM, callbacks for romd) */
    uint8_t dirty_log_mask;      /* clients that must see stores (bits 1 << DIRTY_MEMORY_x) */
} MemoryPage;

/* Call under RCU. @addr is rounded down to TARGET_PAGE_SIZE. */
void address_space_page(AddressSpace *as, hwaddr addr, MemTxAttrs attrs, MemoryPage *page);

/* Changes whenever something @as shows has changed: a MemoryPage or a host pointer from an older epoch is stale. */
uint64_t address_space_epoch(AddressSpace *as);

/* One access by a CPU or a device to an MMIO region: rules of ops->valid and ops->impl, ioeventfds, re-entrancy
 * guard. @op gives size and byte order of *pval/data. The caller holds the big lock if the region needs it. */
MemTxResult memory_region_dispatch_read(MemoryRegion *mr, hwaddr addr, uint64_t *pval, MemOp op, MemTxAttrs attrs);
MemTxResult memory_region_dispatch_write(MemoryRegion *mr, hwaddr addr, uint64_t data, MemOp op, MemTxAttrs attrs);
bool memory_region_access_valid(MemoryRegion *mr, hwaddr addr, unsigned size, bool is_write, MemTxAttrs attrs);
/* Take the big lock if @mr needs it and this thread does not hold it; true: the caller must unlock afterwards. */
bool prepare_mmio_access(MemoryRegion *mr);

void cpu_physical_memory_read(hwaddr addr, void *buf, hwaddr len);
void cpu_physical_memory_write(hwaddr addr, const void *buf, hwaddr len);
void *cpu_physical_memory_map(hwaddr addr, hwaddr *plen, bool is_write);
void cpu_physical_memory_unmap(void *buffer, hwaddr len, bool is_write, hwaddr access_len);

/* ---- Flat views ---------------------------------------------------------------------------------------------- */

/* The view @as shows now, valid within the RCU read section; never NULL. */
FlatView *address_space_to_flatview(AddressSpace *as);
/* The same with a reference that outlives the read section. */
FlatView *address_space_get_flatview(AddressSpace *as);
void flatview_ref(FlatView *view);
/* False: the view is already dying (rule A6). */
bool flatview_tryref(FlatView *view);
void flatview_unref(FlatView *view);
typedef bool (*flatview_cb)(Int128 start, Int128 len, const MemoryRegion *mr, hwaddr offset_in_region, void *opaque);
/* Until @cb returns true. */
void flatview_for_each_range(FlatView *fv, flatview_cb cb, void *opaque);
static inline MemoryRegionSection section_none(void) { return (MemoryRegionSection) { 0 }; }

/* Counters of rules A12-A14, since the process started. */
typedef struct MemoryStats {
    uint64_t commits;            /* outermost transactions that changed something */
    uint64_t views_alive;        /* distinct resolved roots now, without the empty view */
    uint64_t views_created;
    uint64_t views_updated;      /* views re-rendered, wholly or in part */
    uint64_t ranges_rendered;    /* ranges produced by the renderer */
    uint64_t nodes_copied;       /* tree nodes written for them */
    uint64_t resolutions;        /* address spaces whose root was resolved anew */
    uint64_t diffs;              /* ranges compared on behalf of listeners */
    uint64_t loads;              /* device states that were loaded */
    uint64_t load_commits;       /* commits of the last of them */
} MemoryStats;
void memory_get_stats(MemoryStats *stats);

/*
 * Device state is loaded between these two: one transaction, whose commits are counted (A14). It may stay open while
 * the big lock is given away, so nothing in between may rely on what it just mapped; the guest does not run yet.
 */
void memory_load_begin(void);
void memory_load_end(void);

/* ---- Cached access, for rings -------------------------------------------------------------------------------- */

/*
 * A range translated once. RAM is then read and written directly; anything else goes the slow way. Stays valid, but
 * may be outdated, until the destroy: re-create it from a listener's commit.
 */
typedef struct MemoryRegionCache {
    uint8_t *ptr;                /* NULL: slow path */
    hwaddr xlat;
    hwaddr len;
    FlatView *fv;
    AddressSpace *as;
    hwaddr addr;
    MemoryRegionSection mrs;
    bool is_write;
} MemoryRegionCache;
#define MEMORY_REGION_CACHE_INVALID ((MemoryRegionCache) { 0 })

/* Returns how much of @len could be cached, or a negative errno. Only the first that many bytes may be accessed. */
int64_t address_space_cache_init(MemoryRegionCache *cache, AddressSpace *as, hwaddr addr, hwaddr len, bool is_write);
static inline void address_space_cache_init_empty(MemoryRegionCache *cache)
{
    *cache = MEMORY_REGION_CACHE_INVALID;
}
/* Mark [addr, addr + access_len) as written, for users of cache->ptr. */
void address_space_cache_invalidate(MemoryRegionCache *cache, hwaddr addr, hwaddr access_len);
void address_space_cache_destroy(MemoryRegionCache *cache);
MemTxResult address_space_read_cached(MemoryRegionCache *cache, hwaddr addr, void *buf, hwaddr len);
MemTxResult address_space_write_cached(MemoryRegionCache *cache, hwaddr addr, const void *buf, hwaddr len);
uint8_t ldub_phys_cached(MemoryRegionCache *cache, hwaddr addr);
void stb_phys_cached(MemoryRegionCache *cache, hwaddr addr, uint8_t val);
#define MEMORY_LDST_CACHED_PROTO(sfx)                                                                               \
    uint16_t lduw##sfx##_phys_cached(MemoryRegionCache *cache, hwaddr addr);                                        \
    uint32_t ldl##sfx##_phys_cached(MemoryRegionCache *cache, hwaddr addr);                                         \
    uint64_t ldq##sfx##_phys_cached(MemoryRegionCache *cache, hwaddr addr);                                         \
    void stw##sfx##_phys_cached(MemoryRegionCache *cache, hwaddr addr, uint16_t val);                               \
    void stl##sfx##_phys_cached(MemoryRegionCache *cache, hwaddr addr, uint32_t val);                               \
    void stq##sfx##_phys_cached(MemoryRegionCache *cache, hwaddr addr, uint64_t val);
MEMORY_LDST_CACHED_PROTO()
MEMORY_LDST_CACHED_PROTO(_le)
MEMORY_LDST_CACHED_PROTO(_be)

/* ---- For people ---------------------------------------------------------------------------------------------- */

/* The text of `info mtree`: regions, or with @flatview the views. */
void mtree_info(GString *out, bool flatview, bool dispatch_tree, bool owner, bool disabled);

#endif
