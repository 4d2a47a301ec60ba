/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Threads: locked instructions, compare-and-swap of both widths, mutexes, message passing (memory order). */
#include "common.h"
#include <pthread.h>
#include <stdatomic.h>

#define THREADS 4
#define ROUNDS 20000

static _Atomic uint64_t counter, list_head, xor_sum;
static uint64_t plain;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
    uint64_t lo, hi;
} __attribute__((aligned(16))) pair;
static _Atomic int turn;
static int payload[2];

static int cas16(uint64_t lo, uint64_t hi, uint64_t nlo, uint64_t nhi)
{
    unsigned char ok;

    asm volatile("lock cmpxchg16b %1; sete %0" : "=q"(ok), "+m"(pair), "+a"(lo), "+d"(hi)
                 : "b"(nlo), "c"(nhi) : "memory", "cc");
    return ok;
}

static void *worker(void *arg)
{
    uint64_t id = (uintptr_t)arg;

    for (uint64_t i = 0; i < ROUNDS; i++) {
        uint64_t old;

        atomic_fetch_add(&counter, i);
        atomic_fetch_xor(&xor_sum, i * (id + 1));
        old = atomic_load(&list_head);
        while (!atomic_compare_exchange_weak(&list_head, &old, old + 3)) {
        }
        pthread_mutex_lock(&lock);
        plain++;
        pthread_mutex_unlock(&lock);
        do {
            old = *(volatile uint64_t *)&pair.lo;
        } while (!cas16(old, old * 2, old + 1, old * 2 + 2));
    }
    return NULL;
}

/* Two threads hand a payload to and fro: a store must not overtake the one before it. */
static void *ping(void *arg)
{
    int me = (uintptr_t)arg;

    for (int i = 0; i < 300; i++) {
        while (atomic_load_explicit(&turn, memory_order_acquire) != me) {
            sched_yield();
        }
        if (payload[0] != payload[1]) {
            printf("torn payload\n");
        }
        payload[0]++;
        payload[1]++;
        atomic_store_explicit(&turn, !me, memory_order_release);
    }
    return NULL;
}

int main(void)
{
    pthread_t t[THREADS];

    for (uintptr_t i = 0; i < THREADS; i++) {
        pthread_create(&t[i], NULL, worker, (void *)i);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(t[i], NULL);
    }
    printf("counter %llu list %llu xor %llx plain %llu pair %llu %llu\n", (unsigned long long)counter,
           (unsigned long long)list_head, (unsigned long long)xor_sum, (unsigned long long)plain,
           (unsigned long long)pair.lo, (unsigned long long)pair.hi);
    for (uintptr_t i = 0; i < 2; i++) {
        pthread_create(&t[i], NULL, ping, (void *)i);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(t[i], NULL);
    }
    printf("payload %d %d\n", payload[0], payload[1]);
    return 0;
}
