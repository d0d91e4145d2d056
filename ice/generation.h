/*
 * generation.h - one run of ICE: an agent of libnice with its candidates and credentials,
 * the socket beside it, and consent to its path. Knows no transport.
 *
 * A restart makes a second one, which gathers anew, while the first goes on carrying media
 * and answering checks until there is another path (docs/decisions/0022).
 */
#ifndef SKF_GENERATION_H
#define SKF_GENERATION_H

#include "hidden.h"
#include "keep.h"
#include "remotes.h"
#include "servers.h"
#include "rebound.h"
#include "split.h"

#include <skiff/ice.h>

struct generation {
    skiff_ice          *ice;
    struct generation  *after;          /* in the list of those to be freed               */
    GMainContext       *loop;
    NiceAgent          *agent;
    guint               stream;
    NiceComponentState  state;          /* the last that libnice said                     */
    struct split        split;          /* the path without libnice, where it can be      */
    struct servers     *servers;        /* and what comes of them; NULL once retired      */
    struct remotes      remotes;        /* candidates of the peer                         */
    struct hidden       hidden;         /* and those of which the address is not known    */
    struct keeper       keeper;         /* and whether we may use it                      */
    struct rebound      rebound;        /* where the peer may have gone                   */
    NiceAddress         local, remote;  /* the pair that the keeper asks on               */

    gchar              *ufrag, *pwd;    /* ours                                           */
    gchar              *their_ufrag, *their_pwd;          /* NULL until set_peer          */
    skiff_time          told_at;        /* that was                                       */
    skiff_time          give_up;        /* on a path; SKIFF_NEVER while none is sought    */
    skiff_time          leave;          /* when it is closed: another has its place       */
    bool                moved;          /* the state or the selected pair may have        */
    bool                found;          /* a path, that may be used still                 */
    bool                barred;         /* no address of the config can be used           */
    bool                gathering;      /* was begun                                      */
    bool                gathered;       /* the last local candidate was said              */
    bool                in_place;       /* it was restarted as libnice does it            */
    bool                repeat;         /* the local candidates are to be said again      */
    bool                relays;         /* TURN servers were asked                        */
};

/* Makes one from the handle's config; it gathers nothing yet. NULL without memory. */
struct generation *skf_generation_new(skiff_ice *ice);

/* Who the peer is. */
void skf_generation_tell(struct generation *made, const char *ufrag, const char *pwd);

/* A candidate of the peer, which is taken over. */
void skf_generation_add(struct generation *made, NiceCandidate *candidate);

/* The path of the selected pair may be used: consent begins. */
void skf_generation_keep(struct generation *made, skiff_time now);

/* Whether another pair is selected than the keeper asks on. */
bool skf_generation_has_moved(const struct generation *made);

/* Takes the names of another generation, and all that it was told of the peer. */
void skf_generation_inherit(struct generation *made, struct generation *from);

/*
 * Starts over in the same agent of libnice, under the names that another generation has
 * told already: for ports that two cannot share.
 */
void skf_generation_take_over(struct generation *old, struct generation *names);

/* Wipes and frees; NULL is allowed. */
void skf_text_wipe(gchar *text);

/* Lets go of it and of libnice; never to be called from libnice. */
void skf_generation_free(struct generation *made);

#endif
