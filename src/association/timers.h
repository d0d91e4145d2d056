/* timers.h - all that an association knows of time: how long it waits and for what, which
 * wait is over, and when the next one will be. Knows what it waits for. What follows from a
 * wait that is over is declared in actions.h.
 */
#ifndef SKF_TIMERS_H
#define SKF_TIMERS_H

#include "association/association_state.h"

/* The maximum segment lifetime of TCP (RFC 793): so long a datagram may be on its way. */
#define MSL SKIFF_MSEC(120000)

/* How long a repeated flight of the peer still gets our last flight (RFC 6347 section
 * 4.2.4, RFC 9147 section 5.8.1). */
#define LAST_FLIGHT_KEPT (2 * MSL)

/* How long the peer's old keys are kept behind the first record under newer ones (RFC 9147
 * section 4.2.1). */
#define OLD_KEYS_KEPT MSL

/* --- round trips ---------------------------------------------------------------------- */

/* The peer's reply to our flight has come: how long it took is the round trip. */
void skf_measure_round_trip(struct skiff_dtls *dtls);

/* 0: it is not known. */
skiff_time skf_known_round_trip(const struct skiff_dtls *dtls);

/* --- flights -------------------------------------------------------------------------- */

/* How long a new flight waits for its reply before it is sent again. */
skiff_time skf_initial_timeout(const struct skiff_dtls *dtls);

/* The wait after one that ended without a reply (RFC 6347 section 4.2.4.1). */
static inline skiff_time longer_wait(skiff_time wait, skiff_time longest)
{
    return wait < longest / 2 ? wait * 2 : longest;
}

/* Something happened to our flight: its timer is set, doubled or cleared. */
void skf_flight_event(struct skiff_dtls *dtls, enum flight_event event);

/* A client found no free slot: its handshake starts later. */
void skf_start_later(struct skiff_dtls *dtls);

/* --- alerts in plaintext -------------------------------------------------------------- */

/* A fatal alert came in plaintext, which may be forged: it ends the handshake only if
 * nothing valid follows. */
void skf_plain_alert_received(struct skiff_dtls *dtls, uint8_t description);

/* Our flight was sent: the alert counts if a repetition stays without a reply. */
void skf_plain_alert_wait(struct skiff_dtls *dtls);

/* Something came that shows that the peer goes on. */
static inline void withdraw_plain_alert(struct handshake_slot *slot)
{
    slot->plain_alert.uncontradicted = false;
    slot->plain_alert.due = SKIFF_NEVER;
}

/* --- ACKs of ours --------------------------------------------------------------------- */

/* An ACK is to be sent: at once, or when the rest of the flight may have come. */
void skf_ack_later(struct skiff_dtls *dtls, bool at_once);

/* --- what is over, and what is next --------------------------------------------------- */

enum expired {
    NOTHING_EXPIRED,
    PLAIN_ALERT_EXPIRED, /* nothing has contradicted it */
    HANDSHAKE_EXPIRED,   /* the handshake is not complete in time */
    ACK_EXPIRED,         /* our last flight has no ACK in time */
    REPLY_EXPIRED,       /* our flight has no reply */
    REPLY_EXPIRED_MIDWAY /* our flight has part of a reply */
};

/* The most important wait that is over now. */
enum expired skf_expired(const struct skiff_dtls *dtls);

/* Whether it is a client of DTLS 1.3 that is still to learn whether its last flight has
 * arrived. Its slot may be gone by then: the flight is not sent again, and the server may
 * have received it before. */
bool skf_is_unconfirmed(const struct skiff_dtls *dtls);

/* When a handshake fails for want of a reply, or its slot is given back for want of an ACK;
 * SKIFF_NEVER: none of them waits. */
skiff_time skf_handshake_expiry(const struct skiff_dtls *dtls);

/* When the next wait is over. */
skiff_time skf_next_deadline(const struct skiff_dtls *dtls);

#endif
