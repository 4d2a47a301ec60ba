// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Commands on an AHCI port (AHCI 1.3.1, 4.2, 5.3; ATA8-ACS; Serial ATA 3.0, 10.3 for the FIS). Invariants I1 to I3 are in
 * ahci-internal.h. BQL.
 *
 *   command list   32 headers of 32 bytes: flags and number of PRD entries, bytes done, address of the table
 *   command table  command FIS at 0, PRD entries (address, -, bytes - 1) from 0x80
 *   FIS area       PIO Setup at 0x20, D2H Register at 0x40, Set Device Bits at 0x58
 */
#include "qemu/osdep.h"
#include "ahci-internal.h"
#include "qemu/bswap.h"

enum { STATUS_OK = 0x50, STATUS_ERROR = 0x41, ERROR_ABORT = 0x04, ERROR_ID = 0x10, ERROR_MEDIA = 0x40 };
enum { IS_DHR = 1 << 0, IS_PSS = 1 << 1, IS_SDB = 1 << 3, IS_HBF = 1 << 29, IS_TFE = 1 << 30 };
enum { FIS_H2D = 0x27, FIS_D2H = 0x34, FIS_SDB = 0xa1, FIS_PIO = 0x5f };
enum {
    ATA_READ_EXT = 0x24, ATA_READ_DMA_EXT = 0x25, ATA_READ_MULTIPLE_EXT = 0x29, ATA_WRITE_EXT = 0x34,
    ATA_WRITE_DMA_EXT = 0x35, ATA_WRITE_MULTIPLE_EXT = 0x39, ATA_WRITE_FUA_EXT = 0x3d, ATA_READ = 0x20, ATA_WRITE = 0x30,
    ATA_VERIFY = 0x40, ATA_VERIFY_EXT = 0x42, ATA_READ_NCQ = 0x60, ATA_WRITE_NCQ = 0x61, ATA_READ_MULTIPLE = 0xc4,
    ATA_WRITE_MULTIPLE = 0xc5, ATA_SET_MULTIPLE = 0xc6, ATA_READ_DMA = 0xc8, ATA_WRITE_DMA = 0xca, ATA_STANDBY_NOW = 0xe0,
    ATA_IDLE_NOW = 0xe1, ATA_STANDBY = 0xe2, ATA_IDLE = 0xe3, ATA_CHECK_POWER = 0xe5, ATA_SLEEP = 0xe6, ATA_FLUSH = 0xe7,
    ATA_FLUSH_EXT = 0xea, ATA_IDENTIFY = 0xec, ATA_SET_FEATURES = 0xef,
};

typedef struct AHCIRequest {
    AHCIDevice *port;
    unsigned slot, tag;
    uint8_t fis[64];
    uint64_t table;
    uint32_t prd_count;
    bool ncq, pio_in, fua;
    uint64_t lba;
    uint32_t sectors, count_out;
    GuestSg sg;
    QEMUIOVector qiov;
} AHCIRequest;

static AddressSpace *port_as(AHCIDevice *d)
{
    return pci_get_address_space(PCI_DEVICE(d->hba));
}

static bool dma_read(AHCIDevice *d, uint64_t addr, void *buf, size_t len)
{
    return dma_memory_read(port_as(d), addr, buf, len, GUEST_SG_ATTRS) == MEMTX_OK;
}

static void put_fis(AHCIDevice *d, unsigned offset, const uint8_t *fis, size_t len)
{
    uint64_t base = (uint64_t)d->port_regs.fis_addr_hi << 32 | d->port_regs.fis_addr;

    if (d->port_regs.cmd & CMD_FRE) {
        dma_memory_write(port_as(d), base + offset, fis, len, GUEST_SG_ATTRS);
    }
}

/* ---- FIS to the host ---- */

static void send_d2h(AHCIDevice *d, const uint8_t *h2d, uint8_t status, uint8_t error, uint16_t count, bool irq)
{
    uint8_t fis[20] = { FIS_D2H, irq ? 0x40 : 0, status, error };

    memcpy(fis + 4, h2d + 4, 3);                /* LBA and device as the command had them */
    fis[7] = h2d[7];
    memcpy(fis + 8, h2d + 8, 3);
    stw_le_p(fis + 12, count);
    put_fis(d, 0x40, fis, sizeof(fis));
    d->port_regs.tfdata = error << 8 | status;
    if (irq) {
        ahci_raise(d, IS_DHR | (status & 1 ? IS_TFE : 0));
    }
}

