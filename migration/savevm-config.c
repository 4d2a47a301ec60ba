/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration section, and "globalstate", the section that carries the source's run state.
 * Layout: docs/specs/migration-stream.md. Lock: BQL.
 */
#include "qemu/osdep.h"
#include "qapi/util.h"
#include "qom/object.h"
#include "exec/target_page.h"
#include "system/runstate.h"
#include "migration/savevm.h"
#include "migration/savevm-config.h"

/* ---- Configuration ---- */

#define CAPS_MAX 64

typedef struct SavedConfig {
    uint32_t len;
    char *name;                     /* not terminated on the wire */
    uint32_t page_bits;
    uint32_t caps;
} SavedConfig;

static bool page_bits_needed(void *opaque)
{
    return false;                   /* 12 is what a stream without it means */
}

static bool page_bits_post_load(void *opaque, int version_id, Error **errp)
{
    SavedConfig *c = opaque;

    if (c->page_bits != TARGET_PAGE_BITS) {
        error_setg(errp, "pages of the stream are 2^%" PRIu32 " bytes, here 2^%d", c->page_bits, TARGET_PAGE_BITS);
        return false;
    }
    return true;
}

static const VMStateDescription vmstate_page_bits = {
    .name = "configuration/target-page-bits",
    .version_id = 1,
    .minimum_version_id = 1,
    .needed = page_bits_needed,
    .post_load_errp = page_bits_post_load,
    .fields = (const VMStateField[]) { VMSTATE_UINT32(page_bits, SavedConfig), VMSTATE_END_OF_LIST() },
};

/* Capabilities that change the stream: none of ours does, so none may be set in a stream we read. */
static bool caps_needed(void *opaque)
{
    return false;
}

static bool load_caps(QEMUFile *f, void *pv, size_t size, const VMStateField *field, Error **errp)
{
    uint32_t n = qemu_get_be32(f);

    if (n > CAPS_MAX) {
        error_setg(errp, "%" PRIu32 " capabilities are more than there can be", n);
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        char name[256];

        if (!qemu_get_counted_string(f, name)) {
            error_setg(errp, "malformed capability name");
            return false;
        }
        error_setg(errp, "the source uses capability '%s', which this binary does not have", name);
        return false;
    }
    return true;
}

static int put_caps(QEMUFile *f, void *pv, size_t size, const VMStateField *field, JSONWriter *vmdesc)
{
    qemu_put_be32(f, 0);
    return 0;
}

static const VMStateInfo vmstate_info_caps = { .name = "capabilities", .load = load_caps, .put = put_caps };

static const VMStateDescription vmstate_caps = {
    .name = "configuration/capabilities",
    .version_id = 1,
    .minimum_version_id = 1,
    .needed = caps_needed,
    .fields = (const VMStateField[]) {
        VMSTATE_SINGLE(caps, SavedConfig, 0, vmstate_info_caps, uint32_t),
        VMSTATE_END_OF_LIST()
    },
};

static bool config_post_load(void *opaque, int version_id, Error **errp)
{
    SavedConfig *c = opaque;
    g_autofree char *theirs = g_strndup(c->name, c->len);
    g_autofree char *mine = savevm_machine_name();

    if (strcmp(theirs, mine)) {
        g_autofree char *shown = g_strescape(theirs, NULL);

        error_setg(errp, "the stream is of machine type '%s', this is '%s': start with -machine %s", shown, mine,
                   shown);
        return false;
    }
    return true;
}

static bool name_length_ok(void *opaque, int version_id)
{
    uint32_t len = ((SavedConfig *)opaque)->len;

    return len >= 1 && len <= 255;
}

static const VMStateDescription vmstate_configuration = {
    .name = "configuration",
    .version_id = 1,
    .post_load_errp = config_post_load,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT32(len, SavedConfig),
        VMSTATE_VALIDATE("machine name has 1 to 255 bytes", name_length_ok),
        VMSTATE_FIELD(name, NULL, 0, VMS_VBUFFER | VMS_POINTER | VMS_ALLOC, 0, offsetof(SavedConfig, name),
                      .info = &vmstate_info_buffer, VMS_LENGTH(SavedConfig, len, uint32_t)),
        VMSTATE_END_OF_LIST()
    },
    .subsections = (const VMStateDescription * const []) { &vmstate_page_bits, &vmstate_caps, NULL },
};

char *savevm_machine_name(void)
{
    Object *machine = object_resolve_path("/machine", NULL);
    const char *type = machine ? object_get_typename(machine) : "none-machine";
    size_t len = strlen(type);

    return g_strndup(type, g_str_has_suffix(type, "-machine") ? len - strlen("-machine") : len);
}

void savevm_config_save(QEMUFile *f)
{
    g_autofree char *name = savevm_machine_name();
    SavedConfig c = { .len = strlen(name), .name = name };

    vmstate_save_state(f, &vmstate_configuration, &c, NULL, &error_abort);
}

int savevm_config_load(QEMUFile *f, Error **errp)
{
    SavedConfig c = { 0 };
    int ret = vmstate_load_state(f, &vmstate_configuration, &c, 1, errp);

    g_free(c.name);
    return ret;
}

/* ---- The source's run state ---- */

typedef struct GlobalState {
    uint32_t size;
    uint8_t runstate[100];
    bool received;
} GlobalState;

/* One per process, like the run state it mirrors. */
static GlobalState global_state;

void global_state_store(void)
{
    memset(global_state.runstate, 0, sizeof(global_state.runstate));
    g_strlcpy((char *)global_state.runstate, runstate_name(runstate_get()), sizeof(global_state.runstate));
}

bool global_state_received(void)
{
    return global_state.received;
}

const char *global_state_get(void)
{
    return (const char *)global_state.runstate;
}

static bool global_state_post_load(void *opaque, int version_id, Error **errp)
{
    GlobalState *s = opaque;

    if (!memchr(s->runstate, 0, sizeof(s->runstate)) ||
        qapi_enum_parse(&RunState_lookup, (char *)s->runstate, -1, NULL) < 0) {
        error_setg(errp, "the source's run state is not one this binary knows");
        return false;
    }
    s->received = true;
    return true;
}

static int global_state_pre_save(void *opaque)
{
    GlobalState *s = opaque;

    s->size = strlen((char *)s->runstate) + 1;
    return 0;
}

static const VMStateDescription vmstate_globalstate = {
    .name = "globalstate",
    .priority = MIG_PRI_LOW,
    .version_id = 1,
    .minimum_version_id = 1,
    .pre_save = global_state_pre_save,
    .post_load_errp = global_state_post_load,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT32(size, GlobalState),
        VMSTATE_BUFFER(runstate, GlobalState),
        VMSTATE_END_OF_LIST()
    },
};

void global_state_register(void)
{
    vmstate_register(NULL, 0, &vmstate_globalstate, &global_state);
}
