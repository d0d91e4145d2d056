/* agent_sessions.c - which session of a handle carries media, and how long. */
#include "agent_sessions.h"

#include "agent_events.h"
#include "agent_lifetime.h"
#include "agent_trace.h"
#include "session_hooks.h"

/* RFC 8863 section 4: the time in which the peer's own checks may still come. */
#define PATH_TIMEOUT SKIFF_MSEC(39500)

/* How long the peer may still send on the old path, after there is another. */
#define CLOSE_DELAY SKIFF_MSEC(5000)

static const skiff_failure no_address = { SKIFF_ERR_FAILED, -1, false,
                                          "ICE: no local address or port could be opened",
                                          "RFC 8445 5.1.1.1" };
static const skiff_failure no_path = { SKIFF_ERR_FAILED, -1, false,
                                       "ICE: no path to the peer was found in time",
                                       "RFC 8863 4" };
static const skiff_failure consent_expired = {
    SKIFF_ERR_FAILED, -1, false, "ICE: consent expired: the peer no longer responds",
    "RFC 7675 5.1"
};
static const skiff_failure consent_revoked = { SKIFF_ERR_FAILED, -1, false,
                                               "ICE: the peer has revoked its consent",
                                               "RFC 7675 5.2" };

static const char path_found[] = "ICE: a path to the peer was found";
static const char path_moved[] = "ICE: the path to the peer has changed";
static const char path_rebinding[] = "ICE: the peer has another address";
static const char responses_late[] = "ICE: the peer's responses are late";
static const char responses_resumed[] = "ICE: the peer responds again";
static const char restart_failed[] = "ICE: the restart found no path, the old one stays";

/* --- open and closed ------------------------------------------------------------------ */

static void set_open(skiff_ice *ice, skiff_time now, bool open)
{
    if (ice->open == open)
        return;
    ice->open = open;
    AGENT_TRACE(ice, .event = open ? SKIFF_TRACE_PATH_OPENED : SKIFF_TRACE_PATH_LOST);
    skiff_transport_set_path(ice->transport, now, open);
}

static void fail_path(skiff_ice *ice, skiff_time now, const skiff_failure *why)
{
    set_open(ice, now, false);
    ice->disconnected = false;
    skf_agent_report_failure(ice, why);
}

/* After a failure everything except DTLS is as it was at first. */
static void clear_failure(skiff_ice *ice)
{
    if (ice->failure == NULL)
        return;
    ice->failure = NULL;
    ice->reported &=
        ~(UINT32_C(1) << SKIFF_DTLS_CONNECTED | UINT32_C(1) << SKIFF_DTLS_FAILED);
}

static void use_path(skiff_ice *ice, struct ice_session *session, skiff_time now)
{
    session->has_path = true;
    session->agent_restarted = false;
    session->path_deadline = SKIFF_NEVER;
    ice->disconnected = false;
    if (ice->path_time == 0)
        ice->path_time = now - session->remote_set_at;
    skf_ice_session_begin_consent(session, now);
    set_open(ice, now, true);
    clear_failure(ice);
    skf_agent_report_path(ice, SKIFF_ICE_PATH, path_found);
    if (ice->dtls_connected && !ice->freed)
        skf_agent_report_dtls(ice, SKIFF_DTLS_CONNECTED);
}

/* --- restarts ------------------------------------------------------------------------- */

static void copy_credentials(skiff_ice *ice, const struct ice_session *session)
{
    g_free(ice->ufrag);
    skf_text_wipe(ice->pwd);
    ice->ufrag = g_strdup(session->ufrag);
    ice->pwd = g_strdup(session->pwd);
}

skiff_status skf_agent_sessions_restart(skiff_ice *ice)
{
    struct ice_session *session = skf_ice_session_new(ice);

    if (session == NULL)
        return SKIFF_ERR_MEMORY;
    skf_ice_session_retire(ice->previous);
    skf_ice_session_retire(ice->next);
    ice->previous = ice->next = NULL;
    if (ice->current != NULL && ice->current->has_path) {
        ice->next = session;
    } else {
        skf_ice_session_retire(ice->current);
        ice->current = session;
    }
    clear_failure(ice);
    copy_credentials(ice, session);
    skf_session_hooks_attach(session);
    return SKIFF_OK;
}

/* It is added to times. */
static skiff_time path_timeout(const skiff_ice *ice)
{
    enum { PART = 4 };
    skiff_time timeout = ice->config.path_timeout;

    return timeout != 0 ? MIN(timeout, SKIFF_NEVER / PART) : PATH_TIMEOUT;
}

