/* tcp_call.c - a port that takes connections, and a caller and its TCP connection. */
#include "tcp_call.h"

#include "suite.h"

void tcp_call_open_server(struct server *server, uint32_t connections)
{
    server_new(server);
    server->config.tcp_connections = connections;
    server_open(server);
}

void tcp_call_new(struct tcp_call *call)
{
    tcp_call_open_server(&call->fixture.server, PLACES);
    caller_new(&call->fixture.caller, &call->fixture.server);
    caller_use_stream(&call->fixture.caller, &call->stream);
}

void tcp_call_free(struct tcp_call *call)
{
    fixture_free(&call->fixture);
    stream_close(&call->stream);
}

skiff_port_counters tcp_call_counters(const struct tcp_call *call)
{
    return server_counters(&call->fixture.server);
}

void tcp_call_send(struct fixture *fixture, unsigned num)
{
    for (unsigned i = 0; i < num; i++) {
        skiff_packet *packet = skiff_pool_take(fixture->server.pool);
        write_rtp_packet(packet, fixture->caller.sequence++);
        packet->len = 1200;
        CU_ASSERT_EQUAL(skiff_peer_send(fixture->caller.peer, &packet, 1), SKIFF_OK);
        skiff_packet_release(&packet);
    }
    skiff_port_flush(fixture->server.port);
}

void tcp_call_connect(struct stream *stream, const struct caller *caller, uint32_t host)
{
    struct sockaddr_in from = { .sin_family = AF_INET,
                                .sin_addr = { htonl(0x7f000000 + host) } };

    stream_open(stream,
                &(struct stream_ends){ (const struct sockaddr *)&caller->port,
                                       (const struct sockaddr *)&from, caller->port_len });
}
