/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ACPI PCI hot-plug on pc, as AML sees it: the registers of hw/acpi/pcihp.h and GPE 1. */
#include "qemu/osdep.h"
#include "libpci.h"

#define BASE 0xae00
#define UP (BASE + 0x00)
#define DOWN (BASE + 0x04)
#define EJECT (BASE + 0x08)
#define REMOVABLE (BASE + 0x0c)
#define SELECT (BASE + 0x10)
#define INDEX (BASE + 0x14)
#define GPE_STS 0xafe0
#define GPE_PCI 0x02

static bool slot_filled(QTestState *s, unsigned slot)
{
    QPCIDevice dev;
    QPCIBus bus;

    qpci_init_pc(&bus, s);
    return qpci_device_init(&dev, &bus, QPCI_DEVFN(slot, 0));
}

static bool take_event(QTestState *s)
{
    bool set = qtest_inb(s, GPE_STS) & GPE_PCI;

    qtest_outb(s, GPE_STS, GPE_PCI);
    return set && !(qtest_inb(s, GPE_STS) & GPE_PCI);
}

static void test_plug_unplug(void)
{
    QTestState *s = qtest_init("-machine pc -m 16M -nodefaults");

    qtest_outl(s, SELECT, 0);
    g_assert_cmphex(qtest_inl(s, UP), ==, 0);
    /* the host bridge and the chipset stay */
    g_assert_cmphex(qtest_inl(s, REMOVABLE), ==, 0xfffffffc);
    qtest_qmp_device_add(s, "virtio-rng-pci", "rng", "{'addr': '5', 'acpi-index': 77}");
    g_assert_true(take_event(s));
    g_assert_true(slot_filled(s, 5));
    g_assert_cmphex(qtest_inl(s, UP), ==, 1u << 5);
    g_assert_cmphex(qtest_inl(s, UP), ==, 0);
    qtest_outl(s, INDEX, 1u << 5);
    g_assert_cmphex(qtest_inl(s, INDEX), ==, 77);
    g_assert_cmphex(qtest_inl(s, INDEX), ==, 0);

    qtest_qmp_device_del_send(s, "rng");
    g_assert_true(take_event(s));
    g_assert_cmphex(qtest_inl(s, DOWN), ==, 1u << 5);
    g_assert_true(slot_filled(s, 5));                    /* until the guest lets go */
    qmp_expect_error_and_unref(qtest_qmp(s, "{'execute': 'device_del', 'arguments': {'id': 'rng'}}"), "GenericError");
    qtest_clock_step(s, 2000000000);                     /* it does not answer: ask again */
    qtest_qmp_device_del_send(s, "rng");
    g_assert_true(take_event(s));
    qtest_outl(s, EJECT, 1u << 5);
    qtest_qmp_eventwait(s, "DEVICE_DELETED");
    g_assert_false(slot_filled(s, 5));
    g_assert_cmphex(qtest_inl(s, DOWN), ==, 0);
    qtest_quit(s);
}

/* Buses are numbered from the root, the youngest bridge first. */
static void test_bridges(void)
{
    QTestState *s = qtest_init("-machine pc -m 16M -nodefaults -device pci-bridge,id=a,chassis_nr=1,addr=3 "
                               "-device pci-bridge,id=b,chassis_nr=2,addr=4 "
                               "-device pci-bridge,id=below,chassis_nr=3,bus=a,addr=6");
    static const struct {
        const char *bus;
        unsigned number;
    } places[] = { { "pci.0", 0 }, { "b", 1 }, { "a", 2 }, { "below", 3 } };

    qtest_outl(s, SELECT, 0);
    g_assert_cmphex(qtest_inl(s, REMOVABLE), ==, 0xffffffe4);
    for (unsigned i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autofree char *id = g_strdup_printf("rng%u", i);

        qtest_qmp_device_add(s, "virtio-rng-pci", id, "{'bus': %s, 'addr': '9'}", places[i].bus);
        g_assert_true(take_event(s));
        for (unsigned n = 0; n < G_N_ELEMENTS(places); n++) {
            qtest_outl(s, SELECT, n);
            g_assert_cmphex(qtest_inl(s, UP), ==, n == places[i].number ? 1u << 9 : 0);
        }
    }
    /* a bridge that comes later is not in the tables */
    qtest_qmp_device_add(s, "pci-bridge", "late", "{'chassis_nr': 9, 'addr': '10'}");
    qmp_expect_error_and_unref(qtest_qmp(s, "{'execute': 'device_add', 'arguments': {'driver': 'virtio-rng-pci', "
                                         "'id': 'x', 'bus': 'late'}}"), "GenericError");
    /* one that is, stays */
    qmp_expect_error_and_unref(qtest_qmp(s, "{'execute': 'device_del', 'arguments': {'id': 'a'}}"), "GenericError");
    qtest_outl(s, SELECT, 0);
    qtest_outl(s, EJECT, 1u << 3);
    g_assert_true(slot_filled(s, 3));
    qtest_quit(s);
}

