/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Borrowing guest memory: address_space_map() with its bounce buffers, and cached access for rings. A mapping holds
 * a reference on the region's owner, so RAM stays mapped while it is lent out. Any thread.
 */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "system/address-spaces.h"
#include "system/physmem-internal.h"

/* ---- Bounce buffers ---- */

#define BOUNCE_MAGIC 0xb4017ceb4ffe12edULL

typedef struct BounceBuffer {
    uint64_t magic;
    AddressSpace *as;
    hwaddr addr;
    size_t len;
    uint8_t data[] QEMU_ALIGNED(16);
} BounceBuffer;

/* Reserve up to @want bytes of the address space's allowance; 0: all is lent. */
static size_t bounce_reserve(AddressSpace *as, hwaddr want)
{
    size_t used = qatomic_read(&as->bounce_buffer_size);

    for (;;) {
        size_t room = as->max_bounce_buffer_size - MIN(used, as->max_bounce_buffer_size);
        size_t n = MIN(want, room), seen;

        if (!n) {
            return 0;
        }
        seen = qatomic_cmpxchg(&as->bounce_buffer_size, used, used + n);
        if (seen == used) {
            return n;
        }
        used = seen;
    }
}

static void notify_map_clients(AddressSpace *as)
{
    AddressSpaceMapClient *client;

    g_mutex_lock(&as->map_client_lock);
    while ((client = QLIST_FIRST(&as->map_client_list)) != NULL) {
        QLIST_REMOVE(client, link);
        qemu_bh_schedule(client->bh);
        g_free(client);
    }
    g_mutex_unlock(&as->map_client_lock);
}

void address_space_register_map_client(AddressSpace *as, QEMUBH *bh)
{
    AddressSpaceMapClient *client = g_new0(AddressSpaceMapClient, 1);

    client->bh = bh;
    g_mutex_lock(&as->map_client_lock);
    QLIST_INSERT_HEAD(&as->map_client_list, client, link);
    g_mutex_unlock(&as->map_client_lock);
    /* a buffer may have been freed before we were on the list */
    if (qatomic_mb_read(&as->bounce_buffer_size) < as->max_bounce_buffer_size) {
        notify_map_clients(as);
    }
}

void address_space_unregister_map_client(AddressSpace *as, QEMUBH *bh)
{
    AddressSpaceMapClient *client;

    g_mutex_lock(&as->map_client_lock);
    QLIST_FOREACH(client, &as->map_client_list, link) {
        if (client->bh == bh) {
            QLIST_REMOVE(client, link);
            g_free(client);
            break;
        }
    }
    g_mutex_unlock(&as->map_client_lock);
}

static void *bounce_map(AddressSpace *as, FlatView *fv, hwaddr addr, hwaddr *plen, bool is_write, MemTxAttrs attrs)
{
    size_t len = bounce_reserve(as, *plen);
    BounceBuffer *b;

    *plen = len;
    if (!len) {
        return NULL;
    }
    b = g_malloc0(sizeof(*b) + len);
    b->magic = BOUNCE_MAGIC;
    b->as = as;
    b->addr = addr;
    b->len = len;
    if (!is_write) {
        flatview_read(fv, addr, attrs, b->data, len);
    }
    return b->data;
}

static void bounce_unmap(BounceBuffer *b, bool is_write, hwaddr access_len)
{
    AddressSpace *as = b->as;

    assert(b->magic == BOUNCE_MAGIC);
    if (is_write) {
        address_space_write(as, b->addr, MEMTXATTRS_UNSPECIFIED, b->data, MIN(access_len, b->len));
    }
    qatomic_sub(&as->bounce_buffer_size, b->len);
    b->magic = ~BOUNCE_MAGIC;
    g_free(b);
    notify_map_clients(as);
}

/* ---- Mapping ---- */

void *address_space_map(AddressSpace *as, hwaddr addr, hwaddr *plen, bool is_write, MemTxAttrs attrs)
{
    FlatView *fv;
    Xlat x;

    if (*plen == 0) {
        return NULL;
    }
    RCU_READ_LOCK_GUARD();
    fv = address_space_to_flatview(as);
    flatview_translate(fv, addr, is_write, attrs, &x);
    if (*plen - 1 > x.left) {
        *plen = x.left + 1;
    }
    if (!xlat_direct(&x, is_write)) {
        return bounce_map(as, fv, addr, plen, is_write, attrs);
    }
    memory_region_ref(x.mr);
    return ramblock_ptr(x.mr->ram_block, x.offset);
}

void address_space_unmap(AddressSpace *as, void *buffer, hwaddr len, bool is_write, hwaddr access_len)
{
    RAMBlock *rb;
    MemoryRegion *mr = NULL;
    ram_addr_t offset;

    WITH_RCU_READ_LOCK_GUARD() {
        rb = qemu_ram_block_from_host(buffer, false, &offset);
        if (rb) {
            mr = rb->mr;
            if (is_write && access_len) {
                ram_invalidate_and_set_dirty(mr, offset, access_len);
            }
        }
    }
    if (mr) {
        memory_region_unref(mr);
    } else {
        bounce_unmap(container_of(buffer, BounceBuffer, data), is_write, access_len);
    }
}

void *cpu_physical_memory_map(hwaddr addr, hwaddr *plen, bool is_write)
{
    return address_space_map(&address_space_memory, addr, plen, is_write, MEMTXATTRS_UNSPECIFIED);
}

void cpu_physical_memory_unmap(void *buffer, hwaddr len, bool is_write, hwaddr access_len)
{
    address_space_unmap(&address_space_memory, buffer, len, is_write, access_len);
}

/* ---- Cached access ---- */

