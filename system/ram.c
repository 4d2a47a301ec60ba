/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RAM blocks: host memory for guest RAM, the ram_addr space, names, resizing. Dirty bits are in dirty.c, back-end
 * objects in hostmem*.c. List: see system/ramblock.h; everything that changes it holds the big lock too.
 */
#include "qemu/osdep.h"
#include "hw/core/qdev.h"
#include "qapi/error.h"
#include "qemu/bitops.h"
#include "qemu/bitmap.h"
#include "qemu/error-report.h"
#include "qemu/units.h"
#include "system/dirty.h"
#include "system/ram_addr.h"
#include "trace/trace-system.h"
#include <sys/vfs.h>

/* Blocks start where a word of each dirty bitmap starts. */
#define BLOCK_ALIGN ((ram_addr_t)BITS_PER_LONG << TARGET_PAGE_BITS)
/* From here on a huge page is worth its memory. */
#define HUGE_WORTHWHILE (64 * MiB)
#define HUGE_PAGE (2 * MiB)

RAMList ram_list = {
    .mutex = { PTHREAD_MUTEX_INITIALIZER },
    .blocks = QLIST_HEAD_INITIALIZER(ram_list.blocks),
    .ramblock_notifiers = QLIST_HEAD_INITIALIZER(ram_list.ramblock_notifiers),
};
static unsigned discard_disabled;

void qemu_mutex_lock_ramlist(void)
{
    qemu_mutex_lock(&ram_list.mutex);
}

void qemu_mutex_unlock_ramlist(void)
{
    qemu_mutex_unlock(&ram_list.mutex);
}

static ram_addr_t page_align(ram_addr_t size)
{
    return ROUND_UP(size, (ram_addr_t)qemu_real_host_page_size());
}

/* ---- Host mappings ---- */

