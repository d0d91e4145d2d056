/* renewal.c - a second association of a transport, which is to replace the first: how it is
 * begun, abandoned and ended. Knows no datagrams. */
#include "srtp/renewal_state.h"

#include "base/memory.h"
#include "srtp/transport_trace.h"

/* --- making --------------------------------------------------------------------------- */

static void free_renewal(skiff_transport *transport, struct renewal *renewal)
{
    skiff_srtp_free(renewal->old_srtp);
    skiff_srtp_free(renewal->srtp);
    skiff_dtls_free(renewal->dtls);
    skf_release(skiff_context_memory(transport->context), renewal, sizeof *renewal);
}

void skf_renewal_drop_early(skiff_transport *transport, skiff_time now)
{
    TRANSPORT_DROP(transport, drop_early, transport->early.count, now);
    skf_early_media_release(&transport->early);
}

void skf_renewal_end(skiff_transport *transport, skiff_time now)
{
    struct renewal *renewal = transport->renewal;

    if (renewal == NULL)
        return;
    if (renewal_is_under_way(renewal))
        skf_renewal_drop_early(transport, now);
    if (transport->keys == KEYS_BOTH)
        transport->keys = KEYS_READY;
    transport->renewal = NULL;
    free_renewal(transport, renewal);
}

/* The time of late media does not depend on what becomes of the next association. */
static void install_renewal(skiff_transport *transport, skiff_time now,
                            struct renewal *made)
{
    struct renewal *last = transport->renewal;

    if (last != NULL) {
        made->old_srtp = last->old_srtp;
        made->old_srtp_until = last->old_srtp_until;
        last->old_srtp = NULL;
    }
    skf_renewal_end(transport, now);
    transport->renewal = made;
    if (made->old_srtp != NULL)
        transport->keys = KEYS_BOTH;
}

void skf_renewal_abandon(skiff_transport *transport, skiff_time now)
{
    struct renewal *renewal = transport->renewal;

    if (renewal->old_srtp == NULL) {
        skf_renewal_end(transport, now);
        return;
    }
    if (renewal_is_under_way(renewal))
        skf_renewal_drop_early(transport, now);
    skiff_srtp_free(renewal->srtp);
    skiff_dtls_free(renewal->dtls);
    renewal->srtp = NULL;
    renewal->dtls = NULL;
    renewal->stage = RENEWAL_REPLACED;
}

/* RFC 5764 section 5.2: the previous keys are kept for the maximum segment lifetime. */
void skf_renewal_expire(skiff_transport *transport, skiff_time now)
{
    struct renewal *renewal = transport->renewal;

    if (renewal->old_srtp == NULL || now < renewal->old_srtp_until)
        return;
    if (renewal->stage == RENEWAL_REPLACED) {
        skf_renewal_end(transport, now);
        return;
    }
    skiff_srtp_free(renewal->old_srtp);
    renewal->old_srtp = NULL;
    if (renewal->stage == RENEWAL_AWAITING_HELLO)
        transport->keys = KEYS_READY;
}

/* Media that was held for the first keys is dropped. */
void skf_renewal_begin_handshake(skiff_transport *transport, skiff_time now)
{
    transport->renewal->stage = RENEWAL_HANDSHAKING;
    skf_renewal_drop_early(transport, now);
    if (transport->keys == KEYS_NONE)
        return;
    transport->keys = KEYS_BOTH;
    transport->early_until = SKIFF_NEVER;
}

/* A plaintext record, or one that does not open, does not show where the peer is. */
static skiff_status follow_peer(const skiff_transport *transport, skiff_time now,
                                skiff_dtls *dtls)
{
    skiff_dtls_info info;

    skiff_dtls_get_info(transport->dtls, &info, sizeof info);
    if (!skiff_context_has_rrc(transport->context) || info.path == 0)
        return SKIFF_OK;
    return skiff_dtls_prefer_path(dtls, now, info.path);
}

void skf_renewal_follow(skiff_transport *transport, skiff_time now)
{
    struct renewal *renewal = transport->renewal;

    if (renewal->stage == RENEWAL_AWAITING_HELLO || renewal->stage == RENEWAL_HANDSHAKING)
        (void)!follow_peer(transport, now, renewal->dtls);
}

/* The new association begins on the same path. */
static skiff_status copy_path_state(const skiff_transport *transport, skiff_time now,
                                    skiff_dtls *dtls)
{
    skiff_dtls_info info;

    skiff_dtls_get_info(transport->dtls, &info, sizeof info);
    skiff_dtls_set_round_trip(dtls, info.round_trip);
    skiff_dtls_set_path(dtls, now, !transport->path_is_closed);
    skiff_status status = skiff_dtls_set_mtu(dtls, info.mtu);
    return status == SKIFF_OK ? follow_peer(transport, now, dtls) : status;
}

skiff_status skiff_transport_renew(skiff_transport *transport, skiff_role role,
                                   const skiff_fingerprint *any_of, size_t num,
                                   skiff_time now)
{
    if (transport == NULL)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "transport: must not be NULL");
    if (role != SKIFF_ROLE_ACTIVE && role != SKIFF_ROLE_PASSIVE)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "role: not ACTIVE or PASSIVE");
    if (any_of == NULL || num == 0)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "any_of, num: no fingerprint");
    if (transport->end_status != SKIFF_OK)
        return transport->end_status;
    if (transport->keys == KEYS_PENDING)
        return skiff_fault_set(SKIFF_ERR_STATE, "renewal: not CONNECTED yet");

    struct renewal *made =
        skf_acquire(skiff_context_memory(transport->context), sizeof *made);
    if (made == NULL)
        return SKIFF_ERR_MEMORY;
    skiff_status status = skiff_dtls_new(transport->context, role, now, &made->dtls);
    if (status == SKIFF_OK)
        status = skiff_dtls_expect(made->dtls, any_of, num);
    if (status == SKIFF_OK)
        status = copy_path_state(transport, now, made->dtls);
    if (status != SKIFF_OK) {
        free_renewal(transport, made);
        return status;
    }
    skiff_dtls_set_user(made->dtls, transport);
    install_renewal(transport, now, made);
    skf_transport_trace(
        transport, now,
        &(skiff_trace){ .event = SKIFF_TRACE_RENEWAL,
                        .what = role == SKIFF_ROLE_ACTIVE ? "client" : "server" });
    if (role == SKIFF_ROLE_ACTIVE)
        skf_renewal_begin_handshake(transport, now);
    return SKIFF_OK;
}

skiff_dtls *skiff_transport_renewal(skiff_transport *transport)
{
    return transport->renewal != NULL ? transport->renewal->dtls : NULL;
}

void skiff_transport_renewal_failure(const skiff_transport *transport,
                                     skiff_failure *failure, size_t size)
{
    const skiff_failure none = { .status = SKIFF_OK, .alert = -1 };
    const skiff_transport *t = transport;

    memcpy(failure, t->failure_is_of_renewal ? &t->failure : &none,
           size < sizeof *failure ? size : sizeof *failure);
}

/* --- looking at it -------------------------------------------------------------------- */

skiff_time skf_renewal_deadline(const skiff_transport *transport)
{
    const struct renewal *renewal = transport->renewal;

    skiff_time expiry = renewal->old_srtp != NULL ? renewal->old_srtp_until : SKIFF_NEVER;
    skiff_time due =
        renewal->dtls != NULL ? skiff_dtls_deadline(renewal->dtls) : SKIFF_NEVER;

    return due < expiry ? due : expiry;
}

bool skf_renewal_is_under_way(const skiff_transport *transport)
{
    return renewal_is_under_way(transport->renewal);
}
