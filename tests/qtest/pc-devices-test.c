/* SPDX-License-Identifier: GPL-2.0-or-later */
/* UART, 8042, port 92, DMA page registers, debug exit, test device, CMOS and fw_cfg contents, ACPI tables. */
#include "qemu/osdep.h"
#include "libqtest.h"

static void test_serial_loopback(void)
{
    QTestState *s = qtest_init("-machine pc -nodefaults -chardev null,id=c0 -device isa-serial,chardev=c0");

    g_assert_cmphex(qtest_inb(s, 0x3fd), ==, 0x60);
    qtest_outb(s, 0x3ff, 0x5a);
    g_assert_cmphex(qtest_inb(s, 0x3ff), ==, 0x5a);
    qtest_outb(s, 0x3fb, 0x80);
    qtest_outb(s, 0x3f8, 0x01);
    g_assert_cmphex(qtest_inb(s, 0x3f8), ==, 0x01);
    qtest_outb(s, 0x3fb, 0x03);
    qtest_outb(s, 0x3fa, 0x07);
    g_assert_cmphex(qtest_inb(s, 0x3fa), ==, 0xc1);
    qtest_outb(s, 0x3fc, 0x10);
    qtest_outb(s, 0x3f8, 'x');
    g_assert_cmphex(qtest_inb(s, 0x3fd) & 1, ==, 1);
    g_assert_cmphex(qtest_inb(s, 0x3f8), ==, 'x');
    g_assert_cmphex(qtest_inb(s, 0x3fd) & 1, ==, 0);
    qtest_quit(s);
}

static void test_serial_thr_interrupt(void)
{
    QTestState *s = qtest_init("-machine pc -nodefaults -chardev null,id=c0 -device isa-serial,chardev=c0");

    qtest_outb(s, 0x3f9, 0x02);
    g_assert_cmphex(qtest_inb(s, 0x3fa), ==, 0x02);
    g_assert_cmphex(qtest_inb(s, 0x3fa), ==, 0x01);
    qtest_quit(s);
}

static void test_i8042_self_test(void)
{
    QTestState *s = qtest_init("-machine pc -nodefaults");

    qtest_outb(s, 0x64, 0xaa);
    g_assert_cmphex(qtest_inb(s, 0x64) & 1, ==, 1);
    g_assert_cmphex(qtest_inb(s, 0x60), ==, 0x55);
    qtest_outb(s, 0x60, 0xff);                  /* keyboard reset */
    g_assert_cmphex(qtest_inb(s, 0x60), ==, 0xfa);
    g_assert_cmphex(qtest_inb(s, 0x60), ==, 0xaa);
    g_assert_cmphex(qtest_inb(s, 0x64) & 1, ==, 0);
    qtest_outb(s, 0x64, 0xd4);                  /* mouse: who are you */
    qtest_outb(s, 0x60, 0xf2);
    g_assert_cmphex(qtest_inb(s, 0x64) & 0x21, ==, 0x21);
    g_assert_cmphex(qtest_inb(s, 0x60), ==, 0xfa);
    g_assert_cmphex(qtest_inb(s, 0x60), ==, 0x00);
    qtest_outb(s, 0x64, 0x20);
    g_assert_cmphex(qtest_inb(s, 0x60) & 0x03, ==, 0x03);
    qtest_quit(s);
}

static void test_port92_and_dma_pages(void)
{
    QTestState *s = qtest_init("-machine pc -nodefaults");

    qtest_outb(s, 0x92, 0x02);
    g_assert_cmphex(qtest_inb(s, 0x92), ==, 0x02);
    qtest_outb(s, 0x87, 0x12);
    qtest_outb(s, 0x83, 0x34);
    g_assert_cmphex(qtest_inb(s, 0x87), ==, 0x12);
    g_assert_cmphex(qtest_inb(s, 0x83), ==, 0x34);
    qtest_quit(s);
}

static void test_debug_exit(void)
{
    QTestState *s = qtest_init("-machine pc -nodefaults -device isa-debug-exit,iobase=0xf4,iosize=4");

    qtest_set_expected_status(s, 0x2b);
    qtest_outl(s, 0xf4, 0x15);
    qtest_wait_qemu(s);
    qtest_quit(s);
}

static void test_testdev(void)
{
    QTestState *s = qtest_init("-machine pc -nodefaults -device pc-testdev");

    qtest_outl(s, 0xe0, 0x12345678);
    g_assert_cmphex(qtest_inb(s, 0xe1), ==, 0x56);
    g_assert_cmphex(qtest_inl(s, 0xe8), ==, 0x12345678);
    qtest_writel(s, 0xff000010, 0xcafef00d);
    g_assert_cmphex(qtest_readl(s, 0xff000010), ==, 0xcafef00d);
    qtest_quit(s);
}

static void fw_cfg_select(QTestState *s, uint16_t key)
{
    qtest_outw(s, 0x510, key);
}

