/* resumption.c - tickets of an association: a client offers one and stores new ones, a
 * server sends them (RFC 8446 sections 2.2 and 4.6.1). */
#include "association/resumption.h"

#include "association/end.h"
#include "association/optional_state.h"
#include "association/timers.h"
#include "association/trace.h"
#include "base/memory.h"
#include "handshake/schedule13.h"
#include "wire/ticket.h"

skiff_status skiff_dtls_resume(skiff_dtls *dtls, skiff_bytes ticket)
{
    struct ticket_store *store = ticket_store_of(dtls);
    struct stored_ticket stored;

    if (ticket.ptr == NULL || ticket.len > STORED_TICKET_MAX
        || !stored_ticket_read(&stored, ticket) || session_suite(&stored.session) == NULL)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT,
                               "ticket: not the bytes of an event TICKET");
    if (store == NULL || dtls->role == SKIFF_ROLE_PASSIVE)
        return skiff_fault_set(SKIFF_ERR_STATE,
                               "ticket: this role, or this context, has no tickets");
    if (dtls->phase != WAITING_FOR_START)
        return skiff_fault_set(SKIFF_ERR_STATE, "ticket: the handshake has begun");
    memcpy(store->ticket, ticket.ptr, ticket.len);
    store->len = (uint16_t)ticket.len;
    return SKIFF_OK;
}

/* A server gets the key, a client what the caller brought. */
void skf_load_tickets(struct skiff_dtls *dtls, struct handshake *hs)
{
    const struct ticket_store *store = ticket_store_of(dtls);

    hs->clock = &dtls->now;
    if (hs->role == SERVER && hs->settings->tickets)
        hs->ticket_keys = (struct ticket_keys){ hs->crypto, dtls->context->ticket_key,
                                                hs->our_certificates[1] };
    if (hs->role == CLIENT && store != NULL && store->len > 0
        && !stored_ticket_read(&hs->to_resume, (skiff_bytes){ store->ticket, store->len }))
        hs->to_resume.ticket.len = 0;
}

void skf_keep_resumption_secret(struct skiff_dtls *dtls, const struct handshake *hs)
{
    struct ticket_store *store = ticket_store_of(dtls);

    if (store != NULL && hs->role == CLIENT)
        memcpy(store->resumption_secret, hs->resumption_secret,
               sizeof store->resumption_secret);
}

/* --- a client's ----------------------------------------------------------------------- */

static bool store_ticket(struct skiff_dtls *dtls, struct ticket_store *store,
                         const struct new_session_ticket *m)
{
    enum skf_hash_alg alg = (enum skf_hash_alg)dtls->stage.agreed.secrets.hash;
    uint8_t psk[SKF_HASH_MAX];
    struct stored_ticket stored = {
        .format = STORED_TICKET_FORMAT,
        .session = { .cipher_suite = dtls->cipher_suite,
                     .psk = { psk, skf_hash_len(alg) },
                     .since = dtls->now,
                     .peer = skf_peer_identity_digests(&dtls->peer_identity) },
        .lifetime =
            m->ticket_lifetime < LONGEST_LIFETIME ? m->ticket_lifetime : LONGEST_LIFETIME,
        .age_add = m->ticket_age_add,
        .ticket = m->ticket,
    };
    size_t len;
    bool good = skf_resumption_psk(alg, store->resumption_secret, m->ticket_nonce, psk)
             && stored_ticket_write(&stored, store->ticket, sizeof store->ticket, &len);

    skf_wipe(psk, sizeof psk);
    store->len = good ? (uint16_t)len : 0;
    return good;
}

/* The newest counts. One that is of no use to us is passed over: too long, or of no
 * lifetime (RFC 8446 section 4.6.1). */
void skf_hear_new_session_ticket(struct skiff_dtls *dtls, skiff_bytes body)
{
    struct ticket_store *store = ticket_store_of(dtls);
    struct new_session_ticket m;

    if (!new_session_ticket_read(&m, body)) {
        skf_fail(dtls, ALERT_DECODE_ERROR, "NewSessionTicket: it does not parse",
                 "RFC 8446 4.6.1");
        return;
    }
    if (store == NULL || m.ticket.len > RECEIVED_TICKET_MAX || m.ticket_lifetime == 0)
        return;
    store->unreported = store_ticket(dtls, store, &m);
    TRACE(dtls, .event = SKIFF_TRACE_TICKET, .what = "received",
          .length = (uint32_t)m.ticket.len);
    skf_report_ticket(dtls);
}

void skf_report_ticket(struct skiff_dtls *dtls)
{
    struct ticket_store *store = ticket_store_of(dtls);

    if (!dtls->connected || store == NULL || !store->unreported)
        return;
    store->unreported = false;
    dtls->events |= EVENT_TICKET;
}

skiff_bytes skf_reported_ticket(struct skiff_dtls *dtls)
{
    struct ticket_store *store = ticket_store_of(dtls);

    return (skiff_bytes){ store->ticket, store->len };
}

/* --- a server's ----------------------------------------------------------------------- */

/* Only a client that is authenticated and trusted gets one, and only if it can use it. */
static bool may_have_a_ticket(const struct handshake *hs)
{
    return hs->ticket_keys.key != NULL && hs->protocol->has_tickets
        && hs->offered_psk.with_dhe && hs->peer_identity->trust == TRUST_GIVEN;
}

/* The nonce distinguishes the tickets of one connection, which has only this one. */
static bool write_ticket(const struct handshake *hs, struct walk *w)
{
    static const uint8_t nonce[] = { 0 };
    enum skf_hash_alg alg = hs->suite->hash;
    uint8_t psk[SKF_HASH_MAX], ticket[TICKET_MAX];
    uint32_t age_add;
    struct session of = { .cipher_suite = hs->suite->number,
                          .psk = { psk, skf_hash_len(alg) },
                          .since = *hs->clock,
                          .peer = skf_peer_identity_digests(hs->peer_identity) };
    struct new_session_ticket m = { .ticket_lifetime = TICKET_LIFETIME,
                                    .ticket_nonce = { nonce, sizeof nonce },
                                    .ticket = { ticket, 0 } };
    bool good = skf_resumption_psk(alg, hs->resumption_secret, m.ticket_nonce, psk)
             && skf_ticket_make(&hs->ticket_keys, &of, ticket, &m.ticket.len)
             && skf_random((uint8_t *)&age_add, sizeof age_add);

    if (good) {
        m.ticket_age_add = age_add;
        new_session_ticket(w, &m);
    }
    skf_wipe(psk, sizeof psk);
    return good && !w->failed;
}

void skf_send_ticket(struct skiff_dtls *dtls)
{
    struct handshake_slot *slot = dtls->slot;
    struct walk w = walk_writer(slot->flight_bytes, sizeof slot->flight_bytes);
    struct flight_message entry = { .body = slot->flight_bytes,
                                    .type = HANDSHAKE_NEW_SESSION_TICKET,
                                    .epoch = EPOCH_CURRENT,
                                    .message_seq = dtls->next_send_seq };

    if (!may_have_a_ticket(&slot->hs) || !write_ticket(&slot->hs, &w))
        return;
    entry.len = (uint32_t)w.at;
    skf_sent_records_begin(&slot->sent_records);
    skf_flight_begin(&dtls->flight, slot->messages, skf_initial_timeout(dtls));
    if (!skf_flight_add(&dtls->flight, &entry))
        return;
    dtls->next_send_seq++;
    TRACE(dtls, .event = SKIFF_TRACE_TICKET, .what = "sent", .length = entry.len);
    skf_flight_event(dtls, FLIGHT_BUFFERED);
}
