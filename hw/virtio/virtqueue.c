// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Split virtqueues (virtio 1.2, 2.7). Sizes and offsets of the three areas for a queue of n entries:
 *
 *   descriptors 16 n:  u64 addr, u32 len, u16 flags, u16 next
 *   available   6+2n:  u16 flags, u16 idx, u16 ring[n], u16 used_event
 *   used        6+8n:  u16 flags, u16 idx, {u32 id, u32 len} ring[n], u16 avail_event
 *
 * All multi-byte fields are little-endian. Invariants: see virtio.h.
 */
#include "qemu/osdep.h"
#include "hw/virtio/virtio-bus.h"
#include "migration/qemu-file-types.h"
#include "qemu/iov.h"
#include "system/dma.h"
#include "virtqueue-internal.h"

/* ---- access to the rings ---- */

void virtqueue_uncache(VirtQueue *vq)
{
    VRing *r = &vq->vring;

    if (r->cached) {
        address_space_cache_destroy(&r->desc_cache);
        address_space_cache_destroy(&r->avail_cache);
        address_space_cache_destroy(&r->used_cache);
        r->cached = false;
    }
}

static bool cache_area(VirtQueue *vq, MemoryRegionCache *c, hwaddr addr, hwaddr size, bool is_write,
                       const char *what)
{
    int64_t got = address_space_cache_init(c, vq->vdev->dma_as, addr, size, is_write);

    /* RAM only: rings in device registers would let a guest make us recurse. */
    if (got >= (int64_t)size && c->ptr) {
        return true;
    }
    if (got >= 0) {
        address_space_cache_destroy(c);
    }
    virtio_error(vq->vdev, "virtio: queue %d: %s ring at 0x%" PRIx64 " is not in guest memory", vq->queue_index,
                 what, (uint64_t)addr);
    return false;
}

/* True when the rings can be read and written. Breaks the device when they are not in memory. */
static bool vring_map(VirtQueue *vq)
{
    VRing *r = &vq->vring;
    uint64_t epoch;

    if (!r->desc || !r->num || vq->vdev->broken || vq->vdev->disabled) {
        return false;
    }
    epoch = address_space_epoch(vq->vdev->dma_as);
    if (r->cached && r->epoch == epoch) {
        return true;
    }
    virtqueue_uncache(vq);
    if (!cache_area(vq, &r->desc_cache, r->desc, 16ull * r->num, false, "descriptor")) {
        return false;
    }
    if (!cache_area(vq, &r->avail_cache, r->avail, 6 + 2ull * r->num, false, "available")) {
        address_space_cache_destroy(&r->desc_cache);
        return false;
    }
    if (!cache_area(vq, &r->used_cache, r->used, 6 + 8ull * r->num, true, "used")) {
        address_space_cache_destroy(&r->desc_cache);
        address_space_cache_destroy(&r->avail_cache);
        return false;
    }
    r->cached = true;
    r->epoch = epoch;
    return true;
}

static uint16_t avail_flags(VirtQueue *vq)
{
    return vring_map(vq) ? lduw_le_phys_cached(&vq->vring.avail_cache, 0) : 0;
}

uint16_t vring_avail_idx(VirtQueue *vq)
{
    if (!vring_map(vq)) {
        return 0;
    }
    vq->shadow_avail_idx = lduw_le_phys_cached(&vq->vring.avail_cache, 2);
    return vq->shadow_avail_idx;
}

static uint16_t avail_ring(VirtQueue *vq, unsigned i)
{
    return lduw_le_phys_cached(&vq->vring.avail_cache, 4 + 2 * i);
}

static uint16_t used_event(VirtQueue *vq)
{
    return avail_ring(vq, vq->vring.num);
}

uint16_t vring_used_idx(VirtQueue *vq)
{
    return vring_map(vq) ? lduw_le_phys_cached(&vq->vring.used_cache, 2) : 0;
}

static void set_used_flag(VirtQueue *vq, uint16_t mask, bool on)
{
    uint16_t flags;

    if (vring_map(vq)) {
        flags = lduw_le_phys_cached(&vq->vring.used_cache, 0);
        stw_le_phys_cached(&vq->vring.used_cache, 0, on ? flags | mask : flags & ~mask);
    }
}

