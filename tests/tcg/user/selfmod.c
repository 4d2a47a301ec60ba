/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Self-modifying and generated code: patches of the next instruction, of other pages, of running loops, by other threads. */
#include "common.h"
#include <pthread.h>
#include <stdatomic.h>
#include <sched.h>
#include <sys/mman.h>

typedef int Fn(int);
static unsigned char *code;

/* mov eax, imm32; add eax, edi; ret */
static void emit(unsigned char *p, uint32_t imm)
{
    static const unsigned char t[] = { 0xb8, 0, 0, 0, 0, 0x01, 0xf8, 0xc3 };

    memcpy(p, t, sizeof(t));
    memcpy(p + 1, &imm, 4);
}

static void generated(void)
{
    uint64_t sum = 0;

    for (int i = 0; i < 2000; i++) {
        emit(code, i * 3);
        sum += ((Fn *)code)(i);
    }
    printf("generated %llu\n", (unsigned long long)sum);
    sum = 0;
    for (int i = 0; i < 500; i++) {         /* across a page boundary */
        emit(code + 4092, i * 5);
        sum += ((Fn *)(code + 4092))(i);
    }
    printf("crossing %llu\n", (unsigned long long)sum);
}

/*
 * The store changes the immediate of the instruction right after it:
 *      mov byte [rip+1], dil; mov al, 0; movzx eax, al; ret
 */
static void next_instruction(void)
{
    static const unsigned char t[] = {
        0x40, 0x88, 0x3d, 0x01, 0, 0, 0, 0xb0, 0x00, 0x0f, 0xb6, 0xc0, 0xc3,
    };
    uint64_t sum = 0;

    memcpy(code + 256, t, sizeof(t));
    for (int i = 0; i < 1000; i++) {
        sum = sum * 3 + ((Fn *)(code + 256))(i & 0xff);
    }
    printf("next instruction %llu\n", (unsigned long long)sum);
}

/* A loop that counts in its own immediate: L: inc dword [rip+imm]; mov eax, imm; cmp eax, edi; jne L; ret */
static void own_loop(void)
{
    static const unsigned char t[] = {
        0xff, 0x05, 0x01, 0, 0, 0, 0xb8, 0, 0, 0, 0, 0x39, 0xf8, 0x75, 0xf1, 0xc3,
    };

    memcpy(code + 512, t, sizeof(t));
    printf("own loop %d\n", ((Fn *)(code + 512))(1000));
}

static _Atomic int request, reply, result;

static void *runner(void *arg)
{
    for (int i = 1; i <= 200; i++) {
        while (atomic_load(&request) != i) {
            sched_yield();
        }
        asm volatile("cpuid" : : "a"(0), "c"(0) : "rbx", "rdx", "memory");  /* serialise, as the SDM asks */
        atomic_store(&result, ((Fn *)(code + 1024))(i));
        atomic_store(&reply, i);
    }
    return NULL;
}

static void cross_modifying(void)
{
    pthread_t t;
    uint64_t sum = 0;

    emit(code + 1024, 0);
    pthread_create(&t, NULL, runner, NULL);
    for (int i = 1; i <= 200; i++) {
        emit(code + 1024, i * 11);
        atomic_store(&request, i);
        while (atomic_load(&reply) != i) {
            sched_yield();
        }
        sum += atomic_load(&result);
    }
    pthread_join(t, NULL);
    printf("cross-modifying %llu\n", (unsigned long long)sum);
}

int main(void)
{
    code = mmap(NULL, 8192, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    generated();
    next_instruction();
    own_loop();
    cross_modifying();
    munmap(code, 8192);
    return 0;
}
