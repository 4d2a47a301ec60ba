// SPDX-License-Identifier: GPL-2.0-or-later
/* Identify (NVMe 1.4, 5.15). Offsets are those of figures 245 (namespace), 247 (controller) and 249 (descriptors). */
#include "qemu/osdep.h"
#include "nvme.h"
#include "qemu/bswap.h"

enum { CNS_NAMESPACE = 0x00, CNS_CONTROLLER = 0x01, CNS_ACTIVE = 0x02, CNS_DESCRIPTORS = 0x03 };

static void put_text(uint8_t *p, size_t size, const char *text)
{
    memset(p, ' ', size);
    memcpy(p, text, MIN(size, strlen(text)));
}

static void fill_controller(NvmeCtrl *n, uint8_t *id)
{
    g_autofree char *nqn = g_strdup_printf("nqn.2019-08.org.qemu:%s", n->serial);
    PCIDevice *pci = &n->parent_obj;

    stw_le_p(id + 0, pci_get_word(pci->config + PCI_VENDOR_ID));
    stw_le_p(id + 2, pci_get_word(pci->config + PCI_SUBSYSTEM_VENDOR_ID));
    put_text(id + 4, 20, n->serial);
    put_text(id + 24, 40, "QEMU NVMe Ctrl");
    put_text(id + 64, 8, "1.0");
    id[72] = 6;                                 /* recommended arbitration burst: 2^6 */
    id[73] = 0x00; id[74] = 0x54; id[75] = 0x52;        /* IEEE OUI 52:54:00 */
    id[77] = n->mdts;
    stl_le_p(id + 80, NVME_VS_1_4);
    id[111] = 1;                                /* CNTRLTYPE: I/O controller */
    id[258] = 3;                                /* ACL: 4 aborts */
    id[259] = n->aerl;
    id[260] = 0x3;                              /* firmware: slot 1 only, read-only */
    id[261] = 0x6;                              /* LPA: effects page, extended length; SMART for the whole */
    id[262] = 0;                                /* ELPE: 1 error entry */
    stw_le_p(id + 266, 343);                    /* warning and critical temperature, kelvin */
    stw_le_p(id + 268, 373);
    id[512] = 0x66;                             /* SQ and CQ entries: 64 and 16 bytes */
    id[513] = 0x44;
    stl_le_p(id + 516, NVME_MAX_NAMESPACES);
    stw_le_p(id + 520, 1 << 0 | 1 << 2 | 1 << 3);       /* ONCS: compare, DSM, write zeroes */
    id[525] = 1 | 3 << 1;                       /* volatile cache; a flush of all namespaces works */
    stl_le_p(id + 536, 1 | 1 << 18);            /* SGLs, also longer than the data */
    memcpy(id + 768, nqn, MIN(strlen(nqn), 223));
    stw_le_p(id + 2048, 2500);                  /* power state 0: 25 W */
    stl_le_p(id + 2048 + 4, 16);
    stl_le_p(id + 2048 + 8, 4);
}

static void fill_namespace(NvmeNamespace *ns, uint8_t *id)
{
    uint64_t blocks = nvme_ns_blocks(ns);
    uint32_t discard = ns->blkconf.discard_granularity, lbs = ns->blkconf.logical_block_size;
    uint32_t granules = discard == UINT32_MAX || discard < lbs ? MAX(4096 / lbs, 1) : discard / lbs;

    stq_le_p(id + 0, blocks);
    stq_le_p(id + 8, blocks);
    stq_le_p(id + 16, blocks);
    id[24] = 0x10 | 1;                          /* NSFEAT: OPTPERF fields count; thin provisioning */
    id[25] = 0;                                 /* one LBA format, and */
    id[26] = 0;                                 /* it is in use */
    id[33] = 0x9;                               /* DLFEAT: deallocated reads as zeroes; write zeroes deallocates */
    id[99] = blk_is_writable(ns->blkconf.blk) ? 0 : 1;  /* NSATTR */
    stw_le_p(id + 68, granules - 1);            /* NPDG */
    stw_le_p(id + 70, granules - 1);            /* NPDA */
    stw_le_p(id + 64, ns->blkconf.physical_block_size / lbs - 1);   /* NPWG, NPWA */
    stw_le_p(id + 66, ns->blkconf.physical_block_size / lbs - 1);
    stq_be_p(id + 120, ns->eui64);
    id[128 + 2] = nvme_ns_shift(ns);            /* LBAF0: data size */
}

static void fill_active(NvmeCtrl *n, uint32_t after, uint8_t *id)
{
    unsigned count = 0;

    for (uint32_t i = 1; i <= NVME_MAX_NAMESPACES && count < NVME_IDENTIFY_SIZE / 4; i++) {
        if (i > after && n->ns[i]) {
            stl_le_p(id + 4 * count++, i);
        }
    }
}

static void fill_descriptors(NvmeNamespace *ns, uint8_t *id)
{
    if (ns->eui64) {
        id[0] = 1;
        id[1] = 8;
        stq_be_p(id + 4, ns->eui64);
        id += 12;
    }
    id[0] = 3;
    id[1] = 16;
    memcpy(id + 4, ns->uuid.data, 16);
}

uint16_t nvme_identify(NvmeRequest *req)
{
    NvmeCtrl *n = req->n;
    g_autofree uint8_t *id = g_malloc0(NVME_IDENTIFY_SIZE);
    uint32_t nsid = le32_to_cpu(req->cmd.nsid);
    NvmeNamespace *ns = nvme_ns(n, nsid);

    switch (le32_to_cpu(req->cmd.cdw10) & 0xff) {
    case CNS_NAMESPACE:
        if (!nsid || nsid > NVME_MAX_NAMESPACES) {
            return NVME_INVALID_NAMESPACE | NVME_DNR;
        }
        if (ns) {
            fill_namespace(ns, id);             /* an inactive one reads as zeroes */
        }
        break;
    case CNS_CONTROLLER:
        fill_controller(n, id);
        break;
    case CNS_ACTIVE:
        if (nsid >= 0xfffffffe) {
            return NVME_INVALID_NAMESPACE | NVME_DNR;
        }
        fill_active(n, nsid, id);
        break;
    case CNS_DESCRIPTORS:
        if (!ns) {
            return NVME_INVALID_NAMESPACE | NVME_DNR;
        }
        fill_descriptors(ns, id);
        break;
    default:
        return NVME_INVALID_FIELD | NVME_DNR;
    }
    return nvme_data_to_guest(req, id, NVME_IDENTIFY_SIZE);
}
