/* skiff.c - somebody else's program, on the engine: a handshake between two handles. */
#include "us.h"

#include <skiff/dtls.h>
#include <stdio.h>

#define DATAGRAMS 16

typedef struct end {
    skiff_dtls *dtls;
    bool is_connected;
    skiff_packet *sent[DATAGRAMS];
    unsigned num_sent;
} end;

static bool begin(end *one, us *all, skiff_role role)
{
    one->is_connected = false;
    for (unsigned i = 0; i < DATAGRAMS; i++)
        one->sent[i] = skiff_pool_take(all->pool);
    return skiff_dtls_new(all->context, role, 0, &one->dtls) == SKIFF_OK
        && skiff_dtls_expect(one->dtls, &all->fingerprint, 1) == SKIFF_OK;
}

static void finish(end *one)
{
    skiff_dtls_free(one->dtls);
    for (unsigned i = 0; i < DATAGRAMS; i++)
        skiff_packet_release(&one->sent[i]);
}

static void send_all(end *one)
{
    skiff_dtls_event event;
    skiff_bytes bytes;

    one->num_sent = 0;
    while (one->num_sent < DATAGRAMS
           && (event = skiff_dtls_poll(one->dtls, 0, one->sent[one->num_sent], &bytes))
                  != SKIFF_DTLS_NOTHING) {
        one->num_sent += event == SKIFF_DTLS_SEND ? 1u : 0u;
        one->is_connected = one->is_connected || event == SKIFF_DTLS_CONNECTED;
    }
}

static bool receive(end *one, const end *other)
{
    for (unsigned i = 0; i < other->num_sent; i++)
        if (skiff_dtls_receive(one->dtls, 0, other->sent[i]) != SKIFF_OK)
            return false;
    return true;
}

int main(void)
{
    us all;
    end client, server;
    bool all_received = true;

    if (!us_begin(&all) || !begin(&client, &all, SKIFF_ROLE_ACTIVE)
        || !begin(&server, &all, SKIFF_ROLE_PASSIVE))
        return 1;
    for (int turn = 0; turn < 8 && all_received; turn++) {
        send_all(&client);
        all_received = receive(&server, &client);
        send_all(&server);
        all_received = all_received && receive(&client, &server);
    }
    bool are_connected = client.is_connected && server.is_connected;
    finish(&client);
    finish(&server);
    us_end(&all);
    printf("skiff: %s\n", are_connected ? "connected" : "not connected");
    return are_connected && all_received && skiff_version() == SKIFF_VERSION ? 0 : 1;
}