void skf_agent_sessions_set_remote(skiff_ice *ice, const char *ufrag, const char *password)
{
    struct ice_session *session = skf_ice_newest(ice);

    clear_failure(ice);
    session->remote_set_at = skf_ice_now();
    session->path_deadline = session->remote_set_at + path_timeout(ice);
    skf_ice_session_set_remote(session, ufrag, password);
}

void skf_agent_sessions_free_retired(skiff_ice *ice, skiff_time now)
{
    if (ice->previous != NULL && now >= ice->previous->close_at) {
        skf_ice_session_retire(ice->previous);
        ice->previous = NULL;
    }
    skf_agent_free_retired(ice);
}

/* The session that carries media uses the ports of the config. If the config allows no
 * others, that session starts over in place, as libnice does it. docs/decisions/0022 has
 * what this costs. */
static void restart_agent(skiff_ice *ice)
{
    struct ice_session *next = ice->next;

    ice->next = NULL;
    skf_ice_session_restart_agent(ice->current, next);
    skf_ice_session_retire(next);
}

static void begin_gathering(skiff_ice *ice, skiff_time now)
{
    struct ice_session *session = skf_ice_newest(ice);

    if (session == NULL || session->gathering_begun)
        return;
    session->gathering_begun = true;
    skf_servers_begin(session->servers, now);
    if ((!session->no_address
         && nice_agent_gather_candidates(session->agent, session->stream))
        || ice->freed || session != skf_ice_newest(ice))
        return;
    if (session == ice->next)
        restart_agent(ice);
    else
        fail_path(ice, now, &no_address);
}

static void repeat_candidates(skiff_ice *ice)
{
    struct ice_session *session = skf_ice_newest(ice);

    if (session == NULL || !session->repeat_candidates)
        return;
    session->repeat_candidates = false;

    GSList *all = nice_agent_get_local_candidates(session->agent, session->stream,
                                                  NICE_COMPONENT_TYPE_RTP);
    for (GSList *at = all; at != NULL && !ice->freed; at = at->next)
        skf_agent_report_candidate(session, at->data);
    g_slist_free_full(all, (GDestroyNotify)nice_candidate_free);
    if (!ice->freed && session->gathered)
        skf_agent_report_end_of_candidates(session);
}

/* Reports all events of the servers, and then the end of the candidates. */
static void report_servers(skiff_ice *ice, skiff_time now)
{
    struct ice_session *session = skf_ice_newest(ice);
    skiff_ice_event event;

    while (!ice->freed && session != NULL
           && skf_servers_next(session->servers, now, &event)) {
        skf_agent_report(ice, &event);
        if (!ice->freed)
            session = skf_ice_newest(ice);
    }
    if (ice->freed || session == NULL || session->gathered
        || !skf_servers_are_done(session->servers, now))
        return;
    session->gathered = true;
    skf_agent_report_end_of_candidates(session);
}

static void run_candidates(skiff_ice *ice, skiff_time now)
{
    struct ice_session *session = skf_ice_newest(ice);

    if (session == NULL)
        return;
    skf_mdns_candidates_run(&session->mdns, now);
    skf_remote_candidates_run(&session->remotes, now);
}

void skf_agent_sessions_gather(skiff_ice *ice, skiff_time now)
{
    begin_gathering(ice, now);
    if (!ice->freed)
        repeat_candidates(ice);
    if (!ice->freed)
        report_servers(ice, now);
    if (!ice->freed)
        run_candidates(ice, now);
}

/* --- paths ---------------------------------------------------------------------------- */

/* A restart in place changes no state of libnice, but whatever pair it finds is selected.
 *
 * libnice reports FAILED whenever its list of checks runs empty. While a path is sought
 * that means nothing, for more candidates and the peer's own checks may come (RFC 8863). On
 * a path that was found, consent alone decides. */
static bool has_path(const struct ice_session *session)
{
    return session->remote_ufrag != NULL && !session->awaits_pair
        && (session->state == NICE_COMPONENT_STATE_CONNECTED
            || session->state == NICE_COMPONENT_STATE_READY);
}

static bool awaits_path(const struct ice_session *session)
{
    return session->path_deadline != SKIFF_NEVER;
}

static void switch_session(skiff_ice *ice, skiff_time now)
{
    skf_ice_session_retire(ice->previous);
    ice->previous = ice->current;
    ice->current = ice->next;
    ice->next = NULL;
    if (ice->previous == NULL)
        return;
    skf_consent_checks_end(&ice->previous->consent_checks);
    ice->previous->close_at = now + CLOSE_DELAY;
}

static void follow_pair(const skiff_ice *ice, struct ice_session *session)
{
    if (session == NULL || !session->changed)
        return;
    session->changed = false;
    if (!ice->config.no_bypass)
        skf_bypass_follow(&session->bypass, session->state == NICE_COMPONENT_STATE_READY);
}