static void set_avail_event(VirtQueue *vq, uint16_t val)
{
    if (vq->notification && vring_map(vq)) {
        stw_le_phys_cached(&vq->vring.used_cache, 4 + 8 * vq->vring.num, val);
    }
}

/* ---- notification ---- */

bool virtio_queue_get_notification(VirtQueue *vq)
{
    return vq->notification;
}

void virtio_queue_set_notification(VirtQueue *vq, int enable)
{
    vq->notification = enable;
    if (!vq->vring.desc) {
        return;
    }
    if (virtio_vdev_has_feature(vq->vdev, VIRTIO_RING_F_EVENT_IDX)) {
        set_avail_event(vq, vring_avail_idx(vq));
    } else {
        set_used_flag(vq, VRING_USED_F_NO_NOTIFY, !enable);
    }
    if (enable) {
        /* The flag must be visible before the queue is looked at again. */
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
    }
}

/* Does the driver want an interrupt for what was flushed since the last one? */
bool virtqueue_should_notify(VirtQueue *vq)
{
    uint16_t old, new;
    bool valid;

    if (!vring_map(vq)) {
        return false;
    }
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (virtio_vdev_has_feature(vq->vdev, VIRTIO_F_NOTIFY_ON_EMPTY) && !vq->inuse && virtio_queue_empty(vq)) {
        return true;
    }
    if (!virtio_vdev_has_feature(vq->vdev, VIRTIO_RING_F_EVENT_IDX)) {
        return !(avail_flags(vq) & VRING_AVAIL_F_NO_INTERRUPT);
    }
    valid = vq->signalled_used_valid;
    vq->signalled_used_valid = true;
    old = vq->signalled_used;
    new = vq->signalled_used = vq->used_idx;
    return !valid || vring_need_event(used_event(vq), new, old);
}

int virtio_queue_ready(VirtQueue *vq)
{
    return vq->vring.avail != 0;
}

int virtio_queue_empty(VirtQueue *vq)
{
    if (!vring_map(vq)) {
        return 1;
    }
    return vq->shadow_avail_idx == vq->last_avail_idx && vring_avail_idx(vq) == vq->last_avail_idx;
}

/* How many chains the guest has made available that we have not taken; negative: broken. */
static int num_heads(VirtQueue *vq)
{
    uint16_t n = vring_avail_idx(vq) - vq->last_avail_idx;

    if (n > vq->vring.num) {
        virtio_error(vq->vdev, "virtio: queue %d: available index moved from %u to %u, more than its %u entries",
                     vq->queue_index, vq->last_avail_idx, vq->shadow_avail_idx, vq->vring.num);
        return -EINVAL;
    }
    if (n) {
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
    }
    return n;
}

/* ---- walking a chain ---- */

typedef struct ChainWalk {
    VirtQueue *vq;
    MemoryRegionCache *table;       /* where descriptors are read: the queue's, or an indirect table */
    MemoryRegionCache indirect;
    bool in_indirect;
    unsigned max;                   /* entries of the current table */
    unsigned seen;                  /* descriptors of the chain so far, a bound against loops */
    unsigned next;
    struct vring_desc d;            /* the current one */
} ChainWalk;

static void read_desc(ChainWalk *w, unsigned i)
{
    struct vring_desc raw;

    address_space_read_cached(w->table, i * sizeof(raw), &raw, sizeof(raw));
    w->d = (struct vring_desc) { le64_to_cpu(raw.addr), le32_to_cpu(raw.len), le16_to_cpu(raw.flags),
                                 le16_to_cpu(raw.next) };
}

static void walk_end(ChainWalk *w)
{
    if (w->in_indirect) {
        address_space_cache_destroy(&w->indirect);
        w->in_indirect = false;
    }
}