/* Map @size bytes at an address aligned for huge pages. MAP_FAILED with errno. */
static void *map_aligned(size_t size, size_t align, int prot, int flags, int fd, off_t offset)
{
    size_t total = size + align;
    char *area, *p;
    void *got;

    if (total < size) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    area = mmap(NULL, total, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (area == MAP_FAILED) {
        return MAP_FAILED;
    }
    p = (char *)ROUND_UP((uintptr_t)area, (uintptr_t)align);
    got = mmap(p, size, prot, flags | MAP_FIXED, fd, offset);
    if (got == MAP_FAILED) {
        int e = errno;
        munmap(area, total);
        errno = e;
        return MAP_FAILED;
    }
    if (p > area) {
        munmap(area, p - area);
    }
    munmap(p + size, area + total - (p + size));
    return p;
}

static size_t fd_page_size(int fd)
{
    struct statfs fs;
    size_t page = qemu_real_host_page_size();

    if (fd >= 0 && fstatfs(fd, &fs) == 0 && fs.f_type == 0x958458f6 /* hugetlbfs */) {
        return fs.f_bsize;
    }
    return page;
}

static bool map_host(RAMBlock *rb, int fd, off_t offset, Error **errp)
{
    int prot = PROT_READ | (rb->flags & RAM_READONLY ? 0 : PROT_WRITE);
    int flags = rb->flags & RAM_SHARED ? MAP_SHARED : MAP_PRIVATE;
    size_t align = MAX(rb->page_size, rb->max_length >= HUGE_PAGE ? HUGE_PAGE : qemu_real_host_page_size());

    flags |= fd < 0 ? MAP_ANONYMOUS : 0;
    flags |= rb->flags & RAM_NORESERVE || !(rb->flags & RAM_SHARED) ? MAP_NORESERVE : 0;
    rb->mapped_length = ROUND_UP(rb->max_length, (ram_addr_t)rb->page_size);
    rb->host = map_aligned(rb->mapped_length, align, prot, flags, fd, offset);
    if (rb->host == MAP_FAILED) {
        rb->host = NULL;
        error_setg_errno(errp, errno, "cannot set up guest memory '%s' (%" PRIu64 " bytes)",
                         memory_region_name(rb->mr), rb->max_length);
        return false;
    }
    if (rb->max_length >= HUGE_WORTHWHILE && rb->page_size == qemu_real_host_page_size()) {
        madvise(rb->host, rb->mapped_length, MADV_HUGEPAGE);
    }
    if (!(rb->flags & RAM_SHARED)) {
        madvise(rb->host, rb->mapped_length, MADV_DONTFORK);
    }
    return true;
}

/* ---- The ram_addr space ---- */

/* Smallest gap that holds @size bytes. */
static ram_addr_t find_gap(ram_addr_t size)
{
    ram_addr_t best = RAM_ADDR_INVALID, best_room = RAM_ADDR_INVALID;
    RAMBlock *rb, *other;

    if (QLIST_EMPTY(&ram_list.blocks)) {
        return 0;
    }
    RAMBLOCK_FOREACH(rb) {
        ram_addr_t start = ROUND_UP(rb->offset + rb->max_length, BLOCK_ALIGN), next = RAM_ADDR_INVALID;

        RAMBLOCK_FOREACH(other) {
            if (other->offset >= start) {
                next = MIN(next, other->offset);
            }
        }
        if (next - start >= size && next - start < best_room) {
            best = start;
            best_room = next - start;
        }
    }
    return best;
}

ram_addr_t last_ram_page(void)
{
    ram_addr_t last = 0;
    RAMBlock *rb;

    RCU_READ_LOCK_GUARD();
    RAMBLOCK_FOREACH(rb) {
        last = MAX(last, rb->offset + rb->max_length);
    }
    return last >> TARGET_PAGE_BITS;
}

uint64_t ram_bytes_total(void)
{
    uint64_t total = 0;
    RAMBlock *rb;

    RCU_READ_LOCK_GUARD();
    RAMBLOCK_FOREACH(rb) {
        if (qemu_ram_is_migratable(rb)) {
            total += rb->used_length;
        }
    }
    return total;
}

/* Into the list, larger blocks first, published for readers. */
static void list_insert(RAMBlock *new)
{
    RAMBlock **link = &ram_list.blocks.lh_first;

    while (*link && (*link)->max_length >= new->max_length) {
        link = &(*link)->next.le_next;
    }
    new->next.le_next = *link;
    new->next.le_prev = link;
    if (*link) {
        (*link)->next.le_prev = &new->next.le_next;
    }
    qatomic_rcu_set(link, new);
    ram_list.version++;
}

static void list_remove(RAMBlock *rb)
{
    if (rb->next.le_next) {
        rb->next.le_next->next.le_prev = rb->next.le_prev;
    }
    qatomic_rcu_set(rb->next.le_prev, rb->next.le_next);     /* readers on rb still find their way on */
    ram_list.version++;
}

static RAMBlock *publish(RAMBlock *rb, Error **errp)
{
    RAMBlockNotifier *n;

    qemu_mutex_lock_ramlist();
    rb->offset = find_gap(rb->max_length);
    if (rb->offset == RAM_ADDR_INVALID) {
        qemu_mutex_unlock_ramlist();
        error_setg(errp, "no room for guest memory '%s'", memory_region_name(rb->mr));
        return NULL;
    }
    dirty_memory_extend(rb->offset + rb->max_length);
    list_insert(rb);
    qemu_mutex_unlock_ramlist();
    cpu_physical_memory_set_dirty_range(rb->offset, rb->used_length, DIRTY_CLIENTS_ALL);
    trace_ram_block_new(rb->host, rb->used_length, rb->max_length, rb->flags);
    QLIST_FOREACH(n, &ram_list.ramblock_notifiers, next) {
        if (n->ram_block_added) {
            n->ram_block_added(n, rb->host, rb->used_length, rb->max_length);
        }
    }
    return rb;
}

static void block_free(RAMBlock *rb)
{
    if (!(rb->flags & RAM_PREALLOC) && rb->host) {
        munmap(rb->host, rb->mapped_length);
    }
    if (rb->fd >= 0) {
        close(rb->fd);
    }
    g_free(rb->bmap);
    g_free(rb->receivedmap);
    g_free(rb->clear_bmap);
    g_free(rb->file_bmap);
    g_free(rb);
}

static RAMBlock *block_new(ram_addr_t size, ram_addr_t max_size, RAMBlockResized resized, MemoryRegion *mr,
                           uint32_t flags, Error **errp)
{
    RAMBlock *rb;

    if (max_size > UINT64_MAX / 4) {
        error_setg(errp, "size of guest memory '%s' is not possible: %" PRIu64, memory_region_name(mr), max_size);
        return NULL;
    }
    rb = g_new0(RAMBlock, 1);
    rb->mr = mr;
    rb->flags = flags;
    rb->resized = resized;
    rb->used_length = page_align(size);
    rb->max_length = page_align(MAX(size, max_size));
    rb->page_size = qemu_real_host_page_size();
    rb->fd = -1;
    QLIST_INIT(&rb->ramblock_notifiers);
    return rb;
}

/* ---- Allocation ---- */

static RAMBlock *alloc_anonymous(ram_addr_t size, ram_addr_t max_size, RAMBlockResized resized, MemoryRegion *mr,
                                 uint32_t flags, Error **errp)
{
    RAMBlock *rb = block_new(size, max_size, resized, mr, flags, errp);

    if (rb && rb->max_length && (!map_host(rb, -1, 0, errp) || !publish(rb, errp))) {
        block_free(rb);
        return NULL;
    }
    if (rb && !rb->max_length) {
        error_setg(errp, "guest memory '%s' has no size", memory_region_name(mr));
        block_free(rb);
        return NULL;
    }
    return rb;
}

RAMBlock *qemu_ram_alloc(ram_addr_t size, uint32_t ram_flags, MemoryRegion *mr, Error **errp)
{
    return alloc_anonymous(size, size, NULL, mr, ram_flags, errp);
}

RAMBlock *qemu_ram_alloc_resizeable(ram_addr_t size, ram_addr_t max_size, RAMBlockResized resized, MemoryRegion *mr,
                                    Error **errp)
{
    return alloc_anonymous(size, max_size, resized, mr, RAM_RESIZEABLE, errp);
}

RAMBlock *qemu_ram_alloc_from_ptr(ram_addr_t size, void *host, MemoryRegion *mr, Error **errp)
{
    RAMBlock *rb = block_new(size, size, NULL, mr, RAM_PREALLOC, errp);

    if (rb) {
        rb->host = host;
        if (!publish(rb, errp)) {
            block_free(rb);
            return NULL;
        }
    }
    return rb;
}

RAMBlock *qemu_ram_alloc_from_fd(ram_addr_t size, ram_addr_t max_size, RAMBlockResized resized, MemoryRegion *mr,
                                 uint32_t ram_flags, int fd, off_t offset, bool grow, Error **errp)
{
    RAMBlock *rb = block_new(size, max_size, resized, mr, ram_flags, errp);
    struct stat st;

    if (!rb) {
        return NULL;
    }
    rb->page_size = fd_page_size(fd);
    if (rb->max_length % rb->page_size) {
        error_setg(errp, "size 0x%" PRIx64 " of '%s' is not a multiple of its page size 0x%zx", rb->max_length,
                   memory_region_name(mr), rb->page_size);
        goto fail;
    }
    if (offset % rb->page_size) {
        error_setg(errp, "offset of '%s' is not a multiple of its page size 0x%zx", memory_region_name(mr),
                   rb->page_size);
        goto fail;
    }
    if (fstat(fd, &st) < 0) {
        error_setg_errno(errp, errno, "cannot examine the file behind '%s'", memory_region_name(mr));
        goto fail;
    }
    if (S_ISREG(st.st_mode) && st.st_size < offset + (off_t)rb->max_length) {
        if (!grow && st.st_size > 0) {
            error_setg(errp, "the file behind '%s' has 0x%" PRIx64 " bytes, 0x%" PRIx64 " are needed",
                       memory_region_name(mr), (uint64_t)st.st_size, (uint64_t)offset + rb->max_length);
            goto fail;
        }
        if (ftruncate(fd, offset + rb->max_length) < 0) {
            error_setg_errno(errp, errno, "cannot enlarge the file behind '%s'", memory_region_name(mr));
            goto fail;
        }
    }
    if (!map_host(rb, fd, offset, errp)) {
        goto fail;
    }
    rb->fd_offset = offset;
    if (!publish(rb, errp)) {
        goto fail;
    }
    rb->fd = fd;                 /* ours from here on */
    return rb;
fail:
    block_free(rb);
    return NULL;
}

/* A directory gets an unlinked temporary file, anything else is opened, or created. */
static int open_backing(const char *path, const char *name, bool readonly, bool *created, Error **errp)
{
    struct stat st;
    int fd;

    *created = false;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        g_autofree char *file = NULL;
        g_autofree char *base = g_strdelimit(g_strdup(name), "/", '_');

        file = g_strdup_printf("%s/qemu_back_mem.%s.XXXXXX", path, base);
        fd = g_mkstemp_full(file, O_RDWR | O_CLOEXEC, 0600);
        if (fd >= 0) {
            unlink(file);
            *created = true;
        }
    } else {
        fd = qemu_open_cloexec(path, readonly ? O_RDONLY : O_RDWR, 0);
        if (fd < 0 && errno == ENOENT && !readonly) {
            fd = qemu_open_cloexec(path, O_RDWR | O_CREAT | O_EXCL, 0644);
            *created = fd >= 0;
        }
    }
    if (fd < 0) {
        error_setg_errno(errp, errno, "cannot open backing store '%s' for guest memory", path);
    }
    return fd;
}

