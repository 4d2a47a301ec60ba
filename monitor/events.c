/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events to every session that has negotiated. Some are limited to one per second and key: the first goes out at once, the
 * last of those that follow goes out when the second is over. event_lock protects the table and comes before mon_lock.
 */
#include "qemu/osdep.h"
#include "monitor-internal.h"
#include "qapi/qapi-emit-events.h"
#include "qapi/qmp-event.h"
#include "qemu/main-loop.h"
#include "qobject/qjson.h"

typedef struct Limited {
    char *key;
    QDict *waiting;             /* the latest held back */
    guint timer;
} Limited;

static GHashTable *limited;
static GMutex event_lock;
static bool stopped;

/* The data member that, with the event's name, makes the key; "" for none; NULL: not limited. */
static const char *limit_key(int event)
{
    switch (event) {
    case QAPI_EVENT_RTC_CHANGE:
    case QAPI_EVENT_WATCHDOG:
    case QAPI_EVENT_BALLOON_CHANGE:
        return "";
    case QAPI_EVENT_VSERPORT_CHANGE:
        return "id";
    case QAPI_EVENT_MEMORY_DEVICE_SIZE_CHANGE:
    case QAPI_EVENT_BLOCK_IO_ERROR:
        return "qom-path";
    default:
        return NULL;
    }
}

static void broadcast(QDict *dict)
{
    for (Monitor *m = monitor_first(); m; m = m->next) {
        MonitorQMP *mon = (MonitorQMP *)m;

        if (m->is_qmp && mon->commands != &qmp_cap_negotiation_commands) {
            qmp_send_response(mon, dict);
        }
    }
}

static gboolean second_over(gpointer opaque)
{
    Limited *l = opaque;
    gboolean again = G_SOURCE_REMOVE;

    g_mutex_lock(&event_lock);
    if (l->waiting) {
        broadcast(l->waiting);
        qobject_unref(l->waiting);
        l->waiting = NULL;
        again = G_SOURCE_CONTINUE;
    } else {
        g_hash_table_remove(limited, l->key);
    }
    g_mutex_unlock(&event_lock);
    return again;
}

static void limited_free(gpointer opaque)
{
    Limited *l = opaque;

    qobject_unref(l->waiting);
    g_free(l->key);
    g_free(l);
}

static void emit_limited(QDict *dict, const char *member)
{
    QDict *data = qdict_get_qdict(dict, "data");
    const char *value = *member && data ? qdict_get_try_str(data, member) : NULL;
    g_autofree char *key = g_strdup_printf("%s:%s", qdict_get_str(dict, "event"), value ? value : "");
    Limited *l = g_hash_table_lookup(limited, key);

    if (l) {
        qobject_unref(l->waiting);
        l->waiting = qobject_ref(dict);
        return;
    }
    l = g_new0(Limited, 1);
    l->key = g_steal_pointer(&key);
    g_hash_table_insert(limited, l->key, l);
    l->timer = g_timeout_add(1000, second_over, l);
    broadcast(dict);
}

static void sink(int event, QDict *dict)
{
    const char *member = limit_key(event);

    g_mutex_lock(&event_lock);
    if (stopped) {
        /* the sessions are going */
    } else if (member) {
        emit_limited(dict, member);
    } else {
        broadcast(dict);
    }
    g_mutex_unlock(&event_lock);
}

void monitor_events_init(void)
{
    limited = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, limited_free);
    qmp_event_set_sink(sink);
}

void qmp_event_stop(void)
{
    g_mutex_lock(&event_lock);
    stopped = true;
    g_mutex_unlock(&event_lock);
}