static bool walk_enter_indirect(ChainWalk *w)
{
    VirtIODevice *vdev = w->vq->vdev;
    unsigned n = w->d.len / sizeof(struct vring_desc);

    if (!w->d.len || w->d.len % sizeof(struct vring_desc) || (w->d.flags & VRING_DESC_F_NEXT)) {
        virtio_error(vdev, "virtio: queue %d: indirect table of %u bytes is malformed", w->vq->queue_index, w->d.len);
        return false;
    }
    if (n > 65536 ||
        address_space_cache_init(&w->indirect, vdev->dma_as, w->d.addr, w->d.len, false) < (int64_t)w->d.len) {
        virtio_error(vdev, "virtio: queue %d: indirect table at 0x%" PRIx64 " is not in guest memory",
                     w->vq->queue_index, (uint64_t)w->d.addr);
        return false;
    }
    w->in_indirect = true;
    w->table = &w->indirect;
    w->max = n;
    w->seen = 0;
    read_desc(w, 0);
    if (w->d.flags & VRING_DESC_F_INDIRECT) {
        virtio_error(vdev, "virtio: queue %d: indirect table inside an indirect table", w->vq->queue_index);
        walk_end(w);
        return false;
    }
    return true;
}

/* Start at available slot @idx. */
static bool walk_start(ChainWalk *w, VirtQueue *vq, uint16_t idx, unsigned *head_p)
{
    unsigned head = avail_ring(vq, idx % vq->vring.num);

    *w = (ChainWalk) { .vq = vq, .table = &vq->vring.desc_cache, .max = vq->vring.num };
    if (head >= vq->vring.num) {
        virtio_error(vq->vdev, "virtio: queue %d: descriptor %u of %u is available", vq->queue_index, head,
                     vq->vring.num);
        return false;
    }
    *head_p = head;
    read_desc(w, head);
    return !(w->d.flags & VRING_DESC_F_INDIRECT) || walk_enter_indirect(w);
}

/* 1: moved on; 0: that was the last; negative: broken. */
static int walk_next(ChainWalk *w)
{
    if (!(w->d.flags & VRING_DESC_F_NEXT)) {
        return 0;
    }
    if (w->d.next >= w->max || ++w->seen >= w->max) {
        virtio_error(w->vq->vdev, "virtio: queue %d: %s", w->vq->queue_index,
                     w->d.next >= w->max ? "chain leads out of its table" : "chain loops");
        return -1;
    }
    read_desc(w, w->d.next);
    if (w->d.flags & VRING_DESC_F_INDIRECT) {
        if (w->in_indirect) {
            virtio_error(w->vq->vdev, "virtio: queue %d: indirect table inside an indirect table",
                         w->vq->queue_index);
            return -1;
        }
        return walk_enter_indirect(w) ? 1 : -1;
    }
    return 1;
}

/* ---- elements ---- */

static void *element_alloc(size_t sz, unsigned out_num, unsigned in_num)
{
    size_t addr_off = QEMU_ALIGN_UP(sz, sizeof(hwaddr));
    size_t sg_off = QEMU_ALIGN_UP(addr_off + (in_num + out_num) * sizeof(hwaddr), _Alignof(struct iovec));
    VirtQueueElement *e = g_malloc(sg_off + (in_num + out_num) * sizeof(struct iovec));

    memset(e, 0, sz);
    e->out_num = out_num;
    e->in_num = in_num;
    e->in_addr = (void *)((char *)e + addr_off);
    e->out_addr = e->in_addr + in_num;
    e->in_sg = (void *)((char *)e + sg_off);
    e->out_sg = e->in_sg + in_num;
    return e;
}

static void unmap_sg(VirtIODevice *vdev, struct iovec *sg, unsigned n, bool is_write, size_t written)
{
    for (unsigned i = 0; i < n; i++) {
        size_t part = is_write ? MIN(written, sg[i].iov_len) : sg[i].iov_len;

        dma_memory_unmap(vdev->dma_as, sg[i].iov_base, sg[i].iov_len,
                         is_write ? DMA_DIRECTION_FROM_DEVICE : DMA_DIRECTION_TO_DEVICE, part);
        written -= is_write ? part : 0;
    }
}

