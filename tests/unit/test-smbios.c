/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SMBIOS structures and options (hw/smbios): what is built can be walked, says what was asked, and has right checksums. */
#include "qemu/osdep.h"
#include "hw/firmware/smbios.h"
#include "qapi/error.h"
#include "qemu/bswap.h"
#include "qemu/units.h"

static const SmbiosMachine machine = {
    .manufacturer = "QEMU", .product = "Board", .version = "v1", .sockets = 2, .cores = 4, .threads = 8,
    .ram_size = 40 * GiB, .ram = { { 0, 2 * GiB }, { 4 * GiB, 38 * GiB } }, .entry64 = true,
};

/* The n-th structure of a type; checks that all structures end where the next begins. */
static const uint8_t *find(const SmbiosTables *t, uint8_t type, unsigned n)
{
    const uint8_t *p = t->data->data, *end = p + t->data->len, *found = NULL;
    unsigned count = 0;

    while (p < end) {
        const uint8_t *start = p;

        g_assert_cmpuint(end - p, >=, 6);
        for (p += p[1]; p[0] || p[1]; p++) {
            g_assert_true(p + 2 < end);
        }
        p += 2;
        if (*start == type && !n--) {
            found = start;
        }
        count++;
        g_assert_cmpuint(p - start, <=, t->largest);
        g_assert_true(*start != 127 || p == end);
    }
    g_assert_cmpuint(count, ==, t->count);
    return found;
}

static const char *string_at(const uint8_t *s, unsigned offset)
{
    const char *text = (const char *)s + s[1];

    for (unsigned n = s[offset]; n > 1; n--) {
        text += strlen(text) + 1;
    }
    return s[offset] ? text : NULL;
}

static uint8_t sum(const uint8_t *p, size_t len)
{
    uint8_t total = 0;

    while (len--) {
        total += *p++;
    }
    return total;
}

static void set(const char *arg)
{
    g_assert_true(smbios_entry_add(arg, &error_abort));
}

static void test_defaults(void)
{
    SmbiosTables t;

    g_assert_true(smbios_build(&machine, &t, &error_abort));
    g_assert_cmpstr(string_at(find(&t, 1, 0), 4), ==, "QEMU");
    g_assert_cmpstr(string_at(find(&t, 1, 0), 5), ==, "Board");
    g_assert_cmpstr(string_at(find(&t, 4, 1), 4), ==, "CPU 1");
    g_assert_cmpuint(find(&t, 4, 0)[0x23], ==, 4);
    g_assert_null(find(&t, 4, 2));
    g_assert_null(find(&t, 2, 0));
    g_assert_null(find(&t, 11, 0));
    /* 16 + 16 + 8 GiB */
    g_assert_cmpuint(lduw_le_p(find(&t, 17, 2) + 0x0c), ==, 8192);
    g_assert_null(find(&t, 17, 3));
    g_assert_cmpuint(ldl_le_p(find(&t, 19, 1) + 4), ==, 4 * MiB);
    g_assert_cmpuint(ldl_le_p(find(&t, 19, 1) + 8), ==, 42 * MiB - 1);
    smbios_free(&t);
}

static void test_anchors(void)
{
    SmbiosMachine m = machine;
    SmbiosTables t;

    g_assert_true(smbios_build(&m, &t, &error_abort));
    smbios_set_address(&t, 0xf6000);
    g_assert_cmpmem(t.anchor, 5, "_SM3_", 5);
    g_assert_cmpuint(sum(t.anchor, t.anchor[6]), ==, 0);
    g_assert_cmphex(ldq_le_p(t.anchor + 16), ==, 0xf6000);
    g_assert_cmpuint(ldl_le_p(t.anchor + 12), ==, t.data->len);
    smbios_free(&t);
    m.entry64 = false;
    g_assert_true(smbios_build(&m, &t, &error_abort));
    smbios_set_address(&t, 0xf6000);
    g_assert_cmpmem(t.anchor, 4, "_SM_", 4);
    g_assert_cmpuint(sum(t.anchor, 0x1f), ==, 0);
    g_assert_cmpuint(sum(t.anchor + 16, 15), ==, 0);
    g_assert_cmpuint(lduw_le_p(t.anchor + 22), ==, t.data->len);
    g_assert_cmpuint(lduw_le_p(t.anchor + 28), ==, t.count);
    g_assert_cmphex(ldl_le_p(t.anchor + 24), ==, 0xf6000);
    g_assert_cmpuint(find(&t, 4, 0)[1], ==, 0x2a);
    smbios_free(&t);
}

