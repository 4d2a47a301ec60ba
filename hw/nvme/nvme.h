/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The NVMe controller (NVM Express base specification 1.4) as its files see it.
 *
 *     nvme.c       PCI function, properties, registers, reset and shutdown
 *     nvme-queue.c queues, doorbells, fetching commands, posting completions, interrupts
 *     nvme-dma.c   PRP lists and SGLs to ranges of guest memory, copies and mappings
 *     nvme-admin.c, nvme-identify.c, nvme-log.c   admin commands, data structures, log pages and events
 *     nvme-io.c    commands on blocks
 *     nvme-ns.c    namespaces: the drive of `nvme` itself, and `nvme-ns` devices
 *     nvme-vmstate.c  what travels
 *
 * Lock: everything under the big lock.
 *
 * A command from fetch to completion:
 *
 *     SQ entry --fetch--> NvmeRequest --done at once or by the block layer--> CQ entry, freed
 *                              |  ^
 *         error policy "stop"  v  |  the machine runs again
 *                           n->parked (migrates)
 *
 * Invariants
 *   N1. A command is fetched only while its CQ has room for its completion: entries in the CQ plus commands fetched
 *       for it never exceed size - 1. So a completion always has a place and nothing piles up.
 *   N2. n->in_flight counts requests that are neither completed nor parked, at most NVME_MAX_IN_FLIGHT. Commands are not
 *       fetched past that or while NVME_MAX_SG ranges are held: what a guest can make this program allocate is bounded.
 *   N3. An outstanding Async Event Request is a command id in n->aer_cid[], not a request, and holds no place in the CQ.
 *   N4. DMA reaches memory only (attrs.memory): a guest cannot point a queue or a buffer at a device.
 *   N5. Queues live in n->sq[] and n->cq[], NULL where there is none; 0 is the admin pair. Freed only with no request.
 *   N6. A stopped machine has in_flight == 0 (the block layer drains) and fetches nothing.
 */
#ifndef HW_NVME_H
#define HW_NVME_H

#include "hw/block/block.h"
#include "hw/block/guest-sg.h"
#include "hw/pci/msix.h"
#include "hw/pci/pci_device.h"
#include "nvme-spec.h"
#include "qemu/queue.h"
#include "system/runstate.h"
#include "system/system.h"

#define TYPE_NVME "nvme"
#define TYPE_NVME_NS "nvme-ns"
#define TYPE_NVME_BUS "nvme-bus"
OBJECT_DECLARE_SIMPLE_TYPE(NvmeCtrl, NVME)
OBJECT_DECLARE_SIMPLE_TYPE(NvmeNsDevice, NVME_NS)
OBJECT_DECLARE_SIMPLE_TYPE(NvmeBus, NVME_BUS)

#define NVME_MAX_IN_FLIGHT 1024
#define NVME_MAX_SG 65536
#define NVME_MAX_EVENTS 64
#define NVME_MAX_AERS 256

/* Instead of a status: the request completes later, or was taken over. */
#define NVME_LATER 0xffff

typedef struct NvmeRequest NvmeRequest;

typedef struct NvmeSQueue {
    uint64_t addr;
    uint32_t head, tail, size;
    uint32_t outstanding;           /* fetched and not completed; recomputed by a load */
    uint16_t sqid, cqid;
    bool has_delete;                /* a Delete SQ with this id waits for outstanding == 0 */
    uint16_t delete_cid;
} NvmeSQueue;

typedef struct NvmeCQueue {
    uint64_t addr;
    uint32_t head, tail, size;
    uint32_t reserved;              /* N1; recomputed */
    uint32_t nr_sqs;                /* recomputed */
    uint16_t cqid, vector;
    bool phase, irq_enabled;
} NvmeCQueue;

typedef struct NvmeNamespace {
    BlockConf blkconf;
    NvmeCtrl *n;
    uint32_t nsid;
    QemuUUID uuid;
    uint64_t eui64;
} NvmeNamespace;

typedef GuestSg NvmeSg;

struct NvmeRequest {
    NvmeCtrl *n;
    uint16_t sqid;
    NvmeCmd cmd;
    NvmeNamespace *ns;
    uint32_t result;
    NvmeSg sg;
    QEMUIOVector qiov;
    struct iovec bounce;
    uint32_t pos, count;            /* progress of what takes several steps */
    QTAILQ_ENTRY(NvmeRequest) link; /* n->parked */
};

typedef struct NvmeFeatures {
    uint32_t arbitration, power, error_recovery, write_cache, num_queues, coalescing, atomicity, async_events;
    uint16_t temp_high, temp_low;
    uint32_t coalescing_off[2048 / 32];     /* feature 9: bit per vector */
} NvmeFeatures;

struct NvmeBus {
    BusState parent_obj;
};

struct NvmeNsDevice {
    DeviceState parent_obj;

    NvmeNamespace ns;
    bool eui64_default;
};

struct NvmeCtrl {
    PCIDevice parent_obj;

    /* configuration */
    BlockConf conf;
    char *serial;
    uint32_t num_queues;            /* of old: I/O pairs and the admin pair */
    uint32_t max_ioqpairs;
    uint16_t msix_qsize;
    uint8_t mdts, aerl;
    uint32_t aer_max_queued;
    uint8_t smart_critical_warning;
    bool use_intel_id, msix_exclusive_bar;

