/* pairs.c - a caller that checks by several sockets, in time that is virtual. */
#include "pairs.h"

#include "loopback.h"
#include "suite.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { NOMINATION = 0xc001 };

void pairs_begin(struct pairs *pairs, int num)
{
    memset(pairs, 0, sizeof *pairs);
    server_new(&pairs->fixture.server);
    pairs->num = num;
}

void pairs_open(struct pairs *pairs)
{
    server_open(&pairs->fixture.server);
    caller_new(&pairs->fixture.caller, &pairs->fixture.server);
    pairs->fd[0] = pairs->fixture.caller.fd;
    for (int i = 1; i < pairs->num; i++)
        pairs->fd[i] = stranger_open(&pairs->fixture.caller);
    pairs->attacker = stranger_open(&pairs->fixture.caller);
}

void pairs_connect(struct pairs *pairs, int num)
{
    pairs_begin(pairs, num);
    pairs_open(pairs);
    caller_connect(&pairs->fixture.caller);
}

void pairs_end(struct pairs *pairs)
{
    pairs->fixture.caller.fd = pairs->fd[0];
    for (int i = 1; i < pairs->num; i++)
        close(pairs->fd[i]);
    close(pairs->attacker);
    fixture_free(&pairs->fixture);
}

void pairs_write(struct pairs *pairs, struct pairs_check check, struct captured *out)
{
    struct caller *caller = &pairs->fixture.caller;
    struct stun_client client;

    stun_client_begin(&client, out->bytes);
    stun_client_add_text(&client, STUN_CLIENT_USERNAME, caller->username);
    stun_client_add_u32(&client, STUN_CLIENT_PRIORITY, check.priority);
    stun_client_add_u64(&client, STUN_CLIENT_CONTROLLING, 5678);
    if (check.use)
        stun_client_add(&client, STUN_CLIENT_USE_CANDIDATE, NULL, 0);
    if (check.renominates)
        stun_client_add_u32(&client, NOMINATION, check.value);
    out->len = stun_client_finish(&client, caller->pwd);
}

bool pairs_send(struct pairs *pairs, int pair, const struct captured *captured)
{
    struct caller *caller = &pairs->fixture.caller;
    unsigned before = caller->replies;

    caller->fd = pairs->fd[pair];
    caller_send(caller, captured->bytes, captured->len);
    server_run(&pairs->fixture.server);
    caller_run(caller);
    return caller->replies > before;
}

bool pairs_check(struct pairs *pairs, int pair, struct pairs_check check)
{
    struct captured captured;

    pairs_write(pairs, check, &captured);
    return pairs_send(pairs, pair, &captured);
}

bool pairs_replay(struct pairs *pairs, const struct captured *captured)
{
    uint8_t bytes[CALLER_DATAGRAM];
    bool received = false;

    stranger_send(pairs->attacker, captured->bytes, captured->len);
    server_run(&pairs->fixture.server);
    while (stranger_received(pairs->attacker)) {
        ssize_t len = recv(pairs->attacker, bytes, sizeof bytes, 0);
        received |= len > 1 && bytes[0] == 1 && bytes[1] == 1;
    }
    return received;
}

void pairs_send_media(struct pairs *pairs, int pair)
{
    pairs->fixture.caller.fd = pairs->fd[pair];
    caller_send_media(&pairs->fixture.caller);
    server_run(&pairs->fixture.server);
}

void pairs_seal(struct pairs *pairs, struct captured *out)
{
    struct caller *caller = &pairs->fixture.caller;
    skiff_packet *packet = skiff_pool_take(caller->server->pool);

    write_rtp_packet(packet, caller->sequence++);
    CU_ASSERT_EQUAL(skiff_transport_protect(caller->transport, packet), SKIFF_OK);
    out->len = packet->len;
    memcpy(out->bytes, packet->data, packet->len);
    skiff_packet_release(&packet);
}

static void address_text_of(int fd, char text[64])
{
    struct sockaddr_in address;
    socklen_t len = sizeof address;

    CU_ASSERT_EQUAL(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    snprintf(text, 64, "127.0.0.1:%u", ntohs(address.sin_port));
}

int pairs_where(const struct pairs *pairs)
{
    skiff_peer_info info = caller_info(&pairs->fixture.caller);
    char text[64];

    for (int i = 0; info.open && i < pairs->num; i++) {
        address_text_of(pairs->fd[i], text);
        if (strcmp(text, info.remote) == 0)
            return i;
    }
    return PAIRS_NOWHERE;
}

int pairs_receive(struct pairs *pairs)
{
    struct caller *caller = &pairs->fixture.caller;
    skiff_packet *packet = skiff_pool_take(pairs->fixture.server.pool);
    unsigned before = caller->rtp;
    int found = PAIRS_NOWHERE;
    uint8_t bytes[CALLER_DATAGRAM];

    write_rtp_packet(packet, caller->sequence++);
    if (skiff_peer_send(caller->peer, &packet, 1) != SKIFF_OK)
        skiff_packet_release(&packet);
    skiff_port_flush(pairs->fixture.server.port);
    loopback_wait();
    for (int i = 0; i < pairs->num; i++) {
        caller->fd = pairs->fd[i];
        caller_run(caller);
        if (caller->rtp > before && found == PAIRS_NOWHERE)
            found = i;
    }
    while (recv(pairs->attacker, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
        continue;
    return found;
}

void pairs_pass(struct pairs *pairs, skiff_time time)
{
    skiff_time until = pairs->fixture.server.now + time, step = SKIFF_MSEC(100);

    while (pairs->fixture.server.now < until) {
        pairs->fixture.server.now += step < until - pairs->fixture.server.now
                                       ? step
                                       : until - pairs->fixture.server.now;
        server_run(&pairs->fixture.server);
    }
}

skiff_port_counters pairs_counters(const struct pairs *pairs)
{
    return server_counters(&pairs->fixture.server);
}
