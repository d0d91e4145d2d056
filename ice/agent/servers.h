/*
 * servers.h - the STUN and TURN servers of one session, and the outcome of each. Knows no
 * handle.
 *
 * libnice reports no outcome: names that do not resolve, errors and silence look alike, and
 * some keep it from ever reporting the end of gathering. So names are looked up here, and
 * candidates show success. A server without one gets one more request, on a socket of our
 * own (server_query.h). Each server has one outcome, in bounded time.
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
    const skiff_ice_config *config; /* used by new only */
    void (*wake)(void *user);       /* next, are_done or due has changed */
    void *user;
};

/* NULL without memory. The agent must outlive it. */
struct servers *skf_servers_new(const struct servers_options *options);

/* To be called right before libnice gathers. */
void skf_servers_begin(struct servers *servers, skiff_time now);

/* libnice has found a local candidate; libnice has finished. */
void skf_servers_candidate(struct servers *servers, const NiceCandidate *candidate);
void skf_servers_gathered(struct servers *servers);

/* The next outcome to be reported, if there is one. Also does what is due. */
bool skf_servers_next(struct servers *servers, skiff_time now, skiff_ice_event *event);

/* Whether no more candidates are to be awaited. */
bool skf_servers_are_done(const struct servers *servers, skiff_time now);

/* When next must be called at the latest. */
skiff_time skf_servers_due(const struct servers *servers);

void skf_servers_free(struct servers *servers);

#endif
