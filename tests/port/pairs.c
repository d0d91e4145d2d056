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
    office_new(&pairs->desk.office);
    pairs->num = num;
}

void pairs_open(struct pairs *pairs)
{
    office_open(&pairs->desk.office);
    caller_new(&pairs->desk.caller, &pairs->desk.office);
    pairs->fd[0] = pairs->desk.caller.fd;
    for (int i = 1; i < pairs->num; i++)
        pairs->fd[i] = stranger_open(&pairs->desk.caller);
    pairs->thief = stranger_open(&pairs->desk.caller);
}

void pairs_connect(struct pairs *pairs, int num)
{
    pairs_begin(pairs, num);
    pairs_open(pairs);
    caller_connect(&pairs->desk.caller);
}

void pairs_end(struct pairs *pairs)
{
    pairs->desk.caller.fd = pairs->fd[0];
    for (int i = 1; i < pairs->num; i++)
        close(pairs->fd[i]);
    close(pairs->thief);
    desk_free(&pairs->desk);
}

void pairs_write(struct pairs *pairs, struct pairs_check check, struct captured *out)
{
    struct caller *caller = &pairs->desk.caller;
    struct asker asker;

    asker_begin(&asker, out->bytes);
    asker_add_text(&asker, ASKER_USERNAME, caller->name);
    asker_add_u32(&asker, ASKER_PRIORITY, check.priority);
    asker_add_u64(&asker, ASKER_CONTROLLING, 5678);
    if (check.use)
        asker_add(&asker, ASKER_USE_CANDIDATE, NULL, 0);
    if (check.renominates)
        asker_add_u32(&asker, NOMINATION, check.value);
    out->len = asker_finish(&asker, caller->pwd);
}

bool pairs_send(struct pairs *pairs, int pair, const struct captured *captured)
{
    struct caller *caller = &pairs->desk.caller;
    unsigned before = caller->replies;

    caller->fd = pairs->fd[pair];
    caller_send(caller, captured->bytes, captured->len);
    office_run(&pairs->desk.office);
    caller_run(caller);
    return caller->replies > before;
}

bool pairs_check(struct pairs *pairs, int pair, struct pairs_check check)
{
    struct captured captured;

    pairs_write(pairs, check, &captured);
    return pairs_send(pairs, pair, &captured);
}

bool pairs_steal(struct pairs *pairs, const struct captured *captured)
{
    uint8_t bytes[CALLER_DATAGRAM];
    bool heard = false;

    stranger_send(pairs->thief, captured->bytes, captured->len);
    office_run(&pairs->desk.office);
    while (stranger_heard(pairs->thief)) {
        ssize_t len = recv(pairs->thief, bytes, sizeof bytes, 0);
        heard |= len > 1 && bytes[0] == 1 && bytes[1] == 1;
    }
    return heard;
}

void pairs_speak(struct pairs *pairs, int pair)
{
    pairs->desk.caller.fd = pairs->fd[pair];
    caller_speak(&pairs->desk.caller);
    office_run(&pairs->desk.office);
}

void pairs_seal(struct pairs *pairs, struct captured *out)
{
    struct caller *caller = &pairs->desk.caller;
    skiff_packet *packet = skiff_pool_take(caller->office->pool);

    write_rtp_packet(packet, caller->sequence++);
    CU_ASSERT_EQUAL(skiff_transport_protect(caller->transport, packet), SKIFF_OK);
    out->len = packet->len;
    memcpy(out->bytes, packet->data, packet->len);
    skiff_packet_give(&packet);
}

static void name_of(int fd, char text[64])
{
    struct sockaddr_in address;
    socklen_t len = sizeof address;

    CU_ASSERT_EQUAL(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    snprintf(text, 64, "127.0.0.1:%u", ntohs(address.sin_port));
}

int pairs_where(const struct pairs *pairs)
{
    skiff_peer_info info = caller_info(&pairs->desk.caller);
    char text[64];

    for (int i = 0; info.open && i < pairs->num; i++) {
        name_of(pairs->fd[i], text);
        if (strcmp(text, info.remote) == 0)
            return i;
    }
    return PAIRS_NOWHERE;
}

int pairs_hear(struct pairs *pairs)
{
    struct caller *caller = &pairs->desk.caller;
    skiff_packet *packet = skiff_pool_take(pairs->desk.office.pool);
    unsigned before = caller->rtp;
    int found = PAIRS_NOWHERE;
    uint8_t bytes[CALLER_DATAGRAM];

    write_rtp_packet(packet, caller->sequence++);
    if (skiff_peer_send(caller->peer, &packet, 1) != SKIFF_OK)
        skiff_packet_give(&packet);
    skiff_port_flush(pairs->desk.office.port);
    loopback_settle();
    for (int i = 0; i < pairs->num; i++) {
        caller->fd = pairs->fd[i];
        caller_run(caller);
        if (caller->rtp > before && found == PAIRS_NOWHERE)
            found = i;
    }
    while (recv(pairs->thief, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
        continue;
    return found;
}

void pairs_pass(struct pairs *pairs, skiff_time time)
{
    skiff_time until = pairs->desk.office.now + time, step = SKIFF_MSEC(100);

    while (pairs->desk.office.now < until) {
        pairs->desk.office.now += step < until - pairs->desk.office.now
                                      ? step
                                      : until - pairs->desk.office.now;
        office_run(&pairs->desk.office);
    }
}

skiff_port_counters pairs_counters(const struct pairs *pairs)
{
    return office_counters(&pairs->desk.office);
}
