/* peer.c - the calls on one peer, but for those that send. */
#include "port.h"

#include "id.h"
#include "memory.h"
#include "share.h"
#include "text.h"

static skiff_bytes bytes_of(const char *text)
{
    return (skiff_bytes){ (const uint8_t *)text, strlen(text) };
}

/* --- credentials ---------------------------------------------------------------------- */

/* Where the credentials that the caller chose are, and where the next are made. */
static uint32_t slot_of(uint32_t place)
{
    return place * CHOSEN_SLOTS;
}

static const struct chosen *chosen_by(const skiff_peer *peer, bool before)
{
    return chosen_of(&peer->port->chosen, slot_of(peer->place) + (before ? BEFORE : 0));
}

/* Of the peers of other threads only their first letters are known. */
static skiff_status may_choose(const skiff_port *port, const skiff_credentials *credentials)
{
    unsigned thread = port->thread;

    if (!skf_credentials_hold(credentials))
        return skiff_fault_set(SKIFF_ERR_ARGUMENT,
                               "credentials: not a ufrag of 4 to 256 and a password of 22 "
                               "to 256 ice-chars (RFC 8839 5.4)");
    if (skf_peer_named(port, bytes_of(credentials->ufrag), &thread) != NULL
        || skf_share_has(port, thread))
        return skiff_fault_set_text(SKIFF_ERR_STATE, "ufrag: \"", credentials->ufrag,
                                    "\" is that of a peer, or may be another thread's");
    return SKIFF_OK;
}

static skiff_status choose(skiff_port *port, uint32_t slot,
                           const skiff_credentials *credentials)
{
    skiff_status status = may_choose(port, credentials);

    return status == SKIFF_OK ? skf_chosen_add(&port->chosen, slot, credentials) : status;
}

/* Some peer may have chosen what is drawn here. */
static skiff_status generate(const skiff_port *port, uint32_t place, struct name *name)
{
    unsigned thread;

    do {
        if (!skf_name_make(name, port->thread, place))
            return SKIFF_ERR_CRYPTO;
    } while (skf_chosen_find(&port->chosen, bytes_of(name->ufrag)) != NULL
             || skf_chosen_elsewhere(&port->chosen, bytes_of(name->ufrag), &thread));
    return SKIFF_OK;
}

const char *skf_peer_password(const skiff_peer *peer, bool before)
{
    const struct chosen *chosen = chosen_by(peer, before);

    if (chosen != NULL)
        return chosen_password(chosen);
    return before ? peer->before.pwd : peer->name.pwd;
}

static bool has_ufrag(const skiff_peer *peer, bool before, skiff_bytes ufrag)
{
    const struct chosen *chosen = chosen_by(peer, before);

    if (chosen != NULL)
        return chosen->ufrag_len == ufrag.len
               && memcmp(chosen_ufrag(chosen), ufrag.ptr, ufrag.len) == 0;
    return name_is(before ? &peer->before : &peer->name, ufrag);
}

bool skf_peer_is_before(const skiff_peer *peer, skiff_bytes ours)
{
    return peer->restarted && has_ufrag(peer, true, ours);
}

void skiff_peer_credentials(const skiff_peer *peer, const char **ufrag, const char **pwd)
{
    const struct chosen *chosen = chosen_by(peer, false);

    *ufrag = chosen != NULL ? chosen_ufrag(chosen) : peer->name.ufrag;
    *pwd = skf_peer_password(peer, false);
}

/* What was good before is good until a check by the new credentials has come: the other
 * side may not have heard of them (RFC 8445 9). Of several restarts that it has not
 * answered, the last counts. */
static void keep_before(skiff_peer *peer)
{
    skiff_port *port = peer->port;

    if (peer->restarted)
        return;
    peer->restarted = true;
    peer->before = peer->name;
    peer->remote_before = peer->remote;
    skf_chosen_move(&port->chosen, slot_of(peer->place), slot_of(peer->place) + BEFORE);
}

void skf_peer_renewed(skiff_peer *peer)
{
    if (!peer->restarted)
        return;
    peer->restarted = false;
    skf_ice_wipe(&peer->before, sizeof peer->before);
    skf_chosen_remove(&peer->port->chosen, slot_of(peer->place) + BEFORE);
    skf_nomination_restart(peer);
}

skiff_status skiff_peer_restart(skiff_peer *peer)
{
    struct name name;
    skiff_status status = generate(peer->port, peer->place, &name);

    if (status != SKIFF_OK)
        return status;
    keep_before(peer);
    skf_chosen_remove(&peer->port->chosen, slot_of(peer->place));
    peer->name = name;
    peer->remote = 0;
    return SKIFF_OK;
}

skiff_status skiff_peer_restart_with(skiff_peer *peer, const skiff_credentials *credentials)
{
    uint32_t slot = slot_of(peer->place);

    if (credentials == NULL)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "credentials: must not be NULL");

    skiff_status status = choose(peer->port, slot + NEXT, credentials);
    if (status != SKIFF_OK)
        return status;
    keep_before(peer);
    skf_chosen_move(&peer->port->chosen, slot + NEXT, slot);
    skf_ice_wipe(&peer->name, sizeof peer->name);
    peer->remote = 0;
    return SKIFF_OK;
}

