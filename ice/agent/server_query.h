/*
 * server_query.h - asks one STUN or TURN server once, on a socket of its own, to learn what
 * libnice does not tell: whether it answers, and with which error. Knows no agent.
 *
 * What a TURN server allocates is given back at once (RFC 8656 section 8). A server that
 * has an allocation for the port already (437) is asked from another, three times in all.
 */
#ifndef SKF_SERVER_QUERY_H
#define SKF_SERVER_QUERY_H

#include <skiff/base.h>

#include <nice/agent.h>

enum server_query_result { QUERY_GOOD, QUERY_REFUSED, QUERY_TIMEOUT, QUERY_UNREACHABLE };

struct server_query_options {
    GMainContext *loop;
    NiceAddress server;
    NiceAddress from; /* port 0; of no family: what the kernel takes */
    bool turn, tcp;
    const char *user, *password; /* of turn; must outlive the probe */

    /* Once, while the loop is iterated; `code` is that of a refusal, or 0. */
    void (*done)(void *user, enum server_query_result result, uint16_t code);
    void *context;
};

struct server_query;

/* Asks. NULL without memory. */
struct server_query *skf_server_query_new(const struct server_query_options *options);

/* Stops asking; allowed in done. NULL is allowed. */
void skf_server_query_free(struct server_query *query);

#endif
