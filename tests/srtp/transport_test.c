/* transport_test.c - whole calls between two transports, and what disturbs them. */
#include "suite.h"

#include "network.h"
#include <skiff/demux.h>
#include "world/world.h"

enum { SSRC = 5 };

static struct network network;

static struct network_end *alice(void)
{
    return &network.ends[0][0];
}

static struct network_end *bob(void)
{
    return &network.ends[1][0];
}

static bool connected_with(struct network_config config)
{
    return network_begin(&network, &config) == SKIFF_OK && network_connect(&network);
}

static struct network_config plain(void)
{
    return (struct network_config){ .packets = 8 };
}

/* Receives it without polling, as media is. */
static skiff_status receive(struct network_end *end, struct test_packet *message,
                            skiff_kind *kind)
{
    return skiff_transport_receive(end->transport, network.now, &message->packet, kind);
}

static skiff_failure failure(const struct network_end *end)
{
    skiff_failure failure;

    skiff_transport_failure(end->transport, &failure, sizeof failure);
    return failure;
}

/* --- RFC 7983 ------------------------------------------------------------------------- */

static void every_first_octet_goes_where_rfc_7983_states(void)
{
    struct network_config config = plain();
    unsigned foreign = 0, media = 0;

    CU_ASSERT_EQUAL_FATAL(network_begin(&network, &config), SKIFF_OK);
    for (unsigned first = 0; first < 256; first++) {
        struct test_packet message, before;
        skiff_kind kind = SKIFF_RTP;

        test_packet_rtp(&message, SSRC, 1, 20);
        message.bytes[0] = (uint8_t)first;
        test_packet_copy(&before, &message);
        skiff_status status = receive(bob(), &message, &kind);
        bool is_dtls = skiff_protocol_of((uint8_t)first) == SKIFF_PROTOCOL_DTLS;
        bool is_media = skiff_protocol_of((uint8_t)first) == SKIFF_PROTOCOL_MEDIA;
        media += is_media;
        foreign += !is_media && !is_dtls;
        CU_ASSERT_EQUAL(kind, is_dtls || is_media ? SKIFF_CONSUMED : SKIFF_OTHER);
        bool accepted = is_media ? media <= config.packets / 2 : !is_dtls;
        CU_ASSERT_EQUAL(status, accepted ? SKIFF_OK : SKIFF_ERR_DROPPED);
        CU_ASSERT_TRUE(is_dtls || test_packet_same(&message, &before));
    }
    skiff_counters counters = network_counters(bob());
    CU_ASSERT_EQUAL(counters.drop_other, foreign);
    CU_ASSERT_EQUAL(counters.held_early + counters.drop_early, media);
    CU_ASSERT_EQUAL(foreign + media + 44, 256);
    network_end(&network);
}

