/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * migration-testdev: a device whose state has any size one likes, for testing the switchover (rule C15). It has no
 * registers; a guest does not see it. Every property can be changed with qom-set at any time, also while a
 * migration runs, so that a test decides what each query finds.
 *
 * Section: records, each a type byte; DATA: u32 length, bytes of a pattern; ACK: u32, one more acknowledgement is wanted,
 * the how manieth; END: u64, bytes of DATA there were in all. A section ends with NEXT or END.
 *
 * Locks: none. The migration thread and the monitor share whole numbers, accessed atomically.
 */
#include "qemu/osdep.h"
#include "qemu/atomic.h"
#include "qapi/error.h"
#include "qapi/visitor.h"
#include "hw/core/qdev.h"
#include "migration/qemu-file-types.h"
#include "migration/register.h"
#include "system/runstate.h"

#define TYPE_MIGRATION_TESTDEV "migration-testdev"
OBJECT_DECLARE_SIMPLE_TYPE(MigrationTestDev, MIGRATION_TESTDEV)

#define CHUNK (64u << 10)
#define CHUNKS_PER_ITERATION 16

enum { REC_NEXT, REC_DATA, REC_ACK, REC_END };

/* What a query reports instead of the truth. */
enum { GARBAGE_NONE, GARBAGE_STOPCOPY_MAX, GARBAGE_PRECOPY_HUGE, GARBAGE_WRAP };

struct MigrationTestDev {
    DeviceState parent_obj;

    /* Settings, in bytes. */
    uint64_t initial_size;          /* to move while the guest runs, from the start */
    uint64_t dirty_size;            /* what each exact query finds to have changed */
    uint64_t stopcopy_size;         /* to move after the guest stopped */
    uint64_t exact_extra;           /* more stop-copy bytes, seen by exact queries only */
    uint64_t acks;                  /* acknowledgements to want from the destination */
    uint64_t late_acks;             /* and as many more once the guest stands still */
    uint64_t garbage;
    uint64_t load_delay_us;         /* destination: how long the last section takes */

    /* Counters of the migration under way. */
    uint64_t remaining;
    uint64_t estimates, exacts;     /* queries */
    uint64_t acks_told, acks_sent;
    uint64_t sent, received;
    uint64_t acks_wanted;           /* destination */
    uint8_t *pattern;
    char *section;
};

/* ---- Source ---- */

static int testdev_save_setup(QEMUFile *f, void *opaque, Error **errp)
{
    MigrationTestDev *d = opaque;

    qatomic_set(&d->remaining, d->initial_size);
    qatomic_set(&d->estimates, 0);
    qatomic_set(&d->exacts, 0);
    d->acks_told = d->acks_sent = d->sent = 0;
    qemu_put_byte(f, REC_NEXT);
    return qemu_file_get_error(f);
}

static void report_garbage(uint64_t kind, MigPendingData *p)
{
    switch (kind) {
    case GARBAGE_STOPCOPY_MAX:
        p->stopcopy_bytes = UINT64_MAX;
        break;
    case GARBAGE_PRECOPY_HUGE:
        p->precopy_bytes = 1ull << 62;
        break;
    case GARBAGE_WRAP:
        p->precopy_bytes = p->stopcopy_bytes = 1ull << 63;      /* their sum is 0 */
        break;
    }
}

static void testdev_query(void *opaque, MigPendingData *pending, bool exact)
{
    MigrationTestDev *d = opaque;

    if (exact) {
        qatomic_set(&d->exacts, d->exacts + 1);
        qatomic_set(&d->remaining, MIN(d->remaining + qatomic_read(&d->dirty_size), d->initial_size));
    } else {
        qatomic_set(&d->estimates, d->estimates + 1);
    }
    pending->precopy_bytes += d->remaining;
    pending->stopcopy_bytes += qatomic_read(&d->stopcopy_size) + (exact ? qatomic_read(&d->exact_extra) : 0);
    d->acks_told = qatomic_read(&d->acks) + (runstate_is_running() ? 0 : qatomic_read(&d->late_acks));
    pending->switchover_acks += d->acks_told;
    report_garbage(qatomic_read(&d->garbage), pending);
}

