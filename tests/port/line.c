/* line.c - a port that takes connections, one who calls it, and his connection. */
#include "line.h"

#include "suite.h"

void line_open_office(struct office *office, uint32_t connections)
{
    office_new(office);
    office->config.tcp_connections = connections;
    office_open(office);
}

void line_new(struct line *line)
{
    line_open_office(&line->desk.office, PLACES);
    caller_new(&line->desk.caller, &line->desk.office);
    caller_use(&line->desk.caller, &line->stream);
}

void line_free(struct line *line)
{
    desk_free(&line->desk);
    stream_close(&line->stream);
}

skiff_port_counters line_counters(const struct line *line)
{
    return office_counters(&line->desk.office);
}

void line_send(struct desk *desk, unsigned num)
{
    for (unsigned i = 0; i < num; i++) {
        skiff_packet *packet = skiff_pool_take(desk->office.pool);
        write_rtp_packet(packet, desk->caller.sequence++);
        packet->len = 1200;
        CU_ASSERT_EQUAL(skiff_peer_send(desk->caller.peer, &packet, 1), SKIFF_OK);
        skiff_packet_give(&packet);
    }
    skiff_port_flush(desk->office.port);
}

void line_open(struct stream *stream, const struct caller *caller, uint32_t host)
{
    struct sockaddr_in from = { .sin_family = AF_INET,
                                .sin_addr = { htonl(0x7f000000 + host) } };

    stream_open(stream, &(struct stream_ends){ (const struct sockaddr *)&caller->port,
                                               (const struct sockaddr *)&from,
                                               caller->port_len });
}
