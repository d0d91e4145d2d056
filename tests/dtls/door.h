/* door.h - a context that judges first datagrams, and a client before it. */
#ifndef SKF_DOOR_H
#define SKF_DOOR_H

#include "world/world.h"

/* Addresses. */
static const skiff_bytes here = { (const uint8_t *)"192.0.2.1:5000", 14 };
static const skiff_bytes there = { (const uint8_t *)"192.0.2.1:5001", 14 };

enum { BUFFER = 2048 };

/* A door with a client before it, which says its hello in datagrams of `mtu` bytes. */
struct door {
    skiff_context *context;
    skiff_context *outside;
    skiff_dtls    *client;
    skiff_time     now;
    uint16_t       mtu;
    uint8_t        bytes[SKIFF_HEAD + BUFFER];
    skiff_packet   packet;
};

void door_begin(struct door *d, uint16_t mtu);
void door_end(struct door *d);

/* An empty packet of the door's. */
skiff_packet *door_packet(struct door *d);

/* The next datagram of the client; false when it has nothing to say. */
bool door_client_says(struct door *d, struct world_datagram *said);

skiff_answer door_answer(struct door *d, skiff_bytes peer, const struct world_datagram *said);

/* The answer to the last datagram of the client's flight. */
skiff_answer door_answer_all(struct door *d, skiff_bytes peer, struct world_datagram *last);

/* The client hears the packet. */
void door_client_hears(struct door *d);

/* The handle is made for the datagram that was accepted, and gets no other. */
bool door_server_goes_on(struct door *d, const struct world_datagram *last);

#endif
