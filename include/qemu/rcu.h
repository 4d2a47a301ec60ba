/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Read-copy-update: readers cost two stores, writers publish by pointer and free after a grace period.
 *
 * Rules
 *  - Read sides nest, may not wait for a grace period, and should be short.
 *  - Publish with qatomic_rcu_set(), read with qatomic_rcu_read().
 *  - call_rcu() callbacks run in a thread of their own, with the BQL held.
 *  - A thread registers itself before its first read section; qemu_thread_create() does that.
 *
 *  right:  RCU_READ_LOCK_GUARD();
 *          view = qatomic_rcu_read(&as->current_map);
 *  wrong:  keeping `view` after the guard's block without a reference of its own
 */
#ifndef QEMU_RCU_H
#define QEMU_RCU_H

#include "qemu/thread.h"

struct rcu_head;
typedef void RCUCBFunc(struct rcu_head *head);
struct rcu_head {
    struct rcu_head *next;
    RCUCBFunc *func;
};

void rcu_read_lock(void);
void rcu_read_unlock(void);
/* Wait until every read section that runs now has ended. Drops the BQL while waiting when it is held. */
void synchronize_rcu(void);
void call_rcu1(struct rcu_head *head, RCUCBFunc *func);
/* Wait until all callbacks queued so far have run; the BQL is dropped meanwhile. */
void drain_call_rcu(void);
/* Called when a writer has waited for a while: readers that run long must come to an end of their section. */
void rcu_set_force_hook(void (*hook)(void));
void rcu_register_thread(void);
void rcu_unregister_thread(void);

/* func(pointer to the structure that holds @field) after a grace period. */
#define call_rcu(head, func, field) do {                                                   \
        QEMU_BUILD_BUG_ON(offsetof(typeof(*(head)), field) != 0);                          \
        call_rcu1(&(head)->field, (RCUCBFunc *)(void (*)(typeof(head)))(func));            \
    } while (0)
#define g_free_rcu(obj, field) do {                                                        \
        QEMU_BUILD_BUG_ON(offsetof(typeof(*(obj)), field) != 0);                           \
        call_rcu1(&(obj)->field, (RCUCBFunc *)(void *)g_free);                             \
    } while (0)

static inline void *rcu_guard_lock(void)
{
    rcu_read_lock();
    return (void *)1;
}
static inline void rcu_guard_unlock(void **guard)
{
    if (*guard) {
        rcu_read_unlock();
    }
}
#define RCU_GUARD_ __attribute__((cleanup(rcu_guard_unlock), unused)) void *
#define RCU_READ_LOCK_GUARD() RCU_GUARD_ glue(rcu_guard_, __COUNTER__) = rcu_guard_lock()
#define WITH_RCU_READ_LOCK_GUARD()                                              \
    for (RCU_GUARD_ rcu_guard_var_ = rcu_guard_lock(); rcu_guard_var_;          \
         rcu_read_unlock(), rcu_guard_var_ = NULL)

#endif
