/* peer.c - the functions on one peer, except those that send. */
#include "port_state.h"

#include "base/fingerprints.h"
#include "base/memory.h"
#include "connection_id.h"
#include "forwarding.h"
#include "ice/net/text.h"
#include "port_trace.h"

static skiff_bytes bytes_of(const char *text)
{
    return (skiff_bytes){ (const uint8_t *)text, strlen(text) };
}

/* --- credentials ---------------------------------------------------------------------- */

/* The slot of the credentials that the caller chose. */
static uint32_t credentials_index(uint32_t slot)
{
    return slot * CREDENTIALS_OF_PEER;
}

static const struct credentials_entry *entry_of(const skiff_peer *peer, bool before)
{
    return credentials_entry_at(&peer->port->credentials,
                                credentials_index(peer->slot)
                                    + (before ? PREVIOUS_CREDENTIALS : 0));
}

/* Of the peers of other threads only the first characters of the ufrag are known. */
static skiff_status check_credentials(const skiff_port *port,
                                      const skiff_credentials *credentials)
{
    unsigned thread = port->thread;

    if (!skf_credentials_are_valid(credentials))
        return skiff_fault_set(SKIFF_ERR_ARGUMENT,
                               "credentials: not a ufrag of 4 to 256 and a password of 22 "
                               "to 256 ice-chars (RFC 8839 5.4)");
    if (skf_peer_find(port, bytes_of(credentials->ufrag), &thread) != NULL
        || skf_forward_has_thread(port, thread))
        return skiff_fault_set_text(SKIFF_ERR_STATE, "ufrag: \"", credentials->ufrag,
                                    "\" is that of a peer, or may be another thread's");
    return SKIFF_OK;
}

static skiff_status add_credentials(skiff_port *port, uint32_t index,
                                    const skiff_credentials *credentials)
{
    skiff_status status = check_credentials(port, credentials);

    return status == SKIFF_OK
             ? skf_credentials_table_add(&port->credentials, index, credentials)
             : status;
}

/* Again if a peer has chosen the ufrag that was generated. */
static skiff_status generate(const skiff_port *port, uint32_t slot,
                             struct credentials *credentials)
{
    unsigned thread;

    do {
        if (!skf_credentials_make(credentials, port->thread, slot))
            return SKIFF_ERR_CRYPTO;
    } while (skf_credentials_table_find(&port->credentials, bytes_of(credentials->ufrag))
                 != NULL
             || skf_credentials_table_thread(&port->credentials,
                                             bytes_of(credentials->ufrag), &thread));
    return SKIFF_OK;
}

const char *skf_peer_password(const skiff_peer *peer, bool before)
{
    const struct credentials_entry *entry = entry_of(peer, before);

    if (entry != NULL)
        return credentials_entry_password(entry);
    return before ? peer->previous->credentials.pwd : peer->credentials.pwd;
}

static bool has_ufrag(const skiff_peer *peer, bool before, skiff_bytes ufrag)
{
    const struct credentials_entry *entry = entry_of(peer, before);

    if (entry != NULL)
        return entry->ufrag_len == ufrag.len
            && memcmp(credentials_entry_ufrag(entry), ufrag.ptr, ufrag.len) == 0;
    return has_ufrag_text(before ? &peer->previous->credentials : &peer->credentials,
                          ufrag);
}

bool skf_peer_is_previous_ufrag(const skiff_peer *peer, skiff_bytes ours)
{
    return peer->previous != NULL && has_ufrag(peer, true, ours);
}

void skiff_peer_credentials(const skiff_peer *peer, const char **ufrag,
                            const char **password)
{
    const struct credentials_entry *entry = entry_of(peer, false);

    *ufrag = entry != NULL ? credentials_entry_ufrag(entry) : peer->credentials.ufrag;
    *password = skf_peer_password(peer, false);
}