static void an_empty_datagram_is_foreign_and_one_past_its_limit_an_error(void)
{
    struct network_config config = plain();
    struct test_packet message;
    skiff_kind kind = SKIFF_RTP;

    CU_ASSERT_EQUAL_FATAL(network_begin(&network, &config), SKIFF_OK);
    test_packet_rtp(&message, SSRC, 1, 20);
    message.packet.len = 0;
    CU_ASSERT_EQUAL(receive(bob(), &message, &kind), SKIFF_OK);
    CU_ASSERT_EQUAL(kind, SKIFF_OTHER);
    message.packet.len = message.packet.limit + 1;
    CU_ASSERT_EQUAL(receive(bob(), &message, &kind), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_transport_receive(bob()->transport, network.now, NULL, &kind),
                    SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(receive(bob(), &message, NULL), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(network_counters(bob()).drop_other, 1);
    network_end(&network);
}

/* --- calls ---------------------------------------------------------------------------- */

enum { ROUNDS = 20 };

static bool talks(struct network_end *from)
{
    struct test_packet rtp, rtcp;
    bool carried = true;

    for (uint16_t seq = 1; seq <= ROUNDS && carried; seq++) {
        test_packet_rtp(&rtp, SSRC, seq, 160);
        test_packet_rtcp(&rtcp, SSRC, 48);
        carried = network_carries(from, &rtp) && network_carries(from, &rtcp);
    }
    return carried;
}

static void expect_counts_of_talk(const struct network_end *end)
{
    skiff_counters counters = network_counters(end);

    CU_ASSERT_EQUAL(counters.rtp_protected, ROUNDS);
    CU_ASSERT_EQUAL(counters.rtcp_protected, ROUNDS);
    CU_ASSERT_EQUAL(counters.rtp_opened, ROUNDS);
    CU_ASSERT_EQUAL(counters.rtcp_opened, ROUNDS);
}

static void a_call_goes_both_ways_in_every_profile_and_role(void)
{
    static const skiff_role roles[][NETWORK_SIDES] = {
        { SKIFF_ROLE_ACTIVE, SKIFF_ROLE_PASSIVE },
        { SKIFF_ROLE_PASSIVE, SKIFF_ROLE_ACTIVE },
        { SKIFF_ROLE_ACTIVE, SKIFF_ROLE_ACTPASS },
    };

    for (unsigned i = 0; i < CALL_PROFILES * 3; i++) {
        struct network_config config = plain();
        skiff_dtls_info info;

        config.profile[0] = config.profile[1] = call_profiles[i / 3];
        memcpy(config.role, roles[i % 3], sizeof config.role);
        CU_ASSERT_TRUE_FATAL(connected_with(config));
        CU_ASSERT_TRUE(talks(alice()));
        CU_ASSERT_TRUE(talks(bob()));
        expect_counts_of_talk(alice());
        expect_counts_of_talk(bob());
        skiff_dtls_get_info(skiff_transport_dtls(bob()->transport), &info, sizeof info);
        CU_ASSERT_EQUAL(info.srtp_profile, (uint16_t)call_profiles[i / 3]);
        network_end(&network);
    }
}

static void one_packet_is_protected_for_many_receivers(void)
{
    struct network_config config = plain();
    struct test_packet plain_one, before, sent;
    skiff_kind kind;

    config.lines = NETWORK_LINES;
    CU_ASSERT_TRUE_FATAL(connected_with(config));
    test_packet_rtp(&plain_one, SSRC, 1, 700);
    test_packet_copy(&before, &plain_one);
    test_packet_copy(&sent, &plain_one);
    for (unsigned line = 0; line < NETWORK_LINES; line++) {
        struct network_end *from = &network.ends[0][line];
        sent.packet.len = 0;
        CU_ASSERT_EQUAL(
            skiff_transport_protect_to(from->transport, &plain_one.packet, &sent.packet),
            SKIFF_OK);
        CU_ASSERT_TRUE(test_packet_same(&plain_one, &before));
        CU_ASSERT_EQUAL(network_deliver(network_peer(from), &sent, &kind), SKIFF_OK);
        CU_ASSERT_TRUE(test_packet_same(&sent, &plain_one));
        CU_ASSERT_EQUAL(network_counters(from).rtp_protected, 1);
    }
    network_end(&network);
}

static void a_context_reports_which_of_many_transports_is_due(void)
{
    struct network_config config = plain();

    config.lines = NETWORK_LINES;
    CU_ASSERT_EQUAL_FATAL(network_begin(&network, &config), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_context_deadline(network.context[0]), network.now);
    CU_ASSERT_EQUAL(skiff_context_deadline(network.context[1]), SKIFF_NEVER);
    CU_ASSERT_TRUE(network_connect(&network));
    network_pass(&network, SKIFF_MSEC(1000));
    CU_ASSERT_EQUAL(skiff_context_deadline(network.context[0]), SKIFF_NEVER);
    CU_ASSERT_PTR_NULL(skiff_transport_due(network.context[0], network.now));
    CU_ASSERT_EQUAL(skiff_transport_deadline(alice()->transport), SKIFF_NEVER);
    CU_ASSERT_PTR_EQUAL(skiff_transport_user(alice()->transport), alice());
    for (unsigned line = 0; line < NETWORK_LINES; line++)
        CU_ASSERT_EQUAL(network.ends[0][line].sent + network.ends[1][line].sent, 4);
    network_end(&network);
}

/* Alice says it as application data, and bob hears it. */
static void send_data(const char *word)
{
    skiff_packet *packet = skiff_pool_take(network.pool[0]);
    skiff_dtls *dtls = skiff_transport_dtls(alice()->transport);
    skiff_kind kind = SKIFF_RTP;
    struct test_packet sent;

    packet->len = (uint32_t)strlen(word);
    memcpy(packet->data, word, packet->len);
    CU_ASSERT_EQUAL(skiff_dtls_send(dtls, network.now, packet), SKIFF_OK);
    test_packet_rtp(&sent, SSRC, 1, 0);
    memcpy(sent.bytes, packet->data, packet->len);
    sent.packet.len = packet->len;
    CU_ASSERT_EQUAL(network_deliver(bob(), &sent, &kind), SKIFF_OK);
    CU_ASSERT_EQUAL(kind, SKIFF_CONSUMED);
    CU_ASSERT_STRING_EQUAL(bob()->data, word);
    skiff_packet_release(&packet);
}

static void application_data_is_read_where_it_arrived(void)
{
    struct network_config config = plain();

    CU_ASSERT_TRUE_FATAL(connected_with(config));
    send_data("ping");
    CU_ASSERT_TRUE(bob()->data_in_place);
    network_end(&network);
}

static void a_call_survives_a_change_of_address(void)
{
    struct network_config config = plain();
    struct test_packet sample;

    config.cids = true;
    CU_ASSERT_EQUAL_FATAL(network_begin(&network, &config), SKIFF_OK);
    alice()->address = 1;
    CU_ASSERT_TRUE_FATAL(network_connect(&network));
    alice()->address = 2;
    test_packet_rtp(&sample, SSRC, 1, 100);
    CU_ASSERT_TRUE(network_carries(alice(), &sample));
    CU_ASSERT_EQUAL(bob()->moved, 0); /* media names nobody */
    send_data("here");
    CU_ASSERT_EQUAL(bob()->moved, 1);
    test_packet_rtp(&sample, SSRC, 2, 100);
    CU_ASSERT_TRUE(network_carries(alice(), &sample) && network_carries(bob(), &sample));
    network_end(&network);
}

static void an_end_that_is_asked_whether_it_has_moved_responds_through_its_transport(void)
{
    struct network_config config = plain();

    config.cids = true;
    config.rrc = SKIFF_RRC_BASIC;
    CU_ASSERT_EQUAL_FATAL(network_begin(&network, &config), SKIFF_OK);
    alice()->address = bob()->address = 1;
    CU_ASSERT_TRUE_FATAL(network_connect(&network));
    alice()->address = 2;
    send_data("here");
    CU_ASSERT_EQUAL(bob()->moved, 0);
    network_pass(&network, SKIFF_MSEC(100));
    CU_ASSERT_EQUAL(bob()->moved, 1);
    CU_ASSERT_EQUAL(network_counters(bob()).paths_proven, 1);
    CU_ASSERT_EQUAL(network_counters(alice()).path_responses_sent, 1);
    network_end(&network);
}

static void media_lies_in_memory_that_is_not_a_pool_s(void)
{
    struct network_config config = plain();
    uint8_t memory[12 + 100 + SKIFF_TAIL];
    skiff_packet wrapped;
    struct test_packet sample;
    skiff_kind kind;

    CU_ASSERT_TRUE_FATAL(connected_with(config));
    test_packet_rtp(&sample, SSRC, 1, 100);
    memcpy(memory, sample.bytes, 112);
    CU_ASSERT_EQUAL(skiff_packet_wrap(memory, 112, sizeof memory, &wrapped), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_transport_protect(alice()->transport, &wrapped), SKIFF_OK);

    /* What came from the network has its tail behind it again. */
    uint8_t buffer[12 + 100 + 16 + SKIFF_TAIL];
    memcpy(buffer, memory, wrapped.len);
    CU_ASSERT_EQUAL(skiff_packet_wrap(buffer, wrapped.len, sizeof buffer, &wrapped),
                    SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_transport_receive(bob()->transport, network.now, &wrapped, &kind),
                    SKIFF_OK);
    CU_ASSERT_EQUAL(kind, SKIFF_RTP);
    CU_ASSERT_PTR_EQUAL(wrapped.data, buffer);
    CU_ASSERT_EQUAL(memcmp(buffer, sample.bytes, 112), 0);
    CU_ASSERT_EQUAL(
        skiff_dtls_send(skiff_transport_dtls(alice()->transport), network.now, &wrapped),
        SKIFF_ERR_SPACE); /* no headroom */
    network_end(&network);
}

/* --- what is dropped ------------------------------------------------------------------ */

static void each_reason_to_drop_media_has_its_counter(void)
{
    struct network_config config = plain();
    struct test_packet sent, copy;
    skiff_kind kind;

    CU_ASSERT_TRUE_FATAL(connected_with(config));
    test_packet_rtp(&sent, SSRC, 1, 100);
    CU_ASSERT_EQUAL(skiff_transport_protect(alice()->transport, &sent.packet), SKIFF_OK);

    test_packet_copy(&copy, &sent);
    copy.bytes[30] ^= 1;
    CU_ASSERT_EQUAL(receive(bob(), &copy, &kind), SKIFF_ERR_DROPPED);
    CU_ASSERT_EQUAL(network_counters(bob()).drop_forged, 1);
    test_packet_copy(&copy, &sent);
    CU_ASSERT_EQUAL(receive(bob(), &copy, &kind), SKIFF_OK);
    test_packet_copy(&copy, &sent);
    CU_ASSERT_EQUAL(receive(bob(), &copy, &kind), SKIFF_ERR_DROPPED);
    CU_ASSERT_EQUAL(kind, SKIFF_CONSUMED);
    CU_ASSERT_EQUAL(network_counters(bob()).drop_replayed, 1);
    test_packet_copy(&copy, &sent);
    copy.packet.len = 20;
    CU_ASSERT_EQUAL(receive(bob(), &copy, &kind), SKIFF_ERR_DROPPED);
    CU_ASSERT_EQUAL(network_counters(bob()).drop_media, 1);

    skiff_counters counters = network_counters(bob());
    CU_ASSERT_EQUAL(counters.rtp_opened, 1);
    CU_ASSERT_EQUAL(counters.drop_forged + counters.drop_replayed + counters.drop_media, 3);
    CU_ASSERT_EQUAL(counters.drop_ssrc_refused + counters.drop_other + counters.drop_early,
                    0);
    CU_ASSERT_TRUE(talks(bob()));
    network_end(&network);
}

/* Of so many some are refused: their hash is that of one whose indexes are forgotten. */
static void a_peer_that_makes_up_ssrcs_is_counted_apart(void)
{
    enum { SSRCS = 16000 };
    struct network_config config = plain();
    struct test_packet sent;
    unsigned opened = 0;

    CU_ASSERT_TRUE_FATAL(connected_with(config));
    for (uint32_t ssrc = 1; ssrc <= SSRCS; ssrc++) {
        skiff_kind kind;
        test_packet_rtp(&sent, ssrc * ssrc, 1, 20);
        CU_ASSERT_EQUAL(skiff_transport_protect(alice()->transport, &sent.packet),
                        SKIFF_OK);
        opened += receive(bob(), &sent, &kind) == SKIFF_OK ? 1 : 0;
        skiff_srtp_remove_ssrc(skiff_transport_srtp(alice()->transport), ssrc * ssrc);
    }
    CU_ASSERT_TRUE(opened > SSRCS - SSRCS / 10);
    CU_ASSERT_TRUE(network_counters(bob()).drop_ssrc_refused > 0);
    CU_ASSERT_EQUAL(network_counters(bob()).drop_ssrc_refused + opened, SSRCS);
    CU_ASSERT_EQUAL(network_counters(bob()).rtp_opened, opened);
    network_end(&network);
}

static void drops_of_dtls_are_counted_in_the_same_list(void)
{
    struct network_config config = plain();
    struct test_packet noise;
    skiff_kind kind;

    CU_ASSERT_TRUE_FATAL(connected_with(config));
    test_packet_rtp(&noise, SSRC, 1, 40);
    noise.bytes[0] = 22;
    CU_ASSERT_EQUAL(network_deliver(bob(), &noise, &kind), SKIFF_ERR_DROPPED);
    skiff_counters counters = network_counters(bob());
    CU_ASSERT_EQUAL(counters.drop_malformed + counters.drop_version, 1);
    CU_ASSERT_TRUE(counters.records_opened > 0);
    CU_ASSERT_TRUE(talks(alice()));
    network_end(&network);
}

/* --- how it ends ---------------------------------------------------------------------- */

static void expect_the_end(struct network_end *end, skiff_status how)
{
    struct test_packet message;
    skiff_kind kind;

    test_packet_rtp(&message, SSRC, 100, 40);
    CU_ASSERT_EQUAL(receive(end, &message, &kind), how);
    CU_ASSERT_EQUAL(skiff_transport_protect(end->transport, &message.packet), how);
    CU_ASSERT_EQUAL(
        skiff_transport_protect_to(end->transport, &message.packet, &message.packet), how);
    network_pass(&network, SKIFF_MSEC(100000));
    CU_ASSERT_EQUAL(skiff_transport_deadline(end->transport), SKIFF_NEVER);
}

static void close_notify_ends_media_too(void)
{
    struct network_config config = plain();

    CU_ASSERT_TRUE_FATAL(connected_with(config));
    CU_ASSERT_TRUE(talks(alice()));
    skiff_dtls_close(skiff_transport_dtls(alice()->transport), network.now);
    network_pass(&network, SKIFF_MSEC(100));
    CU_ASSERT_TRUE(bob()->closed);
    CU_ASSERT_FALSE(bob()->failed);
    expect_the_end(bob(), SKIFF_ERR_CLOSED);
    expect_the_end(alice(), SKIFF_ERR_CLOSED);
    network_end(&network);
}

static void a_wrong_fingerprint_ends_it_before_any_media(void)
{
    struct network_config config = plain();
    skiff_fingerprint wrong;

    config.strangers = true;
    CU_ASSERT_EQUAL_FATAL(network_begin(&network, &config), SKIFF_OK);
    skiff_identity_fingerprint(world_identity(0), &wrong); /* her own */
    CU_ASSERT_EQUAL(skiff_dtls_expect(skiff_transport_dtls(alice()->transport), &wrong, 1),
                    SKIFF_OK);
    CU_ASSERT_FALSE(network_connect(&network));
    CU_ASSERT_TRUE(alice()->failed);
    CU_ASSERT_FALSE(alice()->connected);
    CU_ASSERT_PTR_NULL(skiff_transport_srtp(alice()->transport));
    CU_ASSERT_EQUAL(failure(alice()).alert, 42); /* bad_certificate */
    expect_the_end(alice(), SKIFF_ERR_FAILED);
    network_end(&network);
}

static void a_late_fingerprint_brings_the_keys(void)
{
    struct network_config config = plain();

    config.strangers = true;
    CU_ASSERT_FALSE_FATAL(connected_with(config));
    CU_ASSERT_FALSE(alice()->connected || alice()->failed);
    CU_ASSERT_PTR_NULL(skiff_transport_srtp(alice()->transport));
    network_pass(&network, SKIFF_MSEC(3600000));
    CU_ASSERT_EQUAL(network_introduce(alice()), SKIFF_OK);
    CU_ASSERT_EQUAL(network_introduce(bob()), SKIFF_OK);
    CU_ASSERT_TRUE(network_connect(&network));
    CU_ASSERT_PTR_NOT_NULL(skiff_transport_srtp(alice()->transport));
    CU_ASSERT_TRUE(talks(alice()));
    network_end(&network);
}

static void without_a_common_profile_there_is_no_call(void)
{
    struct network_config config = plain();

    config.profile[0] = SKIFF_SRTP_AEAD_AES_128_GCM;
    config.profile[1] = SKIFF_SRTP_AES128_CM_SHA1_80;
    CU_ASSERT_FALSE_FATAL(connected_with(config));
    CU_ASSERT_TRUE(alice()->failed && bob()->failed);
    CU_ASSERT_EQUAL(failure(bob()).alert, 40); /* handshake_failure */
    network_end(&network);
}

static void an_srtp_config_that_breaks_a_rule_is_refused_at_once(void)
{
    struct network_config config = plain();
    skiff_srtp_config srtp = skiff_srtp_defaults();
    skiff_transport *transport = NULL;

    CU_ASSERT_EQUAL_FATAL(network_begin(&network, &config), SKIFF_OK);
    srtp.window = 63;
    CU_ASSERT_EQUAL(skiff_transport_new(network.context[0], SKIFF_ROLE_ACTIVE, &srtp,
                                        network.now, &transport),
                    SKIFF_ERR_ARGUMENT);
    srtp = skiff_srtp_defaults();
    srtp.size--;
    CU_ASSERT_EQUAL(skiff_transport_new(network.context[0], SKIFF_ROLE_ACTIVE, &srtp,
                                        network.now, &transport),
                    SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_transport_new(network.context[0], (skiff_role)9, NULL,
                                        network.now, &transport),
                    SKIFF_ERR_ARGUMENT);
    CU_ASSERT_PTR_NULL(transport);
    skiff_transport_free(NULL);
    network_end(&network);
}

CU_TestInfo transport_tests[] = {
    TEST(every_first_octet_goes_where_rfc_7983_states),
    TEST(an_empty_datagram_is_foreign_and_one_past_its_limit_an_error),
    TEST(a_call_goes_both_ways_in_every_profile_and_role),
    TEST(one_packet_is_protected_for_many_receivers),
    TEST(a_context_reports_which_of_many_transports_is_due),
    TEST(application_data_is_read_where_it_arrived),
    TEST(a_call_survives_a_change_of_address),
    TEST(an_end_that_is_asked_whether_it_has_moved_responds_through_its_transport),
    TEST(media_lies_in_memory_that_is_not_a_pool_s),
    TEST(each_reason_to_drop_media_has_its_counter),
    TEST(a_peer_that_makes_up_ssrcs_is_counted_apart),
    TEST(drops_of_dtls_are_counted_in_the_same_list),
    TEST(close_notify_ends_media_too),
    TEST(a_wrong_fingerprint_ends_it_before_any_media),
    TEST(a_late_fingerprint_brings_the_keys),
    TEST(without_a_common_profile_there_is_no_call),
    TEST(an_srtp_config_that_breaks_a_rule_is_refused_at_once),
    CU_TEST_INFO_NULL,
};
