#include "call.h"

const skiff_srtp_profile call_profiles[CALL_PROFILES] = {
    SKIFF_SRTP_AES128_CM_SHA1_80,
    SKIFF_SRTP_AES128_CM_SHA1_32,
    SKIFF_SRTP_AEAD_AES_128_GCM,
    SKIFF_SRTP_AEAD_AES_256_GCM,
};

skiff_srtp_keys call_keys(skiff_srtp_profile profile)
{
    skiff_srtp_keys keys = { .profile = profile, .len = 30 };

    if (profile == SKIFF_SRTP_AEAD_AES_128_GCM)
        keys.len = 28;
    if (profile == SKIFF_SRTP_AEAD_AES_256_GCM)
        keys.len = 44;
    for (uint8_t i = 0; i < keys.len; i++) {
        keys.ours[i] = (uint8_t)(7 * i + 1);
        keys.theirs[i] = (uint8_t)(11 * i + 3);
    }
    return keys;
}

skiff_srtp_keys call_mirrored(skiff_srtp_keys keys)
{
    skiff_srtp_keys mirrored = keys;

    memcpy(mirrored.ours, keys.theirs, sizeof keys.theirs);
    memcpy(mirrored.theirs, keys.ours, sizeof keys.ours);
    return mirrored;
}

bool call_begin(struct call *call, skiff_srtp_profile profile,
                const skiff_srtp_config *config)
{
    const skiff_srtp_config defaults = skiff_srtp_defaults();
    skiff_srtp_keys alice = call_keys(profile);
    skiff_srtp_keys bob = call_mirrored(alice);

    *call = (struct call){ NULL, NULL };
    if (config == NULL)
        config = &defaults;
    return skiff_srtp_new(config, &alice, &call->alice) == SKIFF_OK
        && skiff_srtp_new(config, &bob, &call->bob) == SKIFF_OK;
}

void call_end(struct call *call)
{
    skiff_srtp_free(call->alice);
    skiff_srtp_free(call->bob);
}

static void fill(struct test_packet *message, uint32_t header, uint32_t payload)
{
    message->packet.data = message->bytes;
    message->packet.limit = CALL_LIMIT;
    message->packet.len = header + payload;
    for (uint32_t i = 0; i < payload; i++)
        message->bytes[header + i] = (uint8_t)(message->bytes[3] + 5 * i);
}

static void put_u32(uint8_t *p, uint32_t n)
{
    p[0] = (uint8_t)(n >> 24);
    p[1] = (uint8_t)(n >> 16);
    p[2] = (uint8_t)(n >> 8);
    p[3] = (uint8_t)n;
}

void test_packet_rtp(struct test_packet *message, uint32_t ssrc, uint16_t seq,
                     uint32_t payload)
{
    put_u32(message->bytes, 0x80600000u | seq);
    put_u32(message->bytes + 4, 960u * seq);
    put_u32(message->bytes + 8, ssrc);
    fill(message, 12, payload);
}

void test_packet_rtcp(struct test_packet *message, uint32_t ssrc, uint32_t payload)
{
    put_u32(message->bytes, 0x80c80000u | (payload / 4 + 1));
    put_u32(message->bytes + 4, ssrc);
    fill(message, 8, payload);
}

void test_packet_copy(struct test_packet *to, const struct test_packet *from)
{
    *to = *from;
    to->packet.data = to->bytes;
}

bool test_packet_same(const struct test_packet *a, const struct test_packet *b)
{
    return a->packet.len == b->packet.len && memcmp(a->bytes, b->bytes, a->packet.len) == 0;
}

bool call_carries(struct call *call, uint32_t ssrc, uint16_t seq)
{
    struct test_packet sent, plain;

    test_packet_rtp(&plain, ssrc, seq, 40);
    test_packet_copy(&sent, &plain);
    return skiff_srtp_protect(call->alice, &sent.packet) == SKIFF_OK
        && !test_packet_same(&sent, &plain)
        && skiff_srtp_open(call->bob, &sent.packet) == SKIFF_OK
        && test_packet_same(&sent, &plain);
}

bool call_loses(struct call *call, uint32_t ssrc, uint16_t seq)
{
    struct test_packet lost;

    test_packet_rtp(&lost, ssrc, seq, 40);
    return skiff_srtp_protect(call->alice, &lost.packet) == SKIFF_OK;
}