/* --- making and freeing --------------------------------------------------------------- */

static void settle(skiff_port *port, skiff_peer *peer, skiff_time now)
{
    peer->port = port;
    peer->place = port->vacant[--port->num_vacant];
    port->peers[peer->place] = peer;
    peer->in_heard.data = peer;
    peer->in_woken.data = peer;
    peer->heard = now;
    peer->nomination.fallback = peer->nomination.latest = ROUTE_NONE;
    peer->nomination.waiting = ROUTE_NONE;
    queue_push(&port->heard, &peer->in_heard);
    skiff_transport_set_user(peer->transport, peer);
    skiff_transport_set_path(peer->transport, now, false);
}

/* Credentials of its own where there are none of the caller's. */
static skiff_status make(skiff_port *port, skiff_role role,
                         const skiff_credentials *credentials, skiff_peer *made)
{
    uint32_t place = port->vacant[port->num_vacant - 1];
    skiff_status status = credentials != NULL
                              ? choose(port, slot_of(place), credentials)
                              : generate(port, place, &made->name);

    if (status != SKIFF_OK)
        return status;
    skiff_context_admit(port->config.shared, true);
    status = skiff_transport_new(port->config.shared, role, port->config.srtp, port->now,
                                 &made->transport);
    skiff_context_admit(port->config.shared, false);
    if (status != SKIFF_OK)
        skf_chosen_remove(&port->chosen, slot_of(place));
    return status;
}

static skiff_status make_peer(skiff_port *port, skiff_role role,
                              const skiff_credentials *credentials, skiff_time now,
                              skiff_peer **peer)
{
    if (port == NULL || peer == NULL)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "port, peer: must not be NULL");
    if (port->num_vacant == 0)
        return skiff_fault_set_number(SKIFF_ERR_SPACE, "peers: all ", port->config.peers,
                                      " are in use");

    skiff_peer *made = skf_ice_acquire(port->memory, sizeof *made);
    if (made == NULL)
        return SKIFF_ERR_MEMORY;

    port->now = MAX(port->now, now);
    skiff_status status = make(port, role, credentials, made);
    if (status != SKIFF_OK) {
        skf_ice_release(port->memory, made, sizeof *made);
        return status;
    }
    settle(port, made, port->now);
    *peer = made;
    return SKIFF_OK;
}

skiff_status skiff_peer_new(skiff_port *port, skiff_role role, skiff_time now,
                            skiff_peer **peer)
{
    return make_peer(port, role, NULL, now, peer);
}

skiff_status skiff_peer_new_with(skiff_port *port, skiff_role role,
                                 const skiff_credentials *credentials, skiff_time now,
                                 skiff_peer **peer)
{
    if (credentials == NULL)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "credentials: must not be NULL");
    return make_peer(port, role, credentials, now, peer);
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
        queue_unlink(&port->heard, &peer->in_heard);
    if (peer->woken)
        queue_unlink(&port->woken, &peer->in_woken);
    if (port->current == peer)
        port->current = NULL;
    skf_chosen_remove(&port->chosen, slot_of(peer->place));
    skf_chosen_remove(&port->chosen, slot_of(peer->place) + BEFORE);
    port->peers[peer->place] = NULL;
    port->vacant[port->num_vacant++] = peer->place;
    skiff_transport_free(peer->transport);
    skf_ice_release(port->memory, peer, sizeof *peer);
}

/* --- who it is ------------------------------------------------------------------------ */

/* Never 0, which is no name. */
static uint64_t mixed_name(const skiff_port *port, const void *name, size_t len)
{
    uint64_t mixed = mix_bytes(&port->mix, name, len);

    return mixed != 0 ? mixed : 1;
}

/* The same fingerprints in any order give the same number. */
static uint64_t mixed_fingerprints(const skiff_port *port, const skiff_fingerprint *any_of,
                                   size_t num)
{
    uint64_t mixed = 0;

    for (size_t i = 0; i < num; i++)
        mixed += mix_word(&port->mix,
                          mix_bytes(&port->mix, any_of[i].bytes,
                                    MIN(any_of[i].len, sizeof any_of[i].bytes)),
                          any_of[i].hash);
    return mixed != 0 ? mixed : 1;
}

/* Who the peer is does not change with its address: after a restart the same may be said
 * once more (RFC 8842 5.5 leaves a DTLS association as it is). */
