/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory back ends on a file or a directory (hugetlbfs, tmpfs, ...), and on an anonymous memfd. Big lock. */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qapi/visitor.h"
#include "qemu/units.h"
#include "system/hostmem.h"
#include "system/ram_addr.h"
#include <sys/syscall.h>

#ifndef MFD_HUGE_SHIFT
#define MFD_HUGE_SHIFT 26
#endif

OBJECT_DECLARE_SIMPLE_TYPE(HostMemoryBackendFile, MEMORY_BACKEND_FILE)
struct HostMemoryBackendFile {
    HostMemoryBackend parent_obj;
    char *mem_path;
    uint64_t align;
    uint64_t offset;
    bool discard_data;
    bool readonly;
};

OBJECT_DECLARE_SIMPLE_TYPE(HostMemoryBackendMemfd, MEMORY_BACKEND_MEMFD)
struct HostMemoryBackendMemfd {
    HostMemoryBackend parent_obj;
    bool hugetlb;
    bool seal;
    uint64_t hugetlbsize;
};

/* ---- File ---- */

static bool file_alloc(HostMemoryBackend *backend, Error **errp)
{
    HostMemoryBackendFile *fb = MEMORY_BACKEND_FILE(backend);
    g_autofree char *name = host_memory_backend_get_name(backend);
    uint32_t flags = RAM_NAMED_FILE | (backend->share ? RAM_SHARED : 0) | (backend->reserve ? 0 : RAM_NORESERVE) |
                     (fb->readonly ? RAM_READONLY_FD | RAM_READONLY : 0);

    if (!fb->mem_path) {
        error_setg(errp, "memory-backend-file needs 'mem-path'");
        return false;
    }
    return memory_region_init_ram_from_file(&backend->mr, OBJECT(backend), name, backend->size, fb->align, flags,
                                            fb->mem_path, fb->offset, errp);
}

static char *get_mem_path(Object *obj, Error **errp)
{
    return g_strdup(MEMORY_BACKEND_FILE(obj)->mem_path);
}

static bool changeable(Object *obj, const char *name, Error **errp)
{
    if (MEMORY_BACKEND(obj)->has_mr) {
        error_setg(errp, "'%s' cannot be changed once memory is allocated", name);
        return false;
    }
    return true;
}

static void set_mem_path(Object *obj, const char *value, Error **errp)
{
    if (changeable(obj, "mem-path", errp)) {
        g_free(MEMORY_BACKEND_FILE(obj)->mem_path);
        MEMORY_BACKEND_FILE(obj)->mem_path = g_strdup(value);
    }
}

static bool get_readonly(Object *obj, Error **errp)
{
    return MEMORY_BACKEND_FILE(obj)->readonly;
}

static void set_readonly(Object *obj, bool value, Error **errp)
{
    if (changeable(obj, "readonly", errp)) {
        MEMORY_BACKEND_FILE(obj)->readonly = value;
    }
}

static bool get_discard_data(Object *obj, Error **errp)
{
    return MEMORY_BACKEND_FILE(obj)->discard_data;
}

static void set_discard_data(Object *obj, bool value, Error **errp)
{
    MEMORY_BACKEND_FILE(obj)->discard_data = value;
}

/* @opaque: offset of the uint64_t in the object. */
static void get_file_size(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    visit_type_size(v, name, (uint64_t *)((char *)obj + (uintptr_t)opaque), errp);
}

static void set_file_size(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    uint64_t value;

    if (changeable(obj, name, errp) && visit_type_size(v, name, &value, errp)) {
        *(uint64_t *)((char *)obj + (uintptr_t)opaque) = value;
    }
}

static void file_unparent(Object *obj)
{
    HostMemoryBackendFile *fb = MEMORY_BACKEND_FILE(obj);
    HostMemoryBackend *backend = MEMORY_BACKEND(obj);

    if (backend->has_mr && fb->discard_data) {
        madvise(memory_region_get_ram_ptr(&backend->mr), memory_region_size(&backend->mr), MADV_REMOVE);
    }
}

static void file_finalize(Object *obj)
{
    g_free(MEMORY_BACKEND_FILE(obj)->mem_path);
}

