/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The return path at the source: a thread reads what the destination says and sets flags the migration thread waits
 * for. Messages: migration/migration.h.
 */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "qemu/error-report.h"
#include "qemu/timer.h"
#include "migration/migration.h"
#include "migration/vmstate-registry.h"

#define RP_MESSAGE_MAX 4096

static bool handle_times(MigrationState *s, const uint8_t *data, uint16_t len)
{
    if (len != 8 * REPORT__MAX) {
        migrate_set_error_text("return path: report of times of %u bytes", len);
        return false;
    }
    for (int i = 0; i < REPORT__MAX; i++) {
        s->ledger.report_ns[i] = MIN(ldq_be_p(data + 8 * i), (uint64_t)INT64_MAX);
    }
    qatomic_set(&s->ledger.reported, true);
    return true;
}

static void handle_sections(const uint8_t *data, uint16_t len)
{
    while (len > 9 && len - 9 >= data[8]) {
        g_autofree char *name = g_strndup((const char *)data + 9, data[8]);
        SaveStateEntry *se = vmstate_registry_find(name, ldl_be_p(data));

        if (se) {
            qatomic_set(&se->load_ns, ldl_be_p(data + 4) * 1000LL);
        }
        len -= 9 + data[8];
        data += 9 + data[8];
    }
}

static void handle_pong(MigrationState *s, uint32_t value)
{
    switch (value) {
    case MIG_PING_HELLO:
        qatomic_set(&s->rp_hello, true);
        break;
    case MIG_PONG_PEER:
        qatomic_set(&s->rp_peer, true);
        break;
    case MIG_PONG_LOADED:
        qatomic_set(&s->rp_loaded, true);
        break;
    }
}

/* C8: one too many answers nothing, nor what will be asked later. */
static void handle_ack(MigrationState *s)
{
    if (s->acks_got < qatomic_read(&s->acks_asked)) {
        qatomic_set(&s->acks_got, s->acks_got + 1);
        qemu_sem_post(&s->wake);
    } else {
        warn_report_once("the destination acknowledges a switchover that no device asked about; ignored");
    }
}

/* False: the path is over. */
static bool handle_message(MigrationState *s, uint16_t type, const uint8_t *data, uint16_t len)
{
    switch (type) {
    case MIG_RP_MSG_SHUT:
        s->rp_shut_value = len == 4 ? ldl_be_p(data) : 1;
        qatomic_set(&s->rp_shut, true);
        if (s->rp_shut_value) {
            migrate_set_error_text("the destination reports a failure");
        }
        return false;
    case MIG_RP_MSG_PONG:
        if (len != 4) {
            migrate_set_error_text("return path: pong of %u bytes", len);
            return false;
        }
        handle_pong(s, ldl_be_p(data));
        return true;
    case MIG_RP_MSG_SWITCHOVER_ACK:
        handle_ack(s);
        return true;
    case MIG_RP_MSG_FORECAST:
        qatomic_set(&s->ledger.forecast.load_ns, len == 8 ? MIN(ldq_be_p(data), 3600000000000ull) : 0);
        return true;
    case MIG_RP_MSG_TIMES:
        return handle_times(s, data, len);
    case MIG_RP_MSG_SECTIONS:
        handle_sections(data, len);
        return true;
    case MIG_RP_MSG_ERROR_TEXT:
        {
            g_autofree char *text = g_utf8_make_valid((const char *)data, len);

            migrate_set_error_text("destination: %s", text);
        }
        return true;
    default:
        migrate_set_error_text("return path: message type %u is not supported", type);
        return false;
    }
}

static void *return_path_thread(void *opaque)
{
    MigrationState *s = opaque;
    QEMUFile *f = s->from_dst;
    bool more = true;

    while (more) {
        uint8_t data[RP_MESSAGE_MAX];
        uint16_t type = qemu_get_be16(f), len = qemu_get_be16(f);

        if (!qemu_file_get_error(f) && len > sizeof(data)) {
            migrate_set_error_text("return path: message of %u bytes", len);
            break;
        }
        qemu_get_buffer(f, data, qemu_file_get_error(f) ? 0 : len);
        if (qemu_file_get_error(f)) {
            break;
        }
        more = handle_message(s, type, data, len);
        qemu_sem_post(&s->rp_sem);
    }
    qatomic_set(&s->rp_closed, true);
    qemu_sem_post(&s->rp_sem);
    return NULL;
}

bool migration_open_return_path(MigrationState *s, int fd)
{
    struct stat st;
    int back = fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode) ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;

    if (back < 0) {
        return false;
    }
    s->from_dst = qemu_file_new_fd(back, false);
    s->rp_open = true;
    qemu_thread_create(&s->rp_thread, "mig/src/return", return_path_thread, s, QEMU_THREAD_JOINABLE);
    return true;
}

void migration_close_return_path(MigrationState *s)
{
    if (s->rp_open) {
        qemu_file_shutdown(s->from_dst);
        qemu_thread_join(&s->rp_thread);
        qemu_fclose(s->from_dst);
        s->from_dst = NULL;
        s->rp_open = false;
    }
}

bool migration_wait_return_path(MigrationState *s, const bool *flag, int timeout_ms)
{
    int64_t end = get_clock() + (int64_t)timeout_ms * SCALE_MS;

    while (s->rp_open && !qatomic_read(flag) && !qatomic_read(&s->rp_closed) &&
           migrate_state(s) != MIGRATION_STATUS_CANCELLING) {
        int64_t left = timeout_ms < 0 ? 1000 : (end - get_clock()) / SCALE_MS;

        if (left <= 0) {
            break;
        }
        qemu_sem_timedwait(&s->rp_sem, left);
    }
    return s->rp_open && qatomic_read(flag);
}
