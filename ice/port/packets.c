/* packets.c - the packets of a port: where it acquires them, and how they leave. Knows no
 * peers. */
#include "port_state.h"

#include "port_trace.h"

#include "ice/net/tcp.h"

void skiff_port_flush(skiff_port *port)
{
    skf_udp_flush(port->udp);
    if (port->tcp != NULL)
        skf_tcp_flush(port->tcp);
}

skiff_packet *skf_port_take_packet(skiff_port *port)
{
    skiff_packet *packet = skiff_pool_take(port->config.pool);

    if (packet != NULL)
        return packet;
    skiff_port_flush(port);
    packet = skiff_pool_take(port->config.pool);
    if (packet == NULL)
        PORT_DROP(port, NULL, drop_pool_empty);
    return packet;
}

skiff_packet *skf_port_take_control_packet(skiff_port *port)
{
    skiff_packet *packet = skiff_pool_take(port->config.pool);

    return packet != NULL ? packet : port->spare;
}

void skf_port_release_packet(skiff_port *port, skiff_packet **packet)
{
    if (*packet != port->spare) {
        skiff_packet_release(packet);
        return;
    }
    *packet = NULL;
    *port->spare = port->spare_initial;
}

void skf_port_queue(skiff_port *port, const struct path *path, skiff_packet **packet)
{
    bool is_spare = *packet == port->spare;

    if (path->connection != 0 && is_spare)
        skf_tcp_send(port->tcp, path->connection, *packet);
    else if (path->connection != 0)
        skf_tcp_queue(port->tcp, path->connection, packet);
    else if (is_spare)
        (void)skf_udp_send(port->udp, path, packet, 1);
    else
        skf_udp_queue(port->udp, path, packet);
    if (is_spare)
        skf_port_release_packet(port, packet);
}
