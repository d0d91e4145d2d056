/* psk.c - psk_key_exchange_modes, pre_shared_key and its binder (RFC 8446 sections 4.2.9
 * and 4.2.11): a ticket stands in for the certificates, with a new key exchange, never for
 * early data. */
#include "base/memory.h"
#include "handshake/extensions/extensions.h"
#include "handshake/hello.h"
#include "handshake/schedule13.h"
#include "wire/extension.h"

/* --- psk_key_exchange_modes ----------------------------------------------------------- */

bool skf_modes_wanted(const struct handshake *hs, enum place place)
{
    (void)place;
    return hs->settings->tickets;
}

void skf_say_modes(struct handshake *hs, enum place place, struct walk *w)
{
    static const uint8_t modes[] = { PSK_DHE_KE };
    struct psk_key_exchange_modes m = { .ke_modes = { modes, sizeof modes } };

    (void)hs;
    (void)place;
    psk_key_exchange_modes(w, &m);
}

enum verdict skf_hear_modes(struct handshake *hs, enum place place, skiff_bytes body)
{
    struct psk_key_exchange_modes m;

    (void)place;
    if (!psk_key_exchange_modes_read(&m, body))
        return DROPPED;
    hs->offered_psk.has_modes = true;
    hs->offered_psk.with_dhe = memchr(m.ke_modes.ptr, PSK_DHE_KE, m.ke_modes.len) != NULL;
    return ACCEPTED;
}

/* --- pre_shared_key, written ---------------------------------------------------------- */

static enum skf_hash_alg hash_of(const struct session *session)
{
    return session_suite(session)->hash;
}

/* Not of another than is expected, not when it is too old, and not in a second hello for a
 * suite with another hash (RFC 8446 section 4.1.4). */
bool skf_psk_wanted(const struct handshake *hs, enum place place)
{
    const struct stored_ticket *stored = &hs->to_resume;

    if (place != IN_CLIENT_HELLO)
        return hs->facts.resumed;
    return stored->ticket.len > 0
        && session_is_fresh(&stored->session, *hs->clock, stored->lifetime)
        && skf_peer_identity_may_match(hs->peer_identity, &stored->session.peer)
        && (!hs->facts.retry_seen || hs->suite->hash == hash_of(&stored->session));
}

/* The age in milliseconds, hidden (RFC 8446 section 4.2.11.1); the binder is zeros until
 * the hello is whole. */
static void say_offer(struct handshake *hs, struct walk *w)
{
    static uint8_t const zeros[SKF_HASH_MAX];
    const struct stored_ticket *stored = &hs->to_resume;
    skiff_time age = *hs->clock - stored->session.since;
    struct psk_identity identity = { stored->ticket,
                                     (uint32_t)(age / 1000) + stored->age_add };
    struct psk_binder_entry binder = { { zeros, skf_hash_len(hash_of(&stored->session)) } };
    struct walk_block list = walk_open(w, 2);

    psk_identity(w, &identity);
    walk_close(w, list);
    list = walk_open(w, 2);
    psk_binder_entry(w, &binder);
    walk_close(w, list);
}

void skf_say_psk(struct handshake *hs, enum place place, struct walk *w)
{
    struct selected_psk first = { 0 };

    if (place == IN_CLIENT_HELLO)
        say_offer(hs, w);
    else
        selected_psk(w, &first);
}

static bool make_binder(const struct handshake *hs, enum skf_hash_alg alg,
                        skiff_bytes hello, size_t upto, uint8_t *binder)
{
    uint8_t digest[SKF_HASH_MAX];

    return skf_transcript_digest_cut(&hs->transcript, alg, hello, upto, digest)
        && skf_resumption_binder(alg, hs->psk, digest, binder);
}

bool skf_bind_hello(struct handshake *hs, uint8_t *hello, size_t len)
{
    const struct session *ours = &hs->to_resume.session;

    if (!skf_psk_wanted(hs, IN_CLIENT_HELLO))
        return true;

    size_t binder = skf_hash_len(hash_of(ours)), list = 2 + 1 + binder;
    memcpy(hs->psk, ours->psk.ptr, ours->psk.len);
    return make_binder(hs, hash_of(ours), (skiff_bytes){ hello, len }, len - list,
                       hello + len - binder);
}

/* --- pre_shared_key, judged ----------------------------------------------------------- */

/* How many entries a list has that are well formed to its end; 0: they are not. */
static size_t count_identities(skiff_bytes list, skiff_bytes *first)
{
    struct walk w = walk_reader(list);
    struct psk_identity m = { .identity = { NULL, 0 } };
    size_t num = 0;

    for (; !w.failed && w.at < w.end; num++) {
        psk_identity(&w, &m);
        if (num == 0)
            *first = m.identity;
    }
    return w.failed ? 0 : num;
}