static void put_data(QEMUFile *f, MigrationTestDev *d, uint32_t len)
{
    qemu_put_byte(f, REC_DATA);
    qemu_put_be32(f, len);
    qemu_put_buffer(f, d->pattern, len);
    d->sent += len;
}

static int testdev_iterate(QEMUFile *f, void *opaque)
{
    MigrationTestDev *d = opaque;

    /* Only what the last query announced. */
    while (d->acks_sent < d->acks_told) {
        qemu_put_byte(f, REC_ACK);
        qemu_put_be32(f, ++d->acks_sent);
    }
    for (int i = 0; i < CHUNKS_PER_ITERATION && d->remaining && !qemu_file_get_error(f); i++) {
        uint32_t len = MIN(d->remaining, CHUNK);

        put_data(f, d, len);
        qatomic_set(&d->remaining, d->remaining - len);
    }
    qemu_put_byte(f, REC_NEXT);
    return qemu_file_get_error(f) ?: d->remaining == 0;
}

static int testdev_complete(QEMUFile *f, void *opaque)
{
    MigrationTestDev *d = opaque;
    uint64_t left = d->remaining + d->stopcopy_size;

    while (left && !qemu_file_get_error(f)) {
        uint32_t len = MIN(left, CHUNK);

        put_data(f, d, len);
        left -= len;
    }
    qatomic_set(&d->remaining, 0);
    qemu_put_byte(f, REC_END);
    qemu_put_be64(f, d->sent);
    return qemu_file_get_error(f);
}

/* ---- Destination ---- */

static int load_data(QEMUFile *f, MigrationTestDev *d)
{
    uint32_t len = qemu_get_be32(f);
    g_autofree uint8_t *buf = NULL;

    if (qemu_file_get_error(f)) {
        return qemu_file_get_error(f);
    }
    if (len > CHUNK) {
        return qemu_file_fail(f, "migration-testdev: a record of %" PRIu32 " bytes is longer than %u", len, CHUNK);
    }
    buf = g_malloc(len);
    if (qemu_get_buffer(f, buf, len) == len && memcmp(buf, d->pattern, len)) {
        return qemu_file_fail(f, "migration-testdev: the data differs from what was sent");
    }
    qatomic_set(&d->received, d->received + len);
    return qemu_file_get_error(f);
}

static int load_end(QEMUFile *f, MigrationTestDev *d)
{
    uint64_t want = qemu_get_be64(f), got = d->received;

    qatomic_set(&d->received, 0);
    if (!qemu_file_get_error(f) && want != got) {
        return qemu_file_fail(f, "migration-testdev: %" PRIu64 " bytes came of %" PRIu64, got, want);
    }
    g_usleep(MIN(d->load_delay_us, 10 * G_USEC_PER_SEC));
    qatomic_set(&d->received, got);
    return qemu_file_get_error(f);
}

static int testdev_load(QEMUFile *f, void *opaque, int version_id)
{
    MigrationTestDev *d = opaque;
    int ret = 0;

    while (ret == 0) {
        int type = qemu_get_byte(f);

        if (qemu_file_get_error(f)) {
            return qemu_file_get_error(f);
        }
        switch (type) {
        case REC_NEXT:
            return 0;
        case REC_END:
            return load_end(f, d);
        case REC_DATA:
            ret = load_data(f, d);
            break;
        case REC_ACK:
            qatomic_set(&d->acks_wanted, qemu_get_be32(f));
            break;
        default:
            ret = qemu_file_fail(f, "migration-testdev: record of unknown type %d", type);
        }
    }
    return ret;
}

static int testdev_load_setup(QEMUFile *f, void *opaque, Error **errp)
{
    MigrationTestDev *d = opaque;

    qatomic_set(&d->received, 0);
    qatomic_set(&d->acks_wanted, 0);
    return 0;
}