RAMBlock *qemu_ram_alloc_from_file(ram_addr_t size, uint64_t align, MemoryRegion *mr, uint32_t ram_flags,
                                   const char *mem_path, off_t offset, Error **errp)
{
    bool created;
    int fd = open_backing(mem_path, memory_region_name(mr), ram_flags & RAM_READONLY_FD, &created, errp);
    RAMBlock *rb;

    if (fd < 0) {
        return NULL;
    }
    rb = qemu_ram_alloc_from_fd(size, size, NULL, mr, ram_flags, fd, offset, true, errp);
    if (!rb) {
        if (created) {
            unlink(mem_path);
        }
        close(fd);
        return NULL;
    }
    if (align && (uintptr_t)rb->host % align) {
        warn_report("guest memory '%s' is aligned to 2 MiB, less than asked for", memory_region_name(mr));
    }
    return rb;
}

void qemu_ram_free(RAMBlock *rb)
{
    RAMBlockNotifier *n;

    if (!rb) {
        return;
    }
    QLIST_FOREACH(n, &ram_list.ramblock_notifiers, next) {
        if (n->ram_block_removed) {
            n->ram_block_removed(n, rb->host, rb->used_length, rb->max_length);
        }
    }
    qemu_mutex_lock_ramlist();
    list_remove(rb);
    qemu_mutex_unlock_ramlist();
    call_rcu(rb, block_free, rcu);
}