int64_t address_space_cache_init(MemoryRegionCache *cache, AddressSpace *as, hwaddr addr, hwaddr len, bool is_write)
{
    Xlat x;

    *cache = MEMORY_REGION_CACHE_INVALID;
    if (!len) {
        return -EINVAL;
    }
    cache->fv = address_space_get_flatview(as);
    cache->as = as;
    cache->addr = addr;
    cache->is_write = is_write;
    RCU_READ_LOCK_GUARD();
    flatview_translate(cache->fv, addr, is_write, MEMTXATTRS_UNSPECIFIED, &x);
    if (len - 1 > x.left) {
        len = x.left + 1;
    }
    cache->len = len;
    cache->xlat = x.offset;
    cache->mrs.mr = x.mr;
    cache->mrs.fv = cache->fv;
    cache->mrs.offset_within_region = x.offset;
    cache->mrs.offset_within_address_space = addr;
    cache->mrs.size = len;
    cache->mrs.readonly = x.readonly;
    memory_region_ref(x.mr);
    if (xlat_direct(&x, is_write) && x.mr->ram) {
        cache->ptr = ramblock_ptr(x.mr->ram_block, x.offset);
        /* the RAM is all that is needed: an old view would keep devices that have been unplugged since */
        flatview_unref(cache->fv);
        cache->fv = cache->mrs.fv = NULL;
    }
    return len;
}

void address_space_cache_invalidate(MemoryRegionCache *cache, hwaddr addr, hwaddr access_len)
{
    assert(cache->is_write);
    if (cache->ptr) {
        ram_invalidate_and_set_dirty(cache->mrs.mr, cache->xlat + addr, access_len);
    }
}

void address_space_cache_destroy(MemoryRegionCache *cache)
{
    if (cache->as) {
        memory_region_unref(cache->mrs.mr);
    }
    if (cache->fv) {
        flatview_unref(cache->fv);
    }
    *cache = MEMORY_REGION_CACHE_INVALID;
}

static bool cached(const MemoryRegionCache *cache, hwaddr addr, hwaddr len)
{
    assert(addr < cache->len && len <= cache->len - addr);
    return likely(cache->ptr);
}

MemTxResult address_space_read_cached(MemoryRegionCache *cache, hwaddr addr, void *buf, hwaddr len)
{
    if (!len) {
        return MEMTX_OK;
    }
    if (cached(cache, addr, len)) {
        memcpy(buf, cache->ptr + addr, len);
        return MEMTX_OK;
    }
    RCU_READ_LOCK_GUARD();
    return flatview_read(cache->fv, cache->addr + addr, MEMTXATTRS_UNSPECIFIED, buf, len);
}

MemTxResult address_space_write_cached(MemoryRegionCache *cache, hwaddr addr, const void *buf, hwaddr len)
{
    if (!len) {
        return MEMTX_OK;
    }
    if (cached(cache, addr, len)) {
        memcpy(cache->ptr + addr, buf, len);
        ram_invalidate_and_set_dirty(cache->mrs.mr, cache->xlat + addr, len);
        return MEMTX_OK;
    }
    RCU_READ_LOCK_GUARD();
    return flatview_write(cache->fv, cache->addr + addr, MEMTXATTRS_UNSPECIFIED, buf, len);
}

/* Aligned loads and stores in RAM are single host accesses: the other side of a ring may be polling. */
#define DEFINE_CACHED(lname, sname, type, op, conv)                                                                 \
    type lname##_phys_cached(MemoryRegionCache *cache, hwaddr addr)                                                 \
    {                                                                                                               \
        if (cached(cache, addr, sizeof(type))) {                                                                    \
            type v;                                                                                                 \
            memcpy(&v, cache->ptr + addr, sizeof(v));                                                               \
            return conv(v);                                                                                         \
        }                                                                                                           \
        RCU_READ_LOCK_GUARD();                                                                                      \
        return flatview_load(cache->fv, cache->addr + addr, op, MEMTXATTRS_UNSPECIFIED, NULL);                      \
    }                                                                                                               \
    void sname##_phys_cached(MemoryRegionCache *cache, hwaddr addr, type val)                                       \
    {                                                                                                               \
        if (cached(cache, addr, sizeof(type))) {                                                                    \
            type v = conv(val);                                                                                     \
            memcpy(cache->ptr + addr, &v, sizeof(v));                                                               \
            ram_invalidate_and_set_dirty(cache->mrs.mr, cache->xlat + addr, sizeof(v));                             \
            return;                                                                                                 \
        }                                                                                                           \
        RCU_READ_LOCK_GUARD();                                                                                      \
        flatview_store(cache->fv, cache->addr + addr, val, op, MEMTXATTRS_UNSPECIFIED, NULL);                       \
    }
#define SAME(v) (v)
DEFINE_CACHED(ldub, stb, uint8_t, MO_8, SAME)
DEFINE_CACHED(lduw, stw, uint16_t, MO_LEUW, cpu_to_le16)
DEFINE_CACHED(ldl, stl, uint32_t, MO_LEUL, cpu_to_le32)
DEFINE_CACHED(ldq, stq, uint64_t, MO_LEUQ, cpu_to_le64)
DEFINE_CACHED(lduw_le, stw_le, uint16_t, MO_LEUW, cpu_to_le16)
DEFINE_CACHED(ldl_le, stl_le, uint32_t, MO_LEUL, cpu_to_le32)
DEFINE_CACHED(ldq_le, stq_le, uint64_t, MO_LEUQ, cpu_to_le64)
DEFINE_CACHED(lduw_be, stw_be, uint16_t, MO_BEUW, cpu_to_be16)
DEFINE_CACHED(ldl_be, stl_be, uint32_t, MO_BEUL, cpu_to_be32)
DEFINE_CACHED(ldq_be, stq_be, uint64_t, MO_BEUQ, cpu_to_be64)