    MemoryRegion bar0, regs;
    NvmeBus bus;
    NvmeNamespace own_ns;           /* of drive= */
    NvmeNamespace *ns[NVME_MAX_NAMESPACES + 1];
    VMChangeStateEntry *vmstate;
    QEMUBH *bh;

    /* registers */
    uint32_t cc, csts, intms, aqa;
    uint64_t asq, acq;

    uint32_t nr_queues;             /* slots in sq and cq: max_ioqpairs + 1 */
    NvmeSQueue **sq;
    NvmeCQueue **cq;
    QTAILQ_HEAD(, NvmeRequest) parked;
    uint32_t nr_parked;

    /* at work */
    uint32_t in_flight;             /* N2 */
    uint64_t sg_in_use;             /* N2 */
    unsigned entered;               /* inside our own code: a reset that a guest makes us cause must wait */
    bool starved, reset_wanted;
    bool resetting, flushing;       /* wait for in_flight == 0: never set while the machine is stopped */

    NvmeFeatures features;
    uint32_t nr_aers, nr_events;
    uint16_t aer_cid[NVME_MAX_AERS];
    uint32_t events[NVME_MAX_EVENTS];       /* dword 0 of their completions, oldest first */
    uint8_t events_masked;                  /* bit per type: reported, its log not read yet */
    NvmeErrorLog error;
    uint64_t error_count;
    uint64_t sectors_read, sectors_written, reads, writes;
};

/* nvme.c */
static inline uint32_t nvme_page_size(NvmeCtrl *n)
{
    return 4096u << NVME_CC_MPS(n->cc);
}
static inline AddressSpace *nvme_as(NvmeCtrl *n)
{
    return pci_get_address_space(&n->parent_obj);
}
#define NVME_ATTRS GUEST_SG_ATTRS
void nvme_reset(DeviceState *dev);
void nvme_fatal(NvmeCtrl *n, const char *why);
/* A request was completed or parked: what waited for that goes on. */
void nvme_progress(NvmeCtrl *n);

/* nvme-queue.c */
void nvme_doorbell(NvmeCtrl *n, hwaddr offset, uint32_t val);
void nvme_process(NvmeCtrl *n);
void nvme_complete(NvmeRequest *req, uint16_t status);
/* For what is no request any more (events, deletions). The caller knows that there is room. */
void nvme_post(NvmeCtrl *n, uint16_t cqid, NvmeCqe cqe, uint16_t status);
uint32_t nvme_cq_room(NvmeCQueue *cq);
void nvme_add_sq(NvmeCtrl *n, uint16_t sqid, uint16_t cqid, uint64_t addr, uint32_t size);
void nvme_add_cq(NvmeCtrl *n, uint16_t cqid, uint64_t addr, uint32_t size, uint16_t vector, bool irq_enabled);
void nvme_free_sq(NvmeCtrl *n, uint16_t sqid);
void nvme_free_cq(NvmeCtrl *n, uint16_t cqid);
void nvme_free_queues(NvmeCtrl *n);
void nvme_update_intx(NvmeCtrl *n);
void nvme_park(NvmeRequest *req);
void nvme_unpark(NvmeRequest *req);
void nvme_retry_parked(NvmeCtrl *n);
void nvme_drop_request(NvmeRequest *req);

/* nvme-dma.c */
/* The command's data pointer as ranges; more than @len bytes is no error, fewer is. */
uint16_t nvme_map_data(NvmeRequest *req, uint64_t len, bool to_guest);
/* .. and mapped for the block layer: req->qiov. */
uint16_t nvme_map_iov(NvmeRequest *req, uint64_t len, bool to_guest);
/* Copy a whole buffer; what the host did not ask for is left out. */
uint16_t nvme_data_to_guest(NvmeRequest *req, const void *buf, uint64_t len);
uint16_t nvme_data_from_guest(NvmeRequest *req, void *buf, uint64_t len);
void nvme_sg_free(NvmeCtrl *n, NvmeSg *sg);

/* nvme-admin.c, nvme-identify.c, nvme-log.c: a status, or NVME_LATER */
uint16_t nvme_admin(NvmeRequest *req);
uint16_t nvme_identify(NvmeRequest *req);
uint16_t nvme_get_log_page(NvmeRequest *req);
uint16_t nvme_async_event_request(NvmeRequest *req);
bool nvme_abort_aer(NvmeCtrl *n, uint16_t cid);
void nvme_event(NvmeCtrl *n, enum NvmeAsyncEventType type, enum NvmeAsyncEventInfo info, enum NvmeLogPage log);
void nvme_send_events(NvmeCtrl *n);
void nvme_check_temperature(NvmeCtrl *n);
void nvme_log_error(NvmeRequest *req, uint16_t status);
void nvme_reset_features(NvmeCtrl *n);

/* nvme-io.c */
uint16_t nvme_io(NvmeRequest *req);
bool nvme_flush_all(NvmeCtrl *n);

/* nvme-ns.c */
bool nvme_ns_attach(NvmeCtrl *n, NvmeNamespace *ns, DeviceState *dev, Error **errp);
void nvme_ns_detach(NvmeNamespace *ns, DeviceState *dev);
NvmeNamespace *nvme_ns(NvmeCtrl *n, uint32_t nsid);
uint64_t nvme_ns_blocks(NvmeNamespace *ns);
static inline unsigned nvme_ns_shift(NvmeNamespace *ns)
{
    return __builtin_ctz(ns->blkconf.logical_block_size);
}

extern const VMStateDescription vmstate_nvme;

#endif
