/* conversation.h - between the public handle and the floors below: what poll and receive
 * do. */
#ifndef SKF_CONVERSATION_H
#define SKF_CONVERSATION_H

#include "dtls/association.h"
#include "dtls/context.h"

/* listen.c: takes in what has arrived, until something must be told or it is our turn. */
void listen_on(struct skiff_dtls *dtls);

/* speak.c: starts a client's handshake, says our lines when it is our turn (true: there
 * may be more to take in), writes the next datagram (false: nothing to send). */
void start_client(struct skiff_dtls *dtls);
bool speak(struct skiff_dtls *dtls);
bool write_datagram(struct skiff_dtls *dtls, skiff_packet *packet);
skiff_time first_wait(const struct skiff_dtls *dtls);      /* of a flight of ours         */
skiff_time known_round_trip(const struct skiff_dtls *dtls);         /* 0: it is not       */
void measure_round_trip(struct skiff_dtls *dtls);          /* its answer has come         */
skiff_status seal_data(struct skiff_dtls *dtls, skiff_packet *packet);

/* course.c: the turns that an association takes. */
bool enter_room(struct skiff_dtls *dtls, enum role me);   /* false: there is none         */
void begin_handshake(struct skiff_dtls *dtls);            /* in the room that it has      */
void leave_room(struct skiff_dtls *dtls);
void leave_room_if_done(struct skiff_dtls *dtls);         /* nothing there is wanted     */
void line_passed(struct skiff_dtls *dtls);                /* the script has moved on      */
void flight_arrived(struct skiff_dtls *dtls);             /* all of ours was acknowledged */
void announce(struct skiff_dtls *dtls);                 /* CONNECTED, once it may be said */
void end_failed(struct skiff_dtls *dtls);                 /* dtls->failure says why       */
void fail(struct skiff_dtls *dtls, int alert, const char *what, const char *spec);
void fail_too_long(struct skiff_dtls *dtls);              /* a message, for our limit     */

/* The same for a failure of libcrypto's, of which the peer knows nothing. */
void fail_crypto(struct skiff_dtls *dtls, const char *what, const char *spec);
void end_closed(struct skiff_dtls *dtls, bool say_so, const char *what, const char *spec);
void queue_alert(struct skiff_dtls *dtls, uint8_t level, uint8_t description);
void flight_news(struct skiff_dtls *dtls, enum flight_news news);
void fire_timers(struct skiff_dtls *dtls);
skiff_time next_deadline(const struct skiff_dtls *dtls);

/* The longest message that seal_data takes. */
size_t most_data(const struct skiff_dtls *dtls);

/* Whether a datagram waits for a packet that takes it. */
bool something_can_leave(const struct skiff_dtls *dtls);

/* path.c: where the peer is (RFC 9146 section 6), and how that is checked (RFC 9853). */
struct path_message;
void path_heard(struct skiff_dtls *dtls, const struct incoming *record, size_t size);
/* False: there is no check. */
bool path_hear(struct skiff_dtls *dtls, const struct incoming *record);
bool path_owes_answer(const struct skiff_dtls *dtls);
bool path_message_waits(const struct skiff_dtls *dtls);
bool path_say(struct skiff_dtls *dtls, size_t len, struct path_message *message);
void path_said(struct skiff_dtls *dtls, const struct path_message *message, size_t len);
void path_fire_timer(struct skiff_dtls *dtls);
skiff_time path_due(const struct skiff_dtls *dtls);
void path_forget_answer(struct skiff_dtls *dtls);            /* that is owed, and late    */
uint64_t path_of_peer(const struct skiff_dtls *dtls);        /* 0: the caller knows it    */
bool path_is_proven(const struct skiff_dtls *dtls);
bool path_is_checked(const struct skiff_dtls *dtls);         /* both ends have the check  */
bool path_prefer(struct skiff_dtls *dtls, uint64_t path);    /* false: no check           */

/* resumption.c: what an association does with tickets. */
void lend_tickets(struct skiff_dtls *dtls, struct handshake *hs);      /* what it has     */
void keep_for_tickets(struct skiff_dtls *dtls, const struct handshake *hs);
void give_ticket(struct skiff_dtls *dtls);                /* or none, if it has none      */
void tell_ticket(struct skiff_dtls *dtls);                /* once CONNECTED is said       */
skiff_bytes told_ticket(struct skiff_dtls *dtls);

/* Sealed records of the peer's next flight are here, and it is not whole: ours has
 * arrived (RFC 9147 section 5.8.1), and an ACK says what is missing of theirs. */
static inline bool reply_has_begun(const struct skiff_dtls *dtls)
{
    return dtls->phase == HANDSHAKING && dtls->receipts.epochs[1] > 0;
}

/* What a wait is longer by. Never shorter: an answer may be on its way until then. */
enum { JITTER_PART = 8 };
static inline skiff_time jitter_for(struct skiff_dtls *dtls, skiff_time wait)
{
    return jitter_below(&dtls->context->jitter, wait / JITTER_PART);
}

/* The peer goes on: what was said in plaintext ends nothing by itself. */
static inline void contradict_plain_alert(struct room *room)
{
    room->plain_alert.unanswered = false;
    room->plain_alert.due = SKIFF_NEVER;
}

static inline void count(uint32_t *counter)
{
    *counter += *counter != UINT32_MAX;
}

#endif
