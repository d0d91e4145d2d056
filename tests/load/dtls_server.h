/* dtls_server.h - DTLS alone on one socket: what a library is given, and what it gives. */
#ifndef LOAD_DTLS_SERVER_H
#define LOAD_DTLS_SERVER_H

#include "udp.h"
#include "server.h"

struct dtls_server;

/* One association. `handle` is the library's. */
struct dtls_server_end {
    struct dtls_server *server;
    void *handle; /* NULL: nobody is there */
    bool connected;
    struct udp_path path;
};

/* A DTLS library. What it reads it gives back by dtls_server_send, but for an SSRC that is
 * one higher, and it tells what becomes of the end by the calls below. */
struct engine {
    void *(*prepare)(struct server *server);
    void (*discard)(void *state);
    void *(*create)(void *state, skiff_time now, struct dtls_server_end *end);
    void (*destroy)(void *handle);
    void (*receive)(struct dtls_server_end *end, skiff_time now, skiff_packet *packet);
    skiff_time (*deadline)(const void *state);
    void (*on_deadline)(void *state, skiff_time now);
};

extern const struct engine engine_skiff, engine_libssl;

/* An empty packet for a datagram of this end, and its sending. */
skiff_packet *dtls_server_packet(struct dtls_server_end *end);
void dtls_server_send(struct dtls_server_end *end);

/* It is there, with this version; or it has ended, well (NULL) or not, with its handle. */
void dtls_server_connected(struct dtls_server_end *end, uint16_t version);
void dtls_server_ended(struct dtls_server_end *end, const char *failure);

#endif
