/* transport_test.c - whole calls between two transports, and what disturbs them. */
#include "suite.h"

#include "board.h"
#include "srtp/demux.h"
#include "world/world.h"

enum { SSRC = 5 };

static struct board board;

static struct board_end *alice(void)
{
    return &board.ends[0][0];
}

static struct board_end *bob(void)
{
    return &board.ends[1][0];
}

static bool connected_with(struct board_config config)
{
    return board_begin(&board, &config) == SKIFF_OK && board_connect(&board);
}

static struct board_config plain(void)
{
    return (struct board_config){ .packets = 8 };
}

/* Receives it without polling, as media is. */
static skiff_status receive(struct board_end *end, struct letter *letter, skiff_kind *kind)
{
    return skiff_transport_receive(end->transport, board.now, &letter->packet, kind);
}

static skiff_failure failure(const struct board_end *end)
{
    skiff_failure why;

    skiff_transport_failure(end->transport, &why, sizeof why);
    return why;
}

/* --- RFC 7983 ------------------------------------------------------------------------- */

static void every_first_octet_goes_where_rfc_7983_says(void)
{
    struct board_config config = plain();
    unsigned foreign = 0, media = 0;

    CU_ASSERT_EQUAL_FATAL(board_begin(&board, &config), SKIFF_OK);
    for (unsigned first = 0; first < 256; first++) {
        struct letter letter, before;
        skiff_kind kind = SKIFF_RTP;

        letter_rtp(&letter, SSRC, 1, 20);
        letter.bytes[0] = (uint8_t)first;
        letter_copy(&before, &letter);
        skiff_status status = receive(bob(), &letter, &kind);
        bool is_dtls = demux_first((uint8_t)first) == DEMUX_DTLS;
        bool is_media = demux_first((uint8_t)first) == DEMUX_MEDIA;
        media += is_media;
        foreign += !is_media && !is_dtls;
        CU_ASSERT_EQUAL(kind, is_dtls || is_media ? SKIFF_SPENT : SKIFF_FOREIGN);
        bool taken = is_media ? media <= config.packets / 2 : !is_dtls;
        CU_ASSERT_EQUAL(status, taken ? SKIFF_OK : SKIFF_ERR_DROPPED);
        CU_ASSERT_TRUE(is_dtls || letter_same(&letter, &before));
    }
    skiff_counters counters = board_counters(bob());
    CU_ASSERT_EQUAL(counters.drop_foreign, foreign);
    CU_ASSERT_EQUAL(counters.held_early + counters.drop_early, media);
    CU_ASSERT_EQUAL(foreign + media + 44, 256);
    board_end(&board);
}

