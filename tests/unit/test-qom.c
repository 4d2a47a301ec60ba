/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qom/: types, casts, interfaces, properties, the tree, user-creatable objects. */
#include "qemu/osdep.h"
#include "qom/object_interfaces.h"
#include "qobject/qdict.h"
#include "qapi/util.h"

#define TYPE_PLUG "test-plug"
typedef struct PlugClass {
    InterfaceClass parent_class;
    int (*fit)(Object *obj);
} PlugClass;
DECLARE_CLASS_CHECKERS(PlugClass, PLUG, TYPE_PLUG)

#define TYPE_ANIMAL "test-animal"
typedef struct AnimalClass {
    ObjectClass parent_class;
    const char *sound;
} AnimalClass;
typedef struct Animal {
    Object parent_obj;
    uint32_t legs;
    bool tame;
    char *name;
    Object *friend;
    int colour;
} Animal;
DECLARE_OBJ_CHECKERS(Animal, AnimalClass, ANIMAL, TYPE_ANIMAL)

static int finalized, completed;
static const char *const colours[] = { "black", "white" };
static const QEnumLookup colour_lookup = { colours, 2 };

static bool get_tame(Object *obj, Error **errp)
{
    return ANIMAL(obj)->tame;
}

static void set_tame(Object *obj, bool value, Error **errp)
{
    ANIMAL(obj)->tame = value;
}

static char *get_name(Object *obj, Error **errp)
{
    return g_strdup(ANIMAL(obj)->name);
}

static void set_name(Object *obj, const char *value, Error **errp)
{
    if (!*value) {
        error_setg(errp, "a name is needed");
        return;
    }
    g_free(ANIMAL(obj)->name);
    ANIMAL(obj)->name = g_strdup(value);
}

static int get_colour(Object *obj, Error **errp)
{
    return ANIMAL(obj)->colour;
}

static void set_colour(Object *obj, int value, Error **errp)
{
    ANIMAL(obj)->colour = value;
}

static void animal_init(Object *obj)
{
    Animal *a = ANIMAL(obj);

    a->legs = 4;
    object_property_add_uint32_ptr(obj, "legs", &a->legs, OBJ_PROP_FLAG_READWRITE);
    object_property_add_link(obj, "friend", TYPE_ANIMAL, &a->friend, object_property_allow_set_link,
                             OBJ_PROP_LINK_STRONG);
}

static void animal_finalize(Object *obj)
{
    finalized++;
    g_free(ANIMAL(obj)->name);
}

static void animal_complete(UserCreatable *uc, Error **errp)
{
    if (!ANIMAL(uc)->legs) {
        error_setg(errp, "an animal needs legs");
        return;
    }
    completed++;
}

static void animal_class_init(ObjectClass *oc, const void *data)
{
    ObjectProperty *op;

    ANIMAL_CLASS(oc)->sound = "none";
    USER_CREATABLE_CLASS(oc)->complete = animal_complete;
    op = object_class_property_add_bool(oc, "tame", get_tame, set_tame);
    object_property_set_default_bool(op, true);
    object_class_property_add_str(oc, "name", get_name, set_name);
    object_class_property_add_enum(oc, "colour", "Colour", &colour_lookup, get_colour, set_colour);
}

static int cat_fit(Object *obj)
{
    return 9;
}

static void cat_class_init(ObjectClass *oc, const void *data)
{
    ANIMAL_CLASS(oc)->sound = data;
    PLUG_CLASS(oc)->fit = cat_fit;
}

static const TypeInfo test_types[] = {
    { .name = TYPE_PLUG, .parent = TYPE_INTERFACE, .class_size = sizeof(PlugClass) },
    { .name = TYPE_ANIMAL, .parent = TYPE_OBJECT, .instance_size = sizeof(Animal), .class_size = sizeof(AnimalClass),
      .instance_init = animal_init, .instance_finalize = animal_finalize, .class_init = animal_class_init,
      .interfaces = (const InterfaceInfo[]) { { TYPE_USER_CREATABLE }, { } } },
    { .name = "test-cat", .parent = TYPE_ANIMAL, .class_init = cat_class_init, .class_data = "meow",
      .interfaces = (const InterfaceInfo[]) { { TYPE_PLUG }, { } } },
    { .name = "test-kitten", .parent = "test-cat" },
    { .name = "test-ghost", .parent = TYPE_ANIMAL, .abstract = true },
};
DEFINE_TYPES(test_types)

