/*
 * ice_session.h - one run of ICE: an agent of libnice with its candidates and credentials,
 * the socket beside it, and consent to its path. Knows no transport.
 *
 * A restart makes a second one, which gathers anew, while the first goes on carrying media
 * and answering checks until there is another path (docs/decisions/0022).
 */
#ifndef SKF_ICE_SESSION_H
#define SKF_ICE_SESSION_H

#include "mdns_candidates.h"
#include "consent_checks.h"
#include "remote_candidates.h"
#include "servers.h"
#include "rebinding.h"
#include "bypass.h"

#include <skiff/ice.h>

struct ice_session {
    skiff_ice *ice;
    struct ice_session *next_retired; /* in the list of those to be freed */
    GMainContext *loop;
    NiceAgent *agent;
    guint stream;
    NiceComponentState state;             /* the last that libnice said */
    struct bypass bypass;                 /* the path without libnice, where it can be */
    struct servers *servers;              /* and what comes of them; NULL once retired */
    struct remote_candidates remotes;     /* candidates of the peer */
    struct mdns_candidates mdns;          /* and those of which the address is not known */
    struct consent_checks consent_checks; /* and whether we may use it */
    struct rebinding rebinding;           /* where the peer may have gone */
    NiceAddress local, remote;            /* the pair that the keeper asks on */

    gchar *ufrag, *pwd;               /* ours */
    gchar *remote_ufrag, *remote_pwd; /* NULL until set_peer */
    skiff_time remote_set_at;         /* that was */
    skiff_time path_deadline;         /* on a path; SKIFF_NEVER while none is sought */
    skiff_time close_at;              /* when it is closed: another has its place */
    bool changed;                     /* the state or the selected pair may have */
    bool has_path;                    /* a path, that may be used still */
    bool no_address;                  /* no address of the config can be used */
    bool gathering_begun;             /* was begun */
    bool gathered;                    /* the last local candidate was said */
    bool agent_restarted;             /* it was restarted as libnice does it */
    bool repeat_candidates;           /* the local candidates are to be said again */
    bool has_turn;                    /* TURN servers were asked */
};

/* Makes one from the handle's config; it gathers nothing yet. NULL without memory. */
struct ice_session *skf_ice_session_new(skiff_ice *ice);

/* Who the peer is. */
void skf_ice_session_set_remote(struct ice_session *session, const char *ufrag,
                                const char *password);

/* A candidate of the peer, which is taken over. */
void skf_ice_session_add_candidate(struct ice_session *session, NiceCandidate *candidate);

/* The path of the selected pair may be used: consent begins. */
void skf_ice_session_begin_consent(struct ice_session *session, skiff_time now);

/* Whether another pair is selected than the keeper asks on. */
bool skf_ice_session_pair_changed(const struct ice_session *session);

/* Takes the names of another generation, and all that it was told of the peer. */
void skf_ice_session_inherit(struct ice_session *session, struct ice_session *from);

/*
 * Starts over in the same agent of libnice, under the names that another generation has
 * told already: for ports that two cannot share.
 */
void skf_ice_session_restart_agent(struct ice_session *old, struct ice_session *next);

/* Wipes and frees; NULL is allowed. */
void skf_text_wipe(gchar *text);

/* Takes all callbacks off, and puts it into the list of those to be freed. NULL is allowed.
 */
void skf_ice_session_retire(struct ice_session *session);

/* Releases it and libnice. Never to be called from libnice. */
void skf_ice_session_free(struct ice_session *session);

#endif