int qemu_ram_resize(RAMBlock *rb, ram_addr_t newsize, Error **errp)
{
    ram_addr_t old = rb->used_length, used = page_align(newsize);
    RAMBlockNotifier *n;

    if (used == old) {
        /* the guest may see fewer bytes than pages */
        if (memory_region_size(rb->mr) != newsize) {
            memory_region_set_size(rb->mr, newsize);
            if (rb->resized) {
                rb->resized(rb->idstr, newsize, rb->host);
            }
        }
        return 0;
    }
    if (!(rb->flags & RAM_RESIZEABLE)) {
        error_setg(errp, "size of RAM block '%s' differs: 0x%" PRIx64 " instead of 0x%" PRIx64
                   ", and it cannot be changed", rb->idstr, used, old);
        return -EINVAL;
    }
    if (used > rb->max_length) {
        error_setg(errp, "size of RAM block '%s' is too large: 0x%" PRIx64 " of at most 0x%" PRIx64, rb->idstr,
                   used, rb->max_length);
        return -EINVAL;
    }
    trace_ram_block_resize(rb->idstr, old, used);
    QLIST_FOREACH(n, &ram_list.ramblock_notifiers, next) {
        if (n->ram_block_resized) {
            n->ram_block_resized(n, rb->host, old, used);
        }
    }
    cpu_physical_memory_clear_dirty_range(rb->offset, old);
    rb->used_length = used;
    cpu_physical_memory_set_dirty_range(rb->offset, used, DIRTY_CLIENTS_ALL);
    memory_region_set_size(rb->mr, newsize);
    if (rb->resized) {
        rb->resized(rb->idstr, newsize, rb->host);
    }
    return 0;
}