/* The previous credentials stay good until a check with the new ones has come: the other
 * side may not have received them yet (RFC 8445 9). Of several restarts without a check the
 * last one counts. */
static skiff_status store_previous(skiff_peer *peer)
{
    skiff_port *port = peer->port;

    if (peer->previous != NULL)
        return SKIFF_OK;
    peer->previous = skf_acquire(port->memory, sizeof *peer->previous);
    if (peer->previous == NULL)
        return SKIFF_ERR_MEMORY;
    peer->previous->credentials = peer->credentials;
    peer->previous->remote_hash = peer->remote_hash;
    skf_credentials_table_move(&port->credentials, credentials_index(peer->slot),
                               credentials_index(peer->slot) + PREVIOUS_CREDENTIALS);
    return SKIFF_OK;
}

static void forget_previous(skiff_peer *peer)
{
    skf_release(peer->port->memory, peer->previous, sizeof *peer->previous);
    peer->previous = NULL;
}

void skf_peer_end_restart(skiff_peer *peer)
{
    if (peer->previous == NULL)
        return;
    forget_previous(peer);
    skf_credentials_table_remove(&peer->port->credentials,
                                 credentials_index(peer->slot) + PREVIOUS_CREDENTIALS);
    skf_nomination_restart(peer);
}

skiff_status skiff_peer_restart(skiff_peer *peer)
{
    struct credentials credentials;
    skiff_status status = generate(peer->port, peer->slot, &credentials);

    if (status == SKIFF_OK)
        status = store_previous(peer);
    if (status != SKIFF_OK)
        return status;
    skf_credentials_table_remove(&peer->port->credentials, credentials_index(peer->slot));
    peer->credentials = credentials;
    peer->remote_hash = 0;
    return SKIFF_OK;
}

skiff_status skiff_peer_restart_with(skiff_peer *peer, const skiff_credentials *credentials)
{
    uint32_t index = credentials_index(peer->slot);

    if (credentials == NULL)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "credentials: must not be NULL");

    skiff_status status =
        add_credentials(peer->port, index + NEXT_CREDENTIALS, credentials);
    if (status != SKIFF_OK)
        return status;
    status = store_previous(peer);
    if (status != SKIFF_OK) {
        skf_credentials_table_remove(&peer->port->credentials, index + NEXT_CREDENTIALS);
        return status;
    }
    skf_credentials_table_move(&peer->port->credentials, index + NEXT_CREDENTIALS, index);
    skf_wipe(&peer->credentials, sizeof peer->credentials);
    peer->remote_hash = 0;
    return SKIFF_OK;
}

/* --- making and freeing --------------------------------------------------------------- */

static void add_peer(skiff_port *port, skiff_peer *peer, skiff_time now)
{
    peer->port = port;
    peer->slot = port->vacant[--port->num_vacant];
    port->peers[peer->slot] = peer;
    peer->in_consenting.data = peer;
    peer->in_woken.data = peer;
    peer->consent_at = now;
    peer->routes = peer->first_routes;
    peer->nomination.fallback = peer->nomination.latest = ROUTE_NONE;
    peer->nomination.waiting = ROUTE_NONE;
    queue_push(&port->consenting, &peer->in_consenting);
    skiff_transport_set_user(peer->transport, peer);
    skiff_transport_set_path(peer->transport, now, false);
    PORT_TRACE(port, peer, .event = SKIFF_TRACE_NEW);
}

