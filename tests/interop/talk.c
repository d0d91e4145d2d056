/* talk.c - skiff and a peer over one wire, on one clock that only the test moves. */
#include "talk.h"

#include <stdio.h>
#include <string.h>

#include "clock.h"

#define STEP   SKIFF_MSEC(20)
#define MINUTE SKIFF_MSEC(60000)

enum { DEFAULT_MTU = 1200, X25519 = 29 };

/* --- the two ends --------------------------------------------------------------------- */

static skiff_bytes text(const char *string)
{
    return (skiff_bytes){ (const uint8_t *)string, strlen(string) };
}

/* How many of three groups are ours: the one that is asked for, or x25519, and those of the
 * certificates. 0 is the choice of skiff, whose ClientHello may need two datagrams. */
static size_t count_groups(uint16_t asked)
{
    if (asked == 0)
        return (peer.can & CAN_JOIN_HELLO) != 0 ? 0 : 3;
    return asked == X25519 ? 3 : 1;
}

static bool open_context(struct talk *talk)
{
    const struct setup *setup = talk->setup;
    const struct credential *ours = credential_of(setup->ours, 0);
    const uint16_t groups[] = { setup->group != 0 ? setup->group : X25519, 23, 24 };
    const char *const alpn[] = { "stun.turn", setup->protocol };
    skiff_context_config config = skiff_context_defaults();
    skiff_pool_config pool = skiff_pool_defaults();

    pool.packets = 4;
    pool.limit = WIRE_DATAGRAM;
    if (ours == NULL
        || skiff_identity_from_pem(text(ours->chain), text(ours->key), &talk->identity)
               != SKIFF_OK)
        return false;
    if (skiff_pool_new(&pool, &talk->pool) != SKIFF_OK)
        return false;
    config.identity = talk->identity;
    config.mtu = setup->our_mtu;
    config.allow_no_ems = setup->allow_no_ems;
    config.media_optional = (peer.can & CAN_SRTP) == 0;
    config.groups = groups;
    config.num_groups = count_groups(setup->group);
    config.suites = &setup->suite;
    config.num_suites = setup->one_suite ? 1 : 0;
    config.alpn = alpn;
    config.num_alpn = setup->protocol != NULL ? 2 : 0;
    config.max_record = setup->our_record;
    config.max_handshakes = 2;
    return skiff_context_new(&config, &talk->context) == SKIFF_OK;
}

static bool open_skiff(struct talk *talk)
{
    const struct credential *theirs = credential_of(talk->setup->theirs, 1);
    skiff_fingerprint expected = { .hash = 256, .len = 32 };
    skiff_role role = talk->setup->skiff_calls ? SKIFF_ROLE_ACTIVE : SKIFF_ROLE_PASSIVE;

    memcpy(expected.bytes, theirs->sha256, sizeof theirs->sha256);
    expected.bytes[31] ^= talk->setup->stranger;
    return skiff_dtls_new(talk->context, role, talk->now, &talk->skiff) == SKIFF_OK
        && skiff_dtls_expect(talk->skiff, &expected, 1) == SKIFF_OK;
}

static uint16_t best_profile(void)
{
    if ((peer.can & CAN_SRTP_GCM) != 0)
        return SKIFF_SRTP_AEAD_AES_128_GCM;
    return (peer.can & CAN_SRTP) != 0 ? SKIFF_SRTP_AES128_CM_SHA1_80 : 0;
}

static const char long_name[] =
    "a-name-that-makes-a-client-hello-longer-than-one-small-datagram."
    "a-name-that-makes-a-client-hello-longer-than-one-small-datagram."
    "a-name-that-makes-a-client-hello-longer-than-one-small-datagram.example";

static bool open_peer(struct talk *talk)
{
    const struct setup *setup = talk->setup;
    const struct end_config config = {
        .server = setup->skiff_calls,
        .credential = setup->nameless ? NULL : credential_of(setup->theirs, 1),
        .suite = setup->suite,
        .group = setup->group,
        .profile = setup->profile != 0 ? setup->profile : best_profile(),
        .mtu = setup->their_mtu != 0 ? setup->their_mtu : DEFAULT_MTU,
        .cookie = setup->cookie,
        .without_ems = setup->without_ems,
        .asks_nobody = setup->asks_nobody,
        .tickets = setup->tickets,
        .server_name = setup->long_hello ? long_name : NULL,
        .protocol = setup->protocol,
        .max_record = setup->their_record,
    };

    talk->end = peer.open(&config, &talk->wire);
    return talk->end != NULL;
}

bool talk_open(struct talk *talk, const struct setup *setup)
{
    bool late = setup->cookie && !setup->skiff_calls;

    memset(talk, 0, sizeof *talk);
    talk->setup = setup;
    talk->now = SKIFF_MSEC(1000);
    wire_clear(&talk->wire);
    talk->wire.to_peer.lose = setup->lose_ours - 1;
    talk->wire.to_skiff.lose = setup->lose_theirs - 1;
    if (credential_of(setup->theirs, 1) != NULL && open_context(talk)
        && (late || open_skiff(talk)) && open_peer(talk))
        return true;
    fprintf(stderr, "%s: a configuration was refused\n", peer.name);
    talk_close(talk);
    return false;
}

void talk_close(struct talk *talk)
{
    if (talk->end != NULL)
        peer.close(talk->end);
    skiff_dtls_free(talk->skiff);
    skiff_context_free(talk->context);
    skiff_pool_free(talk->pool);
    skiff_identity_free(talk->identity);
}

/* --- skiff's turn --------------------------------------------------------------------- */