/* ---- Looking up (under RCU) ---- */

RAMBlock *qemu_ram_block_by_name(const char *name)
{
    RAMBlock *rb;

    RAMBLOCK_FOREACH(rb) {
        if (!strcmp(rb->idstr, name)) {
            return rb;
        }
    }
    return NULL;
}

RAMBlock *qemu_get_ram_block(ram_addr_t addr)
{
    RAMBlock *rb;

    RAMBLOCK_FOREACH(rb) {
        if (addr - rb->offset < rb->max_length) {
            return rb;
        }
    }
    return NULL;
}

void *qemu_map_ram_ptr(RAMBlock *rb, ram_addr_t addr)
{
    if (!rb) {
        rb = qemu_get_ram_block(addr);
        addr -= rb->offset;
    }
    return ramblock_ptr(rb, addr);
}

RAMBlock *qemu_ram_block_from_host(void *ptr, bool round_offset, ram_addr_t *offset)
{
    uint8_t *host = ptr;
    RAMBlock *rb;

    RAMBLOCK_FOREACH(rb) {
        if (rb->host && host >= rb->host && (ram_addr_t)(host - rb->host) < rb->max_length) {
            *offset = host - rb->host;
            if (round_offset) {
                *offset &= TARGET_PAGE_MASK;
            }
            return rb;
        }
    }
    return NULL;
}

ram_addr_t qemu_ram_addr_from_host(void *ptr)
{
    ram_addr_t offset;
    RAMBlock *rb;

    RCU_READ_LOCK_GUARD();
    rb = qemu_ram_block_from_host(ptr, false, &offset);
    return rb ? rb->offset + offset : RAM_ADDR_INVALID;
}

int qemu_ram_foreach_block(RAMBlockIterFunc func, void *opaque)
{
    RAMBlock *rb;
    int ret = 0;

    RCU_READ_LOCK_GUARD();
    RAMBLOCK_FOREACH(rb) {
        ret = func(rb, opaque);
        if (ret) {
            break;
        }
    }
    return ret;
}

/* ---- Properties ---- */

const char *qemu_ram_get_idstr(const RAMBlock *rb) { return rb->idstr; }
void *qemu_ram_get_host_addr(const RAMBlock *rb) { return rb->host; }
ram_addr_t qemu_ram_get_offset(const RAMBlock *rb) { return rb->offset; }
ram_addr_t qemu_ram_get_used_length(const RAMBlock *rb) { return rb->used_length; }
ram_addr_t qemu_ram_get_max_length(const RAMBlock *rb) { return rb->max_length; }
size_t qemu_ram_pagesize(const RAMBlock *rb) { return rb->page_size; }
int qemu_ram_get_fd(const RAMBlock *rb) { return rb->fd; }
bool qemu_ram_is_shared(const RAMBlock *rb) { return rb->flags & RAM_SHARED; }
bool qemu_ram_is_noreserve(const RAMBlock *rb) { return rb->flags & RAM_NORESERVE; }
bool qemu_ram_is_named_file(const RAMBlock *rb) { return rb->flags & RAM_NAMED_FILE; }
bool qemu_ram_is_migratable(const RAMBlock *rb) { return rb->flags & RAM_MIGRATABLE; }
void qemu_ram_set_migratable(RAMBlock *rb) { rb->flags |= RAM_MIGRATABLE; }
void qemu_ram_unset_migratable(RAMBlock *rb) { rb->flags &= ~RAM_MIGRATABLE; }

