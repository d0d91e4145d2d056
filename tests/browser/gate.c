/* gate.c - one port, run on the main context, and its one peer. */
#include "gate.h"

#include <glib-unix.h>
#include <nice/interfaces.h>
#include <stdio.h>

enum { MOST_FRAMES = 256 };

struct gate {
    struct gate_listener listener;
    skiff_port          *port;
    skiff_peer          *peer;
    guint                readable, due;      /* GSources */
    bool                 was_tcp;
};

static skiff_time now(void)
{
    return (skiff_time)g_get_monotonic_time();
}

/* --- running -------------------------------------------------------------------------- */

static void run(struct gate *gate);

static gboolean on_readable(gint fd, GIOCondition condition, gpointer user)
{
    (void)fd;
    (void)condition;
    run(user);
    return G_SOURCE_CONTINUE;
}

static gboolean on_due(gpointer user)
{
    struct gate *gate = user;

    gate->due = 0;
    run(gate);
    return G_SOURCE_REMOVE;
}

static void run(struct gate *gate)
{
    skiff_port_run(gate->port, now(), MOST_FRAMES);

    skiff_time deadline = skiff_port_deadline(gate->port), at = now();
    if (gate->due != 0)
        g_source_remove(gate->due);
    gate->due = 0;
    if (deadline != SKIFF_NEVER)
        gate->due = g_timeout_add(
            deadline > at ? (guint)((deadline - at) / SKIFF_MSEC(1)) + 1 : 0, on_due, gate);
}

/* --- what the port tells -------------------------------------------------------------- */

static void on_media(void *context, skiff_peer *peer, skiff_packet *packet, skiff_kind kind)
{
    struct gate *gate = context;

    (void)peer;
    gate->listener.on_media(gate->listener.user, packet, kind);
}

static void on_event(void *context, skiff_peer *peer, skiff_peer_event event,
                     skiff_bytes bytes)
{
    struct gate *gate = context;
    skiff_peer_info info;

    skiff_peer_get_info(peer, &info, sizeof info);
    gate->was_tcp |= info.tcp;
    if (event == SKIFF_PEER_CLOSED)
        gate->listener.on_event(gate->listener.user, SKIFF_DTLS_CLOSED, bytes);
    if (event == SKIFF_PEER_FAILED)
        gate->listener.on_event(gate->listener.user, SKIFF_DTLS_FAILED, bytes);
}

/* --- opening -------------------------------------------------------------------------- */

/* "192.0.2.1:0" for the first address of this host; false when it has none. */
static bool choose_address(char *text, size_t size)
{
    GList *all = nice_interfaces_get_local_ips(FALSE);
    bool found = false;

    for (GList *at = all; at != NULL && !found; at = at->next) {
        found = strchr(at->data, ':') == NULL;
        if (found)
            snprintf(text, size, "%s:0", (const char *)at->data);
    }
    g_list_free_full(all, g_free);
    return found;
}

static bool open_port(struct gate *gate, skiff_context *context, skiff_role role)
{
    skiff_port_config config = skiff_port_defaults();
    char address[64];

    if (!choose_address(address, sizeof address))
        return false;
    config.address = address;
    config.shared = context;
    config.tcp_connections = 4;
    config.context = gate;
    config.on_media = on_media;
    config.on_event = on_event;
    return skiff_port_new(&config, &gate->port) == SKIFF_OK
           && skiff_peer_new(gate->port, role, now(), &gate->peer) == SKIFF_OK;
}

struct gate *gate_new(skiff_context *context, skiff_role role,
                      const struct gate_listener *listener)
{
    struct gate *gate = g_new0(struct gate, 1);

    gate->listener = *listener;
    if (!open_port(gate, context, role)) {
        gate_free(gate);
        return NULL;
    }
    gate->readable = g_unix_fd_add(skiff_port_fd(gate->port), G_IO_IN, on_readable, gate);
    return gate;
}

void gate_free(struct gate *gate)
{
    if (gate == NULL)
        return;
    if (gate->readable != 0)
        g_source_remove(gate->readable);
    if (gate->due != 0)
        g_source_remove(gate->due);
    skiff_port_free(gate->port);
    g_free(gate);
}

bool gate_take(struct gate *gate, const char *ufrag, const skiff_fingerprint *fingerprint)
{
    bool taken = skiff_peer_set_remote(gate->peer, ufrag, fingerprint, 1) == SKIFF_OK;

    run(gate);
    return taken;
}

void gate_credentials(const struct gate *gate, const char **ufrag, const char **pwd)
{
    skiff_peer_credentials(gate->peer, ufrag, pwd);
}

const char *gate_candidate(const struct gate *gate, size_t number)
{
    return skiff_port_candidate_at(gate->port, number);
}

skiff_transport *gate_transport(struct gate *gate)
{
    return skiff_peer_transport(gate->peer);
}

skiff_port_counters gate_counters(const struct gate *gate)
{
    skiff_port_counters counters;

    skiff_port_get_counters(gate->port, &counters, sizeof counters);
    return counters;
}

bool gate_is_tcp(const struct gate *gate)
{
    return gate->was_tcp;
}
