/* send.c - media and data that are sent: protected in place, or copied for one of many
 * receivers. */
#include "port_state.h"

/* Before a packet is protected: afterwards its RTCP cannot be read. */
static void about_to_send(skiff_peer *peer, const skiff_packet *plain)
{
    traffic_plain(&peer->traffic, plain, peer->port->now);
}

static void queue(skiff_peer *peer, skiff_packet **packet)
{
    traffic_sent(&peer->traffic, *packet);
    skf_port_queue(peer->port, skf_peer_path(peer), packet);
}

/* A connection needs space for the length before the packet. */
static skiff_status check_packet(const skiff_port *port, const skiff_packet *packet)
{
    if (packet == NULL)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "packet: NULL");
    if (packet == port->lent)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT,
                               "packet: the one of on_media stays the port's; send copies");
    if (packet->head < TCP_LENGTH)
        return skiff_fault_set(SKIFF_ERR_SPACE,
                               "packet: fewer than 2 bytes free before data");
    return SKIFF_OK;
}

static skiff_status protect(skiff_peer *peer, skiff_packet *packet)
{
    skiff_status status = check_packet(peer->port, packet);

    if (status != SKIFF_OK)
        return status;
    about_to_send(peer, packet);
    return skiff_transport_protect(peer->transport, packet);
}

static skiff_status may_send(const skiff_peer *peer)
{
    if (!skf_peer_is_open(peer))
        return skiff_fault_set(SKIFF_ERR_STATE, "peer: no path yet, or no consent");
    return SKIFF_OK;
}

skiff_status skiff_peer_send(skiff_peer *peer, skiff_packet **packets, size_t num)
{
    skiff_status status = may_send(peer);

    for (size_t i = 0; i < num && status == SKIFF_OK; i++) {
        status = protect(peer, packets[i]);
        if (status == SKIFF_OK)
            queue(peer, &packets[i]);
    }
    return status;
}

/* The record header must leave space for the length of a TCP frame. */
static skiff_status seal(skiff_peer *peer, skiff_packet *packet)
{
    skiff_status status = check_packet(peer->port, packet);

    if (status != SKIFF_OK)
        return status;
    packet->head -= TCP_LENGTH;
    status =
        skiff_dtls_send(skiff_transport_dtls(peer->transport), peer->port->now, packet);
    packet->head += TCP_LENGTH;
    return status;
}

skiff_status skiff_peer_send_data(skiff_peer *peer, skiff_packet **packet)
{
    skiff_status status = may_send(peer);

    if (status == SKIFF_OK)
        status = seal(peer, *packet);
    if (status == SKIFF_OK)
        queue(peer, packet);
    return status;
}

/* How copies are made: without rewrite, protecting is what copies. */
struct copying {
    skiff_peer *peer;
    void (*rewrite)(void *user, skiff_peer *peer, skiff_packet *copy);
    void *user;
};

static skiff_status protect_copy(const struct copying *copying, const skiff_packet *plain,
                                 skiff_packet *copy)
{
    skiff_transport *transport = copying->peer->transport;

    if (copying->rewrite == NULL) {
        about_to_send(copying->peer, plain);
        return skiff_transport_protect_to(transport, plain, copy);
    }
    if (plain->len > copy->limit)
        return skiff_fault_set(SKIFF_ERR_SPACE, "plain: longer than packets of the pool");
    memcpy(copy->data, plain->data, plain->len);
    copy->len = plain->len;
    copying->rewrite(copying->user, copying->peer, copy);
    about_to_send(copying->peer, copy);
    return skiff_transport_protect(transport, copy);
}

static skiff_status send_copy(const struct copying *copying, const skiff_packet *plain)
{
    skiff_port *port = copying->peer->port;
    skiff_packet *copy = skf_port_take_packet(port);

    if (copy == NULL)
        return skiff_fault_set(SKIFF_ERR_SPACE, "pool: no packet is left for a copy");

    skiff_status status = protect_copy(copying, plain, copy);
    if (status == SKIFF_OK)
        queue(copying->peer, &copy);
    else
        skiff_packet_release(&copy);
    return status;
}

skiff_status skiff_peer_send_copies(skiff_peer *peer, const skiff_packet *const *plain,
                                    size_t num,
                                    void (*rewrite)(void *, skiff_peer *, skiff_packet *),
                                    void *user)
{
    const struct copying copying = { peer, rewrite, user };
    skiff_status status = may_send(peer);

    for (size_t i = 0; i < num && status == SKIFF_OK; i++)
        status = send_copy(&copying, plain[i]);
    return status;
}
