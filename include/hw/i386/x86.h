/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all x86 boards share: CPUs and their APIC ids, interrupt wiring, memory split, boot without firmware.
 *
 *   guest memory        0 .. below_4g_mem_size           RAM
 *                       0xfec00000 ioapic, 0xfed00000 hpet, 0xfee00000 local APICs and MSI
 *                       4 GiB .. + above_4g_mem_size     the rest of RAM
 *   interrupts          gsi[0..15]: 8259 pair and I/O APIC inputs (line 0 is input 2); gsi[16..23]: I/O APIC
 */
#ifndef HW_I386_X86_H
#define HW_I386_X86_H

#include "hw/core/boards.h"
#include "hw/i386/topology.h"
#include "hw/intc/ioapic.h"
#include "hw/isa/isa.h"
#include "hw/nvram/fw_cfg.h"
#include "qapi/util.h"
#include "qapi/qapi-types-common.h"

#define TYPE_X86_MACHINE MACHINE_TYPE_NAME("x86")
OBJECT_DECLARE_TYPE(X86MachineState, X86MachineClass, X86_MACHINE)

struct X86MachineClass {
    MachineClass parent;

    bool fwcfg_dma_enabled;
    bool has_acpi_build;
};

/* How the boot processor starts when the machine boots a kernel itself. */
typedef enum X86BootKind {
    X86_BOOT_FIRMWARE,          /* at the reset vector */
    X86_BOOT_LINUX64,           /* 64-bit mode, identity map, RSI = boot_params */
    X86_BOOT_LINUX32,           /* flat 32-bit mode, ESI = boot_params */
    X86_BOOT_PVH,               /* flat 32-bit mode, EBX = start info */
    X86_BOOT_MULTIBOOT,         /* flat 32-bit mode, EAX = magic, EBX = info */
} X86BootKind;

typedef struct X86BootState {
    X86BootKind kind;
    uint64_t entry;
    uint64_t arg;               /* RSI or EBX */
} X86BootState;

struct X86MachineState {
    MachineState parent;

    ISADevice *rtc;
    FWCfgState *fw_cfg;
    qemu_irq *gsi;
    DeviceState *ioapic2;
    Object *acpi_dev;

    ram_addr_t below_4g_mem_size, above_4g_mem_size;
    uint64_t above_4g_mem_start;
    unsigned apic_id_limit;
    uint16_t boot_cpus;
    uint64_t max_ram_below_4g;

    OnOffAuto smm, acpi, pit, pic;
    char *oem_id, *oem_table_id;
    char *kernel_irqchip;

    X86BootState boot;
    hwaddr acpi_data_addr;      /* tables of a machine without firmware */
    uint32_t acpi_data_size;
    uint32_t boot_data_size;    /* x86_boot_alloc(): at the end of low memory, below the ACPI tables */
    hwaddr setup_data_addr;     /* boot protocol's list, 0: none */
    hwaddr rsdp_addr;           /* 0: none */
    Notifier machine_done;
};

typedef struct GSIState {
    qemu_irq i8259_irq[ISA_NUM_IRQS];
    qemu_irq ioapic_irq[IOAPIC_NUM_PINS];
    qemu_irq ioapic2_irq[IOAPIC_NUM_PINS];
} GSIState;

#define E820_RAM 1
#define E820_RESERVED 2
#define E820_ACPI 3
#define E820_NVS 4

typedef struct QEMU_PACKED E820Entry {
    uint64_t address;
    uint64_t length;
    uint32_t type;
} E820Entry;

#define BOOT_E820_MAX 32

/* CPUs */
void x86_cpus_init(X86MachineState *x86ms, Error **errp);
const CPUArchIdList *x86_possible_cpu_arch_ids(MachineState *ms);
CPUInstanceProps x86_cpu_index_to_props(MachineState *ms, unsigned cpu_index);
void init_topo_info(X86CPUTopoInfo *topo_info, const X86MachineState *x86ms);
qemu_irq x86_allocate_cpu_irq(void);
qemu_irq x86_allocate_a20_irq(void);

/* interrupts */
void gsi_handler(void *opaque, int n, int level);
#define TYPE_KVM_VAPIC "kvmvapic"
void ioapic_init_gsi(GSIState *gsi_state, Object *parent);
DeviceState *ioapic_init_secondary(GSIState *gsi_state);
qemu_irq *x86_gsi_create(X86MachineState *x86ms, GSIState **state);

bool x86_machine_is_smm_enabled(const X86MachineState *x86ms);
bool x86_machine_is_acpi_enabled(const X86MachineState *x86ms);

/* fw_cfg items every x86 board offers; call when all CPUs exist. */
void x86_fw_cfg_init(X86MachineState *x86ms);

/* Boot without firmware (x86-boot.c): load the images of -kernel/-initrd. */
bool x86_load_kernel(X86MachineState *x86ms, Error **errp);
/* Linux (x86-linux.c), PVH and multiboot (x86-multiboot.c). */
bool x86_load_linux(X86MachineState *x86ms, const uint8_t *image, size_t len, Error **errp);
bool x86_load_multiboot(X86MachineState *x86ms, const uint8_t *image, size_t len, bool *is_multiboot,
                        Error **errp);
bool x86_load_pvh(X86MachineState *x86ms, uint32_t entry, uint64_t high, Error **errp);
/* Reset: blobs, then what firmware would have done, then the boot processor. */
void x86_boot_reset(X86MachineState *x86ms);
/* End of the low memory that the guest may use as it likes. */
uint64_t x86_boot_ram_end(const X86MachineState *x86ms);
/* Take @size bytes of it for something the guest finds there. For start-up, before the kernel is loaded. */
bool x86_boot_alloc(X86MachineState *x86ms, size_t size, hwaddr *addr, Error **errp);
/* A device tree for the kernel, as an item of the boot protocol's setup_data. */
bool x86_add_setup_dtb(X86MachineState *x86ms, const uint8_t *data, size_t len, Error **errp);
/* SMBIOS (x86-smbios.c): into fw_cfg, or into memory without firmware. After the ACPI tables, before the kernel. */
bool x86_smbios_setup(X86MachineState *x86ms, bool entry64, Error **errp);
/* Guest memory map; @map holds BOOT_E820_MAX. @firmwareless adds what firmware would reserve. */
unsigned x86_build_e820(X86MachineState *x86ms, E820Entry *map, bool firmwareless);

/* Low memory of a machine without firmware */
#define BOOT_GDT_ADDR 0x500
#define BOOT_PAGE_TABLES 0x1000         /* PML4, PDPT, four page directories */
#define BOOT_PARAMS_ADDR 0x7000
#define BOOT_INFO_ADDR 0x8000           /* PVH start info or multiboot information */
#define BOOT_CMDLINE_ADDR 0x20000
#define BOOT_CMDLINE_MAX 0x10000
#define BOOT_MODULES_ADDR 0x30000
#define BOOT_EBDA_ADDR 0x9fc00
#define BOOT_F_SEGMENT 0xf0000
#define BOOT_RSDP_ADDR 0xf5a00
#define BOOT_SMBIOS_ANCHOR 0xf5b00
#define BOOT_SMBIOS_TABLES 0xf6000      /* up to BOOT_SMBIOS_END, or below the ACPI tables */
#define BOOT_SMBIOS_END 0xfe000
#define BOOT_ACPI_SIZE 0x20000

#endif
