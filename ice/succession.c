/* succession.c - which generation of a handle carries media, and how long. */
#include "succession.h"

#include "tell.h"

/* RFC 8863 section 4: the time in which the peer's own checks may still come. */
#define PATIENCE SKIFF_MSEC(39500)

/* What the peer still sends on the old path, after there is another. */
#define LINGER SKIFF_MSEC(5000)

static const skiff_failure no_address = {
    SKIFF_ERR_FAILED, -1, false, "ICE: no local address or port could be opened",
    "RFC 8445 5.1.1.1"
};
static const skiff_failure no_path = {
    SKIFF_ERR_FAILED, -1, false, "ICE: no path to the peer was found in time", "RFC 8863 4"
};
static const skiff_failure consent_expired = {
    SKIFF_ERR_FAILED, -1, false, "ICE: consent expired: the peer no longer answers",
    "RFC 7675 5.1"
};
static const skiff_failure consent_revoked = {
    SKIFF_ERR_FAILED, -1, false, "ICE: the peer has taken its consent back", "RFC 7675 5.2"
};

static const char path_found[] = "ICE: a path to the peer was found";
static const char path_moved[] = "ICE: the path to the peer is another";
static const char path_rebound[] = "ICE: the peer has another address";
static const char path_late[] = "ICE: the peer's answers are late";
static const char path_back[] = "ICE: the peer answers again";
static const char restart_failed[] = "ICE: the restart found no path, the old one stays";

/* --- open and closed ------------------------------------------------------------------ */

static void set_open(skiff_ice *ice, skiff_time now, bool open)
{
    if (ice->open == open)
        return;
    ice->open = open;
    skiff_transport_set_path(ice->transport, now, open);
}

static void fail(skiff_ice *ice, skiff_time now, const skiff_failure *why)
{
    set_open(ice, now, false);
    ice->late = false;
    skf_tell_failure(ice, why);
}

/* After a failure all is as it was at first, but for DTLS. */
static void revive(skiff_ice *ice)
{
    if (ice->failure == NULL)
        return;
    ice->failure = NULL;
    ice->said &= ~(UINT32_C(1) << SKIFF_DTLS_CONNECTED | UINT32_C(1) << SKIFF_DTLS_FAILED);
}

static void use_path(skiff_ice *ice, struct generation *made, skiff_time now)
{
    made->found = true;
    made->give_up = SKIFF_NEVER;
    ice->late = false;
    if (ice->path_time == 0)
        ice->path_time = now - made->told_at;
    skf_generation_keep(made, now);
    set_open(ice, now, true);
    revive(ice);
    skf_tell_path(ice, SKIFF_ICE_PATH, path_found);
    if (ice->proven && !ice->freed)
        skf_tell_dtls(ice, SKIFF_DTLS_CONNECTED);
}

/* --- restarts ------------------------------------------------------------------------- */

static void take_names(skiff_ice *ice, const struct generation *made)
{
    g_free(ice->ufrag);
    skf_text_wipe(ice->pwd);
    ice->ufrag = g_strdup(made->ufrag);
    ice->pwd = g_strdup(made->pwd);
}

skiff_status skf_succession_restart(skiff_ice *ice)
{
    struct generation *made = skf_generation_new(ice);

    if (made == NULL)
        return SKIFF_ERR_MEMORY;
    skf_ice_retire(ice, ice->last);
    skf_ice_retire(ice, ice->next);
    ice->last = ice->next = NULL;
    if (ice->current != NULL && ice->current->found) {
        ice->next = made;
    } else {
        skf_ice_retire(ice, ice->current);
        ice->current = made;
    }
    revive(ice);
    take_names(ice, made);
    skf_ice_attach(made);
    return SKIFF_OK;
}

void skf_succession_seek(skiff_ice *ice, const char *ufrag, const char *pwd)
{
    struct generation *made = skf_ice_newest(ice);
    skiff_time patience = ice->config.patience;

    revive(ice);
    made->told_at = skf_ice_now();
    made->give_up = made->told_at + (patience != 0 ? patience : PATIENCE);
    skf_generation_tell(made, ufrag, pwd);
}

