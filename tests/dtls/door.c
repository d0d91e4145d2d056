/* door.c - a context that judges first datagrams, and a client before it. */
#include "door.h"

#include "../suite.h"

#include "dtls/association.h"
#include "story.h"

void door_begin(struct door *d, uint16_t mtu)
{
    skiff_context_config config = skiff_context_defaults();
    skiff_fingerprint expected;

    memset(d, 0, sizeof *d);
    config.rooms = 2;
    config.mtu = mtu;
    d->context = world_context(SERVER_END, &config);
    d->outside = world_context(CLIENT_END, &config);
    d->now = SKIFF_MSEC(5000000);
    CU_ASSERT_EQUAL_FATAL(skiff_dtls_new(d->outside, SKIFF_ROLE_ACTIVE, d->now, &d->client),
                          SKIFF_OK);
    skiff_identity_fingerprint(world_identity(SERVER_END), &expected);
    CU_ASSERT_EQUAL(skiff_dtls_expect(d->client, &expected, 1), SKIFF_OK);
}

void door_end(struct door *d)
{
    skiff_dtls_free(d->client);
    skiff_context_free(d->outside);
    skiff_context_free(d->context);
}

skiff_packet *door_packet(struct door *d)
{
    d->packet = (skiff_packet){ .data = d->bytes + SKIFF_HEAD, .limit = BUFFER - SKIFF_TAIL,
                                .head = SKIFF_HEAD };
    return &d->packet;
}

bool door_client_says(struct door *d, struct world_datagram *said)
{
    skiff_bytes bytes;

    if (skiff_dtls_poll(d->client, d->now, door_packet(d), &bytes) != SKIFF_DTLS_SEND)
        return false;
    said->len = d->packet.len;
    memcpy(said->bytes, d->packet.data, said->len);
    return true;
}

skiff_answer door_answer(struct door *d, skiff_bytes peer,
                           const struct world_datagram *said)
{
    return skiff_context_answer(d->context, d->now, peer,
                                (skiff_bytes){ said->bytes, said->len }, door_packet(d));
}

skiff_answer door_answer_all(struct door *d, skiff_bytes peer,
                               struct world_datagram *last)
{
    skiff_answer got = SKIFF_ANSWER_IGNORE;

    while (got == SKIFF_ANSWER_IGNORE && door_client_says(d, last))
        got = door_answer(d, peer, last);
    return got;
}

void door_client_hears(struct door *d)
{
    CU_ASSERT_EQUAL(skiff_dtls_receive(d->client, d->now, &d->packet), SKIFF_OK);
}

bool door_server_goes_on(struct door *d, const struct world_datagram *last)
{
    skiff_dtls *server = NULL;
    skiff_bytes bytes;
    bool good = skiff_dtls_new(d->context, SKIFF_ROLE_PASSIVE, d->now, &server) == SKIFF_OK;

    memcpy(door_packet(d)->data, last->bytes, last->len);
    d->packet.len = (uint32_t)last->len;
    good = good && skiff_dtls_receive(server, d->now, &d->packet) == SKIFF_OK
        && skiff_dtls_poll(server, d->now, door_packet(d), &bytes) == SKIFF_DTLS_SEND
        && skiff_dtls_receive(d->client, d->now, &d->packet) == SKIFF_OK
        && skiff_dtls_poll(d->client, d->now, door_packet(d), &bytes) != SKIFF_DTLS_FAILED
        && server->room != NULL && d->client->room->hs.suite != NULL;
    skiff_dtls_free(server);
    return good;
}
