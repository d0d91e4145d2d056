/* path.c - where the peer of an association is: what records from elsewhere bring about
 * (RFC 9146 section 6), and the messages of the return routability check (RFC 9853).
 *
 * Not here: timers and cookies (routability.h), and how a message becomes a record.
 */
#include "association/path.h"

#include "association/optional_state.h"
#include "association/timers.h"
#include "association/trace.h"

static bool is_enhanced(const struct skiff_dtls *dtls)
{
    return dtls->context->settings.rrc == SKIFF_RRC_ENHANCED;
}

static void move_to(struct skiff_dtls *dtls, uint64_t path)
{
    cids_of(dtls)->path = path;
    dtls->events |= EVENT_MOVED;
    TRACE(dtls, .event = SKIFF_TRACE_PATH_MOVED, .path = path);
}

static void trace_check(const struct skiff_dtls *dtls, const char *what, uint64_t path)
{
    TRACE(dtls, .event = SKIFF_TRACE_PATH_CHECK, .what = what, .path = path);
}

/* --- records from elsewhere ----------------------------------------------------------- */

/* A held record came with an earlier datagram. */
static bool is_newest(const struct skiff_dtls *dtls, const struct incoming *record)
{
    bool no_newer = record->epoch == dtls->read_epoch || dtls->theirs.window.next == 0;

    return record->newest && no_newer && !dtls->datagram.held;
}

/* RFC 9147 section 9, RFC 9853 section 9: a peer that moves under another id does not
 * want to be recognized. Records to it carry another of its ids, if it has given one. */
static void begin_check(struct skiff_dtls *dtls, struct routability *r, size_t size)
{
    struct cids *cids = cids_of(dtls);

    trace_check(dtls, "begun", cids->datagram_path);
    if (cids->changed_cid)
        (void)!skf_cids_use_spare(cids);
    skf_routability_begin(r, &(struct path_check){ .candidate = cids->datagram_path,
                                                   .received = size,
                                                   .old_first = is_enhanced(dtls),
                                                   .round_trip = skf_known_round_trip(dtls),
                                                   .now = dtls->now });
}

/* One path at a time: what comes from a third one meanwhile waits for the timer to end
 * (RFC 9853 section 5). A record on the old path shows that the peer has not moved. */
static void check_or_stay(struct skiff_dtls *dtls, struct routability *r, bool elsewhere,
                          size_t size)
{
    const struct cids *cids = cids_of(dtls);

    if (!elsewhere && r->challenged != CHALLENGED_NONE
        && cids->datagram_path == cids->path) {
        count(&r->counters.paths_retained);
        trace_check(dtls, "the old path is kept", cids_of(dtls)->path);
        skf_routability_end(r);
    } else if (elsewhere && r->challenged == CHALLENGED_NONE) {
        begin_check(dtls, r, size);
    }
}

/* Messages of the check do not show where the peer wants to be: RFC 9000 section 9.1
 * calls such messages probing. */
static void check_path(struct skiff_dtls *dtls, struct routability *r,
                       const struct incoming *record, size_t size)
{
    const struct cids *cids = cids_of(dtls);
    bool newest = is_newest(dtls, record) && record->has_cid;
    bool elsewhere = cids->datagram_path != 0 && cids->datagram_path != cids->path;

    if (dtls->phase != ESTABLISHED || dtls->datagram.held)
        return;
    if (r->challenged != CHALLENGED_NONE && cids->datagram_path == r->candidate)
        r->received += size;
    if (newest && record->type != CONTENT_RETURN_ROUTABILITY_CHECK)
        check_or_stay(dtls, r, elsewhere, size);
}

void skf_path_record_received(struct skiff_dtls *dtls, const struct incoming *record,
                              size_t size)
{
    struct cids *cids = cids_of(dtls);
    bool newest = is_newest(dtls, record);
    bool elsewhere = newest && record->has_cid && skf_cids_note_use(cids, record->cid);
    struct routability *r = routability_if_agreed(dtls);

    if (newest)
        dtls->datagram.newest++;
    if (r != NULL)
        check_path(dtls, r, record, size);
    else if (elsewhere)
        move_to(dtls, cids->datagram_path);
}

/* --- messages of the peer ------------------------------------------------------------- */

/* RFC 9853 section 5.2: an end that has left a path responds there with path_drop. A
 * path that we challenge was not left. */
static bool path_is_abandoned(const struct skiff_dtls *dtls, const struct routability *r)
{
    const struct cids *cids = cids_of(dtls);
    bool challenged =
        r->challenged != CHALLENGED_NONE && cids->datagram_path == r->candidate;

    return r->preferred && cids->datagram_path != 0 && cids->datagram_path != cids->path
        && !challenged;
}

static void queue_response(struct skiff_dtls *dtls, struct routability *r,
                           const struct return_routability_check *m)
{
    if (dtls->path_is_closed)
        return;
    r->response_pending = true;
    r->response = (struct path_message){ .path = cids_of(dtls)->datagram_path, .body = *m };
    r->response.body.msg_type = path_is_abandoned(dtls, r) ? PATH_DROP : PATH_RESPONSE;
}

static void drop_message(struct skiff_dtls *dtls, struct routability *r)
{
    count_drop(dtls, &r->counters.drop_rrc_message, "drop_rrc_message", NULL);
}

