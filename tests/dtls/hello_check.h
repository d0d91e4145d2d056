/* hello_check.h - a context that judges first datagrams, and a client before it. */
#ifndef TESTS_DTLS_HELLO_CHECK_H
#define TESTS_DTLS_HELLO_CHECK_H

#include "world/world.h"

/* Addresses. */
static const skiff_bytes here = { (const uint8_t *)"192.0.2.1:5000", 14 };
static const skiff_bytes there = { (const uint8_t *)"192.0.2.1:5001", 14 };

enum { BUFFER = 2048 };

/* A context that checks hellos, and a client that sends its hello in datagrams of `mtu`
 * bytes. */
struct hello_check {
    skiff_context *context;
    skiff_context *outside;
    skiff_dtls *client;
    skiff_time now;
    uint16_t mtu;
    uint8_t bytes[SKIFF_HEAD + BUFFER];
    skiff_packet packet;
};

void hello_check_begin(struct hello_check *d, uint16_t mtu);
void hello_check_end(struct hello_check *d);

/* An empty packet of that context. */
skiff_packet *hello_check_packet(struct hello_check *d);

/* The next datagram of the client; false when it has nothing to send. */
bool hello_check_client_sends(struct hello_check *d, struct world_datagram *sent);

skiff_hello_verdict hello_check_reply(struct hello_check *d, skiff_bytes peer,
                                      const struct world_datagram *sent);

/* The answer to the last datagram of the client's flight. */
skiff_hello_verdict hello_check_reply_to_last(struct hello_check *d, skiff_bytes peer,
                                              struct world_datagram *last);

/* The client receives the packet. */
void hello_check_client_receives(struct hello_check *d);

/* The handle is made for the datagram that was accepted, and gets no other. */
bool hello_check_server_receives(struct hello_check *d, const struct world_datagram *last);

#endif
