/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers of the NVM Express base specification 1.4: registers (3.1), commands (5, 6), status (4.6.1), features (5.21),
 * log pages (5.14), data structures (5.15). Names are ours; everything on the bus is little-endian.
 */
#ifndef HW_NVME_SPEC_H
#define HW_NVME_SPEC_H

#include "qemu/osdep.h"

enum NvmeReg {
    NVME_REG_CAP = 0x00, NVME_REG_VS = 0x08, NVME_REG_INTMS = 0x0c, NVME_REG_INTMC = 0x10, NVME_REG_CC = 0x14,
    NVME_REG_CSTS = 0x1c, NVME_REG_NSSR = 0x20, NVME_REG_AQA = 0x24, NVME_REG_ASQ = 0x28, NVME_REG_ACQ = 0x30,
    NVME_REG_DOORBELLS = 0x1000,
};

/* CAP: 2048 entries (MQES), contiguous queues only (CQR), 7.5 s to get ready (TO), NVM command set, pages to 64 KiB */
#define NVME_MQES 0x7ff
#define NVME_MPSMAX 4
#define NVME_CAP_VALUE (NVME_MQES | 1ULL << 16 | 15ULL << 24 | 1ULL << 37 | (uint64_t)NVME_MPSMAX << 52)
#define NVME_VS_1_4 0x00010400

#define NVME_CC_EN 1u
#define NVME_CC_CSS(cc) ((cc) >> 4 & 7)
#define NVME_CC_MPS(cc) ((cc) >> 7 & 15)
#define NVME_CC_AMS(cc) ((cc) >> 11 & 7)
#define NVME_CC_SHN(cc) ((cc) >> 14 & 3)
#define NVME_CC_IOSQES(cc) ((cc) >> 16 & 15)
#define NVME_CC_IOCQES(cc) ((cc) >> 20 & 15)
#define NVME_CC_WRITABLE 0x00fffff1u

#define NVME_CSTS_RDY 1u
#define NVME_CSTS_CFS 2u
#define NVME_CSTS_SHST_MASK 0xcu
#define NVME_CSTS_SHST_OCCURRING 4u
#define NVME_CSTS_SHST_COMPLETE 8u

enum NvmeAdminOpcode {
    NVME_ADM_DELETE_SQ = 0x00, NVME_ADM_CREATE_SQ = 0x01, NVME_ADM_GET_LOG_PAGE = 0x02, NVME_ADM_DELETE_CQ = 0x04,
    NVME_ADM_CREATE_CQ = 0x05, NVME_ADM_IDENTIFY = 0x06, NVME_ADM_ABORT = 0x08, NVME_ADM_SET_FEATURES = 0x09,
    NVME_ADM_GET_FEATURES = 0x0a, NVME_ADM_ASYNC_EVENT = 0x0c,
};

enum NvmeIoOpcode {
    NVME_IO_FLUSH = 0x00, NVME_IO_WRITE = 0x01, NVME_IO_READ = 0x02, NVME_IO_COMPARE = 0x05, NVME_IO_WRITE_ZEROES = 0x08,
    NVME_IO_DSM = 0x09,
};

/* Status field: type in bits 10:8, code in 7:0; DNR asks the host not to try again. */
enum NvmeStatus {
    NVME_SUCCESS = 0x0000, NVME_INVALID_OPCODE = 0x0001, NVME_INVALID_FIELD = 0x0002, NVME_CID_CONFLICT = 0x0003,
    NVME_DATA_TRANSFER_ERROR = 0x0004, NVME_INTERNAL_ERROR = 0x0006, NVME_ABORT_REQUESTED = 0x0007,
    NVME_ABORTED_SQ_DELETED = 0x0008, NVME_INVALID_NAMESPACE = 0x000b, NVME_INVALID_SGL_SEGMENT = 0x000d,
    NVME_INVALID_SGL_COUNT = 0x000e, NVME_SGL_LENGTH_INVALID = 0x000f, NVME_SGL_TYPE_INVALID = 0x0011,
    NVME_PRP_OFFSET_INVALID = 0x0013, NVME_LBA_OUT_OF_RANGE = 0x0080, NVME_CAPACITY_EXCEEDED = 0x0081,
    NVME_CQ_INVALID = 0x0100, NVME_QID_INVALID = 0x0101, NVME_QSIZE_INVALID = 0x0102, NVME_AER_LIMIT = 0x0105,
    NVME_VECTOR_INVALID = 0x0108, NVME_LOG_PAGE_INVALID = 0x0109, NVME_QUEUE_DELETION = 0x010c,
    NVME_NOT_SAVEABLE = 0x010d, NVME_NOT_CHANGEABLE = 0x010e, NVME_RANGE_READ_ONLY = 0x0182,
    NVME_WRITE_FAULT = 0x0280, NVME_READ_ERROR = 0x0281, NVME_COMPARE_FAILURE = 0x0285,
    NVME_DNR = 0x4000,
};

