/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Faults become signals at the right instruction with the right codes; FP state survives handlers. */
#include "common.h"
#include <fenv.h>
#include <immintrin.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

static sigjmp_buf env;
static volatile sig_atomic_t ticks, armed;

static void fault(int sig, siginfo_t *info, void *uc)
{
    ucontext_t *c = uc;

    printf("signal %d code %d trap %lld err %llx\n", sig, info->si_code,
           (long long)c->uc_mcontext.gregs[REG_TRAPNO], (long long)c->uc_mcontext.gregs[REG_ERR]);
    if (!armed) {
        _exit(1);           /* not where a fault was asked for */
    }
    siglongjmp(env, 1);
}

#define TRY(what, code) do { \
    printf("%s: ", what); \
    armed = 1; \
    if (!sigsetjmp(env, 1)) { \
        code; \
        printf("no signal\n"); \
    } \
    armed = 0; \
} while (0)

static void tick(int sig)
{
    volatile double d = 1.0;

    ticks++;
    for (int i = 0; i < 10; i++) {
        d = d * 3.7 + i;
    }
    _mm256_zeroall();
    asm volatile("fninit");
}

/* Registers must survive a handler that destroys them, at any instruction */
static void interrupted(void)
{
    struct itimerval it = { { 0, 2000 }, { 0, 2000 } };
    double sum = 0;
    long double lsum = 0;
    uint64_t n = 0;

    signal(SIGALRM, tick);
    setitimer(ITIMER_REAL, &it, NULL);
    while (ticks < 20) {
        sum = 0;
        lsum = 0;
        for (int i = 1; i < 2000; i++) {
            sum += 1.0 / i;
            lsum += 1.0L / i;
        }
        n++;
    }
    memset(&it, 0, sizeof(it));
    setitimer(ITIMER_REAL, &it, NULL);
    printf("sum %.17g %.20Lg %s\n", sum, lsum, n ? "done" : "never");
}

int main(void)
{
    struct sigaction sa = { .sa_sigaction = fault, .sa_flags = SA_SIGINFO };
    volatile int zero = 0;
    volatile int *volatile low = (volatile int *)16;
    volatile double dz = 0;
    volatile long double lz = 0;
    char *page = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    static const int sigs[] = { SIGSEGV, SIGILL, SIGFPE, SIGBUS, SIGTRAP };

    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 0; i < 5; i++) {
        sigaction(sigs[i], &sa, NULL);
    }
    munmap(page + 4096, 4096);
    TRY("integer division", asm volatile("xorl %%edx, %%edx; divl %0" : : "r"(zero), "a"(1) : "edx"));
    TRY("null read", zero = *low);
    TRY("read-only write", *(volatile char *)page = 1);
    TRY("page crossing", zero = *(volatile int *)(page + 4094));
    TRY("non-canonical", zero = *(volatile char *)0x8000000000000000ull);
    TRY("execute data", ((void (*)(void))page)());
    TRY("ud2", asm volatile("ud2"));
    TRY("int3", asm volatile("int3"));
    TRY("hlt", asm volatile("hlt"));
    TRY("unaligned movaps", asm volatile("movaps 4(%0), %%xmm0" : : "r"(page) : "xmm0"));
    TRY("SSE division", feenableexcept(FE_DIVBYZERO); dz = 1 / dz);
    TRY("SSE invalid", feenableexcept(FE_INVALID); dz = 0; dz = dz / dz);
    fedisableexcept(FE_ALL_EXCEPT);
    feclearexcept(FE_ALL_EXCEPT);
    TRY("x87 division", feenableexcept(FE_DIVBYZERO); lz = 1 / lz; asm volatile("fwait"));
    fedisableexcept(FE_ALL_EXCEPT);
    asm volatile("fninit");
    TRY("single step", asm volatile("pushfq; orq $0x100, (%%rsp); popfq; nop; nop" : : : "memory", "cc"));
    interrupted();
    return 0;
}