static size_t count_binders(skiff_bytes list, skiff_bytes *first)
{
    struct walk w = walk_reader(list);
    struct psk_binder_entry m = { .binder = { NULL, 0 } };
    size_t num = 0;

    for (; !w.failed && w.at < w.end; num++) {
        psk_binder_entry(&w, &m);
        if (num == 0)
            *first = m.binder;
    }
    return w.failed ? 0 : num;
}

/* Only the first is looked at: a client of ours has no more. */
static enum verdict hear_offer(struct handshake *hs, skiff_bytes body)
{
    struct offered_psk *offered = &hs->offered_psk;
    struct offered_psks m;

    if (!offered_psks_read(&m, body))
        return DROPPED;

    size_t identities = count_identities(m.identities, &offered->ticket);
    size_t binders = count_binders(m.binders, &offered->binder);
    if (identities == 0 || binders == 0)
        return DROPPED;
    if (identities != binders)
        return skf_refuse(hs, ALERT_ILLEGAL_PARAMETER,
                          "pre_shared_key: not a binder for each identity",
                          "RFC 8446 4.2.11");
    offered->binders_len = 2 + m.binders.len;
    return ACCEPTED;
}

static enum verdict hear_choice(struct handshake *hs, skiff_bytes body)
{
    struct selected_psk m;

    if (!selected_psk_read(&m, body))
        return DROPPED;
    if (m.selected_identity != 0 || hs->suite->hash != hash_of(&hs->to_resume.session))
        return skf_refuse(hs, ALERT_ILLEGAL_PARAMETER,
                          "pre_shared_key: not one that was offered, or for another hash",
                          "RFC 8446 4.2.11");
    hs->psk_was_chosen = true;
    return ACCEPTED;
}

enum verdict skf_hear_psk(struct handshake *hs, enum place place, skiff_bytes body)
{
    return place == IN_CLIENT_HELLO ? hear_offer(hs, body) : hear_choice(hs, body);
}

/* --- what is made of it --------------------------------------------------------------- */

enum verdict skf_resume_as(struct handshake *hs, const struct session *session)
{
    hs->facts.resumed = true;
    memcpy(hs->psk, session->psk.ptr, session->psk.len);
    if (!skf_peer_identity_set_digests(hs->peer_identity, &session->peer)) {
        skf_refuse_crypto(hs, "ticket: libcrypto made no digest");
        return REFUSED;
    }
    return skf_judge_identity(hs);
}

/* A ticket of ours that is still valid, for the suite that was chosen, from a client
 * that may be the expected one. All others are ignored. */
static bool open_ticket(const struct handshake *hs, uint8_t buffer[TICKET_MAX],
                        struct session *session)
{
    return hs->ticket_keys.key != NULL && hs->offered_psk.with_dhe
        && skf_ticket_open(&hs->ticket_keys, hs->offered_psk.ticket, buffer, session)
        && session_is_fresh(session, *hs->clock, TICKET_LIFETIME)
        && hash_of(session) == hs->suite->hash
        && skf_peer_identity_may_match(hs->peer_identity, &session->peer);
}

static enum verdict judge_binder(struct handshake *hs)
{
    const struct offered_psk *offered = &hs->offered_psk;
    uint8_t binder[SKF_HASH_MAX];

    if (!make_binder(hs, hs->suite->hash, offered->hello,
                     offered->hello.len - offered->binders_len, binder)) {
        skf_refuse_crypto(hs, "pre_shared_key: no binder from libcrypto");
        return REFUSED;
    }
    if (offered->binder.len != skf_hash_len(hs->suite->hash)
        || !skf_same(binder, offered->binder.ptr, offered->binder.len))
        return skf_refuse(hs, ALERT_DECRYPT_ERROR, "pre_shared_key: the binder is wrong",
                          "RFC 8446 4.2.11.2");
    return ACCEPTED;
}

/* Nothing is taken of a hello that will come again. */
enum verdict skf_judge_psk(struct handshake *hs)
{
    uint8_t buffer[TICKET_MAX];
    struct session session;
    enum verdict v = ACCEPTED;

    if (hs->offered_psk.ticket.len == 0)
        return ACCEPTED;
    if (!hs->offered_psk.has_modes)
        return skf_refuse(hs, ALERT_MISSING_EXTENSION,
                          "pre_shared_key: without psk_key_exchange_modes",
                          "RFC 8446 4.2.9");
    if (!hs->facts.retry_wanted && open_ticket(hs, buffer, &session)) {
        memcpy(hs->psk, session.psk.ptr, session.psk.len);
        v = judge_binder(hs);
        if (v == ACCEPTED)
            v = skf_resume_as(hs, &session);
    }
    skf_wipe(buffer, sizeof buffer);
    return v;
}