static void test_casts(void)
{
    g_autoptr(Object) kitten = object_new("test-kitten");
    g_autoptr(Object) animal = object_new(TYPE_ANIMAL);

    g_assert_true(object_dynamic_cast(kitten, TYPE_ANIMAL) == kitten);
    g_assert_null(object_dynamic_cast(animal, "test-cat"));
    g_assert_null(object_dynamic_cast(kitten, "no-such-type"));
    g_assert_true(object_dynamic_cast(kitten, TYPE_PLUG) == kitten);
    g_assert_null(object_dynamic_cast(animal, TYPE_PLUG));
    g_assert_cmpstr(ANIMAL_GET_CLASS(kitten)->sound, ==, "meow");
    g_assert_cmpstr(ANIMAL_GET_CLASS(animal)->sound, ==, "none");
    /* The interface's methods are inherited with the class. */
    g_assert_cmpint(PLUG_GET_CLASS(kitten)->fit(kitten), ==, 9);
    g_assert_cmpstr(type_get_parent_name("test-kitten"), ==, "test-cat");
    g_assert_true(object_class_is_abstract(object_class_by_name("test-ghost")));
}

static void count_class(ObjectClass *oc, void *opaque)
{
    ++*(int *)opaque;
}

static void test_foreach(void)
{
    int n = 0;

    object_class_foreach(count_class, TYPE_ANIMAL, false, &n);
    g_assert_cmpint(n, ==, 3);
    n = 0;
    object_class_foreach(count_class, TYPE_ANIMAL, true, &n);
    g_assert_cmpint(n, ==, 4);
    n = 0;
    object_class_foreach(count_class, TYPE_PLUG, false, &n);
    g_assert_cmpint(n, ==, 2);
}

static void expect_error(bool ok, Error **err, const char *part)
{
    g_assert_false(ok);
    g_assert_nonnull(*err);
    if (!strstr(error_get_pretty(*err), part)) {
        g_error("'%s' does not say '%s'", error_get_pretty(*err), part);
    }
    error_free(*err);
    *err = NULL;
}

static void test_properties(void)
{
    g_autoptr(Object) obj = object_new("test-cat");
    g_autofree char *text = NULL;
    Error *err = NULL;

    g_assert_true(object_property_get_bool(obj, "tame", &error_abort));      /* its default */
    g_assert_true(object_property_parse(obj, "tame", "off", &error_abort));
    g_assert_false(ANIMAL(obj)->tame);
    g_assert_true(object_property_set_uint(obj, "legs", 3, &error_abort));
    g_assert_cmpuint(object_property_get_uint(obj, "legs", &error_abort), ==, 3);
    expect_error(object_property_set_uint(obj, "legs", 1ull << 32, &err), &err, "legs");
    expect_error(object_property_parse(obj, "legs", "many", &err), &err, "legs");
    expect_error(object_property_parse(obj, "wings", "2", &err), &err, "test-cat.wings");
    expect_error(object_property_set_str(obj, "name", "", &err), &err, "a name is needed");
    g_assert_true(object_property_set_str(obj, "colour", "white", &error_abort));
    g_assert_cmpint(object_property_get_enum(obj, "colour", "Colour", &error_abort), ==, 1);
    expect_error(object_property_set_str(obj, "colour", "red", &err), &err, "red");
    text = object_property_print(obj, "legs", false, &error_abort);
    g_assert_cmpstr(text, ==, "3");
}

static void test_tree(void)
{
    Object *box = object_get_container("box");
    Object *a = object_new(TYPE_ANIMAL), *b = object_new(TYPE_ANIMAL);
    g_autofree char *path = NULL;
    Error *err = NULL;
    bool ambiguous;
    int before;

    object_property_add_child(box, "pet[*]", a);
    object_property_add_child(box, "pet[*]", b);
    object_unref(a);
    object_unref(b);
    path = object_get_canonical_path(b);
    g_assert_cmpstr(path, ==, "/box/pet[1]");
    g_assert_true(object_resolve_path("/box/pet[0]", NULL) == a);
    g_assert_true(object_resolve_path("pet[1]", &ambiguous) == b && !ambiguous);
    g_assert_null(object_resolve_path_type("", TYPE_ANIMAL, &ambiguous));
    g_assert_true(ambiguous);
    g_assert_null(object_resolve_path("/box/pet[2]", NULL));
    g_assert_null(object_resolve_type_unambiguous(TYPE_ANIMAL, &err));
    error_free_or_abort(&err);

    /* A strong link holds its target; dropping the holder lets go. */
    object_property_set_link(a, "friend", b, &error_abort);
    g_assert_true(object_property_get_link(a, "friend", &error_abort) == b);
    g_assert_true(object_resolve_path("/box/pet[0]/friend/legs", NULL) == NULL);
    expect_error(object_property_set_str(a, "friend", "/box", &err), &err, "friend");
    before = finalized;
    object_unparent(b);
    g_assert_cmpint(finalized, ==, before);
    object_unparent(a);
    g_assert_cmpint(finalized, ==, before + 2);
    g_assert_null(object_resolve_path("/box/pet[0]", NULL));
}

