/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Generated visitors over real schema types: round trips, strictness, error paths, key=value input, copies, strings. */
#include "qemu/osdep.h"
#include "qapi/clone-visitor.h"
#include "qapi/error.h"
#include "qapi/forward-visitor.h"
#include "qapi/qapi-visit-block-core.h"
#include "qapi/qapi-visit-char.h"
#include "qapi/qapi-visit-machine.h"
#include "qapi/qapi-visit-migration.h"
#include "qapi/qobject-input-visitor.h"
#include "qapi/qobject-output-visitor.h"
#include "qapi/string-input-visitor.h"
#include "qapi/string-output-visitor.h"
#include "qobject/qjson.h"

/* JSON -> T -> JSON must come out as it went in. */
#define CHECK_ROUND_TRIP(T, json) do {                                                                  \
    QObject *in_ = qobject_from_json(json, &error_abort), *out_;                                        \
    Visitor *v_ = qobject_input_visitor_new(in_);                                                       \
    g_autoptr(T) val_ = NULL;                                                                           \
    g_autoptr(T) copy_ = NULL;                                                                          \
    g_assert_true(visit_type_##T(v_, NULL, &val_, &error_abort));                                       \
    visit_free(v_);                                                                                     \
    copy_ = QAPI_CLONE(T, val_);                                                                        \
    qapi_free_##T(g_steal_pointer(&val_));                                                              \
    v_ = qobject_output_visitor_new(&out_);                                                             \
    g_assert_true(visit_type_##T(v_, NULL, &copy_, &error_abort));                                      \
    visit_complete(v_, &out_);                                                                          \
    visit_free(v_);                                                                                     \
    g_assert_true(qobject_is_equal(in_, out_));                                                         \
    qobject_unref(in_);                                                                                 \
    qobject_unref(out_);                                                                                \
} while (0)

static void test_round_trip(void)
{
    CHECK_ROUND_TRIP(ChardevBackend, "{'type':'socket','data':{'addr':{'type':'unix','data':{'path':'/x'}},'wait':false}}");
    CHECK_ROUND_TRIP(MigrationInfo, "{'status':'active','ram':{'transferred':1,'remaining':2,'total':3,'duplicate':4,"
                     "'normal':5,'normal-bytes':6,'dirty-pages-rate':7,'mbps':8.5,'dirty-sync-count':9,"
                     "'postcopy-requests':0,'page-size':4096,'multifd-bytes':18446744073709551615,"
                     "'pages-per-second':1,'precopy-bytes':1,'downtime-bytes':1,'postcopy-bytes':1,"
                     "'dirty-sync-missed-zero-copy':0},'blocked-reasons':['a','b'],'postcopy-vcpu-blocktime':[1,2]}");
    CHECK_ROUND_TRIP(MigrationParameters, "{'tls-creds':null,'tls-hostname':'h','mode':'normal'}");
    CHECK_ROUND_TRIP(BlockdevOptions, "{'driver':'raw','file':{'driver':'file','filename':'f'}}");
    CHECK_ROUND_TRIP(BlockdevOptions, "{'driver':'raw','file':'node'}");
    CHECK_ROUND_TRIP(MachineInfoList, "[]");
    CHECK_ROUND_TRIP(NumaOptions, "{'type':'cpu','node-id':1,'core-id':2}");
}

static void expect_error(const char *json, const char *message)
{
    QObject *in = qobject_from_json(json, &error_abort);
    Visitor *v = qobject_input_visitor_new(in);
    ChardevBackend *val = (void *)1;
    Error *err = NULL;

    g_assert_false(visit_type_ChardevBackend(v, NULL, &val, &err));
    g_assert_null(val);
    g_assert_cmpstr(error_get_pretty(err), ==, message);
    error_free(err);
    visit_free(v);
    qobject_unref(in);
}

static void test_strict(void)
{
    expect_error("[]", "Invalid parameter type for 'null', expected: object");
    expect_error("{}", "Parameter 'type' is missing");
    expect_error("{'type':'x'}", "Parameter 'type' does not accept value 'x'");
    expect_error("{'type':'file','data':{}}", "Parameter 'data.out' is missing");
    expect_error("{'type':'file','data':{'out':1}}", "Invalid parameter type for 'data.out', expected: string");
    expect_error("{'type':'file','data':{'out':'o','z':1}}", "Parameter 'data.z' is unexpected");
    expect_error("{'type':'file','data':{'out':'o'},'y':1}", "Parameter 'y' is unexpected");
    expect_error("{'type':'socket','data':{'addr':{'type':'inet','data':{'host':'h','port':'p','to':65536}}}}",
                 "Parameter 'to' expects a value of type uint16");
}

static void test_list_error_path(void)
{
    QObject *in = qobject_from_json("[{'capability':'events','state':true},{'capability':'events'}]", &error_abort);
    Visitor *v = qobject_input_visitor_new(in);
    MigrationCapabilityStatusList *val = NULL;
    Error *err = NULL;

    g_assert_false(visit_type_MigrationCapabilityStatusList(v, "caps", &val, &err));
    g_assert_null(val);
    g_assert_cmpstr(error_get_pretty(err), ==, "Parameter 'caps[1].state' is missing");
    error_free(err);
    visit_free(v);
    qobject_unref(in);
}

static void test_keyval(void)
{
    Visitor *v = qobject_input_visitor_new_str("size=1.5G,slots=0x10", NULL, &error_abort);
    g_autoptr(MemorySizeConfiguration) m = NULL;
    Error *err = NULL;

    g_assert_true(visit_type_MemorySizeConfiguration(v, NULL, &m, &error_abort));
    visit_free(v);
    g_assert_cmpuint(m->size, ==, 3ull << 29);
    g_assert_cmpuint(m->slots, ==, 16);
    g_assert_false(m->has_max_size);
    qapi_free_MemorySizeConfiguration(g_steal_pointer(&m));

    v = qobject_input_visitor_new_str("size=1X", NULL, &error_abort);
    g_assert_false(visit_type_MemorySizeConfiguration(v, NULL, &m, &err));
    g_assert_nonnull(strstr(error_get_pretty(err), "'size'"));
    error_free(err);
    visit_free(v);
}

static void test_string_input(void)
{
    static const struct { const char *text; uint64_t size; bool ok; } sizes[] = {
        { "4096", 4096, true }, { "4k", 4096, true }, { "1.5M", 3 << 19, true }, { "16E", 0, false }, { "", 0, false },
        { "-1", 0, false }, { "1.5", 0, false }, { "1kk", 0, false }, { "0x20", 32, true }, { "1T", 1ull << 40, true },
        { "8B", 8, true }, { " 1", 0, false },
    };

    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        Visitor *v = string_input_visitor_new(sizes[i].text);
        uint64_t val = 0;

        if (visit_type_size(v, "s", &val, NULL) != sizes[i].ok || (sizes[i].ok && val != sizes[i].size)) {
            g_error("size %s gave %" PRIu64, sizes[i].text, val);
        }
        visit_free(v);
    }
}

