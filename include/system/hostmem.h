/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory back ends: objects that own one RAM region with its host-side choices (size, sharing, file, preallocation).
 * Created with -object or by the machine; used by at most one front end (the machine, a DIMM, ...) at a time.
 */
#ifndef SYSTEM_HOSTMEM_H
#define SYSTEM_HOSTMEM_H

#include "system/memory.h"
#include "qom/object.h"

#define TYPE_MEMORY_BACKEND "memory-backend"
#define TYPE_MEMORY_BACKEND_RAM "memory-backend-ram"
#define TYPE_MEMORY_BACKEND_FILE "memory-backend-file"
#define TYPE_MEMORY_BACKEND_MEMFD "memory-backend-memfd"

typedef struct HostMemoryBackend HostMemoryBackend;
typedef struct HostMemoryBackendClass HostMemoryBackendClass;
DECLARE_OBJ_CHECKERS(HostMemoryBackend, HostMemoryBackendClass, MEMORY_BACKEND, TYPE_MEMORY_BACKEND)

struct HostMemoryBackendClass {
    ObjectClass parent_class;
    /* Create backend->mr. */
    bool (*alloc)(HostMemoryBackend *backend, Error **errp);
};

struct HostMemoryBackend {
    Object parent_obj;
    uint64_t size;
    bool merge, dump, use_canonical_path;
    bool prealloc, is_mapped, share, reserve;
    uint32_t prealloc_threads;
    bool has_mr;
    MemoryRegion mr;
};

/* False until the object is complete (user_creatable_complete). */
bool host_memory_backend_mr_inited(HostMemoryBackend *backend);
/* NULL while not complete. */
MemoryRegion *host_memory_backend_get_memory(HostMemoryBackend *backend);
void host_memory_backend_set_mapped(HostMemoryBackend *backend, bool mapped);
bool host_memory_backend_is_mapped(HostMemoryBackend *backend);
size_t host_memory_backend_pagesize(HostMemoryBackend *memdev);
/* RAM block name: the object's id ("pc.ram"), or its whole path. g_free() it. */
char *host_memory_backend_get_name(HostMemoryBackend *backend);

#endif
