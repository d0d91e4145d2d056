/* peer.c - the calls on one peer, but for those that send. */
#include "port.h"

#include "id.h"
#include "memory.h"
#include "share.h"
#include "text.h"

static void settle(skiff_port *port, skiff_peer *peer, skiff_time now)
{
    peer->port = port;
    peer->place = port->vacant[--port->num_vacant];
    port->peers[peer->place] = peer;
    peer->in_heard.data = peer;
    peer->in_woken.data = peer;
    peer->heard = now;
    g_queue_push_tail_link(&port->heard, &peer->in_heard);
    skiff_transport_set_user(peer->transport, peer);
    skiff_transport_set_path(peer->transport, now, false);
}

skiff_status skiff_peer_new(skiff_port *port, skiff_role role, skiff_time now,
                            skiff_peer **peer)
{
    if (port == NULL || peer == NULL)
        return SKIFF_ERR_ARGUMENT;
    if (port->num_vacant == 0)
        return SKIFF_ERR_SPACE;

    skiff_peer *made = skf_ice_acquire(port->memory, sizeof *made);
    if (made == NULL)
        return SKIFF_ERR_MEMORY;

    port->now = MAX(port->now, now);
    uint32_t place = port->vacant[port->num_vacant - 1];
    skiff_status status = skf_name_make(&made->name, port->thread, place)
                              ? skiff_transport_new(port->config.shared, role,
                                                    port->config.srtp, port->now,
                                                    &made->transport)
                              : SKIFF_ERR_CRYPTO;
    if (status != SKIFF_OK) {
        skf_ice_release(port->memory, made, sizeof *made);
        return status;
    }
    settle(port, made, port->now);
    *peer = made;
    return SKIFF_OK;
}

static void say_goodbye(skiff_peer *peer)
{
    if (!peer->connected || peer->over || !skf_peer_is_open(peer))
        return;
    skiff_dtls_close(skiff_transport_dtls(peer->transport), peer->port->now);
    skf_peer_drain(peer);
}

void skiff_peer_free(skiff_peer *peer)
{
    if (peer == NULL)
        return;

    skiff_port *port = peer->port;
    say_goodbye(peer);
    skf_peer_leave(peer);
    if (!peer->silent)
        g_queue_unlink(&port->heard, &peer->in_heard);
    if (peer->woken)
        g_queue_unlink(&port->woken, &peer->in_woken);
    if (port->current == peer)
        port->current = NULL;
    port->peers[peer->place] = NULL;
    port->vacant[port->num_vacant++] = peer->place;
    skiff_transport_free(peer->transport);
    skf_ice_release(port->memory, peer, sizeof *peer);
}

void skiff_peer_credentials(const skiff_peer *peer, const char **ufrag, const char **pwd)
{
    *ufrag = peer->name.ufrag;
    *pwd = peer->name.pwd;
}

skiff_status skiff_peer_restart(skiff_peer *peer)
{
    struct name name;

    if (!skf_name_make(&name, peer->port->thread, peer->place))
        return SKIFF_ERR_CRYPTO;
    peer->name = name;
    peer->remote = 0;
    peer->nominated = false;
    return SKIFF_OK;
}

/* Never 0, which is no name. */
static uint64_t mixed_name(const skiff_port *port, const void *name, size_t len)
{
    uint64_t mixed = mix_bytes(&port->mix, name, len);

    return mixed != 0 ? mixed : 1;
}

skiff_status skiff_peer_set_remote(skiff_peer *peer, const char *ufrag,
                                   const skiff_fingerprint *any_of, size_t num)
{
    if (!text_is_credential(ufrag, 4))
        return SKIFF_ERR_ARGUMENT;
    if (peer->remote != 0)
        return SKIFF_ERR_STATE;
    if (num > 0) {
        skiff_dtls *dtls = skiff_transport_dtls(peer->transport);
        skiff_status status = skiff_dtls_expect(dtls, any_of, num);
        if (status != SKIFF_OK)
            return status;
        skiff_peer_wake(peer);
    }
    peer->remote = mixed_name(peer->port, ufrag, strlen(ufrag));
    return SKIFF_OK;
}

skiff_peer *skf_peer_named(const skiff_port *port, const struct stun_claim *claim,
                           unsigned *thread)
{
    uint32_t place;

    if (!skf_name_read(claim->ours, thread, &place) || *thread != port->thread
        || place >= port->config.peers)
        return NULL;

    skiff_peer *peer = port->peers[place];
    if (peer == NULL || !name_is(&peer->name, claim->ours))
        return NULL;
    if (peer->remote != 0
        && peer->remote != mixed_name(port, claim->theirs.ptr, claim->theirs.len))
        return NULL;
    return peer;
}

void skiff_port_connection_id(void *user, skiff_dtls *dtls, uint8_t *id)
{
    const skiff_peer *peer = skiff_transport_user(skiff_dtls_user(dtls));
    skiff_port *port = peer->port;

    (void)user;
    skf_share_give_ids(port);
    skf_id_make(&port->id_mix, port->thread, peer->place, id);
}

skiff_transport *skiff_peer_transport(skiff_peer *peer)
{
    return peer->transport;
}

void skiff_peer_wake(skiff_peer *peer)
{
    if (peer->woken)
        return;
    peer->woken = true;
    g_queue_push_tail_link(&peer->port->woken, &peer->in_woken);
}

void skiff_peer_set_user(skiff_peer *peer, void *user)
{
    peer->user = user;
}

void *skiff_peer_user(const skiff_peer *peer)
{
    return peer->user;
}

void skiff_peer_get_info(const skiff_peer *peer, skiff_peer_info *info, size_t size)
{
    skiff_peer_info full = { .open = skf_peer_is_open(peer) };
    char text[ADDRESS_TEXT] = "";

    if (peer->checked)
        full.heard = peer->heard;
    if (peer->num_at > 0)
        skf_address_write(&skf_peer_path(peer)->remote, text);
    g_strlcpy(full.remote, text, sizeof full.remote);
    memcpy(info, &full, MIN(size, sizeof full));
}
