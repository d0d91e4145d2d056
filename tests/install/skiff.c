/* skiff.c - somebody else's program, on the engine: a handshake between two handles. */
#include "us.h"

#include <skiff/dtls.h>
#include <stdio.h>

#define LETTERS 16

typedef struct end {
    skiff_dtls *dtls;
    bool is_connected;
    skiff_packet *said[LETTERS];
    unsigned num_said;
} end;

static bool begin(end *one, us *all, skiff_role role)
{
    one->is_connected = false;
    for (unsigned i = 0; i < LETTERS; i++)
        one->said[i] = skiff_pool_take(all->pool);
    return skiff_dtls_new(all->context, role, 0, &one->dtls) == SKIFF_OK
        && skiff_dtls_expect(one->dtls, &all->fingerprint, 1) == SKIFF_OK;
}

static void finish(end *one)
{
    skiff_dtls_free(one->dtls);
    for (unsigned i = 0; i < LETTERS; i++)
        skiff_packet_release(&one->said[i]);
}

static void say(end *one)
{
    skiff_dtls_event event;
    skiff_bytes bytes;

    one->num_said = 0;
    while (one->num_said < LETTERS
           && (event = skiff_dtls_poll(one->dtls, 0, one->said[one->num_said], &bytes))
                  != SKIFF_DTLS_NOTHING) {
        one->num_said += event == SKIFF_DTLS_SEND ? 1u : 0u;
        one->is_connected = one->is_connected || event == SKIFF_DTLS_CONNECTED;
    }
}

static bool hear(end *one, const end *other)
{
    for (unsigned i = 0; i < other->num_said; i++)
        if (skiff_dtls_receive(one->dtls, 0, other->said[i]) != SKIFF_OK)
            return false;
    return true;
}

int main(void)
{
    us all;
    end client, server;
    bool all_heard = true;

    if (!us_begin(&all) || !begin(&client, &all, SKIFF_ROLE_ACTIVE)
        || !begin(&server, &all, SKIFF_ROLE_PASSIVE))
        return 1;
    for (int turn = 0; turn < 8 && all_heard; turn++) {
        say(&client);
        all_heard = hear(&server, &client);
        say(&server);
        all_heard = all_heard && hear(&client, &server);
    }
    bool are_connected = client.is_connected && server.is_connected;
    finish(&client);
    finish(&server);
    us_end(&all);
    printf("skiff: %s\n", are_connected ? "connected" : "not connected");
    return are_connected && all_heard && skiff_version() == SKIFF_VERSION ? 0 : 1;
}