static void element_unmap(VirtQueue *vq, const VirtQueueElement *e, size_t len)
{
    unmap_sg(vq->vdev, e->in_sg, e->in_num, true, len);
    unmap_sg(vq->vdev, e->out_sg, e->out_num, false, 0);
}

/* Segments collected while walking; the element is allocated when their number is known. */
typedef struct SegList {
    hwaddr addr[VIRTQUEUE_MAX_SIZE];
    struct iovec iov[VIRTQUEUE_MAX_SIZE];
    unsigned out, in;
} SegList;

static bool map_desc(VirtQueue *vq, SegList *s, hwaddr pa, size_t sz, bool is_write)
{
    if (!sz) {
        virtio_error(vq->vdev, "virtio: queue %d: zero sized buffers are not allowed", vq->queue_index);
        return false;
    }
    while (sz) {
        dma_addr_t len = sz;
        unsigned n = s->out + s->in;

        if (n == VIRTQUEUE_MAX_SIZE) {
            virtio_error(vq->vdev, "virtio: queue %d: chain of more than %d segments", vq->queue_index,
                         VIRTQUEUE_MAX_SIZE);
            return false;
        }
        s->iov[n].iov_base = dma_memory_map(vq->vdev->dma_as, pa, &len,
                                            is_write ? DMA_DIRECTION_FROM_DEVICE : DMA_DIRECTION_TO_DEVICE,
                                            MEMTXATTRS_UNSPECIFIED);
        if (!s->iov[n].iov_base) {
            virtio_error(vq->vdev, "virtio: queue %d: bogus descriptor or out of resources: 0x%" PRIx64 " + %zu",
                         vq->queue_index, (uint64_t)pa, sz);
            return false;
        }
        s->iov[n].iov_len = len;
        s->addr[n] = pa;
        *(is_write ? &s->in : &s->out) += 1;
        sz -= len;
        pa += len;
    }
    return true;
}

void *virtqueue_pop(VirtQueue *vq, size_t sz)
{
    VirtQueueElement *e;
    SegList s;
    ChainWalk w;
    unsigned head;
    int rc;

    if (virtio_queue_empty(vq) || vq->reset_pending) {
        return NULL;
    }
    if (num_heads(vq) <= 0) {
        return NULL;
    }
    if (vq->inuse >= vq->vring.num) {
        virtio_error(vq->vdev, "virtio: queue %d: more requests in flight than its %u entries", vq->queue_index,
                     vq->vring.num);
        return NULL;
    }
    if (!walk_start(&w, vq, vq->last_avail_idx, &head)) {
        return NULL;
    }
    s.out = s.in = 0;
    do {
        bool is_write = w.d.flags & VRING_DESC_F_WRITE;

        if (!is_write && s.in) {
            virtio_error(vq->vdev, "virtio: queue %d: readable descriptor after writable ones", vq->queue_index);
            goto fail;
        }
        if (!map_desc(vq, &s, w.d.addr, w.d.len, is_write)) {
            goto fail;
        }
        rc = walk_next(&w);
    } while (rc > 0);
    if (rc < 0) {
        goto fail;
    }
    walk_end(&w);

    vq->last_avail_idx++;
    vq->inuse++;
    if (virtio_vdev_has_feature(vq->vdev, VIRTIO_RING_F_EVENT_IDX)) {
        set_avail_event(vq, vq->last_avail_idx);
    }
    e = element_alloc(sz, s.out, s.in);
    e->index = head;
    e->ndescs = 1;
    memcpy(e->out_addr, s.addr, s.out * sizeof(hwaddr));
    memcpy(e->out_sg, s.iov, s.out * sizeof(struct iovec));
    memcpy(e->in_addr, s.addr + s.out, s.in * sizeof(hwaddr));
    memcpy(e->in_sg, s.iov + s.out, s.in * sizeof(struct iovec));
    return e;

fail:
    walk_end(&w);
    unmap_sg(vq->vdev, s.iov, s.out, false, 0);
    unmap_sg(vq->vdev, s.iov + s.out, s.in, true, 0);
    return NULL;
}

