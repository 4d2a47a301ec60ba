/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Machines: what every board has in common.
 *
 * MachineClass holds what is fixed per machine type, MachineState what the command line chose (-machine, -smp, -m,
 * -kernel, -boot). The command line sets properties on the instance, then machine_run_board_init() checks the
 * CPU type, allocates main memory from the memory back end and calls the class's init().
 * Versioned types differ only in compat_props and class fields; they never change once released.
 */
#ifndef HW_CORE_BOARDS_H
#define HW_CORE_BOARDS_H

#include "system/memory.h"
#include "hw/core/qdev.h"
#include "qom/object.h"
#include "qemu/notify.h"

#define TYPE_MACHINE "machine"
#define TYPE_MACHINE_SUFFIX "-machine"
#define MACHINE_TYPE_NAME(name) (name TYPE_MACHINE_SUFFIX)

OBJECT_DECLARE_TYPE(MachineState, MachineClass, MACHINE)

typedef struct AccelState AccelState;
typedef struct HostMemoryBackend HostMemoryBackend;

/*
 * -smp: cpus are present at start, maxcpus may be plugged. Levels a machine does not have stay 1. The product of
 * all levels is max_cpus.
 */
typedef struct CpuTopology {
    unsigned int cpus;
    unsigned int drawers;
    unsigned int books;
    unsigned int sockets;
    unsigned int dies;
    unsigned int clusters;
    unsigned int modules;
    unsigned int cores;
    unsigned int threads;
    unsigned int max_cpus;
} CpuTopology;

/* What -smp said: zero means not given. */
typedef struct SMPConfigRequest {
    unsigned int cpus, drawers, books, sockets, dies, clusters, modules, cores, threads, maxcpus;
} SMPConfigRequest;

typedef struct SMPCompatProps {
    bool prefer_sockets;
    bool dies_supported;
    bool clusters_supported;
    bool modules_supported;
    bool has_clusters;
} SMPCompatProps;

/* Place of a CPU in the topology; a has_ flag false means "not applicable". */
typedef struct CPUInstanceProps {
    bool has_node_id, has_socket_id, has_die_id, has_module_id, has_core_id, has_thread_id;
    int64_t node_id, socket_id, die_id, module_id, core_id, thread_id;
} CPUInstanceProps;

typedef struct CPUArchId {
    uint64_t arch_id;           /* APIC id */
    int64_t vcpus_count;
    CPUInstanceProps props;
    Object *cpu;                /* NULL while the slot is empty */
    const char *type;
} CPUArchId;

typedef struct CPUArchIdList {
    int len;
    CPUArchId cpus[];
} CPUArchIdList;

/* -boot */
typedef struct BootConfigurationState {
    char *order;
    char *once;
    bool has_menu, menu;
    char *splash;
    int64_t splash_time;        /* ms, -1: not given */
    int64_t reboot_timeout;     /* ms, -1: not given */
    bool strict;
} BootConfigurationState;

#define MAX_NODES 128
#define NUMA_DISTANCE_MIN 10
#define NUMA_DISTANCE_DEFAULT 20

typedef struct NodeInfo {
    uint64_t node_mem;
    HostMemoryBackend *node_memdev;
    bool present;
    uint8_t distance[MAX_NODES];
} NodeInfo;

typedef struct NumaState {
    int num_nodes;
    bool have_numa_distance;
    NodeInfo nodes[MAX_NODES];
} NumaState;

/* The window above RAM that pluggable memory lives in. */
typedef struct DeviceMemoryState {
    hwaddr base;
    MemoryRegion mr;
    uint64_t dimm_size;
    uint64_t used_region_size;
    unsigned int required_slots, used_slots;
} DeviceMemoryState;

struct MachineClass {
    ObjectClass parent_class;

    const char *family;
    char *name;                 /* type name without the suffix */
    const char *alias;
    const char *desc;
    const char *deprecation_reason;

    void (*init)(MachineState *state);
    /* Full system reset; by default qemu_devices_reset(). */
    void (*reset)(MachineState *state);
    void (*wakeup)(MachineState *state);

