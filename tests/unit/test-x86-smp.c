// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What several CPUs and the rest of the machine may do to each other's memory, with the real threads: no store is lost
 * by dirty logging, RAM is not used after it was removed, atomics are atomic across pages and on devices, and code
 * changed by another CPU or a device is seen. argv[1]: the accelerator's `thread` property, multi or single. Guests are a few lines of flat 32-bit code without paging.
 */
#include "qemu/osdep.h"
#include "hw/core/cpu.h"
#include "qapi/error.h"
#include "qemu/accel.h"
#include "qemu/main-loop.h"
#include "qemu/module.h"
#include "system/address-spaces.h"
#include "system/cpus.h"
#include "system/ram_addr.h"
#include "system/runstate.h"
#include "target/i386/cpu.h"

#define CPUS 2
#define RAM_SIZE (8 << 20)
#define STACKS 0x7000       /* below this, one per CPU */
#define FUNC 0x8000         /* mov $imm, %eax; ret */
#define FLAG 0x9000
#define ACK 0x9040
#define RESULT 0x9080       /* + 4 * CPU: 1 done, 2 failed */
#define CROSSING 0xbffe
#define DATA 0x100000
#define DATA_PAGES 257      /* the last one is only reached by strings that start in the one before */
#define COUNTER 0xd0000000
#define HOLE 0x40000000
#define HOLE_SIZE (1 << 20)
#define DEADLINE_US (60 * G_USEC_PER_SEC)

