/* path.c - where the peer of an association is: what records from elsewhere bring about
 * (RFC 9146 section 6), and the messages of the return routability check (RFC 9853).
 *
 * Not here: timers and cookies (routability.h), and how a message becomes a record.
 */
#include "dtls/conversation.h"
#include "dtls/extras.h"

/* NULL: it is not agreed on. */
static struct routability *checks(const struct skiff_dtls *dtls)
{
    const struct ids *ids = ids_of(dtls);

    return ids != NULL && ids->agreed && ids->rrc ? routability_of(dtls) : NULL;
}

static bool is_enhanced(const struct skiff_dtls *dtls)
{
    return dtls->context->settings.rrc == SKIFF_RRC_ENHANCED;
}

static void move_to(struct skiff_dtls *dtls, uint64_t path)
{
    ids_of(dtls)->path = path;
    dtls->tell |= TELL_MOVED;
}

/* --- records from elsewhere ----------------------------------------------------------- */

/* What was held came with an earlier datagram. */
static bool is_newest(const struct skiff_dtls *dtls, const struct incoming *record)
{
    bool no_newer = record->epoch == dtls->hears_epoch || dtls->theirs.window.next == 0;

    return record->newest && no_newer && !dtls->arriving.held;
}

/* RFC 9147 section 9, RFC 9853 section 9: who moves under another id does not want to be
 * known again, and is named by another of his own, if he has given one. */
static void begin_check(struct skiff_dtls *dtls, struct routability *r, size_t size)
{
    struct ids *ids = ids_of(dtls);

    if (ids->renamed)
        (void)!ids_use_spare(ids);
    routability_begin(r, &(struct asking){ .candidate = ids->arriving, .received = size,
                                           .old_first = is_enhanced(dtls),
                                           .round_trip = known_round_trip(dtls),
                                           .now = dtls->now });
}

/* One path at a time: what comes from a third one meanwhile waits for the timer to end (RFC
 * 9853 section 5). The peer that is heard where it was has not moved. */
static void weigh(struct skiff_dtls *dtls, struct routability *r, bool elsewhere,
                  size_t size)
{
    const struct ids *ids = ids_of(dtls);

    if (!elsewhere && r->asked != ASKED_NONE && ids->arriving == ids->path) {
        count(&r->counters.paths_kept);
        routability_end(r);
    } else if (elsewhere && r->asked == ASKED_NONE) {
        begin_check(dtls, r, size);
    }
}

/* What asks about paths, or answers, does not say where the peer wants to be: RFC 9000
 * section 9.1 calls the like of it probing. */
static void check_path(struct skiff_dtls *dtls, struct routability *r,
                       const struct incoming *record, size_t size)
{
    const struct ids *ids = ids_of(dtls);
    bool newest = is_newest(dtls, record) && record->has_id;
    bool elsewhere = ids->arriving != 0 && ids->arriving != ids->path;

    if (dtls->phase != ESTABLISHED || dtls->arriving.held)
        return;
    if (r->asked != ASKED_NONE && ids->arriving == r->candidate)
        r->received += size;
    if (newest && record->type != CONTENT_RETURN_ROUTABILITY_CHECK)
        weigh(dtls, r, elsewhere, size);
}

void path_heard(struct skiff_dtls *dtls, const struct incoming *record, size_t size)
{
    struct ids *ids = ids_of(dtls);
    bool newest = is_newest(dtls, record);
    bool elsewhere = ids_heard(ids, record, newest);
    struct routability *r = checks(dtls);

    if (newest)
        dtls->arriving.newest++;
    if (r != NULL)
        check_path(dtls, r, record, size);
    else if (elsewhere)
        move_to(dtls, ids->arriving);
}

/* --- messages of the peer ------------------------------------------------------------- */

/* RFC 9853 section 5.2: who left a path says so there. A path that we are asking about is
 * none that was left. */
static bool was_left(const struct skiff_dtls *dtls, const struct routability *r)
{
    const struct ids *ids = ids_of(dtls);
    bool asked = r->asked != ASKED_NONE && ids->arriving == r->candidate;

    return r->chosen && ids->arriving != 0 && ids->arriving != ids->path && !asked;
}

static void owe_answer(struct skiff_dtls *dtls, struct routability *r,
                       const struct return_routability_check *m)
{
    if (dtls->path_is_closed)
        return;
    r->owes_answer = true;
    r->answer = (struct path_message){ .path = ids_of(dtls)->arriving, .body = *m };
    r->answer.body.msg_type = was_left(dtls, r) ? PATH_DROP : PATH_RESPONSE;
}

/* The path that was asked has to bring the answer. */
static bool is_answer(const struct skiff_dtls *dtls, const struct routability *r,
                      const struct return_routability_check *m)
{
    const struct ids *ids = ids_of(dtls);
    uint64_t asked = r->asked == ASKED_NEW ? r->candidate : ids->path;

    return routability_knows(r, m->cookie, dtls->now) && ids->arriving == asked;
}

