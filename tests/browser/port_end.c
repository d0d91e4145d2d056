/* port_end.c - one port, run on the main context, and its one peer. */
#include "port_end.h"

#include <glib-unix.h>
#include <nice/interfaces.h>
#include <stdio.h>

enum { MOST_FRAMES = 256 };

struct port_end {
    struct port_end_listener listener;
    skiff_port *port;
    skiff_peer *peer;
    guint readable, due; /* GSources */
    bool was_tcp;
};

static skiff_time now(void)
{
    return (skiff_time)g_get_monotonic_time();
}

/* --- running -------------------------------------------------------------------------- */

static void run(struct port_end *end);

static gboolean on_readable(gint fd, GIOCondition condition, gpointer user)
{
    (void)fd;
    (void)condition;
    run(user);
    return G_SOURCE_CONTINUE;
}

static gboolean on_due(gpointer user)
{
    struct port_end *end = user;

    end->due = 0;
    run(end);
    return G_SOURCE_REMOVE;
}

static void run(struct port_end *end)
{
    skiff_port_run(end->port, now(), MOST_FRAMES);

    skiff_time deadline = skiff_port_deadline(end->port), at = now();
    if (end->due != 0)
        g_source_remove(end->due);
    end->due = 0;
    if (deadline != SKIFF_NEVER)
        end->due = g_timeout_add(
            deadline > at ? (guint)((deadline - at) / SKIFF_MSEC(1)) + 1 : 0, on_due, end);
}

/* --- what the port tells -------------------------------------------------------------- */

static void on_media(void *user, skiff_peer *peer, skiff_packet *packet, skiff_kind kind)
{
    struct port_end *end = user;

    (void)peer;
    end->listener.on_media(end->listener.user, packet, kind);
}

static void on_event(void *user, skiff_peer *peer, skiff_peer_event event,
                     skiff_bytes bytes)
{
    struct port_end *end = user;
    skiff_peer_info info;

    skiff_peer_get_info(peer, &info, sizeof info);
    end->was_tcp |= info.tcp;
    if (event == SKIFF_PEER_CLOSED)
        end->listener.on_event(end->listener.user, SKIFF_DTLS_CLOSED, bytes);
    if (event == SKIFF_PEER_FAILED)
        end->listener.on_event(end->listener.user, SKIFF_DTLS_FAILED, bytes);
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

static bool open_port(struct port_end *end, skiff_context *context, skiff_role role)
{
    skiff_port_config config = skiff_port_defaults();
    char address[64];

    if (!choose_address(address, sizeof address))
        return false;
    config.address = address;
    config.context = context;
    config.tcp_connections = 4;
    config.user = end;
    config.on_media = on_media;
    config.on_event = on_event;
    return skiff_port_new(&config, &end->port) == SKIFF_OK
        && skiff_peer_new(end->port, role, now(), &end->peer) == SKIFF_OK;
}

struct port_end *port_end_new(skiff_context *context, skiff_role role,
                              const struct port_end_listener *listener)
{
    struct port_end *end = g_new0(struct port_end, 1);

    end->listener = *listener;
    if (!open_port(end, context, role)) {
        port_end_free(end);
        return NULL;
    }
    end->readable = g_unix_fd_add(skiff_port_fd(end->port), G_IO_IN, on_readable, end);
    return end;
}

void port_end_free(struct port_end *end)
{
    if (end == NULL)
        return;
    if (end->readable != 0)
        g_source_remove(end->readable);
    if (end->due != 0)
        g_source_remove(end->due);
    skiff_port_free(end->port);
    g_free(end);
}

bool port_end_set_remote(struct port_end *end, const char *ufrag,
                         const skiff_fingerprint *fingerprint)
{
    bool good = skiff_peer_set_remote(end->peer, ufrag, fingerprint, 1) == SKIFF_OK;

    run(end);
    return good;
}

void port_end_credentials(const struct port_end *end, const char **ufrag,
                          const char **password)
{
    skiff_peer_credentials(end->peer, ufrag, password);
}

const char *port_end_candidate(const struct port_end *end, size_t number)
{
    return skiff_port_candidate_at(end->port, number);
}

skiff_transport *port_end_transport(struct port_end *end)
{
    return skiff_peer_transport(end->peer);
}

skiff_port_counters port_end_counters(const struct port_end *end)
{
    skiff_port_counters counters;

    skiff_port_get_counters(end->port, &counters, sizeof counters);
    return counters;
}

bool port_end_is_tcp(const struct port_end *end)
{
    return end->was_tcp;
}