enum NvmeFeature {
    NVME_FEAT_ARBITRATION = 0x01, NVME_FEAT_POWER = 0x02, NVME_FEAT_TEMPERATURE = 0x04, NVME_FEAT_ERROR_RECOVERY = 0x05,
    NVME_FEAT_WRITE_CACHE = 0x06, NVME_FEAT_NUM_QUEUES = 0x07, NVME_FEAT_COALESCING = 0x08, NVME_FEAT_VECTOR = 0x09,
    NVME_FEAT_ATOMICITY = 0x0a, NVME_FEAT_ASYNC_EVENTS = 0x0b,
};

enum NvmeLogPage {
    NVME_LOG_ERROR = 0x01, NVME_LOG_SMART = 0x02, NVME_LOG_FIRMWARE = 0x03, NVME_LOG_CHANGED_NS = 0x04,
    NVME_LOG_EFFECTS = 0x05,
};

enum NvmeAsyncEventType { NVME_AE_ERROR = 0, NVME_AE_SMART = 1, NVME_AE_NOTICE = 2 };
enum NvmeAsyncEventInfo {
    NVME_AE_BAD_DOORBELL_REG = 0, NVME_AE_BAD_DOORBELL_VALUE = 1,
    NVME_AE_SMART_RELIABILITY = 0, NVME_AE_SMART_TEMPERATURE = 1, NVME_AE_SMART_SPARE = 2,
};

#define NVME_NSID_ALL 0xffffffffu
#define NVME_MAX_NAMESPACES 256
#define NVME_IDENTIFY_SIZE 4096

typedef struct QEMU_PACKED NvmeCmd {
    uint8_t opcode;
    uint8_t flags;              /* bits 7:6 PSDT, 1:0 fused */
    uint16_t cid;
    uint32_t nsid;
    uint32_t cdw2, cdw3;
    uint64_t mptr;
    uint64_t prp1, prp2;        /* or one SGL descriptor */
    uint32_t cdw10, cdw11, cdw12, cdw13, cdw14, cdw15;
} NvmeCmd;
QEMU_BUILD_BUG_ON(sizeof(NvmeCmd) != 64);

typedef struct QEMU_PACKED NvmeCqe {
    uint32_t result;
    uint32_t reserved;
    uint16_t sq_head;
    uint16_t sq_id;
    uint16_t cid;
    uint16_t status;            /* bit 0 phase, then the status field */
} NvmeCqe;
QEMU_BUILD_BUG_ON(sizeof(NvmeCqe) != 16);

typedef struct QEMU_PACKED NvmeSglDesc {
    uint64_t addr;
    uint32_t len;
    uint8_t reserved[3];
    uint8_t type;               /* bits 7:4; subtype in 3:0 */
} NvmeSglDesc;
QEMU_BUILD_BUG_ON(sizeof(NvmeSglDesc) != 16);

enum NvmeSglType { NVME_SGL_DATA = 0, NVME_SGL_SEGMENT = 2, NVME_SGL_LAST_SEGMENT = 3 };

typedef struct QEMU_PACKED NvmeDsmRange {
    uint32_t attributes;
    uint32_t blocks;
    uint64_t slba;
} NvmeDsmRange;

/* Log 1: one entry. */
typedef struct QEMU_PACKED NvmeErrorLog {
    uint64_t count;
    uint16_t sqid, cid, status, location;
    uint64_t lba;
    uint32_t nsid;
    uint8_t vendor, trtype;
    uint8_t reserved[2];
    uint64_t command_specific;
    uint8_t reserved2[24];
} NvmeErrorLog;
QEMU_BUILD_BUG_ON(sizeof(NvmeErrorLog) != 64);

#endif