static void take_answer(struct skiff_dtls *dtls, struct routability *r,
                        const struct return_routability_check *m)
{
    bool responds = m->msg_type == PATH_RESPONSE;

    if (!is_answer(dtls, r, m)) {
        count(&r->counters.drop_path_message);
    } else if (r->asked == ASKED_OLD && !responds) {
        routability_ask_new(r, dtls->now);
    } else if (r->asked == ASKED_NEW && responds) {
        count(&r->counters.paths_proven);
        routability_end(r);
        r->proven = true;
        r->chosen = false;
        move_to(dtls, r->candidate);
    } else {                             /* the old path is good, or the new one is not */
        count(&r->counters.paths_kept);
        routability_end(r);
    }
}

bool path_hear(struct skiff_dtls *dtls, const struct incoming *record)
{
    struct routability *r = checks(dtls);
    struct return_routability_check m;

    if (r == NULL || dtls->phase != ESTABLISHED || dtls->arriving.held)
        return false;                       /* of what was held the path is not known */
    if (!return_routability_check_read(&m, (skiff_bytes){ record->body, record->len }))
        count(&r->counters.drop_path_message);
    else if (m.msg_type == PATH_CHALLENGE)
        owe_answer(dtls, r, &m);
    else
        take_answer(dtls, r, &m);
    return true;
}

/* --- messages of ours ----------------------------------------------------------------- */

bool path_owes_answer(const struct skiff_dtls *dtls)
{
    const struct routability *r = checks(dtls);

    return r != NULL && r->owes_answer;
}

bool path_message_waits(const struct skiff_dtls *dtls)
{
    const struct routability *r = checks(dtls);

    return r != NULL && dtls->phase == ESTABLISHED
        && (r->owes_answer || routability_asks(r, dtls->now));
}

/* A challenge that cannot be made now is as one that was lost. */
static bool make_challenge(struct skiff_dtls *dtls, struct routability *r, size_t len,
                           struct path_message *message)
{
    bool asks_new = r->asked == ASKED_NEW;

    routability_try(r, dtls->now);
    message->path = asks_new ? r->candidate : ids_of(dtls)->path;
    message->body.msg_type = PATH_CHALLENGE;
    return (!asks_new || routability_may_send(r, len))
        && skf_random(message->body.cookie, PATH_COOKIE);
}

bool path_say(struct skiff_dtls *dtls, size_t len, struct path_message *message)
{
    struct routability *r = checks(dtls);

    if (!path_message_waits(dtls))
        return false;
    if (!r->owes_answer)
        return make_challenge(dtls, r, len, message);
    r->owes_answer = false;
    *message = r->answer;
    return true;
}

void path_said(struct skiff_dtls *dtls, const struct path_message *message, size_t len)
{
    struct routability *r = checks(dtls);

    if (message->body.msg_type == PATH_CHALLENGE) {
        routability_asked(r, message->body.cookie, len);
        return;
    }
    count(&r->counters.challenges_answered);
    if (r->asked != ASKED_NONE && message->path == r->candidate)
        r->sent += len;
}

/* --- time, and what we prefer --------------------------------------------------------- */

void path_fire_timer(struct skiff_dtls *dtls)
{
    struct routability *r = checks(dtls);

    if (r == NULL || r->asked == ASKED_NONE || dtls->now < r->until)
        return;
    if (r->asked == ASKED_OLD) {
        routability_ask_new(r, dtls->now);
    } else {
        count(&r->counters.paths_unproven);
        routability_end(r);
    }
}

skiff_time path_due(const struct skiff_dtls *dtls)
{
    const struct routability *r = checks(dtls);

    return r != NULL && dtls->phase == ESTABLISHED
               ? routability_due(r, !dtls->path_is_closed && !dtls->nothing_fits)
               : SKIFF_NEVER;
}

void path_forget_answer(struct skiff_dtls *dtls)
{
    struct routability *r = checks(dtls);

    if (r != NULL)
        r->owes_answer = false;
}

uint64_t path_of_peer(const struct skiff_dtls *dtls)
{
    return checks(dtls) != NULL ? ids_of(dtls)->path : 0;
}

bool path_is_checked(const struct skiff_dtls *dtls)
{
    return checks(dtls) != NULL;
}

bool path_is_proven(const struct skiff_dtls *dtls)
{
    const struct routability *r = checks(dtls);

    return r != NULL && r->proven;
}

bool path_prefer(struct skiff_dtls *dtls, uint64_t path)
{
    struct routability *r = dtls->phase < ESTABLISHED ? routability_of(dtls) : checks(dtls);
    struct ids *ids = ids_of(dtls);

    if (r == NULL)
        return false;
    if (path == ids->path)
        return true;
    ids->path = path;
    r->chosen = dtls->phase == ESTABLISHED;
    r->proven = false;
    routability_end(r);
    return true;
}