static void an_empty_datagram_is_foreign_and_one_past_its_limit_an_error(void)
{
    struct board_config config = plain();
    struct letter letter;
    skiff_kind kind = SKIFF_RTP;

    CU_ASSERT_EQUAL_FATAL(board_begin(&board, &config), SKIFF_OK);
    letter_rtp(&letter, SSRC, 1, 20);
    letter.packet.len = 0;
    CU_ASSERT_EQUAL(receive(bob(), &letter, &kind), SKIFF_OK);
    CU_ASSERT_EQUAL(kind, SKIFF_FOREIGN);
    letter.packet.len = letter.packet.limit + 1;
    CU_ASSERT_EQUAL(receive(bob(), &letter, &kind), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_transport_receive(bob()->transport, board.now, NULL, &kind),
                    SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(receive(bob(), &letter, NULL), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(board_counters(bob()).drop_foreign, 1);
    board_end(&board);
}

/* --- calls ---------------------------------------------------------------------------- */

enum { ROUNDS = 20 };

static bool talks(struct board_end *from)
{
    struct letter rtp, rtcp;
    bool carried = true;

    for (uint16_t seq = 1; seq <= ROUNDS && carried; seq++) {
        letter_rtp(&rtp, SSRC, seq, 160);
        letter_rtcp(&rtcp, SSRC, 48);
        carried = board_carries(from, &rtp) && board_carries(from, &rtcp);
    }
    return carried;
}

static void expect_counts_of_talk(const struct board_end *end)
{
    skiff_counters counters = board_counters(end);

    CU_ASSERT_EQUAL(counters.rtp_protected, ROUNDS);
    CU_ASSERT_EQUAL(counters.rtcp_protected, ROUNDS);
    CU_ASSERT_EQUAL(counters.rtp_opened, ROUNDS);
    CU_ASSERT_EQUAL(counters.rtcp_opened, ROUNDS);
}

static void a_call_goes_both_ways_in_every_profile_and_role(void)
{
    static const skiff_role roles[][BOARD_SIDES] = {
        { SKIFF_ROLE_ACTIVE, SKIFF_ROLE_PASSIVE },
        { SKIFF_ROLE_PASSIVE, SKIFF_ROLE_ACTIVE },
        { SKIFF_ROLE_ACTIVE, SKIFF_ROLE_ACTPASS },
    };

    for (unsigned i = 0; i < CALL_PROFILES * 3; i++) {
        struct board_config config = plain();
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
        board_end(&board);
    }
}

static void one_packet_is_protected_for_many_receivers(void)
{
    struct board_config config = plain();
    struct letter plain_one, before, sent;
    skiff_kind kind;

    config.lines = BOARD_LINES;
    CU_ASSERT_TRUE_FATAL(connected_with(config));
    letter_rtp(&plain_one, SSRC, 1, 700);
    letter_copy(&before, &plain_one);
    letter_copy(&sent, &plain_one);
    for (unsigned line = 0; line < BOARD_LINES; line++) {
        struct board_end *from = &board.ends[0][line];
        sent.packet.len = 0;
        CU_ASSERT_EQUAL(skiff_transport_protect_to(from->transport, &plain_one.packet,
                                                   &sent.packet), SKIFF_OK);
        CU_ASSERT_TRUE(letter_same(&plain_one, &before));
        CU_ASSERT_EQUAL(board_deliver(board_peer(from), &sent, &kind), SKIFF_OK);
        CU_ASSERT_TRUE(letter_same(&sent, &plain_one));
        CU_ASSERT_EQUAL(board_counters(from).rtp_protected, 1);
    }
    board_end(&board);
}

static void a_context_says_which_of_many_transports_is_due(void)
{
    struct board_config config = plain();

    config.lines = BOARD_LINES;
    CU_ASSERT_EQUAL_FATAL(board_begin(&board, &config), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_context_deadline(board.context[0]), board.now);
    CU_ASSERT_EQUAL(skiff_context_deadline(board.context[1]), SKIFF_NEVER);
    CU_ASSERT_TRUE(board_connect(&board));
    board_pass(&board, SKIFF_MSEC(1000));
    CU_ASSERT_EQUAL(skiff_context_deadline(board.context[0]), SKIFF_NEVER);
    CU_ASSERT_PTR_NULL(skiff_transport_due(board.context[0], board.now));
    CU_ASSERT_EQUAL(skiff_transport_deadline(alice()->transport), SKIFF_NEVER);
    CU_ASSERT_PTR_EQUAL(skiff_transport_user(alice()->transport), alice());
    for (unsigned line = 0; line < BOARD_LINES; line++)
        CU_ASSERT_EQUAL(board.ends[0][line].sent + board.ends[1][line].sent, 4);
    board_end(&board);
}

/* Alice says it as application data, and bob hears it. */
static void say(const char *word)
{
    skiff_packet *packet = skiff_pool_take(board.pool[0]);
    skiff_dtls *dtls = skiff_transport_dtls(alice()->transport);
    skiff_kind kind = SKIFF_RTP;
    struct letter sent;

    packet->len = (uint32_t)strlen(word);
    memcpy(packet->data, word, packet->len);
    CU_ASSERT_EQUAL(skiff_dtls_send(dtls, board.now, packet), SKIFF_OK);
    letter_rtp(&sent, SSRC, 1, 0);
    memcpy(sent.bytes, packet->data, packet->len);
    sent.packet.len = packet->len;
    CU_ASSERT_EQUAL(board_deliver(bob(), &sent, &kind), SKIFF_OK);
    CU_ASSERT_EQUAL(kind, SKIFF_SPENT);
    CU_ASSERT_STRING_EQUAL(bob()->data, word);
    skiff_packet_give(&packet);
}

static void application_data_is_read_where_it_arrived(void)
{
    struct board_config config = plain();

    CU_ASSERT_TRUE_FATAL(connected_with(config));
    say("ping");
    CU_ASSERT_TRUE(bob()->data_in_place);
    board_end(&board);
}

static void a_call_survives_a_change_of_address(void)
{
    struct board_config config = plain();
    struct letter sample;

    config.named = true;
    CU_ASSERT_EQUAL_FATAL(board_begin(&board, &config), SKIFF_OK);
    alice()->address = 1;
    CU_ASSERT_TRUE_FATAL(board_connect(&board));
    alice()->address = 2;
    letter_rtp(&sample, SSRC, 1, 100);
    CU_ASSERT_TRUE(board_carries(alice(), &sample));
    CU_ASSERT_EQUAL(bob()->moved, 0);                  /* media names nobody */
    say("here");
    CU_ASSERT_EQUAL(bob()->moved, 1);
    letter_rtp(&sample, SSRC, 2, 100);
    CU_ASSERT_TRUE(board_carries(alice(), &sample) && board_carries(bob(), &sample));
    board_end(&board);
}

static void who_is_asked_whether_he_has_moved_answers_through_his_transport(void)
{
    struct board_config config = plain();

    config.named = true;
    config.rrc = SKIFF_RRC_BASIC;
    CU_ASSERT_EQUAL_FATAL(board_begin(&board, &config), SKIFF_OK);
    alice()->address = bob()->address = 1;
    CU_ASSERT_TRUE_FATAL(board_connect(&board));
    alice()->address = 2;
    say("here");
    CU_ASSERT_EQUAL(bob()->moved, 0);
    board_pass(&board, SKIFF_MSEC(100));
    CU_ASSERT_EQUAL(bob()->moved, 1);
    CU_ASSERT_EQUAL(board_counters(bob()).paths_proven, 1);
    CU_ASSERT_EQUAL(board_counters(alice()).challenges_answered, 1);
    board_end(&board);
}

static void media_lies_in_memory_that_is_not_a_pool_s(void)
{
    struct board_config config = plain();
    uint8_t memory[12 + 100 + SKIFF_TAIL];
    skiff_packet wrapped;
    struct letter sample;
    skiff_kind kind;

    CU_ASSERT_TRUE_FATAL(connected_with(config));
    letter_rtp(&sample, SSRC, 1, 100);
    memcpy(memory, sample.bytes, 112);
    CU_ASSERT_EQUAL(skiff_packet_wrap(memory, 112, sizeof memory, &wrapped), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_transport_protect(alice()->transport, &wrapped), SKIFF_OK);

    /* What came from the network has its tail behind it again. */
    uint8_t buffer[12 + 100 + 16 + SKIFF_TAIL];
    memcpy(buffer, memory, wrapped.len);
    CU_ASSERT_EQUAL(skiff_packet_wrap(buffer, wrapped.len, sizeof buffer, &wrapped),
                    SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_transport_receive(bob()->transport, board.now, &wrapped, &kind),
                    SKIFF_OK);
    CU_ASSERT_EQUAL(kind, SKIFF_RTP);
    CU_ASSERT_PTR_EQUAL(wrapped.data, buffer);
    CU_ASSERT_EQUAL(memcmp(buffer, sample.bytes, 112), 0);
    CU_ASSERT_EQUAL(skiff_dtls_send(skiff_transport_dtls(alice()->transport), board.now,
                                    &wrapped), SKIFF_ERR_SPACE);        /* no headroom */
    board_end(&board);
}

/* --- what is dropped ------------------------------------------------------------------ */

static void each_reason_to_drop_media_has_its_counter(void)
{
    struct board_config config = plain();
    struct letter sent, copy;
    skiff_kind kind;

    CU_ASSERT_TRUE_FATAL(connected_with(config));
    letter_rtp(&sent, SSRC, 1, 100);
    CU_ASSERT_EQUAL(skiff_transport_protect(alice()->transport, &sent.packet), SKIFF_OK);

    letter_copy(&copy, &sent);
    copy.bytes[30] ^= 1;
    CU_ASSERT_EQUAL(receive(bob(), &copy, &kind), SKIFF_ERR_DROPPED);
    CU_ASSERT_EQUAL(board_counters(bob()).drop_forged, 1);
    letter_copy(&copy, &sent);
    CU_ASSERT_EQUAL(receive(bob(), &copy, &kind), SKIFF_OK);
    letter_copy(&copy, &sent);
    CU_ASSERT_EQUAL(receive(bob(), &copy, &kind), SKIFF_ERR_DROPPED);
    CU_ASSERT_EQUAL(kind, SKIFF_SPENT);
    CU_ASSERT_EQUAL(board_counters(bob()).drop_replayed, 1);
    letter_copy(&copy, &sent);
    copy.packet.len = 20;
    CU_ASSERT_EQUAL(receive(bob(), &copy, &kind), SKIFF_ERR_DROPPED);
    CU_ASSERT_EQUAL(board_counters(bob()).drop_media, 1);

    skiff_counters counters = board_counters(bob());
    CU_ASSERT_EQUAL(counters.rtp_opened, 1);
    CU_ASSERT_EQUAL(counters.drop_forged + counters.drop_replayed + counters.drop_media, 3);
    CU_ASSERT_EQUAL(counters.drop_crowded + counters.drop_foreign + counters.drop_early, 0);
    CU_ASSERT_TRUE(talks(bob()));
    board_end(&board);
}

/* Of so many some are refused: their hash is that of one whose indexes are forgotten. */
static void a_peer_that_makes_up_ssrcs_is_counted_apart(void)
{
    enum { SSRCS = 16000 };
    struct board_config config = plain();
    struct letter sent;
    unsigned opened = 0;

    CU_ASSERT_TRUE_FATAL(connected_with(config));
    for (uint32_t ssrc = 1; ssrc <= SSRCS; ssrc++) {
        skiff_kind kind;
        letter_rtp(&sent, ssrc * ssrc, 1, 20);
        CU_ASSERT_EQUAL(skiff_transport_protect(alice()->transport, &sent.packet),
                        SKIFF_OK);
        opened += receive(bob(), &sent, &kind) == SKIFF_OK ? 1 : 0;
        skiff_srtp_remove_ssrc(skiff_transport_srtp(alice()->transport), ssrc * ssrc);
    }
    CU_ASSERT_TRUE(opened > SSRCS - SSRCS / 10);
    CU_ASSERT_TRUE(board_counters(bob()).drop_crowded > 0);
    CU_ASSERT_EQUAL(board_counters(bob()).drop_crowded + opened, SSRCS);
    CU_ASSERT_EQUAL(board_counters(bob()).rtp_opened, opened);
    board_end(&board);
}

static void drops_of_dtls_are_counted_in_the_same_list(void)
{
    struct board_config config = plain();
    struct letter noise;
    skiff_kind kind;

    CU_ASSERT_TRUE_FATAL(connected_with(config));
    letter_rtp(&noise, SSRC, 1, 40);
    noise.bytes[0] = 22;
    CU_ASSERT_EQUAL(board_deliver(bob(), &noise, &kind), SKIFF_ERR_DROPPED);
    skiff_counters counters = board_counters(bob());
    CU_ASSERT_EQUAL(counters.drop_malformed + counters.drop_version, 1);
    CU_ASSERT_TRUE(counters.records_opened > 0);
    CU_ASSERT_TRUE(talks(alice()));
    board_end(&board);
}

/* --- how it ends ---------------------------------------------------------------------- */

static void expect_the_end(struct board_end *end, skiff_status how)
{
    struct letter letter;
    skiff_kind kind;

    letter_rtp(&letter, SSRC, 100, 40);
    CU_ASSERT_EQUAL(receive(end, &letter, &kind), how);
    CU_ASSERT_EQUAL(skiff_transport_protect(end->transport, &letter.packet), how);
    CU_ASSERT_EQUAL(skiff_transport_protect_to(end->transport, &letter.packet,
                                               &letter.packet), how);
    board_pass(&board, SKIFF_MSEC(100000));
    CU_ASSERT_EQUAL(skiff_transport_deadline(end->transport), SKIFF_NEVER);
}

static void close_notify_ends_media_too(void)
{
    struct board_config config = plain();

    CU_ASSERT_TRUE_FATAL(connected_with(config));
    CU_ASSERT_TRUE(talks(alice()));
    skiff_dtls_close(skiff_transport_dtls(alice()->transport), board.now);
    board_pass(&board, SKIFF_MSEC(100));
    CU_ASSERT_TRUE(bob()->closed);
    CU_ASSERT_FALSE(bob()->failed);
    expect_the_end(bob(), SKIFF_ERR_CLOSED);
    expect_the_end(alice(), SKIFF_ERR_CLOSED);
    board_end(&board);
}

static void a_wrong_fingerprint_ends_it_before_any_media(void)
{
    struct board_config config = plain();
    skiff_fingerprint wrong;

    config.strangers = true;
    CU_ASSERT_EQUAL_FATAL(board_begin(&board, &config), SKIFF_OK);
    skiff_identity_fingerprint(world_identity(0), &wrong);     /* her own */
    CU_ASSERT_EQUAL(skiff_dtls_expect(skiff_transport_dtls(alice()->transport), &wrong, 1),
                    SKIFF_OK);
    CU_ASSERT_FALSE(board_connect(&board));
    CU_ASSERT_TRUE(alice()->failed);
    CU_ASSERT_FALSE(alice()->connected);
    CU_ASSERT_PTR_NULL(skiff_transport_srtp(alice()->transport));
    CU_ASSERT_EQUAL(failure(alice()).alert, 42);                /* bad_certificate */
    expect_the_end(alice(), SKIFF_ERR_FAILED);
    board_end(&board);
}

static void a_late_fingerprint_brings_the_keys(void)
{
    struct board_config config = plain();

    config.strangers = true;
    CU_ASSERT_FALSE_FATAL(connected_with(config));
    CU_ASSERT_FALSE(alice()->connected || alice()->failed);
    CU_ASSERT_PTR_NULL(skiff_transport_srtp(alice()->transport));
    board_pass(&board, SKIFF_MSEC(3600000));
    CU_ASSERT_EQUAL(board_introduce(alice()), SKIFF_OK);
    CU_ASSERT_EQUAL(board_introduce(bob()), SKIFF_OK);
    CU_ASSERT_TRUE(board_connect(&board));
    CU_ASSERT_PTR_NOT_NULL(skiff_transport_srtp(alice()->transport));
    CU_ASSERT_TRUE(talks(alice()));
    board_end(&board);
}

static void without_a_common_profile_there_is_no_call(void)
{
    struct board_config config = plain();

    config.profile[0] = SKIFF_SRTP_AEAD_AES_128_GCM;
    config.profile[1] = SKIFF_SRTP_AES128_CM_SHA1_80;
    CU_ASSERT_FALSE_FATAL(connected_with(config));
    CU_ASSERT_TRUE(alice()->failed && bob()->failed);
    CU_ASSERT_EQUAL(failure(bob()).alert, 40);                  /* handshake_failure */
    board_end(&board);
}

static void an_srtp_config_that_breaks_a_rule_is_refused_at_once(void)
{
    struct board_config config = plain();
    skiff_srtp_config srtp = skiff_srtp_defaults();
    skiff_transport *transport = NULL;

    CU_ASSERT_EQUAL_FATAL(board_begin(&board, &config), SKIFF_OK);
    srtp.window = 63;
    CU_ASSERT_EQUAL(skiff_transport_new(board.context[0], SKIFF_ROLE_ACTIVE, &srtp,
                                        board.now, &transport), SKIFF_ERR_ARGUMENT);
    srtp = skiff_srtp_defaults();
    srtp.size--;
    CU_ASSERT_EQUAL(skiff_transport_new(board.context[0], SKIFF_ROLE_ACTIVE, &srtp,
                                        board.now, &transport), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_transport_new(board.context[0], (skiff_role)9, NULL, board.now,
                                        &transport), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_PTR_NULL(transport);
    skiff_transport_free(NULL);
    board_end(&board);
}

CU_TestInfo transport_tests[] = {
    TEST(every_first_octet_goes_where_rfc_7983_says),
    TEST(an_empty_datagram_is_foreign_and_one_past_its_limit_an_error),
    TEST(a_call_goes_both_ways_in_every_profile_and_role),
    TEST(one_packet_is_protected_for_many_receivers),
    TEST(a_context_says_which_of_many_transports_is_due),
    TEST(application_data_is_read_where_it_arrived),
    TEST(a_call_survives_a_change_of_address),
    TEST(who_is_asked_whether_he_has_moved_answers_through_his_transport),
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
