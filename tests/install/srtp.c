/* srtp.c - somebody else's program, on the transport: a handshake, and media behind it. */
#include "us.h"

#include <skiff/skiff.h>
#include <stdio.h>

#define DATAGRAMS 16

static const uint8_t rtp[] = { 0x80, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 'h', 'i' };

typedef struct end {
    skiff_transport *transport;
    bool is_connected;
    skiff_packet *sent[DATAGRAMS];
} end;

static bool begin(end *one, us *all, skiff_role role)
{
    one->is_connected = false;
    for (unsigned i = 0; i < DATAGRAMS; i++)
        one->sent[i] = skiff_pool_take(all->pool);
    return skiff_transport_new(all->context, role, NULL, 0, &one->transport) == SKIFF_OK
        && skiff_dtls_expect(skiff_transport_dtls(one->transport), &all->fingerprint, 1)
               == SKIFF_OK;
}

static void finish(end *one)
{
    skiff_transport_free(one->transport);
    for (unsigned i = 0; i < DATAGRAMS; i++)
        skiff_packet_release(&one->sent[i]);
}

/* Gives to the other end what this one has to say. */
static bool talk(end *one, end *other)
{
    unsigned num_sent = 0;
    skiff_dtls_event event;
    skiff_bytes bytes;
    skiff_kind kind;

    while (num_sent < DATAGRAMS
           && (event = skiff_transport_poll(one->transport, 0, one->sent[num_sent], &bytes))
                  != SKIFF_DTLS_NOTHING) {
        num_sent += event == SKIFF_DTLS_SEND ? 1u : 0u;
        one->is_connected = one->is_connected || event == SKIFF_DTLS_CONNECTED;
    }
    for (unsigned i = 0; i < num_sent; i++)
        if (skiff_transport_receive(other->transport, 0, one->sent[i], &kind) != SKIFF_OK)
            return false;
    return true;
}

static bool media_arrives(end *from, end *to)
{
    skiff_packet *packet = from->sent[0];
    skiff_kind kind;

    skiff_packet_clear(packet);
    memcpy(packet->data, rtp, sizeof rtp);
    packet->len = sizeof rtp;
    return skiff_transport_protect(from->transport, packet) == SKIFF_OK
        && packet->len > sizeof rtp
        && skiff_transport_receive(to->transport, 0, packet, &kind) == SKIFF_OK
        && kind == SKIFF_RTP && packet->len == sizeof rtp
        && memcmp(packet->data, rtp, sizeof rtp) == 0;
}

int main(void)
{
    us all;
    end client, server;
    bool is_received = true;

    if (!us_begin(&all) || !begin(&client, &all, SKIFF_ROLE_ACTIVE)
        || !begin(&server, &all, SKIFF_ROLE_PASSIVE))
        return 1;
    for (int turn = 0; turn < 8 && is_received; turn++)
        is_received = talk(&client, &server) && talk(&server, &client);
    bool are_connected = is_received && client.is_connected && server.is_connected;
    bool is_whole =
        are_connected && media_arrives(&client, &server) && media_arrives(&server, &client);
    finish(&client);
    finish(&server);
    us_end(&all);
    printf("srtp: %s\n", is_whole ? "media arrives" : "no media");
    return is_whole ? 0 : 1;
}