#define STR_(x) #x
#define STR(x) STR_(x)
#define GUEST(name, text)                                                                       \
    extern const uint8_t guest_##name[], guest_##name##_end[];                                  \
    __asm__(".pushsection .rodata\n.code32\nguest_" #name ":\n" text                            \
            "9: movl $1, " STR(RESULT) "(,%ebp,4)\n8: hlt\njmp 8b\n"                            \
            "7: movl $2, " STR(RESULT) "(,%ebp,4)\njmp 8b\n"                                    \
            "guest_" #name "_end:\n.code64\n.popsection\n");

/* EBP is the CPU's number; EDX the number of rounds. */

/* Random stores of four kinds to random places. */
GUEST(dirty,
      "lea 77(%ebp), %ebx\n"
      "1: imul $1103515245, %ebx, %ebx\nadd $12345, %ebx\n"
      "mov %ebx, %eax\nshr $8, %eax\nand $0xff, %eax\nshl $12, %eax\n"
      "mov %ebx, %ecx\nshr $19, %ecx\nand $0xffc, %ecx\n"
      "lea " STR(DATA) "(%eax,%ecx), %edi\n"
      "test $0x10000, %ebx\njz 2f\nmov %ebx, (%edi)\njmp 1b\n"
      "2: test $0x20000, %ebx\njz 3f\nlock addl %ebx, (%edi)\njmp 1b\n"
      "3: test $0x40000, %ebx\njz 4f\nmov $16, %ecx\nmov %ebx, %eax\nrep stosl\njmp 1b\n"
      "4: movd %ebx, %xmm0\nmovups %xmm0, (%edi)\njmp 1b\n")

/* Read and write memory that comes and goes. */
GUEST(hole,
      "1: mov $" STR(HOLE) ", %edi\nmov $256, %ecx\n"
      "2: incl (%edi)\naddl $4, 4(%edi)\nadd $4096, %edi\nloop 2b\njmp 1b\n")

GUEST(atomics,
      "1: lock incl " STR(CROSSING) "\nlock incl " STR(COUNTER) "\nmov $1, %eax\n"
      "lock xaddl %eax, " STR(CROSSING) " + 0x1000\ndec %edx\njnz 1b\n")

/* CPU 0 changes the function and says so; CPU 1 calls it all the time, and after each announcement checks it. */
GUEST(modify,
      "xor %esi, %esi\ntest %ebp, %ebp\njnz 3f\n"
      "1: inc %esi\nmov %esi, " STR(FUNC) " + 1\nmov %esi, " STR(FLAG) "\n"
      "2: cmp %esi, " STR(ACK) "\njne 2b\ncmp %edx, %esi\njne 1b\njmp 9f\n"
      "3: inc %esi\n4: mov $" STR(FUNC) ", %eax\ncall *%eax\ncmp %esi, " STR(FLAG) "\njne 4b\n"
      "push %edx\nxor %eax, %eax\ncpuid\npop %edx\nmov $" STR(FUNC) ", %eax\ncall *%eax\ncmp %esi, %eax\njne 7f\n"
      "mov %esi, " STR(ACK) "\ncmp %edx, %esi\njne 3b\n")

/* Store what the function returns, for ever. */
GUEST(call, "1: mov $" STR(FUNC) ", %eax\ncall *%eax\nmov %eax, " STR(FLAG) "\njmp 1b\n")

static X86CPU *cpus[CPUS];
static MemoryRegion *ram;
static uint8_t *host;
static uint32_t device_value;
static bool in_turns;

/* ---- the machine ---- */
static uint64_t device_read(void *opaque, hwaddr addr, unsigned size)
{
    return device_value;
}

static void device_write(void *opaque, hwaddr addr, uint64_t v, unsigned size)
{
    device_value = v;
}

static const MemoryRegionOps device_ops = {
    .read = device_read,
    .write = device_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
};

static void make_machine(const char *thread)
{
    AccelState *as = ACCEL(object_new("tcg-accel"));
    AccelClass *ac = ACCEL_CLASS(object_class_by_name("tcg-accel"));
    MemoryRegion *dev = g_new0(MemoryRegion, 1);

    ram = g_new0(MemoryRegion, 1);
    memory_region_init_ram(ram, NULL, "ram", RAM_SIZE, &error_abort);
    memory_region_add_subregion(get_system_memory(), 0, ram);
    host = memory_region_get_ram_ptr(ram);
    memory_region_init_io(dev, NULL, &device_ops, NULL, "counter", 4096);
    memory_region_add_subregion(get_system_memory(), COUNTER, dev);
    object_property_set_str(OBJECT(as), "thread", thread, &error_abort);
    in_turns = !strcmp(thread, "single");
    ac->init_machine(as, NULL, &error_abort);
    cpus_register_accel(ac->ops);
    tcg_allowed = true;
    for (unsigned i = 0; i < CPUS; i++) {
        cpus[i] = X86_CPU(object_new(X86_CPU_TYPE_NAME("max")));
        cpus[i]->apic_id = i;
        g_assert_true(qdev_realize(DEVICE(cpus[i]), NULL, &error_abort));
    }
    object_unref(as);
    runstate_set(RUN_STATE_RUNNING);
}

static void set_flat_mode(CPUX86State *env)
{
    uint32_t flags = DESC_G_MASK | DESC_B_MASK | DESC_P_MASK | DESC_S_MASK | DESC_W_MASK | DESC_A_MASK;

    cpu_x86_update_cr0(env, CR0_PE_MASK | CR0_ET_MASK);
    cpu_x86_update_cr4(env, CR4_OSFXSR_MASK);
    cpu_x86_load_seg_cache(env, R_CS, 8, 0, UINT32_MAX, flags | DESC_CS_MASK);
    for (unsigned i = 0; i < 6; i++) {
        if (i != R_CS) {
            cpu_x86_load_seg_cache(env, i, 0x10, 0, UINT32_MAX, flags);
        }
    }
    x86_update_hflags(env);
}

/* CPUs are stopped. */
static void start(unsigned n, const uint8_t *code, const uint8_t *end, uint32_t rounds)
{
    static const uint8_t func[] = { 0xb8, 0, 0, 0, 0, 0xc3 };

    address_space_write(&address_space_memory, 0x1000, MEMTXATTRS_UNSPECIFIED, code, end - code);
    address_space_write(&address_space_memory, FUNC, MEMTXATTRS_UNSPECIFIED, func, sizeof(func));
    memset(host + FLAG, 0, 0x1000);
    for (unsigned i = 0; i < CPUS; i++) {
        CPUX86State *env = &cpus[i]->env;

        cpu_reset(CPU(cpus[i]));
        set_flat_mode(env);
        env->eip = 0x1000;
        env->regs[R_EBP] = i;
        env->regs[R_EDX] = rounds;
        env->regs[R_ESP] = STACKS - i * 0x1000;
        CPU(cpus[i])->halted = i >= n;
    }
    resume_all_vcpus();
}
#define START(n, name, rounds) start(n, guest_##name, guest_##name##_end, rounds)

static uint32_t peek(hwaddr addr)
{
    return qatomic_read((uint32_t *)(host + addr));
}

/* Let the machine run without the BQL. */
static void breathe(unsigned us)
{
    bql_unlock();
    g_usleep(us);
    bql_lock();
}

/* Until every CPU has reported. */
static void run_to_end(void)
{
    int64_t end = g_get_monotonic_time() + DEADLINE_US;

    for (unsigned i = 0; i < CPUS; i++) {
        while (!peek(RESULT + i * 4) && g_get_monotonic_time() < end) {
            breathe(100);
        }
    }
    pause_all_vcpus();
    for (unsigned i = 0; i < CPUS; i++) {
        g_assert_cmpuint(peek(RESULT + i * 4), ==, 1);
    }
}

/* ---- dirty logging ---- */
static uint8_t *copy;

static unsigned collect(bool all)
{
    ram_addr_t base = memory_region_get_ram_addr(ram) + DATA;
    unsigned n = 0;

    for (unsigned p = 0; p < DATA_PAGES; p++) {
        if (cpu_physical_memory_test_and_clear_dirty(base + p * 4096, 4096, DIRTY_MEMORY_MIGRATION) || all) {
            memcpy(copy + p * 4096, host + DATA + p * 4096, 4096);
            n++;
        }
    }
    return n;
}

static void test_dirty(void)
{
    unsigned pages = 0;

    copy = g_malloc0(DATA_PAGES * 4096);
    START(CPUS, dirty, 0);
    for (unsigned round = 0; round < 60; round++) {
        if (round & 1) {
            pause_all_vcpus();
        }
        memory_global_dirty_log_start(GLOBAL_DIRTY_MIGRATION, &error_abort);
        collect(true);
        resume_all_vcpus();
        for (unsigned i = 0; i < 40; i++) {
            pages += collect(false);
            breathe(i * 10);
        }
        pause_all_vcpus();
        pages += collect(false);
        for (unsigned p = 0; p < DATA_PAGES; p++) {
            if (memcmp(copy + p * 4096, host + DATA + p * 4096, 4096)) {
                g_test_message("round %u: a store to page %u was not reported", round, p);
                g_test_fail();
            }
        }
        memory_global_dirty_log_stop(GLOBAL_DIRTY_MIGRATION);
        resume_all_vcpus();
        breathe(100);
    }
    pause_all_vcpus();
    g_assert_cmpuint(pages, >, 1000);
    g_free(copy);
}

/* ---- RAM that goes away ---- */
static void test_remove_ram(void)
{
    START(CPUS, hole, 0);
    for (unsigned i = 0; i < 60; i++) {
        Object *owner = object_new(TYPE_CONTAINER);
        MemoryRegion *mr = g_new0(MemoryRegion, 1);

        memory_region_init_ram_nomigrate(mr, owner, "hole", HOLE_SIZE, &error_abort);
        memory_region_add_subregion(get_system_memory(), HOLE, mr);
        breathe(1000);
        memory_region_del_subregion(get_system_memory(), mr);
        object_unparent(OBJECT(mr));
        object_unref(owner);
        drain_call_rcu();
        drain_call_rcu();
        drain_call_rcu();
        g_free(mr);
    }
    pause_all_vcpus();
}

/* ---- atomics ---- */
static void test_atomics(void)
{
    const unsigned rounds = 1500;
    uint32_t crossing;

    device_value = 0;
    START(CPUS, atomics, rounds);
    run_to_end();
    memcpy(&crossing, host + CROSSING, 4);
    g_assert_cmpuint(crossing, ==, CPUS * rounds);
    memcpy(&crossing, host + CROSSING + 0x1000, 4);
    g_assert_cmpuint(crossing, ==, CPUS * rounds);
    g_assert_cmpuint(device_value, ==, CPUS * rounds);
}

/* ---- code ---- */
static void test_modified_by_cpu(void)
{
    START(CPUS, modify, in_turns ? 50 : 3000);      /* each CPU waits for the other */
    run_to_end();
}

static void test_modified_by_device(void)
{
    int64_t end = g_get_monotonic_time() + DEADLINE_US;

    START(1, call, 0);
    for (uint32_t i = 1; i < 200; i++) {
        address_space_write(&address_space_memory, FUNC + 1, MEMTXATTRS_UNSPECIFIED, &i, 4);
        while (peek(FLAG) != i) {
            g_assert_cmpint(g_get_monotonic_time(), <, end);
            breathe(20);
        }
    }
    pause_all_vcpus();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_call_init(MODULE_INIT_QOM);
    qemu_init_main_loop(&error_abort);
    bql_lock();
    cpu_exec_init_all();
    make_machine(argc > 1 ? argv[1] : "multi");
    g_test_add_func("/x86/smp/dirty-log", test_dirty);
    g_test_add_func("/x86/smp/remove-ram", test_remove_ram);
    g_test_add_func("/x86/smp/atomics", test_atomics);
    g_test_add_func("/x86/smp/code-modified-by-cpu", test_modified_by_cpu);
    g_test_add_func("/x86/smp/code-modified-by-device", test_modified_by_device);
    return g_test_run();
}
