/*
 * ice_session.h - one session of ICE: an agent of libnice with its candidates and
 * credentials, the socket beside it, and consent to its path. Knows no transport.
 *
 * A restart makes a second one, which gathers anew. The first goes on carrying media and
 * responding to checks until there is another path (docs/decisions/0022).
 */
#ifndef SKF_ICE_SESSION_H
#define SKF_ICE_SESSION_H

#include "bypass.h"
#include "consent_checks.h"
#include "mdns_candidates.h"
#include "rebinding.h"
#include "remote_candidates.h"
#include "servers.h"

#include <skiff/ice.h>

struct ice_session {
    skiff_ice *ice;
    struct ice_session *next_retired; /* in the list of those to be freed */
    GMainContext *loop;
    NiceAgent *agent;
    guint stream;
    NiceComponentState state;             /* the last that libnice reported */
    struct bypass bypass;                 /* the path without libnice, if possible */
    struct servers *servers;              /* and their results; NULL once retired */
    struct remote_candidates remotes;     /* candidates of the peer */
    struct mdns_candidates mdns;          /* candidates whose address is a name */
    struct consent_checks consent_checks; /* whether the path may be used */
    struct rebinding rebinding;           /* where the peer may have moved to */
    NiceAddress local, remote;            /* the pair that is checked for consent */

    gchar *ufrag, *pwd;               /* ours */
    gchar *remote_ufrag, *remote_pwd; /* NULL until set_peer */
    skiff_time remote_set_at;         /* when that was */
    skiff_time path_deadline; /* for finding a path; SKIFF_NEVER while none is sought */
    skiff_time close_at;      /* when it is closed, once another has replaced it */
    bool changed;             /* the state or the selected pair may have changed */
    bool has_path;            /* a path that may still be used */
    bool no_address;          /* no address of the config can be used */
    bool gathering_begun;     /* gathering was started */
    bool gathered;            /* the end of the local candidates was reported */
    bool agent_restarted;     /* by libnice's own restart, which has no path yet */
    bool awaits_pair;         /* since then libnice has selected no pair */
    bool repeat_candidates;   /* the local candidates are to be reported again */
    bool has_turn;            /* the config has TURN servers */
};

/* Makes one from the handle's config; it gathers nothing yet. NULL without memory. */
struct ice_session *skf_ice_session_new(skiff_ice *ice);

/* Sets the credentials of the peer. */
void skf_ice_session_set_remote(struct ice_session *session, const char *ufrag,
                                const char *password);

/* Adds a candidate of the peer, which belongs to the session from now on. */
void skf_ice_session_add_candidate(struct ice_session *session, NiceCandidate *candidate);

/* The path of the selected pair may be used: consent begins. */
void skf_ice_session_begin_consent(struct ice_session *session, skiff_time now);

/* Whether another pair is selected than the one that is checked for consent. */
bool skf_ice_session_pair_changed(const struct ice_session *session);

/* Copies the credentials of another session, and what is known of the peer. */
void skf_ice_session_inherit(struct ice_session *session, struct ice_session *from);

/* Starts over in the same agent of libnice, with the credentials that `next` has reported
 * already: for ports that two sessions cannot share. */
void skf_ice_session_restart_agent(struct ice_session *old, struct ice_session *next);

/* Wipes and frees; NULL is allowed. */
void skf_text_wipe(gchar *text);

/* Disconnects all callbacks, and puts the session into the list of those to be freed. NULL
 * is allowed. */
void skf_ice_session_retire(struct ice_session *session);

/* Releases it and libnice. Never to be called from libnice. */
void skf_ice_session_free(struct ice_session *session);

#endif