static void test_fields(void)
{
    static const uint8_t uuid[16] = { 0x33, 0x22, 0x11, 0, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff };
    SmbiosTables t;

    set("type=1,serial=a,,b,uuid=00112233-4455-6677-8899-aabbccddeeff,family=");
    set("type=0,vendor=V,release=12.34,uefi=on");
    set("type=2,location=here");
    set("type=4,sock_pfx=S,processor-family=0x101,max-speed=3000");
    set("type=8,internal_reference=J1,connector_type=9");
    set("type=8,external_reference=X2");
    set("type=11,value=one,value=two=2");
    set("type=11,value=three");
    g_assert_true(smbios_build(&machine, &t, &error_abort));
    g_assert_cmpstr(string_at(find(&t, 1, 0), 7), ==, "a,b");
    g_assert_cmpmem(find(&t, 1, 0) + 8, 16, uuid, 16);
    g_assert_null(string_at(find(&t, 1, 0), 0x1a));
    g_assert_cmpuint(find(&t, 0, 0)[0x14], ==, 12);
    g_assert_cmpuint(find(&t, 0, 0)[0x15], ==, 34);
    g_assert_cmpuint(find(&t, 0, 0)[0x13], ==, 0x1c);
    g_assert_nonnull(find(&t, 2, 0));
    g_assert_cmpuint(find(&t, 4, 0)[6], ==, 0xfe);
    g_assert_cmphex(lduw_le_p(find(&t, 4, 0) + 0x28), ==, 0x101);
    g_assert_cmpuint(lduw_le_p(find(&t, 4, 0) + 0x14), ==, 3000);
    g_assert_cmpstr(string_at(find(&t, 8, 0), 4), ==, "J1");
    g_assert_cmpuint(find(&t, 8, 0)[7], ==, 9);
    g_assert_cmpstr(string_at(find(&t, 8, 1), 6), ==, "X2");
    g_assert_cmpuint(find(&t, 11, 0)[4], ==, 3);
    g_assert_cmpstr(string_at(find(&t, 11, 0), 4), ==, "three");
    smbios_free(&t);
    smbios_forget_options();
}

/* More strings than one structure holds, and more than the 2.8 entry point can say. */
static void test_many_strings(void)
{
    SmbiosMachine m = machine;
    g_autofree char *big = g_strnfill(1000, 'x');
    g_autofree char *arg = g_strdup_printf("type=11,value=%s", big);
    Error *err = NULL;
    SmbiosTables t;

    for (int i = 0; i < 300; i++) {
        set(arg);
    }
    g_assert_true(smbios_build(&m, &t, &error_abort));
    g_assert_cmpuint(find(&t, 11, 0)[4], ==, 255);
    g_assert_cmpuint(find(&t, 11, 1)[4], ==, 45);
    smbios_free(&t);
    m.entry64 = false;
    g_assert_false(smbios_build(&m, &t, &err));
    error_free(err);
    smbios_forget_options();
}

static void test_raw_file(void)
{
    static const uint8_t good[] = { 0x80, 6, 0, 0x80, 1, 2, 'h', 'i', 0, 0, 0x81, 4, 1, 0x80, 0, 0 };
    g_autofree char *path = g_build_filename(g_get_tmp_dir(), "smbios-XXXXXX", NULL);
    g_autofree char *arg = NULL;
    int fd = g_mkstemp(path);
    SmbiosTables t;

    g_assert_cmpint(fd, >=, 0);
    arg = g_strdup_printf("file=%s", path);
    g_assert_cmpint(write(fd, good, sizeof(good)), ==, sizeof(good));
    set(arg);
    g_assert_true(smbios_build(&machine, &t, &error_abort));
    g_assert_nonnull(find(&t, 0x81, 0));
    smbios_free(&t);
    smbios_forget_options();
    for (unsigned len = 1; len < sizeof(good); len++) {
        Error *err = NULL;

        g_assert_cmpint(ftruncate(fd, len), ==, 0);
        g_assert_true(len == 10 || !smbios_entry_add(arg, &err));
        error_free(err);
    }
    smbios_forget_options();
    close(fd);
    unlink(path);
}

static void test_errors(void)
{
    static const char *const bad[] = {
        "", "type", "type=", "type=x", "type=128", "type=16,x=y", "type=1,colour=red", "type=1,uuid=1234",
        "type=0,release=1", "type=0,release=256.1", "type=0,uefi=maybe", "type=4,max-speed=65536", "type=17,speed=fast",
        "type=11,path=/nonexistent/file", "file=/nonexistent/file", "type=1,file=x", "type=8,port_type=300",
    };

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        Error *err = NULL;

        g_assert_false(smbios_entry_add(bad[i], &err));
        g_assert_nonnull(err);
        error_free(err);
    }
    smbios_forget_options();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/smbios/defaults", test_defaults);
    g_test_add_func("/smbios/anchors", test_anchors);
    g_test_add_func("/smbios/fields", test_fields);
    g_test_add_func("/smbios/many-strings", test_many_strings);
    g_test_add_func("/smbios/raw-file", test_raw_file);
    g_test_add_func("/smbios/errors", test_errors);
    return g_test_run();
}
