/* udp.h - the socket of a program with one peer, over IPv4, and how a server learns which
 * address its client has. */
#ifndef SAMPLES_UDP_H
#define SAMPLES_UDP_H

#include <skiff/context.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct udp {
    int fd;
    struct sockaddr_in from; /* of the last datagram */
    bool refused;            /* said already */
};

/* Connects a socket to an address or, where that is NULL, binds it to the port alone.
 * False: a line says why, and there is nothing to close. */
static inline bool udp_open(struct udp *udp, const char *address, const char *port)
{
    struct sockaddr_in at = { .sin_family = AF_INET };
    const struct sockaddr *to = (const struct sockaddr *)&at;
    char *end;
    long number = strtol(port, &end, 10);

    at.sin_port = htons((uint16_t)number);
    *udp = (struct udp){ .fd = socket(AF_INET, SOCK_DGRAM, 0) };
    if (number < 1 || number > 65535 || *end != '\0')
        fprintf(stderr, "%s: no port number from 1 to 65535\n", port);
    else if (address != NULL && inet_pton(AF_INET, address, &at.sin_addr) != 1)
        fprintf(stderr, "%s: no IPv4 address\n", address);
    else if ((address != NULL ? connect(udp->fd, to, sizeof at)
                              : bind(udp->fd, to, sizeof at))
             != 0)
        fprintf(stderr, "UDP port %s: %s\n", port, strerror(errno));
    else
        return true;
    close(udp->fd);
    return false;
}

/* Reads the next datagram. False: there is none. */
static inline bool udp_receive(struct udp *udp, skiff_packet *packet)
{
    socklen_t len = sizeof udp->from;
    ssize_t got = recvfrom(udp->fd, packet->data, packet->limit, MSG_DONTWAIT,
                           (struct sockaddr *)&udp->from, &len);

    if (got < 0 && errno == ECONNREFUSED && !udp->refused)
        fprintf(stderr, "nobody listens at the other end\n");
    udp->refused = got < 0 && (udp->refused || errno == ECONNREFUSED);
    packet->len = got > 0 ? (uint32_t)got : 0;
    return got >= 0;
}

/* To the address that the socket is connected to. What is lost is lost, here too. */
static inline void udp_send(const struct udp *udp, const skiff_packet *packet)
{
    (void)send(udp->fd, packet->data, packet->len, 0);
}

/*
 * Judges a datagram that came while there is no association. Anybody can send one, with any
 * address in it: nothing is kept and only a short reply leaves, until a client has sent
 * back a cookie and so is really there. True: the socket is connected to that client from
 * now on and takes no other. Make the server end, and give it this datagram.
 */
static inline bool udp_accept(struct udp *udp, skiff_context *context, skiff_time now,
                              const skiff_packet *received, skiff_packet *reply)
{
    skiff_bytes client = { (const uint8_t *)&udp->from, sizeof udp->from };
    skiff_bytes datagram = { received->data, received->len };

    switch (skiff_context_check_hello(context, now, client, datagram, reply)) {
    case SKIFF_HELLO_IGNORE:
        return false;
    case SKIFF_HELLO_REPLY:
        (void)sendto(udp->fd, reply->data, reply->len, 0, (struct sockaddr *)&udp->from,
                     sizeof udp->from);
        return false;
    case SKIFF_HELLO_ACCEPT:
        break;
    }
    return connect(udp->fd, (struct sockaddr *)&udp->from, sizeof udp->from) == 0;
}

#endif
