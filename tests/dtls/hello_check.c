/* hello_check.c - a context that judges first datagrams, and a client before it. */
#include "hello_check.h"

#include "../suite.h"

#include "association/association_state.h"
#include "story.h"

void hello_check_begin(struct hello_check *d, uint16_t mtu)
{
    skiff_context_config config = skiff_context_defaults();
    skiff_fingerprint expected;

    memset(d, 0, sizeof *d);
    config.max_handshakes = 2;
    config.mtu = mtu;
    d->context = world_context(SERVER_END, &config);
    d->outside = world_context(CLIENT_END, &config);
    d->now = SKIFF_MSEC(5000000);
    CU_ASSERT_EQUAL_FATAL(skiff_dtls_new(d->outside, SKIFF_ROLE_ACTIVE, d->now, &d->client),
                          SKIFF_OK);
    skiff_identity_fingerprint(world_identity(SERVER_END), &expected);
    CU_ASSERT_EQUAL(skiff_dtls_expect(d->client, &expected, 1), SKIFF_OK);
}

void hello_check_end(struct hello_check *d)
{
    skiff_dtls_free(d->client);
    skiff_context_free(d->outside);
    skiff_context_free(d->context);
}

skiff_packet *hello_check_packet(struct hello_check *d)
{
    d->packet = (skiff_packet){ .data = d->bytes + SKIFF_HEAD,
                                .limit = BUFFER - SKIFF_TAIL,
                                .head = SKIFF_HEAD };
    return &d->packet;
}

bool hello_check_client_sends(struct hello_check *d, struct world_datagram *sent)
{
    skiff_bytes bytes;

    if (skiff_dtls_poll(d->client, d->now, hello_check_packet(d), &bytes)
        != SKIFF_DTLS_SEND)
        return false;
    sent->len = d->packet.len;
    memcpy(sent->bytes, d->packet.data, sent->len);
    return true;
}

skiff_hello_verdict hello_check_reply(struct hello_check *d, skiff_bytes peer,
                                      const struct world_datagram *sent)
{
    return skiff_context_check_hello(d->context, d->now, peer,
                                     (skiff_bytes){ sent->bytes, sent->len },
                                     hello_check_packet(d));
}

skiff_hello_verdict hello_check_reply_to_last(struct hello_check *d, skiff_bytes peer,
                                              struct world_datagram *last)
{
    skiff_hello_verdict got = SKIFF_HELLO_IGNORE;

    while (got == SKIFF_HELLO_IGNORE && hello_check_client_sends(d, last))
        got = hello_check_reply(d, peer, last);
    return got;
}

void hello_check_client_receives(struct hello_check *d)
{
    CU_ASSERT_EQUAL(skiff_dtls_receive(d->client, d->now, &d->packet), SKIFF_OK);
}

bool hello_check_server_receives(struct hello_check *d, const struct world_datagram *last)
{
    skiff_dtls *server = NULL;
    skiff_bytes bytes;
    bool good = skiff_dtls_new(d->context, SKIFF_ROLE_PASSIVE, d->now, &server) == SKIFF_OK;

    memcpy(hello_check_packet(d)->data, last->bytes, last->len);
    d->packet.len = (uint32_t)last->len;
    good = good && skiff_dtls_receive(server, d->now, &d->packet) == SKIFF_OK
        && skiff_dtls_poll(server, d->now, hello_check_packet(d), &bytes) == SKIFF_DTLS_SEND
        && skiff_dtls_receive(d->client, d->now, &d->packet) == SKIFF_OK
        && skiff_dtls_poll(d->client, d->now, hello_check_packet(d), &bytes)
               != SKIFF_DTLS_FAILED
        && server->slot != NULL && d->client->slot->hs.suite != NULL;
    skiff_dtls_free(server);
    return good;
}
