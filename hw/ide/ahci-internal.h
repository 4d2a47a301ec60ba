/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The AHCI controller (AHCI 1.3.1) as its files see it: ich.c has the function, registers and state on the wire, ahci-cmd.c
 * carries out commands, ide-hd.c is the disk.
 *
 *   I1. A slot with its bit in `started` is with the block layer or being carried out. All other set bits of PxCI wait:
 *       for a command that is not queued, for an error to be handled, or for the machine to run.
 *   I2. A stopped machine has started == 0 (the block layer drains). A command that the error policy "stop" ended keeps
 *       its bit in PxCI and starts again with the machine: nothing of it is on the wire but that bit.
 *   I3. PxTFD with ERR set: nothing starts until PxCMD.ST was cleared and set.
 */
#ifndef HW_IDE_AHCI_INTERNAL_H
#define HW_IDE_AHCI_INTERNAL_H

#include "hw/block/block.h"
#include "hw/block/guest-sg.h"
#include "hw/pci/pci_device.h"
#include "ide-internal.h"
#include "system/runstate.h"

#define TYPE_ICH9_AHCI "ich9-ahci"
OBJECT_DECLARE_SIMPLE_TYPE(AHCIPCIState, ICH9_AHCI)
#define TYPE_IDE_BUS "IDE"
OBJECT_DECLARE_SIMPLE_TYPE(AHCIBus, IDE_BUS)
#define TYPE_IDE_HD "ide-hd"
OBJECT_DECLARE_SIMPLE_TYPE(IDEDrive, IDE_HD)

#define PORTS 6
#define SLOTS 32

enum { HOST_CAP = 0x00, HOST_GHC = 0x04, HOST_IS = 0x08, HOST_PI = 0x0c, HOST_VS = 0x10, PORT_BASE = 0x100, PORT_SIZE = 0x80 };
enum {
    PX_CLB = 0x00, PX_CLBU = 0x04, PX_FB = 0x08, PX_FBU = 0x0c, PX_IS = 0x10, PX_IE = 0x14, PX_CMD = 0x18, PX_TFD = 0x20,
    PX_SIG = 0x24, PX_SSTS = 0x28, PX_SCTL = 0x2c, PX_SERR = 0x30, PX_SACT = 0x34, PX_CI = 0x38,
};
/* 64-bit addresses, NCQ, 1.5 Gb/s, AHCI only, 32 slots, 6 ports */
#define CAP_VALUE 0xc0141f05u
#define GHC_RESET 1u
#define GHC_IE 2u
#define GHC_AE (1u << 31)
#define CMD_ST 1u
#define CMD_PRESENT 6u              /* spun up, powered: read only here */
#define CMD_FRE 0x10u
#define CMD_FR (1u << 14)
#define CMD_CR (1u << 15)
#define CMD_WRITABLE (CMD_ST | CMD_FRE | 1u << 24 | 1u << 25 | 1u << 26 | 1u << 27)

typedef struct NCQTransferState {
    uint32_t sector_count;
    uint64_t lba;
    uint8_t tag, cmd, slot;
    bool used, halt;
} NCQTransferState;

typedef struct AHCIPortRegs {
    uint32_t lst_addr, lst_addr_hi, fis_addr, fis_addr_hi, irq_stat, irq_mask, cmd, tfdata, sig, scr_stat, scr_ctl,
             scr_err, scr_act, cmd_issue;
} AHCIPortRegs;

struct AHCIBus {
    BusState parent_obj;

    struct AHCIDevice *port;
};

struct IDEDrive {
    DeviceState parent_obj;

    BlockConf conf;
    char *serial, *model, *version;
    uint64_t wwn;
    struct AHCIDevice *port;
};

typedef struct AHCIDevice {
    AHCIPCIState *hba;
    unsigned index;
    AHCIBus bus;
    IDEDrive *drive;
    uint32_t started;               /* I1 */
    uint32_t starting;              /* ahci_process() is at work */

    IDEBus port;
    uint32_t port_state, finished;
    AHCIPortRegs port_regs;
    bool done_first_drq, init_d2h_sent;
    int32_t busy_slot;
    NCQTransferState ncq_tfs[SLOTS];
} AHCIDevice;

typedef struct AHCIControlRegs {
    uint32_t cap, ghc, irqstatus, impl, version;
} AHCIControlRegs;

typedef struct AHCIState {
    AHCIDevice dev[PORTS];
    AHCIControlRegs control_regs;
    MemoryRegion mem, idp;
    uint32_t idp_index;
    int32_t ports;
} AHCIState;

struct AHCIPCIState {
    PCIDevice parent_obj;

    AHCIState ahci;
    VMChangeStateEntry *vmstate;
    bool resetting;                 /* what completes now answers nobody */
};

/* ich.c */
void ahci_update_irq(AHCIPCIState *s);
void ahci_raise(AHCIDevice *d, uint32_t is);
void ahci_port_attached(AHCIDevice *d);

/* ahci-cmd.c */
void ahci_process(AHCIDevice *d);
/* The D2H register FIS of a drive that has come up. */
void ahci_send_signature(AHCIDevice *d);

/* ide-hd.c */
void ide_hd_identify(IDEDrive *d, uint8_t id[512]);
uint64_t ide_hd_sectors(IDEDrive *d);

#endif