/* "name[*]" takes the first free number, also where one has gone. */
static void test_indexed_names(void)
{
    static const char *const gone[] = { "cage[1]", "cage[4]", "cage[0]" };
    static const unsigned expected[] = { 0, 1, 4, 6 };
    Object *box = object_get_container("cages");

    for (unsigned i = 0; i < 6; i++) {
        Object *a = object_new(TYPE_ANIMAL);

        object_property_add_child(box, i == 3 ? "cage[3]" : "cage[*]", a);
        object_unref(a);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(gone); i++) {
        object_unparent(object_resolve_path_component(box, gone[i]));
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(expected); i++) {
        g_autofree char *name = g_strdup_printf("cage[%u]", expected[i]);
        Object *a = object_new(TYPE_ANIMAL);

        object_property_add_child(box, "cage[*]", a);
        g_assert_true(object_resolve_path_component(box, name) == a);
        object_unref(a);
    }
    object_unparent(box);
}

static void test_user_creatable(void)
{
    Error *err = NULL;

    completed = 0;
    g_assert_true(user_creatable_add_from_str("test-cat,id=tom,legs=4,name=Tom", &error_abort));
    g_assert_true(user_creatable_add_from_str("{\"qom-type\":\"test-cat\",\"id\":\"jerry\",\"tame\":false}",
                                              &error_abort));
    g_assert_cmpint(completed, ==, 2);
    g_assert_false(ANIMAL(object_resolve_path("/objects/jerry", NULL))->tame);
    expect_error(user_creatable_add_from_str("test-cat,id=tom", &err), &err, "tom");
    expect_error(user_creatable_add_from_str("test-cat", &err), &err, "'id' is missing");
    expect_error(user_creatable_add_from_str("test-cat,id=9lives", &err), &err, "9lives");
    expect_error(user_creatable_add_from_str("test-dog,id=rex", &err), &err, "test-dog");
    expect_error(user_creatable_add_from_str("test-ghost,id=boo", &err), &err, "abstract");
    expect_error(user_creatable_add_from_str("container,id=c", &err), &err, "container");
    expect_error(user_creatable_add_from_str("test-cat,id=x,legs=0", &err), &err, "legs");
    expect_error(user_creatable_add_from_str("test-cat,id=x,wings=2", &err), &err, "wings");
    g_assert_null(object_resolve_path("/objects/x", NULL));
    g_assert_true(user_creatable_del("tom", &error_abort));
    expect_error(user_creatable_del("tom", &err), &err, "tom");
}

static void test_globals(void)
{
    GlobalProperty p[] = {
        { .driver = "test-cat", .property = "legs", .value = "7" },
        { .driver = "test-cat", .property = "wings", .value = "1", .optional = true },
        { .driver = "test-cat", .property = "wings", .value = "1" },
    };
    g_autoptr(GPtrArray) props = g_ptr_array_new();
    g_autoptr(Object) cat = object_new("test-kitten");
    g_autoptr(Object) other = object_new(TYPE_ANIMAL);
    Error *err = NULL;

    g_ptr_array_add(props, &p[0]);
    g_ptr_array_add(props, &p[1]);
    g_assert_true(object_apply_global_props(cat, props, &error_abort));
    g_assert_true(object_apply_global_props(other, props, &error_abort));
    g_assert_cmpuint(ANIMAL(cat)->legs, ==, 7);
    g_assert_cmpuint(ANIMAL(other)->legs, ==, 4);
    g_assert_true(p[0].used && !p[1].used);
    g_ptr_array_add(props, &p[2]);
    expect_error(object_apply_global_props(cat, props, &err), &err, "test-cat.wings=1");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_call_init(MODULE_INIT_QOM);
    g_test_add_func("/qom/casts", test_casts);
    g_test_add_func("/qom/foreach", test_foreach);
    g_test_add_func("/qom/properties", test_properties);
    g_test_add_func("/qom/tree", test_tree);
    g_test_add_func("/qom/indexed-names", test_indexed_names);
    g_test_add_func("/qom/user-creatable", test_user_creatable);
    g_test_add_func("/qom/globals", test_globals);
    return g_test_run();
}
