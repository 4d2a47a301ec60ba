/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Forward names of structures that many headers mention by pointer only. */
#ifndef QEMU_TYPEDEFS_H
#define QEMU_TYPEDEFS_H

typedef struct AddressSpace AddressSpace;
typedef struct AioContext AioContext;
typedef struct BusClass BusClass;
typedef struct BusState BusState;
typedef struct Chardev Chardev;
typedef struct CPUState CPUState;
typedef struct DeviceState DeviceState;
typedef struct Error Error;
typedef struct EventNotifier EventNotifier;
typedef struct FlatView FlatView;
typedef struct HotplugHandler HotplugHandler;
typedef struct IOThread IOThread;
typedef struct ISABus ISABus;
typedef struct ISADevice ISADevice;
typedef struct IRQState *qemu_irq;
typedef struct JSONWriter JSONWriter;
typedef struct MachineClass MachineClass;
typedef struct MachineState MachineState;
typedef struct MemoryListener MemoryListener;
typedef struct MemoryRegion MemoryRegion;
typedef struct MemoryRegionSection MemoryRegionSection;
typedef struct Monitor Monitor;
typedef struct NetClientState NetClientState;
typedef struct NICInfo NICInfo;
typedef struct Object Object;
typedef struct ObjectClass ObjectClass;
typedef struct ObjectProperty ObjectProperty;
typedef struct PCIBus PCIBus;
typedef struct PCIDevice PCIDevice;
typedef struct Property Property;
typedef struct QBool QBool;
typedef struct QDict QDict;
typedef struct QEMUBH QEMUBH;
typedef struct QEMUFile QEMUFile;
typedef struct QEMUTimer QEMUTimer;
typedef struct QList QList;
typedef struct QNull QNull;
typedef struct QNum QNum;
typedef struct QObject QObject;
typedef struct QString QString;
typedef struct RAMBlock RAMBlock;
typedef struct Visitor Visitor;
typedef struct VMStateDescription VMStateDescription;

typedef uint64_t hwaddr;
typedef uint64_t vaddr;
typedef uint64_t ram_addr_t;
typedef uint64_t dma_addr_t;
#define HWADDR_PRIx PRIx64
#define VADDR_PRIx PRIx64
#define RAM_ADDR_FMT "%" PRIx64

#endif