static uint64_t fw_cfg_read_be(QTestState *s, unsigned n)
{
    uint64_t v = 0;

    while (n--) {
        v = v << 8 | qtest_inb(s, 0x511);
    }
    return v;
}

static void test_fw_cfg_keys(void)
{
    QTestState *s = qtest_init("-machine pc -nodefaults -m 64 -smp 3");

    fw_cfg_select(s, 0);
    g_assert_cmphex(fw_cfg_read_be(s, 4), ==, 0x51454d55);
    g_assert_cmphex(qtest_inb(s, 0x511), ==, 0);
    fw_cfg_select(s, 1);
    g_assert_cmphex(fw_cfg_read_be(s, 4), ==, 0x03000000);
    fw_cfg_select(s, 5);
    g_assert_cmphex(fw_cfg_read_be(s, 2), ==, 0x0300);
    fw_cfg_select(s, 0x7fff);
    g_assert_cmphex(fw_cfg_read_be(s, 4), ==, 0);
    qtest_quit(s);
}

/* Find @name in the directory: sorted, its key and size. */
static uint16_t fw_cfg_find(QTestState *s, const char *name, uint32_t *size)
{
    char last[57] = "";
    uint16_t found = 0;
    uint32_t count;

    fw_cfg_select(s, 0x19);
    count = fw_cfg_read_be(s, 4);
    g_assert_cmpuint(count, <, 33);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t len = fw_cfg_read_be(s, 4);
        uint16_t key = fw_cfg_read_be(s, 2);
        char file[57] = "";

        fw_cfg_read_be(s, 2);
        for (int j = 0; j < 56; j++) {
            file[j] = qtest_inb(s, 0x511);
        }
        g_assert_cmpstr(last, <, file);
        g_assert_cmpuint(key, ==, 0x20 + i);
        strcpy(last, file);
        if (!strcmp(file, name)) {
            found = key;
            *size = len;
        }
    }
    return found;
}

static void test_fw_cfg_dma(void)
{
    QTestState *s = qtest_init("-machine pc -nodefaults -m 64");
    uint8_t desc[16] = { 0 }, map[20];
    uint32_t size = 0;
    uint16_t key = fw_cfg_find(s, "etc/e820", &size);

    g_assert_cmpuint(size, ==, 20);
    desc[0] = key >> 8;
    desc[1] = key;
    desc[3] = 0x0a;                             /* select, read */
    desc[7] = sizeof(map);
    desc[13] = 0x20;                            /* to 0x200000 */
    qtest_memwrite(s, 0x1000, desc, sizeof(desc));
    qtest_outl(s, 0x514, 0);
    qtest_outl(s, 0x518, GUINT32_TO_BE(0x1000));
    g_assert_cmphex(qtest_readl(s, 0x1000), ==, 0);
    qtest_memread(s, 0x200000, map, sizeof(map));
    g_assert_cmphex(GUINT64_FROM_LE(*(uint64_t *)(map + 8)), ==, 64 << 20);
    g_assert_cmphex(map[16], ==, 1);
    qtest_quit(s);
}

static uint8_t sum(QTestState *s, uint64_t addr, uint32_t len)
{
    g_autofree uint8_t *data = g_malloc(len);
    uint8_t v = 0;

    qtest_memread(s, addr, data, len);
    for (uint32_t i = 0; i < len; i++) {
        v += data[i];
    }
    return v;
}

/* A machine without firmware has its tables in memory: every checksum is right and the wanted ones are there. */
static void test_acpi_tables(const void *data)
{
    const char *machine = data;
    QTestState *s = qtest_initf("-machine %s -nodefaults -m 64 -smp 2", machine);
    uint32_t rsdt = 0, len;
    bool facp = false, apic = false;

    for (uint32_t addr = 0xe0000; addr < 0x100000 && !rsdt; addr += 16) {
        if (qtest_readq(s, addr) == 0x2052545020445352ULL) {    /* "RSD PTR " */
            g_assert_cmphex(sum(s, addr, 20), ==, 0);
            rsdt = qtest_readl(s, addr + 16);
        }
    }
    g_assert_cmphex(rsdt, !=, 0);
    len = qtest_readl(s, rsdt + 4);
    g_assert_cmphex(sum(s, rsdt, len), ==, 0);
    for (uint32_t i = 36; i < len; i += 4) {
        uint32_t table = qtest_readl(s, rsdt + i), sig = qtest_readl(s, table);

        g_assert_cmphex(sum(s, table, qtest_readl(s, table + 4)), ==, 0);
        if (sig == 0x50434146) {                                /* FACP */
            uint32_t dsdt = qtest_readl(s, table + 40);

            g_assert_cmphex(qtest_readl(s, dsdt), ==, 0x54445344);
            g_assert_cmphex(sum(s, dsdt, qtest_readl(s, dsdt + 4)), ==, 0);
            facp = true;
        }
        apic |= sig == 0x43495041;
    }
    g_assert_true(facp);
    g_assert_true(apic);
    qtest_quit(s);
}