static skiff_status expect(skiff_peer *peer, const skiff_fingerprint *any_of, size_t num)
{
    if (any_of == NULL)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "any_of: NULL, and num is not 0");

    uint64_t mixed = mixed_fingerprints(peer->port, any_of, num);
    if (peer->expected == mixed || (mixed == peer->renewed && peer->expected != 0))
        return SKIFF_OK;
    if (peer->expected != 0)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT,
                               "any_of: not those of before the restart");
    skiff_status status = skiff_dtls_expect(skiff_transport_dtls(peer->transport), any_of,
                                            num);
    if (status != SKIFF_OK)
        return status;
    peer->expected = mixed;
    skiff_peer_wake(peer);
    return SKIFF_OK;
}

skiff_status skiff_peer_renew(skiff_peer *peer, skiff_role role,
                              const skiff_fingerprint *any_of, size_t num, skiff_time now)
{
    skiff_port *port = peer->port;
    skiff_transport *transport = peer->transport;

    port->now = MAX(port->now, now);
    skiff_context_admit(port->config.shared, true);
    skiff_status status = skiff_transport_renew(transport, role, any_of, num, port->now);
    skiff_context_admit(port->config.shared, false);
    if (status != SKIFF_OK)
        return status;
    skiff_dtls_set_round_trip(skiff_transport_renewal(transport),
                              peer->traffic.round_trip);
    peer->renewed = mixed_fingerprints(port, any_of, num);
    skiff_peer_wake(peer);
    return SKIFF_OK;
}

skiff_status skiff_peer_set_remote(skiff_peer *peer, const char *ufrag,
                                   const skiff_fingerprint *any_of, size_t num)
{
    if (!text_is_credential(ufrag, 4))
        return skiff_fault_set(SKIFF_ERR_ARGUMENT,
                               "ufrag: not 4 to 256 visible letters without \":\"");
    if (peer->remote != 0)
        return skiff_fault_set(SKIFF_ERR_STATE,
                               "ufrag: it was said already, and no restart followed");
    skiff_status status = num > 0 ? expect(peer, any_of, num) : SKIFF_OK;
    if (status != SKIFF_OK)
        return status;
    peer->remote = mixed_name(peer->port, ufrag, strlen(ufrag));
    return SKIFF_OK;
}

/* By a ufrag that the port has generated. */
static skiff_peer *peer_at(const skiff_port *port, skiff_bytes ufrag, unsigned *thread)
{
    uint32_t place;

    if (!skf_name_read(ufrag, thread, &place) || *thread != port->thread
        || place >= port->config.peers)
        return NULL;

    skiff_peer *peer = port->peers[place];
    return peer != NULL
                   && (name_is(&peer->name, ufrag) || skf_peer_is_before(peer, ufrag))
               ? peer
               : NULL;
}

skiff_peer *skf_peer_named(const skiff_port *port, skiff_bytes ufrag, unsigned *thread)
{
    const struct chosen *chosen = skf_chosen_find(&port->chosen, ufrag);

    if (chosen != NULL)
        return port->peers[chosen->slot / CHOSEN_SLOTS];

    skiff_peer *peer = peer_at(port, ufrag, thread);
    if (peer == NULL)
        (void)skf_chosen_elsewhere(&port->chosen, ufrag, thread);
    return peer;
}

bool skf_peer_expects(const skiff_peer *peer, const struct stun_claim *claim)
{
    uint64_t remote = skf_peer_is_before(peer, claim->ours) ? peer->remote_before
                                                            : peer->remote;

    return remote == 0
           || remote == mixed_name(peer->port, claim->theirs.ptr, claim->theirs.len);
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
    queue_push(&peer->port->woken, &peer->in_woken);
}

void skiff_peer_set_user(skiff_peer *peer, void *user)
{
    peer->user = user;
}

void *skiff_peer_user(const skiff_peer *peer)
{
    return peer->user;
}

static void add_traffic(skiff_peer_info *info, const skiff_peer *peer)
{
    const struct traffic *traffic = &peer->traffic;
    skiff_dtls_info dtls;
    skiff_counters counters;

    skiff_dtls_get_info(skiff_transport_dtls(peer->transport), &dtls, sizeof dtls);
    skiff_transport_counters(peer->transport, &counters, sizeof counters);
    info->round_trip = traffic->round_trip != 0 ? traffic->round_trip : dtls.round_trip;
    info->bytes_sent = traffic->sent;
    info->bytes_received = traffic->received;
    info->packets_sent = counters.rtp_protected + counters.rtcp_protected;
    info->packets_received = counters.rtp_opened + counters.rtcp_opened;
    info->last_media = traffic->last_media;
}

void skiff_peer_get_info(const skiff_peer *peer, skiff_peer_info *info, size_t size)
{
    skiff_peer_info full = { .open = skf_peer_is_open(peer) };
    char text[ADDRESS_TEXT] = "";

    if (peer->checked)
        full.heard = peer->heard;
    if (peer->num_at > 0) {
        skf_address_write(&skf_peer_path(peer)->remote, text);
        full.tcp = skf_peer_path(peer)->connection != 0;
    }
    memcpy(full.remote, text, MIN(strlen(text), sizeof full.remote - 1));
    add_traffic(&full, peer);
    memcpy(info, &full, MIN(size, sizeof full));
}
