/*
 * server_query.h - sends one request to a STUN or TURN server, on a socket of its own, to
 * learn what libnice does not report: whether it responds, and with which error. Knows no
 * agent.
 *
 * What a TURN server allocates is released at once (RFC 8656 section 8). A server that has
 * an allocation for the port already (437) gets the request from another port, three times
 * in all.
 */
#ifndef SKF_SERVER_QUERY_H
#define SKF_SERVER_QUERY_H

#include <skiff/base.h>

#include <nice/agent.h>

enum server_query_result { QUERY_GOOD, QUERY_REFUSED, QUERY_TIMEOUT, QUERY_UNREACHABLE };

struct server_query_options {
    GMainContext *loop;
    NiceAddress server;
    NiceAddress from; /* port 0; of no family: the kernel chooses */
    bool turn, tcp;
    const char *user, *password; /* for TURN; must outlive the query */

    /* Called once, while the loop is iterated; `code` is that of an error response, or
     * 0. */
    void (*done)(void *user, enum server_query_result result, uint16_t code);
    void *context;
};

struct server_query;

/* Begins. NULL without memory. */
struct server_query *skf_server_query_new(const struct server_query_options *options);

/* Cancels it; allowed in done. NULL is allowed. */
void skf_server_query_free(struct server_query *query);

#endif