void virtqueue_detach_element(VirtQueue *vq, const VirtQueueElement *elem, unsigned int len)
{
    vq->inuse -= elem->ndescs;
    element_unmap(vq, elem, len);
}

void virtqueue_unpop(VirtQueue *vq, const VirtQueueElement *elem, unsigned int len)
{
    vq->last_avail_idx--;
    virtqueue_detach_element(vq, elem, len);
}

bool virtqueue_rewind(VirtQueue *vq, unsigned int num)
{
    if (num > vq->inuse) {
        return false;
    }
    vq->inuse -= num;
    vq->last_avail_idx -= num;
    return true;
}

void virtqueue_fill(VirtQueue *vq, const VirtQueueElement *elem, unsigned int len, unsigned int idx)
{
    struct vring_used_elem u = { cpu_to_le32(elem->index), cpu_to_le32(len) };

    element_unmap(vq, elem, len);
    if (vring_map(vq)) {
        address_space_write_cached(&vq->vring.used_cache, 4 + 8 * ((idx + vq->used_idx) % vq->vring.num), &u,
                                   sizeof(u));
    }
}

void virtqueue_flush(VirtQueue *vq, unsigned int count)
{
    uint16_t old = vq->used_idx, new = old + count;

    vq->inuse -= MIN(count, vq->inuse);
    if (!vring_map(vq)) {
        return;
    }
    __atomic_thread_fence(__ATOMIC_RELEASE);
    stw_le_phys_cached(&vq->vring.used_cache, 2, new);
    vq->used_idx = new;
    /* The index has passed the one last signalled all around: forget it. */
    if ((int16_t)(new - vq->signalled_used) < (uint16_t)(new - old)) {
        vq->signalled_used_valid = false;
    }
}

void virtqueue_push(VirtQueue *vq, const VirtQueueElement *elem, unsigned int len)
{
    virtqueue_fill(vq, elem, len, 0);
    virtqueue_flush(vq, 1);
}

unsigned int virtqueue_drop_all(VirtQueue *vq)
{
    unsigned dropped = 0;

    while (vring_map(vq) && !virtio_queue_empty(vq) && num_heads(vq) > 0 && vq->inuse < vq->vring.num) {
        VirtQueueElement e = { .index = avail_ring(vq, vq->last_avail_idx % vq->vring.num), .ndescs = 1 };

        vq->last_avail_idx++;
        vq->inuse++;
        virtqueue_push(vq, &e, 0);
        dropped++;
    }
    return dropped;
}

void virtqueue_get_avail_bytes(VirtQueue *vq, unsigned int *in_bytes, unsigned int *out_bytes, unsigned max_in,
                               unsigned max_out)
{
    uint64_t in = 0, out = 0;
    int heads = vring_map(vq) ? num_heads(vq) : 0;

    for (int i = 0; i < heads && (in < max_in || out < max_out); i++) {
        ChainWalk w;
        unsigned head;
        int rc;

        if (!walk_start(&w, vq, vq->last_avail_idx + i, &head)) {
            in = out = 0;
            break;
        }
        do {
            *(w.d.flags & VRING_DESC_F_WRITE ? &in : &out) += w.d.len;
            rc = in >= max_in && out >= max_out ? 0 : walk_next(&w);
        } while (rc > 0);
        walk_end(&w);
        if (rc < 0) {
            in = out = 0;
            break;
        }
    }
    if (in_bytes) {
        *in_bytes = MIN(in, UINT_MAX);
    }
    if (out_bytes) {
        *out_bytes = MIN(out, UINT_MAX);
    }
}

int virtqueue_avail_bytes(VirtQueue *vq, unsigned int in_bytes, unsigned int out_bytes)
{
    unsigned in, out;

    virtqueue_get_avail_bytes(vq, &in, &out, in_bytes, out_bytes);
    return in_bytes <= in && out_bytes <= out;
}