static void keep(uint8_t into[TALK_DATA], size_t *len, skiff_bytes from)
{
    *len = from.len < TALK_DATA ? from.len : TALK_DATA;
    memcpy(into, from.ptr, *len);
}

static void skiff_sends(struct talk *talk)
{
    skiff_packet *packet = skiff_pool_take(talk->pool);
    skiff_bytes bytes;

    for (;;) {
        switch (skiff_dtls_poll(talk->skiff, talk->now, packet, &bytes)) {
        case SKIFF_DTLS_NOTHING:
            skiff_packet_release(&packet);
            return;
        case SKIFF_DTLS_SEND:
            queue_put(&talk->wire.to_peer, packet->data, packet->len);
            break;
        case SKIFF_DTLS_CONNECTED:
            talk->connected = true;
            break;
        case SKIFF_DTLS_DATA:
            keep(talk->ours, &talk->ours_len, bytes);
            break;
        case SKIFF_DTLS_CLOSED:
            talk->closed = true;
            break;
        case SKIFF_DTLS_FAILED:
            talk->failed = true;
            break;
        case SKIFF_DTLS_PEER_CERTIFICATE:
        case SKIFF_DTLS_MOVED:
        case SKIFF_DTLS_TICKET:
        case SKIFF_DTLS_HELLO:
        case SKIFF_DTLS_RENEWED:
        case SKIFF_DTLS_NOT_RENEWED:
            break;
        }
    }
}

/* Where there is no ICE: nothing is kept for a client before it has shown a cookie. */
static void judge_first(struct talk *talk, const struct datagram *first)
{
    static const uint8_t address[] = "192.0.2.1:5000";
    skiff_packet *reply = skiff_pool_take(talk->pool);

    talk->hellos++;
    switch (skiff_context_check_hello(talk->context, talk->now,
                                      (skiff_bytes){ address, sizeof address },
                                      (skiff_bytes){ first->bytes, first->len }, reply)) {
    case SKIFF_HELLO_IGNORE:
        break;
    case SKIFF_HELLO_REPLY:
        talk->verified++;
        queue_put(&talk->wire.to_peer, reply->data, reply->len);
        break;
    case SKIFF_HELLO_ACCEPT:
        talk->failed = !open_skiff(talk);
        break;
    }
    skiff_packet_release(&reply);
}

static bool skiff_receives(struct talk *talk)
{
    const struct datagram *next = queue_remove(&talk->wire.to_skiff);

    if (next == NULL)
        return false;
    if (talk->skiff == NULL)
        judge_first(talk, next);
    if (talk->skiff == NULL)
        return true;

    skiff_packet *packet = skiff_pool_take(talk->pool);
    packet->len = (uint32_t)next->len;
    memcpy(packet->data, next->bytes, next->len);
    /* Whether it was dropped is asked of the counters where it matters. */
    skiff_status status = skiff_dtls_receive(talk->skiff, talk->now, packet);
    (void)status;
    skiff_sends(talk);
    skiff_packet_release(&packet);
    return true;
}

/* --- the peer's turn ------------------------------------------------------------------ */

static void peer_reads(struct talk *talk)
{
    uint8_t bytes[TALK_DATA];
    int len;

    while ((len = peer.read(talk->end, bytes, sizeof bytes)) >= 0)
        keep(talk->theirs, &talk->theirs_len, (skiff_bytes){ bytes, (size_t)len });
    if (len == READ_CLOSED)
        talk->end_closed = true;
    if (len == READ_FAILED)
        talk->end_state = END_FAILED;
}

/* True when it sent, took or became something. */
static bool peer_goes_on(struct talk *talk)
{
    unsigned sent = talk->wire.to_skiff.sent, read = talk->wire.to_peer.read;
    enum end_state was = talk->end_state;

    if (was == END_FAILED) {
        while (queue_remove(&talk->wire.to_peer) != NULL)
            continue;
        return false;
    }
    talk->end_state = peer.go_on(talk->end);
    if (talk->end_state == END_READY)
        peer_reads(talk);
    return talk->end_state != was || talk->wire.to_skiff.sent != sent
        || talk->wire.to_peer.read != read;
}

/* --- both ----------------------------------------------------------------------------- */

void talk_run(struct talk *talk)
{
    bool moved;

    clock_set(talk->now);
    if (talk->skiff != NULL)
        skiff_sends(talk);
    do {
        moved = peer_goes_on(talk);
        while (skiff_receives(talk))
            moved = true;
    } while (moved);
}

void talk_pass(struct talk *talk, skiff_time span)
{
    for (skiff_time end = talk->now + span; talk->now < end; talk_run(talk))
        talk->now += STEP;
}

bool talk_both_ready(const struct talk *talk)
{
    return talk->connected && talk->end_state == END_READY && !talk->failed;
}

void talk_handshake(struct talk *talk)
{
    skiff_time late = talk->now + MINUTE;

    talk_run(talk);
    while (!talk_both_ready(talk) && !talk->failed && !talk->closed
           && talk->end_state != END_FAILED && talk->now < late)
        talk_pass(talk, STEP);
}

bool talk_send(struct talk *talk, uint8_t value, size_t len)
{
    skiff_packet *packet = skiff_pool_take(talk->pool);

    memset(packet->data, value, len);
    packet->len = (uint32_t)len;

    bool good = skiff_dtls_send(talk->skiff, talk->now, packet) == SKIFF_OK;
    if (good)
        queue_put(&talk->wire.to_peer, packet->data, packet->len);
    skiff_packet_release(&packet);
    return good;
}