    int max_cpus;
    int min_cpus;
    int default_cpus;
    bool is_default;
    bool no_parallel, no_floppy, no_cdrom, no_serial, no_sdcard;
    bool pci_allow_0_address;
    bool has_hotpluggable_cpus;
    bool nvdimm_supported;
    bool numa_mem_supported;
    bool auto_enable_numa;
    bool smm_supported;
    SMPCompatProps smp_props;

    ram_addr_t default_ram_size;
    const char *default_ram_id;
    const char *default_cpu_type;
    const char *default_boot_order;
    const char *default_display;
    const char *default_nic;
    const char *default_machine_opts;
    const char * const *valid_cpu_types;
    const char *hw_version;
    GPtrArray *compat_props;

    HotplugHandler *(*get_hotplug_handler)(MachineState *machine, DeviceState *dev);
    CPUInstanceProps (*cpu_index_to_instance_props)(MachineState *machine, unsigned cpu_index);
    const CPUArchIdList *(*possible_cpu_arch_ids)(MachineState *machine);
    int64_t (*get_default_cpu_node_id)(const MachineState *ms, int idx);
};

struct MachineState {
    Object parent_obj;

    char *dtb;
    char *dumpdtb;
    bool dump_guest_core;
    bool mem_merge;
    bool usb;
    bool usb_disabled;
    bool enable_graphics;
    bool suppress_vmdesc;
    char *firmware;
    char *memory_encryption;

    HostMemoryBackend *memdev;
    char *ram_memdev_id;
    MemoryRegion *ram;          /* main memory, set before init() */
    DeviceMemoryState *device_memory;
    ram_addr_t ram_size;
    ram_addr_t maxram_size;
    uint64_t ram_slots;

    BootConfigurationState boot_config;
    char *kernel_filename;
    char *kernel_cmdline;
    char *initrd_filename;
    char *shim_filename;

    const char *cpu_type;
    AccelState *accelerator;
    CPUArchIdList *possible_cpus;
    CpuTopology smp;
    NumaState *numa_state;
};

#define DEFINE_MACHINE(namestr, machine_initfn)                                         \
    static void machine_initfn##_class_init(ObjectClass *oc, const void *data)          \
    {                                                                                   \
        machine_initfn(MACHINE_CLASS(oc));                                              \
    }                                                                                   \
    static const TypeInfo machine_initfn##_typeinfo[] = { {                             \
        .name = MACHINE_TYPE_NAME(namestr),                                             \
        .parent = TYPE_MACHINE,                                                         \
        .class_init = machine_initfn##_class_init,                                      \
    } };                                                                                \
    DEFINE_TYPES(machine_initfn##_typeinfo)

/* The one machine of this process; NULL before it is created. */
extern MachineState *current_machine;

/*
 * Fill ms->smp from a request by the class's rules: what is missing is computed, sockets first or cores first as
 * the class prefers, and the product must equal maxcpus.
 */
bool machine_parse_smp_config(MachineState *ms, const SMPConfigRequest *config, Error **errp);

/* Allocate main memory when nothing was configured, check the CPU type, run the class's init(). */
bool machine_run_board_init(MachineState *machine, const char *mem_path, Error **errp);

/* Find the class for a -machine name or alias; NULL when there is none. */
MachineClass *machine_class_by_name(const char *name);
/* The class used without -machine. */
MachineClass *machine_default_class(void);
/* Text of -machine help; the caller frees it. */
char *machine_help(void);

bool machine_usb(MachineState *machine);
bool machine_mem_merge(MachineState *machine);
bool machine_dump_guest_core(MachineState *machine);
const char *machine_type_name(const MachineClass *mc);

/* Notifiers run when the machine is complete: all -device devices exist, before the first reset. */
void qemu_add_machine_init_done_notifier(Notifier *notify);
void qemu_remove_machine_init_done_notifier(Notifier *notify);
/* Called by the main program; the notifiers run once. */
void qdev_machine_creation_done(void);
void qemu_run_machine_init_done_notifiers(void);

/* Compat tables: driver, property, value. */
extern GlobalProperty hw_compat_7_2[];
extern const size_t hw_compat_7_2_len;
/* For class_init of a versioned type; @props live on. */
void machine_add_compat_props(MachineClass *mc, GlobalProperty *props, size_t len);

#endif
