/*
 * hidden.h - candidates of the peer whose address is hidden behind a .local name, while the
 * names are looked up (draft-ietf-mmusic-mdns-ice-candidates). Knows no agent.
 *
 * A name is asked for on the local network, at the word of the peer. So it must be one
 * label that is a UUID, few are asked for at once, and each for a bounded time.
 */
#ifndef SKF_HIDDEN_H
#define SKF_HIDDEN_H

#include <nice/agent.h>
#include <skiff/base.h>

enum { HIDDEN_MOST = 16 };

struct lookup;

struct hidden_name {
    struct hidden *hidden;
    struct lookup *lookup;              /* NULL: the place is free                        */
    gchar         *sdp;
    skiff_time     due;
};

struct hidden {
    GMainContext      *loop;
    /* The candidate is the callee's; NULL: there is nobody of that name. */
    void             (*found)(void *user, NiceCandidate *candidate);
    void              *user;
    struct hidden_name names[HIDDEN_MOST];
};

/* Looks the name of this candidate up; false where it has none, or too many wait. */
bool skf_hidden_add(struct hidden *hidden, skiff_time now, const char *sdp);

/* Gives up what has taken too long. */
void skf_hidden_run(struct hidden *hidden, skiff_time now);
skiff_time skf_hidden_due(const struct hidden *hidden);

/* Gives all up; nothing is found any more. */
void skf_hidden_end(struct hidden *hidden);

#endif