/* Generates credentials unless the caller has chosen some. */
static skiff_status make(skiff_port *port, skiff_role role,
                         const skiff_credentials *credentials, skiff_peer *made)
{
    uint32_t slot = port->vacant[port->num_vacant - 1];
    skiff_status status = credentials != NULL
                            ? add_credentials(port, credentials_index(slot), credentials)
                            : generate(port, slot, &made->credentials);

    if (status != SKIFF_OK)
        return status;
    skiff_context_admit(port->config.context, true);
    status = skiff_transport_new(port->config.context, role, port->config.srtp, port->now,
                                 &made->transport);
    skiff_context_admit(port->config.context, false);
    if (status != SKIFF_OK)
        skf_credentials_table_remove(&port->credentials, credentials_index(slot));
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

    skiff_peer *made = skf_acquire(port->memory, sizeof *made);
    if (made == NULL)
        return SKIFF_ERR_MEMORY;

    port->now = MAX(port->now, now);
    skiff_status status = make(port, role, credentials, made);
    if (status != SKIFF_OK) {
        skf_release(port->memory, made, sizeof *made);
        return status;
    }
    add_peer(port, made, port->now);
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

static void close_dtls(skiff_peer *peer)
{
    if (!peer->connected || peer->dtls_ended || !skf_peer_is_open(peer))
        return;
    skiff_dtls_close(skiff_transport_dtls(peer->transport), peer->port->now);
    skf_peer_drain(peer);
}

void skiff_peer_free(skiff_peer *peer)
{
    if (peer == NULL)
        return;

    skiff_port *port = peer->port;
    close_dtls(peer);
    skf_peer_remove_routes(peer);
    if (!peer->consent_lost)
        queue_unlink(&port->consenting, &peer->in_consenting);
    if (peer->woken)
        queue_unlink(&port->woken, &peer->in_woken);
    if (port->current == peer)
        port->current = NULL;
    skf_credentials_table_remove(&port->credentials, credentials_index(peer->slot));
    skf_credentials_table_remove(&port->credentials,
                                 credentials_index(peer->slot) + PREVIOUS_CREDENTIALS);
    port->peers[peer->slot] = NULL;
    port->vacant[port->num_vacant++] = peer->slot;
    skiff_transport_free(peer->transport);
    PORT_TRACE(port, peer, .event = SKIFF_TRACE_FREED);
    forget_previous(peer);
    if (peer->routes != peer->first_routes)
        skf_release(port->memory, peer->routes, PEER_ROUTES * sizeof *peer->routes);
    skf_release(port->memory, peer, sizeof *peer);
}

/* --- identity ------------------------------------------------------------------------- */

/* Never 0, which means none. */
static uint64_t ufrag_hash(const skiff_port *port, const void *ufrag, size_t len)
{
    uint64_t hash = seeded_hash(&port->hash_key, ufrag, len);

    return hash != 0 ? hash : 1;
}

/* The same fingerprints give the same number, in any order and repeated or not. */
static uint64_t fingerprints_hash(const skiff_port *port, const skiff_fingerprint *any_of,
                                  size_t num)
{
    uint64_t hash = 0;

    for (size_t i = 0; i < num; i++)
        if (!fingerprint_is_in(&any_of[i], any_of, i))
            hash +=
                seeded_hash_word(&port->hash_key,
                                 seeded_hash(&port->hash_key, any_of[i].bytes,
                                             MIN(any_of[i].len, sizeof any_of[i].bytes)),
                                 any_of[i].hash);
    return hash != 0 ? hash : 1;
}

/* A restart does not change who the peer is: afterwards the same fingerprints may be set
 * once more (RFC 8842 5.5 leaves a DTLS association as it is). */
static skiff_status expect(skiff_peer *peer, const skiff_fingerprint *any_of, size_t num)
{
    if (any_of == NULL)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "any_of: NULL, and num is not 0");

    uint64_t hash = fingerprints_hash(peer->port, any_of, num);
    if (peer->expected == hash || (hash == peer->renewed && peer->expected != 0))
        return SKIFF_OK;
    if (peer->expected != 0)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT,
                               "any_of: not those of before the restart");
    skiff_status status =
        skiff_dtls_expect(skiff_transport_dtls(peer->transport), any_of, num);
    if (status != SKIFF_OK)
        return status;
    peer->expected = hash;
    skiff_peer_wake(peer);
    return SKIFF_OK;
}

