/* resumption.c - what an association does with tickets: a client brings one and gets
 * another, which the server gives (RFC 8446 sections 2.2 and 4.6.1). */
#include "base/memory.h"
#include "dtls/conversation.h"
#include "dtls/extras.h"
#include "dtls/late.h"
#include "dtls/schedule13.h"
#include "wire/ticket.h"

skiff_status skiff_dtls_resume(skiff_dtls *dtls, skiff_bytes ticket)
{
    struct wallet *wallet = wallet_of(dtls);
    struct kept_ticket kept;

    if (ticket.ptr == NULL || ticket.len > KEPT_MAX || !kept_ticket_read(&kept, ticket)
        || session_suite(&kept.session) == NULL)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "ticket: not what TICKET has told");
    if (wallet == NULL || dtls->role == SKIFF_ROLE_PASSIVE)
        return skiff_fault_set(SKIFF_ERR_STATE,
                               "ticket: this role, or this context, has no tickets");
    if (dtls->phase != WAITING_FOR_START)
        return skiff_fault_set(SKIFF_ERR_STATE, "ticket: the handshake has begun");
    memcpy(wallet->kept, ticket.ptr, ticket.len);
    wallet->len = (uint16_t)ticket.len;
    return SKIFF_OK;
}

/* A server gets the key, a client what the caller brought. */
void lend_tickets(struct skiff_dtls *dtls, struct handshake *hs)
{
    const struct wallet *wallet = wallet_of(dtls);

    hs->clock = &dtls->now;
    if (hs->me == SERVER && hs->settings->tickets)
        hs->ticketing = (struct ticketing){ hs->crypto, dtls->context->ticket_key,
                                            hs->our_certificates[1] };
    if (hs->me == CLIENT && wallet != NULL && wallet->len > 0
        && !kept_ticket_read(&hs->to_resume, (skiff_bytes){ wallet->kept, wallet->len }))
        hs->to_resume.ticket.len = 0;
}

void keep_for_tickets(struct skiff_dtls *dtls, const struct handshake *hs)
{
    struct wallet *wallet = wallet_of(dtls);

    if (wallet != NULL && hs->me == CLIENT)
        memcpy(wallet->resumption_secret, hs->resumption_secret,
               sizeof wallet->resumption_secret);
}

/* --- a client's ----------------------------------------------------------------------- */

static bool keep_ticket(struct skiff_dtls *dtls, struct wallet *wallet,
                        const struct new_session_ticket *m)
{
    enum skf_hash_alg alg = (enum skf_hash_alg)dtls->share.agreed.secrets.hash;
    uint8_t psk[SKF_HASH_MAX];
    struct kept_ticket kept = {
        .format = KEPT_FORMAT,
        .session = { .cipher_suite = dtls->cipher_suite,
                     .psk = { psk, skf_hash_len(alg) },
                     .since = dtls->now,
                     .peer = peer_shown(&dtls->peer) },
        .lifetime = m->ticket_lifetime < LONGEST_LIFETIME ? m->ticket_lifetime
                                                          : LONGEST_LIFETIME,
        .age_add = m->ticket_age_add,
        .ticket = m->ticket,
    };
    size_t len;
    bool good = resumption_psk(alg, wallet->resumption_secret, m->ticket_nonce, psk)
             && kept_ticket_write(&kept, wallet->kept, sizeof wallet->kept, &len);

    skf_wipe(psk, sizeof psk);
    wallet->len = good ? (uint16_t)len : 0;
    return good;
}

/* The newest counts. One that is of no use to us is passed over: too long, or of no
 * lifetime (RFC 8446 section 4.6.1). */
void hear_new_session_ticket(struct skiff_dtls *dtls, skiff_bytes body)
{
    struct wallet *wallet = wallet_of(dtls);
    struct new_session_ticket m;

    if (!new_session_ticket_read(&m, body)) {
        fail(dtls, ALERT_DECODE_ERROR, "NewSessionTicket: it does not parse",
             "RFC 8446 4.6.1");
        return;
    }
    if (wallet == NULL || m.ticket.len > FOREIGN_TICKET_MAX || m.ticket_lifetime == 0)
        return;
    wallet->came = keep_ticket(dtls, wallet, &m);
    tell_ticket(dtls);
}

void tell_ticket(struct skiff_dtls *dtls)
{
    struct wallet *wallet = wallet_of(dtls);

    if (!dtls->connected || wallet == NULL || !wallet->came)
        return;
    wallet->came = false;
    dtls->tell |= TELL_TICKET;
}

skiff_bytes told_ticket(struct skiff_dtls *dtls)
{
    struct wallet *wallet = wallet_of(dtls);

    return (skiff_bytes){ wallet->kept, wallet->len };
}

/* --- a server's ----------------------------------------------------------------------- */

/* Only who has proven to be who was expected gets one, and only who can use it. */
static bool may_have_a_ticket(const struct handshake *hs)
{
    return hs->ticketing.key != NULL && hs->dialect->acknowledges
        && hs->offered_psk.with_dhe && hs->peer->trust == TRUST_GIVEN;
}

/* The nonce tells the tickets of one connection apart, which has only this one. */
static bool write_ticket(const struct handshake *hs, struct walk *w)
{
    static const uint8_t nonce[] = { 0 };
    enum skf_hash_alg alg = hs->suite->hash;
    uint8_t psk[SKF_HASH_MAX], ticket[TICKET_MAX];
    uint32_t age_add;
    struct session of = { .cipher_suite = hs->suite->number,
                          .psk = { psk, skf_hash_len(alg) },
                          .since = *hs->clock,
                          .peer = peer_shown(hs->peer) };
    struct new_session_ticket m = { .ticket_lifetime = TICKET_LIFETIME,
                                    .ticket_nonce = { nonce, sizeof nonce },
                                    .ticket = { ticket, 0 } };
    bool good = resumption_psk(alg, hs->resumption_secret, m.ticket_nonce, psk)
             && ticket_make(&hs->ticketing, &of, ticket, &m.ticket.len)
             && skf_random((uint8_t *)&age_add, sizeof age_add);

    if (good) {
        m.ticket_age_add = age_add;
        new_session_ticket(w, &m);
    }
    skf_wipe(psk, sizeof psk);
    return good && !w->failed;
}

void give_ticket(struct skiff_dtls *dtls)
{
    struct room *room = dtls->room;
    struct walk w = walk_writer(room->speech, sizeof room->speech);
    struct said said = { .body = room->speech, .type = HANDSHAKE_NEW_SESSION_TICKET,
                         .epoch = EPOCH_SPOKEN, .message_seq = dtls->speaks_seq };

    if (!may_have_a_ticket(&room->hs) || !write_ticket(&room->hs, &w))
        return;
    said.len = (uint32_t)w.at;
    carriage_begin(&room->carriage);
    flight_begin(&dtls->flight, room->said, first_wait(dtls));
    if (!flight_add(&dtls->flight, &said))
        return;
    dtls->speaks_seq++;
    flight_news(dtls, FLIGHT_BUFFERED);
}
