/*
 * servers.h - the STUN and TURN servers of one gathering, and what comes of each. Knows no
 * handle.
 *
 * libnice tells no outcome: names that do not resolve, refusals and silence look alike, and
 * some keep it from ever saying that gathering is over. So names are looked up here,
 * success is seen by the candidates, and where there is none the server is asked once more,
 * on a socket of our own (server_query.h). Each server has one outcome, in bounded time.
 */
#ifndef SKF_SERVERS_H
#define SKF_SERVERS_H

#include <skiff/ice.h>

#include <nice/agent.h>

struct servers;

struct servers_options {
    NiceAgent *agent;
    guint stream;
    GMainContext *loop;
    const skiff_ice_config *config; /* read by new alone */
    void (*wake)(void *user);       /* next, are_over or due has changed */
    void *user;
};

/* NULL without memory. The agent must outlive it. */
struct servers *skf_servers_new(const struct servers_options *options);

/* To be called right before libnice gathers. */
void skf_servers_begin(struct servers *servers, skiff_time now);

/* A local candidate that libnice has found; that it is done. */
void skf_servers_candidate(struct servers *servers, const NiceCandidate *candidate);
void skf_servers_gathered(struct servers *servers);

/* Says the next outcome to be told, if there is one; goes on with what is due. */
bool skf_servers_next(struct servers *servers, skiff_time now, skiff_ice_event *event);

/* Whether no more candidates are to be waited for. */
bool skf_servers_are_done(const struct servers *servers, skiff_time now);

/* When next is to be called, whatever happens. */
skiff_time skf_servers_due(const struct servers *servers);

void skf_servers_free(struct servers *servers);

#endif
