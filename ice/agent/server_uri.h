/* server_uri.h - the address of a STUN or TURN server (RFC 7064, RFC 7065). Knows no agent.
 */
#ifndef SKF_SERVER_URI_H
#define SKF_SERVER_URI_H

#include <nice/agent.h>

#include <stdbool.h>

struct server {
    bool turn;
    NiceRelayType transport; /* of turn */
    guint port;
    char host[256]; /* an address or a name */
};

/* Parses "stun:host:port" and the like; the result is what is wrong with it, or NULL. */
const char *skf_server_read(const char *text, struct server *server);

#endif