static void check_int_list(const char *text, const char *expect)
{
    Visitor *v = string_input_visitor_new(text);
    g_autoptr(intList) list = NULL;
    g_autofree char *out = NULL;
    bool ok = visit_type_intList(v, "l", &list, NULL);

    visit_free(v);
    g_assert_cmpint(ok, ==, expect != NULL);
    if (ok) {
        v = string_output_visitor_new(false, &out);
        visit_type_intList(v, "l", &list, &error_abort);
        visit_complete(v, &out);
        visit_free(v);
        g_assert_cmpstr(out, ==, expect);
    }
}

static void test_string_list(void)
{
    check_int_list("1,2,3,7-9,11", "1-3,7-9,11");
    check_int_list("", "");
    check_int_list("-2-1", "-2-1");
    check_int_list("5", "5");
    check_int_list("3-1", NULL);
    check_int_list("1,,2", NULL);
    check_int_list("x", NULL);
    check_int_list("0-9999999999", NULL);
}

static void test_string_output(void)
{
    g_autofree char *out = NULL;
    char *text = (char *)"hi";
    Visitor *v = string_output_visitor_new(true, &out);

    visit_type_str(v, NULL, &text, &error_abort);
    visit_complete(v, &out);
    visit_free(v);
    g_assert_cmpstr(out, ==, "\"hi\"");
}

static void test_forward(void)
{
    QObject *in = qobject_from_json("{'real':[1,2]}", &error_abort);
    Visitor *v = qobject_input_visitor_new(in), *f = visitor_forward_field(v, "alias", "real");
    g_autoptr(intList) list = NULL;
    int64_t other;

    g_assert_true(visit_start_struct(v, NULL, NULL, 0, &error_abort));
    g_assert_false(visit_type_int(f, "real", &other, NULL));
    g_assert_true(visit_type_intList(f, "alias", &list, &error_abort));
    g_assert_cmpint(list->next->value, ==, 2);
    g_assert_true(visit_check_struct(v, &error_abort));
    visit_end_struct(v, NULL);
    visit_free(f);
    visit_free(v);
    qobject_unref(in);
}

static void test_enum(void)
{
    Error *err = NULL;

    g_assert_cmpstr(MigrationStatus_str(MIGRATION_STATUS_PRE_SWITCHOVER), ==, "pre-switchover");
    g_assert_cmpstr(MigrationStatus_str(-1), ==, "(invalid)");
    g_assert_cmpint(qapi_enum_parse(&MigrationStatus_lookup, "active", -1, &error_abort), ==, MIGRATION_STATUS_ACTIVE);
    g_assert_cmpint(qapi_enum_parse(&MigrationStatus_lookup, "zzz", -1, &err), ==, -1);
    error_free(err);
    g_assert_cmpint(parse_qapi_name("a-b_c", true), ==, 5);
    g_assert_cmpint(parse_qapi_name("__com.x_y=", false), ==, 9);
    g_assert_cmpint(parse_qapi_name("9a", false), ==, -1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/visitor/round-trip", test_round_trip);
    g_test_add_func("/visitor/strict", test_strict);
    g_test_add_func("/visitor/list-error-path", test_list_error_path);
    g_test_add_func("/visitor/keyval", test_keyval);
    g_test_add_func("/visitor/string-input", test_string_input);
    g_test_add_func("/visitor/string-list", test_string_list);
    g_test_add_func("/visitor/string-output", test_string_output);
    g_test_add_func("/visitor/forward", test_forward);
    g_test_add_func("/visitor/enum", test_enum);
    return g_test_run();
}