/* The path that was asked has to bring the answer. */
static bool is_response(const struct skiff_dtls *dtls, const struct routability *r,
                        const struct return_routability_check *m)
{
    const struct cids *cids = cids_of(dtls);
    uint64_t challenged = r->challenged == CHALLENGED_NEW ? r->candidate : cids->path;

    return skf_routability_matches(r, m->cookie, dtls->now)
        && cids->datagram_path == challenged;
}

static void receive_response(struct skiff_dtls *dtls, struct routability *r,
                             const struct return_routability_check *m)
{
    bool responds = m->msg_type == PATH_RESPONSE;

    if (!is_response(dtls, r, m)) {
        drop_message(dtls, r);
    } else if (r->challenged == CHALLENGED_OLD && !responds) {
        skf_routability_challenge_new(r, dtls->now);
    } else if (r->challenged == CHALLENGED_NEW && responds) {
        count(&r->counters.paths_proven);
        trace_check(dtls, "the new path is proven", r->candidate);
        skf_routability_end(r);
        r->proven = true;
        r->preferred = false;
        move_to(dtls, r->candidate);
    } else { /* the old path is good, or the new one is not */
        count(&r->counters.paths_retained);
        trace_check(dtls, "the old path is kept", cids_of(dtls)->path);
        skf_routability_end(r);
    }
}

bool skf_path_receive(struct skiff_dtls *dtls, const struct incoming *record)
{
    struct routability *r = routability_if_agreed(dtls);
    struct return_routability_check m;

    if (r == NULL || dtls->phase != ESTABLISHED || dtls->datagram.held)
        return false; /* of what was held the path is not known */
    if (!return_routability_check_read(&m, (skiff_bytes){ record->body, record->len }))
        drop_message(dtls, r);
    else if (m.msg_type == PATH_CHALLENGE)
        queue_response(dtls, r, &m);
    else
        receive_response(dtls, r, &m);
    return true;
}

/* --- messages of ours ----------------------------------------------------------------- */

bool skf_path_response_pending(const struct skiff_dtls *dtls)
{
    const struct routability *r = routability_if_agreed(dtls);

    return r != NULL && r->response_pending;
}

bool skf_path_message_pending(const struct skiff_dtls *dtls)
{
    const struct routability *r = routability_if_agreed(dtls);

    return r != NULL && dtls->phase == ESTABLISHED
        && (r->response_pending || skf_routability_challenge_due(r, dtls->now));
}

/* A challenge that cannot be made now is as one that was lost. */
static bool make_challenge(struct skiff_dtls *dtls, struct routability *r, size_t len,
                           struct path_message *message)
{
    bool to_new = r->challenged == CHALLENGED_NEW;

    skf_routability_defer(r, dtls->now);
    message->path = to_new ? r->candidate : cids_of(dtls)->path;
    message->body.msg_type = PATH_CHALLENGE;
    return (!to_new || skf_routability_may_send(r, len))
        && skf_random(message->body.cookie, PATH_COOKIE);
}

bool skf_path_next_message(struct skiff_dtls *dtls, size_t len,
                           struct path_message *message)
{
    struct routability *r = routability_if_agreed(dtls);

    if (!skf_path_message_pending(dtls))
        return false;
    if (!r->response_pending)
        return make_challenge(dtls, r, len, message);
    r->response_pending = false;
    *message = r->response;
    return true;
}

void skf_path_message_sent(struct skiff_dtls *dtls, const struct path_message *message,
                           size_t len)
{
    struct routability *r = routability_if_agreed(dtls);

    if (message->body.msg_type == PATH_CHALLENGE) {
        trace_check(dtls, "a challenge is sent", message->path);
        skf_routability_challenge_sent(r, message->body.cookie, len);
        return;
    }
    count(&r->counters.path_responses_sent);
    trace_check(dtls, "a response is sent", message->path);
    if (r->challenged != CHALLENGED_NONE && message->path == r->candidate)
        r->sent += len;
}

/* --- time, and what we prefer --------------------------------------------------------- */

void skf_path_fire_timer(struct skiff_dtls *dtls)
{
    struct routability *r = routability_if_agreed(dtls);

    if (r == NULL || r->challenged == CHALLENGED_NONE || dtls->now < r->until)
        return;
    if (r->challenged == CHALLENGED_OLD) {
        skf_routability_challenge_new(r, dtls->now);
    } else {
        count(&r->counters.paths_unproven);
        trace_check(dtls, "the new path is not proven", r->candidate);
        skf_routability_end(r);
    }
}

void skf_path_drop_response(struct skiff_dtls *dtls)
{
    struct routability *r = routability_if_agreed(dtls);

    if (r != NULL)
        r->response_pending = false;
}

uint64_t skf_path_of_peer(const struct skiff_dtls *dtls)
{
    return routability_if_agreed(dtls) != NULL ? cids_of(dtls)->path : 0;
}

bool skf_path_has_rrc(const struct skiff_dtls *dtls)
{
    return routability_if_agreed(dtls) != NULL;
}

bool skf_path_is_proven(const struct skiff_dtls *dtls)
{
    const struct routability *r = routability_if_agreed(dtls);

    return r != NULL && r->proven;
}

bool skf_path_prefer(struct skiff_dtls *dtls, uint64_t path)
{
    struct routability *r =
        dtls->phase < ESTABLISHED ? routability_of(dtls) : routability_if_agreed(dtls);
    struct cids *cids = cids_of(dtls);

    if (r == NULL)
        return false;
    if (path == cids->path)
        return true;
    cids->path = path;
    r->preferred = dtls->phase == ESTABLISHED;
    r->proven = false;
    skf_routability_end(r);
    return true;
}