void virtqueue_reset_state(VirtQueue *vq)
{
    virtqueue_uncache(vq);
    vq->vring.desc = vq->vring.avail = vq->vring.used = 0;
    vq->last_avail_idx = vq->shadow_avail_idx = vq->used_idx = 0;
    vq->signalled_used = 0;
    vq->signalled_used_valid = false;
    vq->notification = true;
    vq->inuse = 0;
    vq->reset_pending = false;
    vq->vring.num = vq->vring.num_default;
}

/* ---- a request in flight, on a stream ---- */

/* Host layout of the reference's structure: fixed arrays, only the first in_num and out_num entries matter. */
typedef struct VirtQueueElementOld {
    uint32_t index, out_num, in_num, pad;
    uint64_t in_addr[VIRTQUEUE_MAX_SIZE];
    uint64_t out_addr[VIRTQUEUE_MAX_SIZE];
    struct { uint64_t base, len; } in_sg[VIRTQUEUE_MAX_SIZE];
    struct { uint64_t base, len; } out_sg[VIRTQUEUE_MAX_SIZE];
} VirtQueueElementOld;

static bool remap(VirtIODevice *vdev, hwaddr addr, struct iovec *iov, bool is_write)
{
    dma_addr_t len = iov->iov_len;

    iov->iov_base = len ? dma_memory_map(vdev->dma_as, addr, &len,
                                         is_write ? DMA_DIRECTION_FROM_DEVICE : DMA_DIRECTION_TO_DEVICE,
                                         MEMTXATTRS_UNSPECIFIED) : NULL;
    if (iov->iov_base && len != iov->iov_len) {
        dma_memory_unmap(vdev->dma_as, iov->iov_base, len, DMA_DIRECTION_TO_DEVICE, 0);
        iov->iov_base = NULL;
    }
    return iov->iov_base != NULL;
}

/* NULL when the stream's request is not one this guest could have made. */
void *qemu_get_virtqueue_element(VirtIODevice *vdev, QEMUFile *f, size_t sz)
{
    g_autofree VirtQueueElementOld *o = g_new(VirtQueueElementOld, 1);
    VirtQueueElement *e;
    unsigned i;

    if (qemu_get_buffer(f, (uint8_t *)o, sizeof(*o)) != sizeof(*o) || o->in_num > VIRTQUEUE_MAX_SIZE ||
        o->out_num > VIRTQUEUE_MAX_SIZE) {
        return NULL;
    }
    e = element_alloc(sz, o->out_num, o->in_num);
    e->index = o->index;
    e->ndescs = 1;
    for (i = 0; i < o->in_num; i++) {
        e->in_addr[i] = o->in_addr[i];
        e->in_sg[i].iov_len = o->in_sg[i].len;
        if (!remap(vdev, e->in_addr[i], &e->in_sg[i], true)) {
            unmap_sg(vdev, e->in_sg, i, true, 0);
            g_free(e);
            return NULL;
        }
    }
    for (i = 0; i < o->out_num; i++) {
        e->out_addr[i] = o->out_addr[i];
        e->out_sg[i].iov_len = o->out_sg[i].len;
        if (!remap(vdev, e->out_addr[i], &e->out_sg[i], false)) {
            unmap_sg(vdev, e->in_sg, o->in_num, true, 0);
            unmap_sg(vdev, e->out_sg, i, false, 0);
            g_free(e);
            return NULL;
        }
    }
    return e;
}

void qemu_put_virtqueue_element(VirtIODevice *vdev, QEMUFile *f, VirtQueueElement *elem)
{
    g_autofree VirtQueueElementOld *o = g_new0(VirtQueueElementOld, 1);

    o->index = elem->index;
    o->in_num = elem->in_num;
    o->out_num = elem->out_num;
    for (unsigned i = 0; i < elem->in_num; i++) {
        o->in_addr[i] = elem->in_addr[i];
        o->in_sg[i].len = elem->in_sg[i].iov_len;
    }
    for (unsigned i = 0; i < elem->out_num; i++) {
        o->out_addr[i] = elem->out_addr[i];
        o->out_sg[i].len = elem->out_sg[i].iov_len;
    }
    qemu_put_buffer(f, (uint8_t *)o, sizeof(*o));
}