size_t qemu_ram_pagesize_largest(void)
{
    size_t largest = 0;
    RAMBlock *rb;

    RCU_READ_LOCK_GUARD();
    RAMBLOCK_FOREACH(rb) {
        largest = MAX(largest, rb->page_size);
    }
    return largest;
}

void qemu_ram_set_idstr(RAMBlock *rb, const char *name, DeviceState *dev)
{
    g_autofree char *path = dev ? qdev_get_dev_path(dev) : NULL;
    char id[sizeof(rb->idstr)];
    RAMBlock *other;
    int n = snprintf(id, sizeof(id), "%s%s%s", path ? path : "", path ? "/" : "", name);

    assert(!rb->idstr[0]);
    if (n >= (int)sizeof(id)) {
        error_report("name of RAM block '%s' is too long", id);
        abort();
    }
    RCU_READ_LOCK_GUARD();
    RAMBLOCK_FOREACH(other) {
        if (other != rb && !strcmp(other->idstr, id)) {
            error_report("RAM block '%s' registered twice", id);
            abort();
        }
    }
    memcpy(rb->idstr, id, sizeof(id));
}

void qemu_ram_unset_idstr(RAMBlock *rb)
{
    if (rb) {
        memset(rb->idstr, 0, sizeof(rb->idstr));
    }
}

/* ---- Notifiers, discarding ---- */

void ram_block_notifier_add(RAMBlockNotifier *n)
{
    RAMBlock *rb;

    QLIST_INSERT_HEAD(&ram_list.ramblock_notifiers, n, next);
    RCU_READ_LOCK_GUARD();
    RAMBLOCK_FOREACH(rb) {
        if (n->ram_block_added) {
            n->ram_block_added(n, rb->host, rb->used_length, rb->max_length);
        }
    }
}

void ram_block_notifier_remove(RAMBlockNotifier *n)
{
    QLIST_REMOVE(n, next);
}

int ram_block_discard_range(RAMBlock *rb, uint64_t start, size_t length)
{
    if (start % rb->page_size || length % rb->page_size || start > rb->used_length ||
        length > rb->used_length - start) {
        error_report("RAM block '%s': range 0x%" PRIx64 "+0x%zx cannot be discarded", rb->idstr, start, length);
        return -EINVAL;
    }
    if (rb->fd >= 0 && rb->flags & RAM_SHARED &&
        fallocate(rb->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, rb->fd_offset + start, length) < 0) {
        return -errno;
    }
    if (madvise(rb->host + start, length,
                rb->fd < 0 && rb->flags & RAM_SHARED ? MADV_REMOVE : MADV_DONTNEED) < 0) {
        return -errno;
    }
    return 0;
}

int ram_block_discard_disable(bool state)
{
    if (state) {
        qatomic_inc(&discard_disabled);
    } else {
        qatomic_dec(&discard_disabled);
    }
    return 0;
}

int ram_block_uncoordinated_discard_disable(bool state)
{
    return ram_block_discard_disable(state);
}

bool ram_block_discard_is_disabled(void)
{
    return qatomic_read(&discard_disabled) > 0;
}

/* ---- For people ---- */

GString *ram_block_format(void)
{
    GString *out = g_string_new(NULL);
    RAMBlock *rb;

    g_string_append_printf(out, "%24s %8s  %18s %18s %18s\n", "Block Name", "PSize", "Offset", "Used", "Total");
    RCU_READ_LOCK_GUARD();
    RAMBLOCK_FOREACH(rb) {
        g_autofree char *page = rb->page_size >= GiB ? g_strdup_printf("%zu GiB", rb->page_size / (size_t)GiB) :
                                rb->page_size >= MiB ? g_strdup_printf("%zu MiB", rb->page_size / (size_t)MiB) :
                                                       g_strdup_printf("%zu KiB", rb->page_size / (size_t)KiB);

        g_string_append_printf(out, "%24s %8s  0x%016" PRIx64 " 0x%016" PRIx64 " 0x%016" PRIx64 "\n", rb->idstr,
                               page, rb->offset, rb->used_length, rb->max_length);
    }
    return out;
}