void skf_succession_bury(skiff_ice *ice, skiff_time now)
{
    if (ice->last != NULL && now >= ice->last->leave) {
        skf_ice_retire(ice, ice->last);
        ice->last = NULL;
    }
    while (ice->retired != NULL) {
        struct generation *gone = ice->retired;
        ice->retired = gone->after;
        skf_generation_free(gone);
    }
}

/*
 * The ports of the config are taken, by the generation that carries media: where they may
 * not be others, it starts over in place, as libnice does it. What that costs is said in
 * docs/decisions/0022.
 */
static void restart_in_place(skiff_ice *ice)
{
    struct generation *names = ice->next;

    ice->next = NULL;
    skf_generation_take_over(ice->current, names);
    skf_ice_retire(ice, names);
}

static void begin_gathering(skiff_ice *ice, skiff_time now)
{
    struct generation *made = skf_ice_newest(ice);

    if (made == NULL || made->gathering)
        return;
    made->gathering = true;
    skf_servers_begin(made->servers, now);
    if ((!made->barred && nice_agent_gather_candidates(made->agent, made->stream))
        || ice->freed || made != skf_ice_newest(ice))
        return;
    if (made == ice->next)
        restart_in_place(ice);
    else
        fail(ice, now, &no_address);
}

static void repeat_candidates(skiff_ice *ice)
{
    struct generation *made = skf_ice_newest(ice);

    if (made == NULL || !made->repeat)
        return;
    made->repeat = false;

    GSList *all = nice_agent_get_local_candidates(made->agent, made->stream,
                                                  NICE_COMPONENT_TYPE_RTP);
    for (GSList *at = all; at != NULL && !ice->freed; at = at->next)
        skf_tell_candidate(made, at->data);
    g_slist_free_full(all, (GDestroyNotify)nice_candidate_free);
    if (!ice->freed && made->gathered)
        skf_tell_last_candidate(made);
}

/* All that comes of the servers, and then the end of the candidates. */
static void tell_servers(skiff_ice *ice, skiff_time now)
{
    struct generation *made = skf_ice_newest(ice);
    skiff_ice_event event;

    while (!ice->freed && made != NULL && skf_servers_next(made->servers, now, &event)) {
        skf_ice_tell(ice, &event);
        if (!ice->freed)
            made = skf_ice_newest(ice);
    }
    if (ice->freed || made == NULL || made->gathered
        || !skf_servers_are_over(made->servers, now))
        return;
    made->gathered = true;
    skf_tell_last_candidate(made);
}

static void go_on_with_candidates(skiff_ice *ice, skiff_time now)
{
    struct generation *made = skf_ice_newest(ice);

    if (made == NULL)
        return;
    skf_hidden_run(&made->hidden, now);
    skf_remotes_run(&made->remotes, now);
}

void skf_succession_gather(skiff_ice *ice, skiff_time now)
{
    begin_gathering(ice, now);
    if (!ice->freed)
        repeat_candidates(ice);
    if (!ice->freed)
        tell_servers(ice, now);
    if (!ice->freed)
        go_on_with_candidates(ice, now);
}

/* --- paths ---------------------------------------------------------------------------- */

/*
 * libnice says FAILED whenever its list of checks runs dry. While a path is sought that
 * means nothing, for more candidates and the peer's own checks may come (RFC 8863). On a
 * path that was found, consent alone decides.
 */
static bool has_path(const struct generation *made)
{
    return made->their_ufrag != NULL
           && (made->state == NICE_COMPONENT_STATE_CONNECTED
               || made->state == NICE_COMPONENT_STATE_READY);
}

static bool is_seeking(const struct generation *made)
{
    return made->give_up != SKIFF_NEVER;
}

static void take_place(skiff_ice *ice, skiff_time now)
{
    skf_ice_retire(ice, ice->last);
    ice->last = ice->current;
    ice->current = ice->next;
    ice->next = NULL;
    if (ice->last == NULL)
        return;
    skf_keep_end(&ice->last->keeper);
    ice->last->leave = now + LINGER;
}

static void follow_pair(const skiff_ice *ice, struct generation *made)
{
    if (made == NULL || !made->moved)
        return;
    made->moved = false;
    if (!ice->config.no_split)
        skf_split_follow(&made->split, made->state == NICE_COMPONENT_STATE_READY);
}