static void file_class_init(ObjectClass *oc, const void *data)
{
    MEMORY_BACKEND_CLASS(oc)->alloc = file_alloc;
    oc->unparent = file_unparent;
    object_class_property_add_str(oc, "mem-path", get_mem_path, set_mem_path);
    object_class_property_add_bool(oc, "readonly", get_readonly, set_readonly);
    object_class_property_add_bool(oc, "discard-data", get_discard_data, set_discard_data);
    object_class_property_add(oc, "align", "int", get_file_size, set_file_size, NULL,
                              (void *)offsetof(HostMemoryBackendFile, align));
    object_class_property_add(oc, "offset", "int", get_file_size, set_file_size, NULL,
                              (void *)offsetof(HostMemoryBackendFile, offset));
}

/* ---- memfd ---- */

static bool memfd_alloc(HostMemoryBackend *backend, Error **errp)
{
    HostMemoryBackendMemfd *mb = MEMORY_BACKEND_MEMFD(backend);
    g_autofree char *name = host_memory_backend_get_name(backend);
    uint32_t flags = (backend->share ? RAM_SHARED : 0) | (backend->reserve ? 0 : RAM_NORESERVE);
    unsigned mfd = MFD_CLOEXEC | (mb->seal ? MFD_ALLOW_SEALING : 0) | (mb->hugetlb ? MFD_HUGETLB : 0);
    int fd;

    if (mb->hugetlbsize && !is_power_of_2(mb->hugetlbsize)) {
        error_setg(errp, "'hugetlbsize' must be a power of two");
        return false;
    }
    if (mb->hugetlb && mb->hugetlbsize) {
        mfd |= (unsigned)__builtin_ctzll(mb->hugetlbsize) << MFD_HUGE_SHIFT;
    }
    fd = memfd_create(TYPE_MEMORY_BACKEND_MEMFD, mfd);
    if (fd < 0 || ftruncate(fd, backend->size) < 0) {
        error_setg_errno(errp, errno, "cannot create a memfd of 0x%" PRIx64 " bytes", backend->size);
        goto fail;
    }
    if (mb->seal && fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0) {
        error_setg_errno(errp, errno, "cannot seal the memfd");
        goto fail;
    }
    if (memory_region_init_ram_from_fd(&backend->mr, OBJECT(backend), name, backend->size, flags, fd, 0, errp)) {
        return true;
    }
fail:
    if (fd >= 0) {
        close(fd);
    }
    return false;
}

static bool get_hugetlb(Object *obj, Error **errp)
{
    return MEMORY_BACKEND_MEMFD(obj)->hugetlb;
}

static void set_hugetlb(Object *obj, bool value, Error **errp)
{
    if (changeable(obj, "hugetlb", errp)) {
        MEMORY_BACKEND_MEMFD(obj)->hugetlb = value;
    }
}

static bool get_seal(Object *obj, Error **errp)
{
    return MEMORY_BACKEND_MEMFD(obj)->seal;
}

static void set_seal(Object *obj, bool value, Error **errp)
{
    if (changeable(obj, "seal", errp)) {
        MEMORY_BACKEND_MEMFD(obj)->seal = value;
    }
}

static void memfd_init(Object *obj)
{
    MEMORY_BACKEND_MEMFD(obj)->seal = true;
    MEMORY_BACKEND(obj)->share = true;
}

static void memfd_class_init(ObjectClass *oc, const void *data)
{
    MEMORY_BACKEND_CLASS(oc)->alloc = memfd_alloc;
    object_class_property_add_bool(oc, "hugetlb", get_hugetlb, set_hugetlb);
    object_class_property_add(oc, "hugetlbsize", "int", get_file_size, set_file_size, NULL,
                              (void *)offsetof(HostMemoryBackendMemfd, hugetlbsize));
    object_class_property_add_bool(oc, "seal", get_seal, set_seal);
}

static const TypeInfo hostmem_file_types[] = {
    {
        .name = TYPE_MEMORY_BACKEND_FILE,
        .parent = TYPE_MEMORY_BACKEND,
        .instance_size = sizeof(HostMemoryBackendFile),
        .instance_finalize = file_finalize,
        .class_init = file_class_init,
    }, {
        .name = TYPE_MEMORY_BACKEND_MEMFD,
        .parent = TYPE_MEMORY_BACKEND,
        .instance_size = sizeof(HostMemoryBackendMemfd),
        .instance_init = memfd_init,
        .class_init = memfd_class_init,
    },
};
DEFINE_TYPES(hostmem_file_types)