static void report_moved(skiff_ice *ice, const char *what)
{
    AGENT_TRACE(ice, .event = SKIFF_TRACE_PATH_MOVED, .what = what);
    skf_agent_report_path(ice, SKIFF_ICE_PATH, what);
}

static void follow_current(skiff_ice *ice, skiff_time now)
{
    struct ice_session *session = ice->current;

    if (session == NULL || !has_path(session)
        || (ice->failure != NULL && !awaits_path(session)))
        return;
    if (awaits_path(session)) {
        use_path(ice, session, now);
    } else if (session->has_path && session->changed
               && skf_ice_session_pair_changed(session)) {
        skf_ice_session_begin_consent(session, now);
        report_moved(ice, path_moved);
    }
}

void skf_agent_sessions_follow_paths(skiff_ice *ice, skiff_time now)
{
    if (ice->next != NULL && awaits_path(ice->next) && has_path(ice->next))
        switch_session(ice, now);
    follow_current(ice, now);
    if (ice->freed)
        return;
    follow_pair(ice, ice->current);
    follow_pair(ice, ice->previous);
}

/* --- consent -------------------------------------------------------------------------- */

/* A restart that took place inside of the session that ends goes on in a new one. */
static struct ice_session *successor_of(skiff_ice *ice, struct ice_session *session)
{
    struct ice_session *next = session->agent_restarted ? skf_ice_session_new(ice) : NULL;

    if (next == NULL)
        return NULL;
    skf_ice_session_inherit(next, session);
    skf_session_hooks_attach(next);
    return next;
}

/* RFC 7675 5.1: nothing is sent on that path any more, not by libnice either. */
static void expire_consent(skiff_ice *ice, skiff_time now)
{
    struct ice_session *session = ice->current;
    const skiff_failure *why =
        session->consent_checks.revoked ? &consent_revoked : &consent_expired;

    AGENT_TRACE(ice, .event = SKIFF_TRACE_CONSENT_LOST, .what = why->what);
    ice->current = successor_of(ice, session);
    skf_ice_session_retire(session);
    if (skf_ice_newest(ice) != NULL && awaits_path(skf_ice_newest(ice)))
        set_open(ice, now, false); /* the restart has its own timeout */
    else
        fail_path(ice, now, why);
}

static void report_disconnected(skiff_ice *ice, bool disconnected)
{
    if (ice->disconnected == disconnected)
        return;
    ice->disconnected = disconnected;
    skf_agent_report_path(ice,
                          disconnected ? SKIFF_ICE_DISCONNECTED : SKIFF_ICE_RECONNECTED,
                          disconnected ? responses_late : responses_resumed);
}

/* RFC 8445 7.3.1.3: the peer is at an address that none of its candidates has. */
static bool follow_rebinding(skiff_ice *ice, skiff_time now)
{
    struct ice_session *session = ice->current;

    if (!skf_rebinding_step(&session->rebinding, &session->consent_checks, &session->bypass,
                            now))
        return false;
    skf_ice_session_begin_consent(session, now);
    ice->disconnected = false;
    report_moved(ice, path_rebinding);
    return true;
}

void skf_agent_sessions_check_consent(skiff_ice *ice, skiff_time now)
{
    enum consent_state state;

    if (ice->current == NULL || !ice->current->has_path)
        return;
    state = skf_consent_checks_run(&ice->current->consent_checks, now);
    if (state == CONSENT_NONE)
        return;
    if (state == CONSENT_EXPIRED) {
        expire_consent(ice, now);
        return;
    }
    set_open(ice, now, state != CONSENT_SUSPENDED);
    if (!follow_rebinding(ice, now))
        report_disconnected(ice, state != CONSENT_FRESH);
}

/* --- timeout -------------------------------------------------------------------------- */

void skf_agent_sessions_check_timeout(skiff_ice *ice, skiff_time now)
{
    struct ice_session *session = skf_ice_newest(ice);

    if (session == NULL || now < session->path_deadline)
        return;
    session->path_deadline = SKIFF_NEVER;
    if (session == ice->next && ice->current != NULL) {
        ice->next = NULL;
        skf_ice_session_retire(session);
        skf_agent_report_path(ice, SKIFF_ICE_RESTART_FAILED, restart_failed);
    } else if (session->agent_restarted && session->has_path) {
        session->agent_restarted = false;
        skf_agent_report_path(ice, SKIFF_ICE_RESTART_FAILED, restart_failed);
    } else {
        session->has_path = false;
        fail_path(ice, now, &no_path);
    }
}
