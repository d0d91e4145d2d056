/* call.h - two sessions that hold each other's keys, and packets to send between them. */
#ifndef SKF_CALL_H
#define SKF_CALL_H

#include <skiff/srtp.h>

enum { CALL_LIMIT = 1500, CALL_PROFILES = 4 };

extern const skiff_srtp_profile call_profiles[CALL_PROFILES];

struct call {
    skiff_srtp *alice, *bob;
};

/* A packet with its memory. */
struct test_packet {
    skiff_packet packet;
    _Alignas(16) uint8_t bytes[CALL_LIMIT + SKIFF_TAIL];
};

/* The keys of alice; bob's are hers the other way around. */
skiff_srtp_keys call_keys(skiff_srtp_profile profile);
skiff_srtp_keys call_mirrored(skiff_srtp_keys keys);

/* False when a session could not be made; `config` may be NULL. */
bool call_begin(struct call *call, skiff_srtp_profile profile,
                const skiff_srtp_config *config);
void call_end(struct call *call);

/* Plain packets whose bytes follow from ssrc, number and length. */
void test_packet_rtp(struct test_packet *message, uint32_t ssrc, uint16_t seq,
                     uint32_t payload);
void test_packet_rtcp(struct test_packet *message, uint32_t ssrc, uint32_t payload);

/* A copy with its own memory. */
void test_packet_copy(struct test_packet *to, const struct test_packet *from);

bool test_packet_same(const struct test_packet *a, const struct test_packet *b);

/* Sends one RTP packet from alice to bob: whether it came out as it went in. */
bool call_carries(struct call *call, uint32_t ssrc, uint16_t seq);

/* Sends one RTP packet that is lost: whether alice protected it. */
bool call_loses(struct call *call, uint32_t ssrc, uint16_t seq);

#endif