static void send_pio_setup(AHCIDevice *d, const uint8_t *h2d, uint16_t bytes)
{
    uint8_t fis[20] = { FIS_PIO, 0x60, 0x58, 0 };

    memcpy(fis + 4, h2d + 4, 7);
    fis[15] = STATUS_OK;                        /* when it is over */
    stw_le_p(fis + 16, bytes);
    put_fis(d, 0x20, fis, sizeof(fis));
    d->port_regs.tfdata = STATUS_OK;
    ahci_raise(d, IS_PSS);
}

static void send_sdb(AHCIDevice *d, uint32_t done, uint8_t status, uint8_t error)
{
    uint8_t fis[8] = { FIS_SDB, 0x40, status & 0x77, error };

    stl_le_p(fis + 4, done);
    put_fis(d, 0x58, fis, sizeof(fis));
    d->port_regs.scr_act &= ~done;
    d->port_regs.tfdata = error << 8 | (status & 0x77) | (d->port_regs.tfdata & 0x88);
    ahci_raise(d, IS_SDB | (status & 1 ? IS_TFE : 0));
}

void ahci_send_signature(AHCIDevice *d)
{
    static const uint8_t signature[20] = { FIS_D2H, 0, STATUS_OK, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1 };

    d->init_d2h_sent = true;
    d->port_regs.sig = 0x101;
    put_fis(d, 0x40, signature, sizeof(signature));
    d->port_regs.tfdata = 1 << 8 | STATUS_OK;
}

/* ---- the end of a command ---- */

static void free_request(AHCIRequest *r)
{
    r->port->started &= ~(1u << r->slot);
    if (r->port->busy_slot == (int)r->slot) {
        r->port->busy_slot = -1;
    }
    guest_sg_free(&r->sg);
    g_free(r);
}

static void set_done(AHCIRequest *r, uint32_t bytes)
{
    AHCIDevice *d = r->port;
    uint64_t list = (uint64_t)d->port_regs.lst_addr_hi << 32 | d->port_regs.lst_addr;
    uint32_t done = cpu_to_le32(bytes);

    dma_memory_write(port_as(d), list + r->slot * 32 + 4, &done, sizeof(done), GUEST_SG_ATTRS);
}

static void finish(AHCIRequest *r, uint8_t status, uint8_t error)
{
    AHCIDevice *d = r->port;
    AHCIRequest copy = *r;

    if (!(status & 1)) {
        set_done(r, r->sg.list.size);
    }
    free_request(r);
    if (d->hba->resetting || !(d->port_regs.cmd & CMD_ST)) {
        return;
    }
    if (copy.ncq) {
        /* An error leaves its bits for the host to find. */
        d->port_regs.cmd_issue &= ~(status & 1 ? 0 : 1u << copy.slot);
        send_sdb(d, status & 1 ? 0 : 1u << copy.tag, status, error);
    } else {
        d->port_regs.cmd_issue &= ~(status & 1 ? 0 : 1u << copy.slot);
        if (copy.pio_in && !(status & 1)) {
            send_pio_setup(d, copy.fis, MIN(copy.sectors * 512, 8192));
        } else {
            send_d2h(d, copy.fis, status, error, copy.count_out, true);
        }
    }
    ahci_process(d);
}

/* True: go on with the request. */
static bool step_done(AHCIRequest *r, int ret, bool is_read)
{
    BlockBackend *blk = r->port->drive->conf.blk;
    BlockErrorAction action;

    if (ret >= 0) {
        return true;
    }
    action = blk_get_error_action(blk, is_read, -ret);
    blk_error_action(blk, action, is_read, -ret);
    if (action == BLOCK_ERROR_ACTION_IGNORE) {
        return true;
    }
    if (action == BLOCK_ERROR_ACTION_STOP) {
        free_request(r);                        /* I2 */
    } else {
        finish(r, STATUS_ERROR, is_read ? ERROR_MEDIA : ERROR_ABORT);
    }
    return false;
}

static void read_done(void *opaque, int ret)
{
    if (step_done(opaque, ret, true)) {
        finish(opaque, STATUS_OK, 0);
    }
}

static void flush_done(void *opaque, int ret)
{
    if (step_done(opaque, ret, false)) {
        finish(opaque, STATUS_OK, 0);
    }
}