/* qom-set of "acknowledge": so many acknowledgements, wanted or not. */
static void set_acknowledge(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    uint64_t n;

    if (!visit_type_uint64(v, name, &n, errp)) {
        return;
    }
    for (n = MIN(n, 1000); n; n--) {
        if (!qemu_loadvm_approve_switchover(errp)) {
            return;
        }
    }
}

/* ---- The device ---- */

static const SaveVMHandlers testdev_handlers = {
    .save_setup = testdev_save_setup,
    .save_query_pending = testdev_query,
    .save_live_iterate = testdev_iterate,
    .save_complete = testdev_complete,
    .load_setup = testdev_load_setup,
    .load_state = testdev_load,
};

static void testdev_realize(DeviceState *dev, Error **errp)
{
    MigrationTestDev *d = MIGRATION_TESTDEV(dev);

    if (dev->id && strlen(dev->id) > 200) {
        error_setg(errp, "migration-testdev: the id is too long to name a section");
        return;
    }
    d->section = dev->id ? g_strdup_printf("%s/%s", dev->id, TYPE_MIGRATION_TESTDEV) : g_strdup(TYPE_MIGRATION_TESTDEV);
    d->pattern = g_malloc(CHUNK);
    for (unsigned i = 0; i < CHUNK; i++) {
        d->pattern[i] = (i * 2654435761u) >> 24;
    }
    register_savevm_live(d->section, VMSTATE_INSTANCE_ID_ANY, 1, &testdev_handlers, d);
}

static void testdev_unrealize(DeviceState *dev)
{
    MigrationTestDev *d = MIGRATION_TESTDEV(dev);

    unregister_savevm(NULL, d->section, d);
    g_clear_pointer(&d->section, g_free);
    g_clear_pointer(&d->pattern, g_free);
}

static void testdev_init(Object *obj)
{
    MigrationTestDev *d = MIGRATION_TESTDEV(obj);
    const struct { const char *name; uint64_t *value; ObjectPropertyFlags flags; } props[] = {
        { "initial-size", &d->initial_size, OBJ_PROP_FLAG_READWRITE },
        { "dirty-size", &d->dirty_size, OBJ_PROP_FLAG_READWRITE },
        { "stopcopy-size", &d->stopcopy_size, OBJ_PROP_FLAG_READWRITE },
        { "exact-extra", &d->exact_extra, OBJ_PROP_FLAG_READWRITE },
        { "acks", &d->acks, OBJ_PROP_FLAG_READWRITE },
        { "late-acks", &d->late_acks, OBJ_PROP_FLAG_READWRITE },
        { "garbage", &d->garbage, OBJ_PROP_FLAG_READWRITE },
        { "load-delay-us", &d->load_delay_us, OBJ_PROP_FLAG_READWRITE },
        { "estimates", &d->estimates, OBJ_PROP_FLAG_READ },
        { "exacts", &d->exacts, OBJ_PROP_FLAG_READ },
        { "received", &d->received, OBJ_PROP_FLAG_READ },
        { "acks-wanted", &d->acks_wanted, OBJ_PROP_FLAG_READ },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(props); i++) {
        object_property_add_uint64_ptr(obj, props[i].name, props[i].value, props[i].flags);
    }
    object_property_add(obj, "acknowledge", "uint64", NULL, set_acknowledge, NULL, NULL);
}

static void testdev_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);

    dc->realize = testdev_realize;
    dc->unrealize = testdev_unrealize;
    dc->hotpluggable = false;
    dc->desc = "State of any size, for testing migration";
    set_bit(DEVICE_CATEGORY_MISC, dc->categories);
}

static const TypeInfo testdev_types[] = {
    {
        .name = TYPE_MIGRATION_TESTDEV,
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(MigrationTestDev),
        .instance_init = testdev_init,
        .class_init = testdev_class_init,
    },
};

DEFINE_TYPES(testdev_types)