static uint32_t find_anchor(QTestState *s, const char *text)
{
    for (uint32_t addr = 0xf0000; addr < 0x100000; addr += 16) {
        char found[8];

        qtest_memread(s, addr, found, sizeof(found));
        if (!strncmp(found, text, strlen(text))) {
            return addr;
        }
    }
    return 0;
}

/* The entry point is where kernels look, its sums are right, and it leads to the strings that were asked for. */
static void test_smbios(const void *data)
{
    const char *machine = data;
    bool old = strstr(machine, "7.2");
    QTestState *s = qtest_initf("-machine %s -nodefaults -m 64 -smbios type=1,serial=needle", machine);
    uint32_t anchor = find_anchor(s, old ? "_SM_" : "_SM3_"), len;
    g_autofree char *tables = NULL;
    uint64_t addr;

    g_assert_cmphex(anchor, !=, 0);
    if (old) {
        g_assert_cmphex(sum(s, anchor, 0x1f), ==, 0);
        g_assert_cmphex(sum(s, anchor + 16, 15), ==, 0);
        len = qtest_readw(s, anchor + 22);
        addr = qtest_readl(s, anchor + 24);
    } else {
        g_assert_cmphex(sum(s, anchor, 0x18), ==, 0);
        len = qtest_readl(s, anchor + 12);
        addr = qtest_readq(s, anchor + 16);
    }
    tables = g_malloc(len);
    qtest_memread(s, addr, tables, len);
    g_assert_nonnull(memmem(tables, len, "needle", 7));
    g_assert_cmphex((uint8_t)tables[len - 6], ==, 127);
    qtest_quit(s);
}

/* Structures too long for the F segment go below the ACPI tables, which the guest is told not to use. */
static void test_smbios_long(void)
{
    g_autofree char *text = g_strnfill(50000, 'y');
    QTestState *s = qtest_initf("-machine q35 -nodefaults -m 64 -smbios type=11,value=%s", text);
    uint32_t anchor = find_anchor(s, "_SM3_");

    g_assert_cmphex(anchor, !=, 0);
    g_assert_cmphex(qtest_readq(s, anchor + 16), >, 0x100000);
    g_assert_cmphex(qtest_readq(s, anchor + 16) + qtest_readl(s, anchor + 12), <, 64 << 20);
    qtest_quit(s);
}

/* -fw_cfg: the entry is in the directory (big endian: size, key) with its contents. */
static void test_fw_cfg_option(void)
{
    QTestState *s = qtest_init("-machine q35 -nodefaults -m 64 -fw_cfg opt/org.test/a,string=hello,,you");
    unsigned count = 0;
    bool found = false;

    qtest_outw(s, 0x510, 0x19);
    for (int i = 0; i < 4; i++) {
        count = count << 8 | qtest_inb(s, 0x511);
    }
    g_assert_cmpuint(count, <=, 0x20);
    for (unsigned i = 0; i < count && !found; i++) {
        uint8_t entry[64];

        for (unsigned j = 0; j < sizeof(entry); j++) {
            entry[j] = qtest_inb(s, 0x511);
        }
        if (!strcmp((char *)entry + 8, "opt/org.test/a")) {
            char text[9] = "";

            g_assert_cmpuint(entry[3], ==, 9);
            qtest_outw(s, 0x510, entry[4] << 8 | entry[5]);
            for (unsigned j = 0; j < 9; j++) {
                text[j] = qtest_inb(s, 0x511);
            }
            g_assert_cmpmem(text, 9, "hello,you", 9);
            found = true;
        }
    }
    g_assert_true(found);
    qtest_quit(s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/serial/loopback", test_serial_loopback);
    qtest_add_func("/serial/thr-interrupt", test_serial_thr_interrupt);
    qtest_add_func("/i8042/self-test", test_i8042_self_test);
    qtest_add_func("/isa/port92-and-dma-pages", test_port92_and_dma_pages);
    qtest_add_func("/isa/debug-exit", test_debug_exit);
    qtest_add_func("/isa/testdev", test_testdev);
    qtest_add_func("/fw_cfg/keys", test_fw_cfg_keys);
    qtest_add_func("/fw_cfg/dma", test_fw_cfg_dma);
    qtest_add_func("/fw_cfg/option", test_fw_cfg_option);
    qtest_add_data_func("/smbios/pc", "pc", test_smbios);
    qtest_add_data_func("/smbios/q35-7.2", "pc-q35-7.2", test_smbios);
    qtest_add_data_func("/smbios/microvm", "microvm", test_smbios);
    qtest_add_func("/smbios/long", test_smbios_long);
    qtest_add_data_func("/acpi/pc", "pc", test_acpi_tables);
    qtest_add_data_func("/acpi/q35", "q35", test_acpi_tables);
    qtest_add_data_func("/acpi/microvm", "microvm", test_acpi_tables);
    return g_test_run();
}