static void write_done(void *opaque, int ret)
{
    AHCIRequest *r = opaque;

    if (!step_done(r, ret, false)) {
        return;
    }
    if (r->fua && blk_enable_write_cache(r->port->drive->conf.blk)) {
        blk_aio_flush(r->port->drive->conf.blk, flush_done, r);
    } else {
        finish(r, STATUS_OK, 0);
    }
}

/* ---- data ---- */

/* The first @len bytes of the PRD entries. */
static bool map_prds(AHCIRequest *r, uint64_t len, bool to_guest)
{
    AHCIDevice *d = r->port;

    guest_sg_init(&r->sg, DEVICE(d->hba), port_as(d), to_guest);
    for (uint32_t i = 0; i < r->prd_count && len; i++) {
        uint8_t prd[16];
        uint64_t now;

        if (!dma_read(d, r->table + 0x80 + i * 16, prd, sizeof(prd))) {
            return false;
        }
        now = MIN(len, (uint64_t)(ldl_le_p(prd + 12) & 0x3fffff) + 1);
        guest_sg_add(&r->sg, ldq_le_p(prd), now);
        len -= now;
    }
    return !len;
}

static void transfer(AHCIRequest *r, bool is_write)
{
    BlockBackend *blk = r->port->drive->conf.blk;
    uint64_t total = ide_hd_sectors(r->port->drive);

    if (r->lba > total || r->sectors > total - r->lba) {
        finish(r, STATUS_ERROR, ERROR_ID);
        return;
    }
    if (!map_prds(r, (uint64_t)r->sectors * 512, !is_write) || !guest_sg_map(&r->sg, &r->qiov)) {
        finish(r, STATUS_ERROR, ERROR_ABORT);
        return;
    }
    if (is_write) {
        blk_aio_pwritev(blk, r->lba * 512, &r->qiov, write_done, r);
    } else {
        blk_aio_preadv(blk, r->lba * 512, &r->qiov, read_done, r);
    }
}

static void set_range(AHCIRequest *r, bool ext)
{
    const uint8_t *f = r->fis;
    uint32_t count = ext ? lduw_le_p(f + 12) : f[12];

    r->lba = f[4] | f[5] << 8 | (uint32_t)f[6] << 16;
    if (ext) {
        r->lba |= (uint64_t)f[8] << 24 | (uint64_t)f[9] << 32 | (uint64_t)f[10] << 40;
    } else {
        r->lba |= (uint32_t)(f[7] & 15) << 24;
    }
    r->sectors = count ?: ext ? 65536 : 256;
}

static void queued(AHCIRequest *r, bool is_write)
{
    const uint8_t *f = r->fis;

    set_range(r, true);
    r->ncq = true;
    r->tag = f[12] >> 3;
    r->sectors = (f[3] | f[11] << 8) ?: 65536;
    r->fua = f[7] & 0x80;
    /* The command is taken: its bit in PxCI goes when it is done, PxSACT says the rest. */
    transfer(r, is_write);
}

/* ---- commands ---- */

static void identify(AHCIRequest *r)
{
    uint8_t id[512];

    ide_hd_identify(r->port->drive, id);
    r->pio_in = true;
    r->sectors = 1;
    if (!map_prds(r, sizeof(id), true) || !guest_sg_copy(&r->sg, 0, id, sizeof(id))) {
        finish(r, STATUS_ERROR, ERROR_ABORT);
        return;
    }
    finish(r, STATUS_OK, 0);
}

static void set_features(AHCIRequest *r)
{
    BlockBackend *blk = r->port->drive->conf.blk;

    switch (r->fis[3]) {
    case 0x02: blk_set_enable_write_cache(blk, true); break;
    case 0x82:
        blk_set_enable_write_cache(blk, false);
        blk_aio_flush(blk, flush_done, r);
        return;
    case 0x03: case 0x55: case 0xaa: case 0x66: case 0xcc: case 0x05: case 0x85:
        break;
    default:
        finish(r, STATUS_ERROR, ERROR_ABORT);
        return;
    }
    finish(r, STATUS_OK, 0);
}

