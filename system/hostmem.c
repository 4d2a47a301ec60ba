/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory back ends: what all kinds share (size, sharing, merging, preallocation) and the anonymous kind. Files are in
 * hostmem-file.c and hostmem-memfd.c. Big lock.
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qapi/visitor.h"
#include "qemu/thread.h"
#include "qom/object_interfaces.h"
#include "system/hostmem.h"
#include "system/ram_addr.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

bool host_memory_backend_mr_inited(HostMemoryBackend *backend)
{
    return backend->has_mr;
}

MemoryRegion *host_memory_backend_get_memory(HostMemoryBackend *backend)
{
    return backend->has_mr ? &backend->mr : NULL;
}

void host_memory_backend_set_mapped(HostMemoryBackend *backend, bool mapped)
{
    backend->is_mapped = mapped;
}

bool host_memory_backend_is_mapped(HostMemoryBackend *backend)
{
    return backend->is_mapped;
}

size_t host_memory_backend_pagesize(HostMemoryBackend *memdev)
{
    return memdev->has_mr ? qemu_ram_pagesize(memdev->mr.ram_block) : qemu_real_host_page_size();
}

char *host_memory_backend_get_name(HostMemoryBackend *backend)
{
    if (backend->use_canonical_path) {
        return object_get_canonical_path(OBJECT(backend));
    }
    return g_strdup(object_get_canonical_path_component(OBJECT(backend)));
}

/* ---- Completion ---- */

typedef struct Touch {
    uint8_t *start;
    size_t size, page;
    bool failed;
} Touch;

/* Write every page without changing it. */
static void *touch_pages(void *opaque)
{
    Touch *t = opaque;

    if (madvise(t->start, t->size, MADV_POPULATE_WRITE) == 0) {
        return NULL;
    }
    if (errno != EINVAL) {
        t->failed = true;
        return NULL;
    }
    for (size_t i = 0; i < t->size; i += t->page) {
        __atomic_fetch_or(t->start + i, 0, __ATOMIC_RELAXED);
    }
    return NULL;
}

static bool preallocate(HostMemoryBackend *backend, Error **errp)
{
    RAMBlock *rb = backend->mr.ram_block;
    unsigned n = MAX(1, MIN(backend->prealloc_threads, 64));
    size_t page = rb->page_size, pages = rb->used_length / page;
    g_autofree Touch *touch = g_new0(Touch, n);
    g_autofree QemuThread *threads = g_new0(QemuThread, n);
    bool ok = true;

    for (unsigned i = 0; i < n; i++) {
        size_t first = pages * i / n, end = pages * (i + 1) / n;
        touch[i] = (Touch) { rb->host + first * page, (end - first) * page, page };
        if (n > 1) {
            qemu_thread_create(&threads[i], "touch_pages", touch_pages, &touch[i], QEMU_THREAD_JOINABLE);
        } else {
            touch_pages(&touch[i]);
        }
    }
    for (unsigned i = 0; i < n; i++) {
        if (n > 1) {
            qemu_thread_join(&threads[i]);
        }
        ok &= !touch[i].failed;
    }
    if (!ok) {
        error_setg(errp, "cannot preallocate memory of back end '%s': the host has too little",
                   object_get_canonical_path_component(OBJECT(backend)));
    }
    return ok;
}

static void apply_advice(HostMemoryBackend *backend)
{
    RAMBlock *rb = backend->mr.ram_block;

    if (backend->merge) {
        madvise(rb->host, rb->mapped_length, MADV_MERGEABLE);
    }
    if (!backend->dump) {
        madvise(rb->host, rb->mapped_length, MADV_DONTDUMP);
    }
}

static void complete(UserCreatable *uc, Error **errp)
{
    HostMemoryBackend *backend = MEMORY_BACKEND(uc);
    HostMemoryBackendClass *bc = MEMORY_BACKEND_GET_CLASS(uc);

    if (!backend->size) {
        error_setg(errp, "memory back end needs 'size'");
        return;
    }
    if (!bc->alloc(backend, errp)) {
        return;
    }
    backend->has_mr = true;
    apply_advice(backend);
    if (backend->prealloc) {
        preallocate(backend, errp);
    }
}

static bool can_be_deleted(UserCreatable *uc)
{
    return !MEMORY_BACKEND(uc)->is_mapped;
}

/* ---- Properties ---- */

static void get_size(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    visit_type_size(v, name, &MEMORY_BACKEND(obj)->size, errp);
}

static void set_size(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    HostMemoryBackend *backend = MEMORY_BACKEND(obj);
    uint64_t value;

    if (!visit_type_size(v, name, &value, errp)) {
        return;
    }
    if (backend->has_mr) {
        error_setg(errp, "'size' cannot be changed once memory is allocated");
    } else if (!value) {
        error_setg(errp, "'size' of a memory back end cannot be 0");
    } else {
        backend->size = value;
    }
}

static void get_threads(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    visit_type_uint32(v, name, &MEMORY_BACKEND(obj)->prealloc_threads, errp);
}

static void set_threads(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    uint32_t value;

    if (!visit_type_uint32(v, name, &value, errp)) {
        return;
    }
    if (!value) {
        error_setg(errp, "'prealloc-threads' must be at least 1");
    } else {
        MEMORY_BACKEND(obj)->prealloc_threads = value;
    }
}

