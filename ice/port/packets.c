/* packets.c - the packets of a port: whence it takes them, and how it lets them go. Knows
 * no peers. */
#include "port.h"

#include "tcp.h"

skiff_packet *skf_port_packet(skiff_port *port)
{
    skiff_packet *packet = skiff_pool_take(port->config.pool);

    if (packet != NULL)
        return packet;
    skiff_port_flush(port);
    packet = skiff_pool_take(port->config.pool);
    if (packet == NULL)
        port->counters.drop_dry++;
    return packet;
}

skiff_packet *skf_port_control_packet(skiff_port *port)
{
    skiff_packet *packet = skiff_pool_take(port->config.pool);

    return packet != NULL ? packet : port->kept;
}

void skf_port_give_back(skiff_port *port, skiff_packet **packet)
{
    if (*packet != port->kept) {
        skiff_packet_give(packet);
        return;
    }
    *packet = NULL;
    *port->kept = port->fresh;
}

void skf_port_queue(skiff_port *port, const struct path *path, skiff_packet **packet)
{
    bool kept = *packet == port->kept;

    if (path->connection != 0 && kept)
        skf_tcp_send(port->tcp, path->connection, *packet);
    else if (path->connection != 0)
        skf_tcp_queue(port->tcp, path->connection, packet);
    else if (kept)
        (void)skf_udp_send(port->udp, path, packet, 1);
    else
        skf_udp_queue(port->udp, path, packet);
    if (kept)
        skf_port_give_back(port, packet);
}