static void run(AHCIRequest *r)
{
    uint8_t command = r->fis[2];
    bool ext = false;

    switch (command) {
    case ATA_READ_NCQ:
    case ATA_WRITE_NCQ:
        queued(r, command == ATA_WRITE_NCQ);
        break;
    case ATA_READ_EXT: case ATA_READ_MULTIPLE_EXT: case ATA_READ_DMA_EXT:
        ext = true;
        /* fall through */
    case ATA_READ: case ATA_READ_MULTIPLE: case ATA_READ_DMA:
        set_range(r, ext);
        r->pio_in = command != ATA_READ_DMA && command != ATA_READ_DMA_EXT;
        transfer(r, false);
        break;
    case ATA_WRITE_EXT: case ATA_WRITE_MULTIPLE_EXT: case ATA_WRITE_DMA_EXT: case ATA_WRITE_FUA_EXT:
        ext = true;
        /* fall through */
    case ATA_WRITE: case ATA_WRITE_MULTIPLE: case ATA_WRITE_DMA:
        set_range(r, ext);
        r->fua = command == ATA_WRITE_FUA_EXT;
        transfer(r, true);
        break;
    case ATA_FLUSH:
    case ATA_FLUSH_EXT:
        blk_aio_flush(r->port->drive->conf.blk, flush_done, r);
        break;
    case ATA_IDENTIFY:
        identify(r);
        break;
    case ATA_SET_FEATURES:
        set_features(r);
        break;
    case ATA_CHECK_POWER:
        r->count_out = 0xff;                    /* active */
        finish(r, STATUS_OK, 0);
        break;
    case ATA_VERIFY: case ATA_VERIFY_EXT: case ATA_SET_MULTIPLE: case ATA_STANDBY_NOW: case ATA_IDLE_NOW: case ATA_STANDBY:
    case ATA_IDLE: case ATA_SLEEP:
        finish(r, STATUS_OK, 0);
        break;
    default:
        finish(r, STATUS_ERROR, ERROR_ABORT);
    }
}

/* A register FIS without a command: SRST set, then cleared. */
static void control(AHCIRequest *r)
{
    AHCIDevice *d = r->port;
    bool reset = r->fis[15] & 4;

    d->port_regs.cmd_issue &= ~(1u << r->slot);
    free_request(r);
    if (!reset) {
        ahci_send_signature(d);
    }
}

static bool is_ncq(const uint8_t *fis)
{
    return fis[2] == ATA_READ_NCQ || fis[2] == ATA_WRITE_NCQ;
}

/* False: it has to wait. */
static bool start_slot(AHCIDevice *d, unsigned slot)
{
    uint64_t list = (uint64_t)d->port_regs.lst_addr_hi << 32 | d->port_regs.lst_addr;
    AHCIRequest *r;
    uint8_t head[32];
    uint8_t fis[64];
    uint64_t table;

    if (!dma_read(d, list + slot * 32, head, sizeof(head))) {
        goto bus_error;
    }
    table = ldq_le_p(head + 8) & ~0x7full;
    if (!dma_read(d, table, fis, sizeof(fis))) {
        goto bus_error;
    }
    if (d->started && (d->busy_slot >= 0 || !is_ncq(fis))) {
        return false;
    }
    r = g_new0(AHCIRequest, 1);
    r->port = d;
    r->slot = slot;
    memcpy(r->fis, fis, sizeof(fis));
    r->table = table;
    r->prd_count = lduw_le_p(head + 2);
    d->started |= 1u << slot;
    if (!is_ncq(fis)) {
        d->busy_slot = slot;
    }
    if (fis[0] != FIS_H2D) {
        finish(r, STATUS_ERROR, ERROR_ABORT);
    } else if (!(fis[1] & 0x80)) {
        control(r);
    } else {
        run(r);
    }
    return true;
bus_error:
    d->port_regs.tfdata |= 1;                   /* I3 */
    ahci_raise(d, IS_HBF);
    return false;
}

void ahci_process(AHCIDevice *d)
{
    AHCIPortRegs *regs = &d->port_regs;
    uint32_t ready;

    /* What ends inside of this is seen by the loop. */
    if (d->starting) {
        return;
    }
    d->starting = 1;
    for (unsigned budget = 4 * SLOTS; budget && d->drive && regs->cmd & CMD_ST && runstate_is_running() &&
         !(regs->tfdata & 1) && (ready = regs->cmd_issue & ~d->started); budget--) {
        if (!start_slot(d, __builtin_ctz(ready))) {
            break;
        }
    }
    d->starting = 0;
}
