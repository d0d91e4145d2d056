/* actions.h - between the public handle and the floors below: what poll and receive
 * do. */
#ifndef SKF_ACTIONS_H
#define SKF_ACTIONS_H

#include "association/association.h"
#include "association/context.h"

/* receive.c: takes in what has arrived, until something must be told or it is our turn. */
void skf_receive_datagram(struct skiff_dtls *dtls);

/* send.c: starts a client's handshake, says our lines when it is our turn (true: there
 * may be more to take in), writes the next datagram (false: nothing to send). */
void skf_start_client(struct skiff_dtls *dtls);
bool skf_send_flight(struct skiff_dtls *dtls);
bool skf_write_datagram(struct skiff_dtls *dtls, skiff_packet *packet);
skiff_time skf_initial_timeout(const struct skiff_dtls *dtls);  /* of a flight of ours */
skiff_time skf_known_round_trip(const struct skiff_dtls *dtls); /* 0: it is not */
void skf_measure_round_trip(struct skiff_dtls *dtls);           /* its answer has come */
skiff_status skf_seal_data(struct skiff_dtls *dtls, skiff_packet *packet);

/* association.c: the turns that an association takes. */
bool skf_get_slot(struct skiff_dtls *dtls, enum role role); /* false: there is none */
void skf_begin_handshake(struct skiff_dtls *dtls);          /* in the room that it has */
void skf_drop_slot(struct skiff_dtls *dtls);
void skf_drop_slot_if_done(struct skiff_dtls *dtls);   /* nothing there is wanted */
void skf_script_advanced(struct skiff_dtls *dtls);     /* the script has moved on */
void skf_flight_acknowledged(struct skiff_dtls *dtls); /* all of ours was acknowledged */
void skf_connect_if_trusted(struct skiff_dtls *dtls);  /* CONNECTED, once it may be said */
void skf_end_failed(struct skiff_dtls *dtls);          /* dtls->failure says why */
void skf_fail(struct skiff_dtls *dtls, int alert, const char *what, const char *spec);
void skf_fail_too_long(struct skiff_dtls *dtls); /* a message, for our limit */

/* The same for a failure of libcrypto's, of which the peer knows nothing. */
void skf_fail_crypto(struct skiff_dtls *dtls, const char *what, const char *spec);
void skf_end_closed(struct skiff_dtls *dtls, bool by_us, const char *what,
                    const char *spec);
void skf_queue_alert(struct skiff_dtls *dtls, uint8_t level, uint8_t description);
void skf_flight_event(struct skiff_dtls *dtls, enum flight_event event);
void skf_fire_timers(struct skiff_dtls *dtls);
skiff_time skf_next_deadline(const struct skiff_dtls *dtls);

/* The longest message that skf_seal_data takes. */
size_t skf_max_data(const struct skiff_dtls *dtls);

/* Whether a datagram waits for a packet that takes it. */
bool skf_can_send(const struct skiff_dtls *dtls);

/* path.c: where the peer is (RFC 9146 section 6), and how that is checked (RFC 9853). */
struct path_message;
void skf_path_record_received(struct skiff_dtls *dtls, const struct incoming *record,
                              size_t size);
/* False: there is no check. */
bool skf_path_receive(struct skiff_dtls *dtls, const struct incoming *record);
bool skf_path_response_pending(const struct skiff_dtls *dtls);
bool skf_path_message_pending(const struct skiff_dtls *dtls);
bool skf_path_next_message(struct skiff_dtls *dtls, size_t len,
                           struct path_message *message);
void skf_path_message_sent(struct skiff_dtls *dtls, const struct path_message *message,
                           size_t len);
void skf_path_fire_timer(struct skiff_dtls *dtls);
skiff_time skf_path_deadline(const struct skiff_dtls *dtls);
void skf_path_drop_response(struct skiff_dtls *dtls);     /* that is owed, and late */
uint64_t skf_path_of_peer(const struct skiff_dtls *dtls); /* 0: the caller knows it */
bool skf_path_is_proven(const struct skiff_dtls *dtls);
bool skf_path_is_checked(const struct skiff_dtls *dtls);      /* both ends have the check */
bool skf_path_prefer(struct skiff_dtls *dtls, uint64_t path); /* false: no check */

/* resumption.c: what an association does with tickets. */
void skf_load_tickets(struct skiff_dtls *dtls, struct handshake *hs); /* what it has */
void skf_keep_resumption_secret(struct skiff_dtls *dtls, const struct handshake *hs);
void skf_send_ticket(struct skiff_dtls *dtls);   /* or none, if it has none */
void skf_report_ticket(struct skiff_dtls *dtls); /* once CONNECTED is said */
skiff_bytes skf_reported_ticket(struct skiff_dtls *dtls);

/* Sealed records of the peer's next flight are here, and it is not whole: ours has
 * arrived (RFC 9147 section 5.8.1), and an ACK says what is missing of theirs. */
static inline bool reply_has_begun(const struct skiff_dtls *dtls)
{
    return dtls->phase == HANDSHAKING && dtls->ack_list.epochs[1] > 0;
}

/* What a wait is longer by. Never shorter: an answer may be on its way until then. */
enum { JITTER_PART = 8 };
static inline skiff_time jitter_for(struct skiff_dtls *dtls, skiff_time wait)
{
    return jitter_below(&dtls->context->jitter, wait / JITTER_PART);
}

/* The peer goes on: what was said in plaintext ends nothing by itself. */
static inline void withdraw_plain_alert(struct handshake_slot *slot)
{
    slot->plain_alert.uncontradicted = false;
    slot->plain_alert.due = SKIFF_NEVER;
}

static inline void count(uint32_t *counter)
{
    *counter += *counter != UINT32_MAX;
}

#endif
