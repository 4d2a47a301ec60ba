/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Epoch-based RCU with C11 atomics, so ThreadSanitizer understands it.
 *
 *   global epoch   E, only grows
 *   reader         at its outermost lock stores E in its slot, at unlock stores 0
 *   grace period   E+1 is published, then every slot must be 0 or >= E+1
 *
 * Why that is enough: a reader that saw the old pointer stored an epoch < E+1 before its first read (seq_cst store
 * against the writer's seq_cst increment), so the writer waits for its unlock, whose release store makes the
 * reader's accesses happen before the free.
 *
 * Locks: registry_lock guards the list of readers and serialises grace periods; a leaf.
 */
#include "qemu/osdep.h"
#include "qemu/rcu.h"
#include "qemu/main-loop.h"
#include "qemu/queue.h"

typedef struct RCUReader {
    uint64_t epoch;               /* 0: not in a read section */
    unsigned depth;
    bool registered;
    QLIST_ENTRY(RCUReader) node;
} RCUReader;

static __thread RCUReader reader;
static uint64_t global_epoch = 1;
static QemuMutex registry_lock = { PTHREAD_MUTEX_INITIALIZER };
static QLIST_HEAD(, RCUReader) registry;
static void (*force_hook)(void);

static struct {
    QemuMutex lock;
    pthread_cond_t wake;
    pthread_cond_t idle;
    struct rcu_head *head, **tail;
    bool started, busy;
} calls = { .lock = { PTHREAD_MUTEX_INITIALIZER }, .wake = PTHREAD_COND_INITIALIZER,
            .idle = PTHREAD_COND_INITIALIZER, .tail = &calls.head };

void rcu_register_thread(void)
{
    if (!reader.registered) {
        QEMU_LOCK_GUARD(&registry_lock);
        QLIST_INSERT_HEAD(&registry, &reader, node);
        reader.registered = true;
    }
}

void rcu_unregister_thread(void)
{
    if (reader.registered) {
        QEMU_LOCK_GUARD(&registry_lock);
        QLIST_REMOVE(&reader, node);
        reader.registered = false;
    }
}

void rcu_read_lock(void)
{
    if (reader.depth++ == 0) {
        if (unlikely(!reader.registered)) {
            rcu_register_thread();
        }
        /* The store must be visible before any read of the section: an exchange is a full barrier. */
        qatomic_xchg(&reader.epoch, qatomic_read(&global_epoch));
    }
}

void rcu_read_unlock(void)
{
    g_assert(reader.depth > 0);
    if (--reader.depth == 0) {
        qatomic_store_release(&reader.epoch, 0);
    }
}

void rcu_set_force_hook(void (*hook)(void))
{
    qatomic_set(&force_hook, hook);
}

static void wait_for_readers(void)
{
    QEMU_LOCK_GUARD(&registry_lock);
    uint64_t target = qatomic_inc_fetch(&global_epoch);
    unsigned rounds = 0;
    RCUReader *r;

restart:
    QLIST_FOREACH(r, &registry, node) {
        uint64_t seen = __atomic_load_n(&r->epoch, __ATOMIC_SEQ_CST);

        if (seen == 0 || seen >= target) {
            continue;
        }
        /* Let threads come and go, and nudge long-running readers, while we wait. */
        qemu_mutex_unlock(&registry_lock);
        void (*hook)(void) = qatomic_read(&force_hook);
        if (hook && rounds >= 10 && rounds % 10 == 0) {
            hook();
        }
        rounds++;
        g_usleep(rounds < 10 ? 50 : 500);
        qemu_mutex_lock(&registry_lock);
        goto restart;
    }
}

void synchronize_rcu(void)
{
    bool locked = bql_locked();

    g_assert(reader.depth == 0);
    if (locked) {
        bql_unlock();
    }
    wait_for_readers();
    if (locked) {
        bql_lock();
    }
}

static void *call_rcu_thread(void *arg)
{
    rcu_register_thread();
    for (;;) {
        qemu_mutex_lock(&calls.lock);
        while (!calls.head) {
            calls.busy = false;
            pthread_cond_broadcast(&calls.idle);
            pthread_cond_wait(&calls.wake, &calls.lock.lock);
        }
        struct rcu_head *batch = calls.head;
        calls.head = NULL;
        calls.tail = &calls.head;
        calls.busy = true;
        qemu_mutex_unlock(&calls.lock);

        wait_for_readers();
        bql_lock();
        while (batch) {
            struct rcu_head *next = batch->next;
            batch->func(batch);
            batch = next;
        }
        bql_unlock();
    }
    return NULL;
}

void call_rcu1(struct rcu_head *head, RCUCBFunc *func)
{
    head->func = func;
    head->next = NULL;
    QEMU_LOCK_GUARD(&calls.lock);
    if (!calls.started) {
        QemuThread thread;
        calls.started = true;
        qemu_thread_create(&thread, "call_rcu", call_rcu_thread, NULL, QEMU_THREAD_DETACHED);
    }
    *calls.tail = head;
    calls.tail = &head->next;
    pthread_cond_signal(&calls.wake);
}

void drain_call_rcu(void)
{
    bool locked = bql_locked();

    if (locked) {
        bql_unlock();
    }
    WITH_QEMU_LOCK_GUARD(&calls.lock) {
        while (calls.head || calls.busy) {
            pthread_cond_wait(&calls.idle, &calls.lock.lock);
        }
    }
    if (locked) {
        bql_lock();
    }
}