/* What a guest did not answer is done by a reset. */
static void test_reset(void)
{
    QTestState *s = qtest_init("-machine pc -m 16M -nodefaults -device virtio-rng-pci,id=cold,addr=7");

    qtest_outl(s, SELECT, 0);
    qtest_qmp_device_add(s, "virtio-net-pci", "hot", "{'addr': '8'}");
    qtest_qmp_device_del_send(s, "cold");
    qtest_qmp_device_del_send(s, "hot");
    g_assert_cmphex(qtest_inl(s, DOWN), ==, 0x180);
    qtest_qmp_assert_success(s, "{'execute': 'system_reset'}");
    qtest_qmp_eventwait(s, "DEVICE_DELETED");
    qtest_qmp_eventwait(s, "DEVICE_DELETED");
    g_assert_false(slot_filled(s, 7));
    g_assert_false(slot_filled(s, 8));
    g_assert_cmphex(qtest_inl(s, DOWN), ==, 0);
    qtest_quit(s);
}

/* Numbers and slots that are not there. */
static void test_junk(void)
{
    QTestState *s = qtest_init("-machine pc -m 16M -nodefaults -device virtio-rng-pci,id=r,addr=7");
    static const uint32_t selections[] = { 1, 255, 256, 0x80000000, 0xffffffff };

    for (unsigned i = 0; i < G_N_ELEMENTS(selections); i++) {
        qtest_outl(s, SELECT, selections[i]);
        g_assert_cmphex(qtest_inl(s, SELECT), ==, selections[i]);
        for (unsigned reg = UP; reg <= INDEX; reg += 4) {
            if (reg != SELECT) {
                qtest_outl(s, reg, 0xffffffff);
                g_assert_cmphex(qtest_inl(s, reg), ==, 0);
            }
        }
    }
    qtest_outl(s, SELECT, 0);
    qtest_outl(s, INDEX, 0);
    g_assert_cmphex(qtest_inl(s, INDEX), ==, 0);
    g_assert_true(slot_filled(s, 7));
    qtest_outl(s, EJECT, 0xffffffff);
    g_assert_false(slot_filled(s, 7));
    g_assert_true(slot_filled(s, 0));
    g_assert_true(slot_filled(s, 1));
    qtest_quit(s);
}

/* Without the chipset's help there is nobody to tell the guest. */
static void test_off(void)
{
    QTestState *s = qtest_init("-machine pc -m 16M -nodefaults -global PIIX4_PM.acpi-root-pci-hotplug=off "
                               "-device pci-bridge,id=br,chassis_nr=1");

    qmp_expect_error_and_unref(qtest_qmp(s, "{'execute': 'device_add', 'arguments': {'driver': 'virtio-rng-pci', "
                                         "'bus': 'pci.0'}}"), "GenericError");
    qtest_quit(s);
    s = qtest_init("-machine pc -m 16M -nodefaults -global PIIX4_PM.acpi-pci-hotplug-with-bridge-support=off "
                   "-device pci-bridge,id=br,chassis_nr=1");
    qmp_expect_error_and_unref(qtest_qmp(s, "{'execute': 'device_add', 'arguments': {'driver': 'virtio-rng-pci', "
                                         "'bus': 'br'}}"), "GenericError");
    qtest_qmp_device_add(s, "virtio-rng-pci", "rng", "{'bus': 'pci.0', 'addr': '9'}");
    g_assert_cmphex(qtest_inl(s, UP), ==, 1u << 9);
    qtest_quit(s);
}

/* What was asked for and not answered yet moves with the machine. */
static void test_migration(void)
{
    g_autofree char *dir = g_dir_make_tmp("pcihp-XXXXXX", NULL), *file = g_build_filename(dir, "state", NULL);
    g_autofree char *uri = g_strconcat("file:", file, NULL);
    QTestState *s = qtest_init("-machine pc -m 16M -nodefaults -device virtio-rng-pci,id=a,addr=5");

    qtest_qmp_assert_success(s, "{'execute': 'migrate-set-capabilities', 'arguments': {'capabilities': "
                             "[{'capability': 'events', 'state': true}]}}");
    qtest_qmp_device_add(s, "virtio-rng-pci", "b", "{'addr': '6'}");
    qtest_qmp_device_del_send(s, "a");
    qtest_qmp_assert_success(s, "{'execute': 'migrate', 'arguments': {'uri': %s}}", uri);
    for (bool done = false; !done;) {
        QDict *e = qtest_qmp_eventwait_ref(s, "MIGRATION");
        const char *status = qdict_get_str(qdict_get_qdict(e, "data"), "status");

        g_assert_cmpstr(status, !=, "failed");
        done = !strcmp(status, "completed");
        qobject_unref(e);
    }
    qtest_quit(s);
    s = qtest_initf("-machine pc -m 16M -nodefaults -device virtio-rng-pci,id=a,addr=5 "
                    "-device virtio-rng-pci,id=b,addr=6 -incoming file:%s", file);
    qtest_qmp_eventwait(s, "RESUME");
    g_assert_cmphex(qtest_inl(s, DOWN), ==, 1u << 5);
    g_assert_cmphex(qtest_inl(s, UP), ==, 1u << 6);
    qtest_outl(s, EJECT, 1u << 5);
    qtest_qmp_eventwait(s, "DEVICE_DELETED");
    qtest_quit(s);
    unlink(file);
    rmdir(dir);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/acpi-pcihp/plug-unplug", test_plug_unplug);
    qtest_add_func("/acpi-pcihp/bridges", test_bridges);
    qtest_add_func("/acpi-pcihp/reset", test_reset);
    qtest_add_func("/acpi-pcihp/junk", test_junk);
    qtest_add_func("/acpi-pcihp/off", test_off);
    qtest_add_func("/acpi-pcihp/migration", test_migration);
    return g_test_run();
}