static void follow_current(skiff_ice *ice, skiff_time now)
{
    struct generation *made = ice->current;

    if (made == NULL || !has_path(made) || (ice->failure != NULL && !is_seeking(made)))
        return;
    if (is_seeking(made)) {
        use_path(ice, made, now);
    } else if (made->found && made->moved && skf_generation_has_moved(made)) {
        skf_generation_keep(made, now);
        skf_tell_path(ice, SKIFF_ICE_PATH, path_moved);
    }
}

void skf_succession_follow(skiff_ice *ice, skiff_time now)
{
    if (ice->next != NULL && is_seeking(ice->next) && has_path(ice->next))
        take_place(ice, now);
    follow_current(ice, now);
    if (ice->freed)
        return;
    follow_pair(ice, ice->current);
    follow_pair(ice, ice->last);
}

/* --- consent -------------------------------------------------------------------------- */

/* Where a restart took place in the generation that ends, it goes on in another one. */
static struct generation *heir_of(skiff_ice *ice, struct generation *gone)
{
    struct generation *heir = gone->in_place ? skf_generation_new(ice) : NULL;

    if (heir == NULL)
        return NULL;
    skf_generation_inherit(heir, gone);
    skf_ice_attach(heir);
    return heir;
}

/* RFC 7675 5.1: nothing is sent on that path any more, by libnice neither. */
static void end_consent(skiff_ice *ice, skiff_time now)
{
    struct generation *gone = ice->current;
    const skiff_failure *why = gone->keeper.revoked ? &consent_revoked : &consent_expired;

    ice->current = heir_of(ice, gone);
    skf_ice_retire(ice, gone);
    if (skf_ice_newest(ice) != NULL && is_seeking(skf_ice_newest(ice)))
        set_open(ice, now, false);              /* the restart has its own patience */
    else
        fail(ice, now, why);
}

static void tell_lateness(skiff_ice *ice, bool late)
{
    if (ice->late == late)
        return;
    ice->late = late;
    skf_tell_path(ice, late ? SKIFF_ICE_DISCONNECTED : SKIFF_ICE_RECONNECTED,
                  late ? path_late : path_back);
}

/* RFC 8445 7.3.1.3: the peer is where no candidate of it was. */
static bool follow_rebound(skiff_ice *ice, skiff_time now)
{
    struct generation *made = ice->current;

    if (!skf_rebound_step(&made->rebound, &made->keeper, &made->split, now))
        return false;
    skf_generation_keep(made, now);
    ice->late = false;
    skf_tell_path(ice, SKIFF_ICE_PATH, path_rebound);
    return true;
}

void skf_succession_consent(skiff_ice *ice, skiff_time now)
{
    enum consent_state state;

    if (ice->current == NULL || !ice->current->found)
        return;
    state = skf_keep_run(&ice->current->keeper, now);
    if (state == CONSENT_NONE)
        return;
    if (state == CONSENT_OVER) {
        end_consent(ice, now);
        return;
    }
    set_open(ice, now, state != CONSENT_HELD);
    if (!follow_rebound(ice, now))
        tell_lateness(ice, state != CONSENT_FRESH);
}

/* --- patience ------------------------------------------------------------------------- */

void skf_succession_patience(skiff_ice *ice, skiff_time now)
{
    struct generation *made = skf_ice_newest(ice);

    if (made == NULL || now < made->give_up)
        return;
    made->give_up = SKIFF_NEVER;
    if (made == ice->next && ice->current != NULL) {
        ice->next = NULL;
        skf_ice_retire(ice, made);
        skf_tell_path(ice, SKIFF_ICE_RESTART_FAILED, restart_failed);
    } else {
        made->found = false;
        fail(ice, now, &no_path);
    }
}

skiff_time skf_succession_due(const skiff_ice *ice)
{
    const struct generation *newest = skf_ice_newest(ice);
    skiff_time due = newest != NULL ? newest->give_up : SKIFF_NEVER;

    if (newest != NULL)
        due = MIN(MIN(due, skf_servers_due(newest->servers)),
                  MIN(skf_hidden_due(&newest->hidden), skf_remotes_due(&newest->remotes)));
    if (ice->last != NULL)
        due = MIN(due, ice->last->leave);
    if (ice->current != NULL && ice->current->found)
        due = MIN(due, MIN(skf_consent_due(&ice->current->keeper.consent),
                           skf_rebound_due(&ice->current->rebound)));
    return due;
}