skiff_status skiff_peer_renew(skiff_peer *peer, skiff_role role,
                              const skiff_fingerprint *any_of, size_t num, skiff_time now)
{
    skiff_port *port = peer->port;
    skiff_transport *transport = peer->transport;

    port->now = MAX(port->now, now);
    skiff_context_admit(port->config.context, true);
    skiff_status status = skiff_transport_renew(transport, role, any_of, num, port->now);
    skiff_context_admit(port->config.context, false);
    if (status != SKIFF_OK)
        return status;
    skiff_dtls_set_round_trip(skiff_transport_renewal(transport), peer->traffic.round_trip);
    peer->renewed = fingerprints_hash(port, any_of, num);
    skiff_peer_wake(peer);
    return SKIFF_OK;
}

skiff_status skiff_peer_set_remote(skiff_peer *peer, const char *ufrag,
                                   const skiff_fingerprint *any_of, size_t num)
{
    if (!text_is_credential(ufrag, 4))
        return skiff_fault_set(SKIFF_ERR_ARGUMENT,
                               "ufrag: not 4 to 256 visible letters without \":\"");
    if (peer->remote_hash != 0)
        return skiff_fault_set(SKIFF_ERR_STATE,
                               "ufrag: it was set already, and no restart followed");
    skiff_status status = num > 0 ? expect(peer, any_of, num) : SKIFF_OK;
    if (status != SKIFF_OK)
        return status;
    peer->remote_hash = ufrag_hash(peer->port, ufrag, strlen(ufrag));
    return SKIFF_OK;
}

/* By a ufrag that the port has generated. */
static skiff_peer *find_generated(const skiff_port *port, skiff_bytes ufrag,
                                  unsigned *thread)
{
    uint32_t slot;

    if (!skf_ufrag_decode(ufrag, thread, &slot) || *thread != port->thread
        || slot >= port->config.peers)
        return NULL;

    skiff_peer *peer = port->peers[slot];
    return peer != NULL
                && (has_ufrag_text(&peer->credentials, ufrag)
                    || skf_peer_is_previous_ufrag(peer, ufrag))
             ? peer
             : NULL;
}

skiff_peer *skf_peer_find(const skiff_port *port, skiff_bytes ufrag, unsigned *thread)
{
    const struct credentials_entry *entry =
        skf_credentials_table_find(&port->credentials, ufrag);

    if (entry != NULL)
        return port->peers[entry->index / CREDENTIALS_OF_PEER];

    skiff_peer *peer = find_generated(port, ufrag, thread);
    if (peer == NULL)
        (void)skf_credentials_table_thread(&port->credentials, ufrag, thread);
    return peer;
}

bool skf_peer_accepts_ufrags(const skiff_peer *peer, const struct stun_check *request)
{
    uint64_t remote = skf_peer_is_previous_ufrag(peer, request->ours)
                        ? peer->previous->remote_hash
                        : peer->remote_hash;

    return remote == 0
        || remote == ufrag_hash(peer->port, request->theirs.ptr, request->theirs.len);
}

void skiff_port_connection_id(void *user, skiff_dtls *dtls, uint8_t *id)
{
    const skiff_peer *peer = skiff_transport_user(skiff_dtls_user(dtls));
    skiff_port *port = peer->port;

    (void)user;
    skf_forward_enable_ids(port);
    skf_connection_id_make(&port->id_hash_key, port->thread, peer->slot, id);
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
    skiff_transport_get_counters(peer->transport, &counters, sizeof counters);
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
        full.last_check = peer->consent_at;
    if (peer->num_routes > 0) {
        skf_address_write(&skf_peer_path(peer)->remote, text);
        full.tcp = skf_peer_path(peer)->connection != 0;
    }
    memcpy(full.remote, text, MIN(strlen(text), sizeof full.remote - 1));
    add_traffic(&full, peer);
    memcpy(info, &full, MIN(size, sizeof full));
}