/* Booleans that may only change before the memory exists, unless setter does more. */
#define BOOL_PROPERTY(prop, field)                                                                          \
    static bool get_##field(Object *obj, Error **errp)                                                      \
    {                                                                                                       \
        return MEMORY_BACKEND(obj)->field;                                                                  \
    }                                                                                                       \
    static void set_##field(Object *obj, bool value, Error **errp)                                          \
    {                                                                                                       \
        if (MEMORY_BACKEND(obj)->has_mr) {                                                                  \
            error_setg(errp, "'%s' cannot be changed once memory is allocated", prop);                      \
            return;                                                                                         \
        }                                                                                                   \
        MEMORY_BACKEND(obj)->field = value;                                                                 \
    }
BOOL_PROPERTY("share", share)
BOOL_PROPERTY("reserve", reserve)
BOOL_PROPERTY("x-use-canonical-path-for-ramblock-id", use_canonical_path)

static bool get_merge(Object *obj, Error **errp)
{
    return MEMORY_BACKEND(obj)->merge;
}

static void set_merge(Object *obj, bool value, Error **errp)
{
    HostMemoryBackend *backend = MEMORY_BACKEND(obj);

    backend->merge = value;
    if (backend->has_mr) {
        RAMBlock *rb = backend->mr.ram_block;
        madvise(rb->host, rb->mapped_length, value ? MADV_MERGEABLE : MADV_UNMERGEABLE);
    }
}

static bool get_dump(Object *obj, Error **errp)
{
    return MEMORY_BACKEND(obj)->dump;
}

static void set_dump(Object *obj, bool value, Error **errp)
{
    HostMemoryBackend *backend = MEMORY_BACKEND(obj);

    backend->dump = value;
    if (backend->has_mr) {
        RAMBlock *rb = backend->mr.ram_block;
        madvise(rb->host, rb->mapped_length, value ? MADV_DODUMP : MADV_DONTDUMP);
    }
}

static bool get_prealloc(Object *obj, Error **errp)
{
    return MEMORY_BACKEND(obj)->prealloc;
}

static void set_prealloc(Object *obj, bool value, Error **errp)
{
    HostMemoryBackend *backend = MEMORY_BACKEND(obj);

    if (backend->has_mr && value && !backend->prealloc && !preallocate(backend, errp)) {
        return;
    }
    backend->prealloc = value;
}

static void backend_init(Object *obj)
{
    HostMemoryBackend *backend = MEMORY_BACKEND(obj);

    backend->dump = true;
    backend->reserve = true;
    backend->prealloc_threads = 1;
}

static void backend_class_init(ObjectClass *oc, const void *data)
{
    UserCreatableClass *ucc = USER_CREATABLE_CLASS(oc);

    ucc->complete = complete;
    ucc->can_be_deleted = can_be_deleted;
    object_class_property_add(oc, "size", "int", get_size, set_size, NULL, NULL);
    object_class_property_set_description(oc, "size", "Size of the memory region (ex: 500M)");
    object_class_property_add(oc, "prealloc-threads", "int", get_threads, set_threads, NULL, NULL);
    object_class_property_set_description(oc, "prealloc-threads", "How many threads preallocate");
    object_class_property_add_bool(oc, "share", get_share, set_share);
    object_class_property_set_description(oc, "share", "Share the memory with other processes");
    object_class_property_add_bool(oc, "reserve", get_reserve, set_reserve);
    object_class_property_set_description(oc, "reserve", "Have the host reserve swap space or huge pages");
    object_class_property_add_bool(oc, "merge", get_merge, set_merge);
    object_class_property_set_description(oc, "merge", "Let the host merge identical pages");
    object_class_property_add_bool(oc, "dump", get_dump, set_dump);
    object_class_property_set_description(oc, "dump", "Include in core dumps");
    object_class_property_add_bool(oc, "prealloc", get_prealloc, set_prealloc);
    object_class_property_set_description(oc, "prealloc", "Allocate all pages at start");
    object_class_property_add_bool(oc, "x-use-canonical-path-for-ramblock-id", get_use_canonical_path,
                                   set_use_canonical_path);
}

/* ---- Anonymous memory ---- */

static bool ram_alloc(HostMemoryBackend *backend, Error **errp)
{
    g_autofree char *name = host_memory_backend_get_name(backend);
    uint32_t flags = (backend->share ? RAM_SHARED : 0) | (backend->reserve ? 0 : RAM_NORESERVE);

    return memory_region_init_ram_flags_nomigrate(&backend->mr, OBJECT(backend), name, backend->size, flags, errp);
}

static void ram_class_init(ObjectClass *oc, const void *data)
{
    MEMORY_BACKEND_CLASS(oc)->alloc = ram_alloc;
}

static const TypeInfo hostmem_types[] = {
    {
        .name = TYPE_MEMORY_BACKEND,
        .parent = TYPE_OBJECT,
        .abstract = true,
        .instance_size = sizeof(HostMemoryBackend),
        .instance_init = backend_init,
        .class_size = sizeof(HostMemoryBackendClass),
        .class_init = backend_class_init,
        .interfaces = (const InterfaceInfo[]) { { TYPE_USER_CREATABLE }, { } },
    }, {
        .name = TYPE_MEMORY_BACKEND_RAM,
        .parent = TYPE_MEMORY_BACKEND,
        .class_init = ram_class_init,
    },
};
DEFINE_TYPES(hostmem_types)
