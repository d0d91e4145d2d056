/* ticket_test.c - tickets: how they are given, kept and lost, and which of them are taken
 * (RFC 8446 sections 2.2, 4.2.11 and 4.6.1). */
#include "../suite.h"

#include <stdio.h>

#include "../dtls/plaintext.h"
#include "../dtls/tickets.h"

/* --- given and taken ---------------------------------------------------------------- */

static void a_handshake_leaves_a_ticket(void)
{
    struct story s;

    tickets_prepare(&s);
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    world_pass(&s.world, SKIFF_MSEC(100));
    CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].tickets, 1);
    CU_ASSERT_EQUAL(s.world.ends[SERVER_END].tickets, 0);
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_FALSE(story_info(&s, i).resumed);
        CU_ASSERT_EQUAL(story_info(&s, i).flights_resent, 0);
        CU_ASSERT_EQUAL(s.context[i]->slots.used, 0);
        CU_ASSERT_TRUE(story_is_quiet(&s, i));
    }
    story_end(&s);
}

static void a_ticket_spares_the_certificates(void)
{
    struct story s;
    struct ticket t = tickets_begin(&s);
    size_t full = s.world.ends[SERVER_END].largest;

    tickets_again(&s, &t);
    CU_ASSERT_TRUE(story_connects(&s));
    CU_ASSERT_TRUE(tickets_resumed(&s));
    CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].connected_at - s.world.began, SKIFF_MSEC(20));
    CU_ASSERT_TRUE(s.world.ends[SERVER_END].largest < full - 300);
    story_end(&s);
}

/* How often the server has acknowledged the name. */
static void count_names(struct world *world, struct world_datagram *d)
{
    unsigned *names = world->config.user;
    struct handshake_header h;
    struct opened_record record;
    const uint8_t *body;
    size_t at = 0;

    while (d->from == SERVER_END && plaintext_next(world, d, &at, &record))
        for (size_t in = 0; plaintext_fragment(&record, &in, &h, &body);)
            for (size_t i = 2;
                 h.msg_type == HANDSHAKE_ENCRYPTED_EXTENSIONS && i + 3 < h.length;
                 i += 4u + body[i + 3])
                *names += body[i] == 0 && body[i + 1] == EXT_SERVER_NAME;
}

/* RFC 6066 section 3. */
static void the_name_is_not_acknowledged_when_a_ticket_is_accepted(void)
{
    unsigned names = 0;
    struct ticket t;
    struct story s;

    tickets_prepare(&s);
    s.settings[CLIENT_END].server_name = "media.example.org";
    s.network.meddler = count_names;
    s.network.user = &names;
    t = tickets_get(&s);
    CU_ASSERT_EQUAL(names, 1);
    tickets_again(&s, &t);
    CU_ASSERT_TRUE(story_connects(&s));
    CU_ASSERT_TRUE(tickets_resumed(&s));
    CU_ASSERT_EQUAL(names, 1);
    story_end(&s);
}

static void each_resumed_handshake_leaves_a_ticket_for_the_next(void)
{
    struct story s;
    struct ticket t = tickets_begin(&s);

    for (int i = 0; i < 3; i++) {
        struct ticket before = t;
        tickets_again(&s, &t);
        CU_ASSERT_TRUE(story_connects(&s));
        CU_ASSERT_TRUE(tickets_resumed(&s));
        world_pass(&s.world, SKIFF_MSEC(100));
        t = tickets_last_reported(&s);
        CU_ASSERT_TRUE(t.len == before.len && memcmp(t.bytes, before.bytes, t.len) != 0);
    }
    story_end(&s);
}

/* RFC 8446 section 2.2: with a key exchange of its own, so never with the same keys. */
static void no_two_of_them_have_keys_in_common(void)
{
    skiff_srtp_keys keys[2];
    struct story s;
    struct ticket t = tickets_begin(&s);

    for (int i = 0; i < 2; i++) {
        tickets_again(&s, &t);
        CU_ASSERT_TRUE(story_connects(&s));
        CU_ASSERT_EQUAL(skiff_dtls_srtp_keys(s.world.ends[0].dtls, &keys[i]), SKIFF_OK);
    }
    CU_ASSERT_NOT_EQUAL(memcmp(keys[0].ours, keys[1].ours, keys[0].len), 0);
    CU_ASSERT_NOT_EQUAL(memcmp(keys[0].theirs, keys[1].theirs, keys[0].len), 0);
    story_end(&s);
}

static void every_suite_resumes(void)
{
    static const uint16_t wanted[] = { 0x1301, 0x1302, 0x1303 };

    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        struct story s;
        if (!skf_aead_is_available(skf_suite_find(wanted[i])->aead))
            continue;
        tickets_prepare(&s);
        s.settings[CLIENT_END].suites = &wanted[i];
        s.settings[CLIENT_END].num_suites = 1;
        struct ticket t = tickets_get(&s);
        CU_ASSERT_EQUAL(tickets_read(&t).session.cipher_suite, wanted[i]);
        tickets_again(&s, &t);
        CU_ASSERT_TRUE(story_connects(&s) && tickets_resumed(&s));
        CU_ASSERT_EQUAL(story_info(&s, 0).cipher_suite, wanted[i]);
        story_end(&s);
    }
}

/* RFC 8446 section 4.2.11: a PSK belongs to a hash, not to a suite. */
static void a_ticket_serves_another_suite_of_its_hash_and_none_of_another(void)
{
    static const uint16_t wanted[] = { 0x1301, 0x1303, 0x1302 };
    struct story s;

    tickets_prepare(&s);
    s.settings[SERVER_END].suites = wanted;
    s.settings[SERVER_END].num_suites = 1;
    struct ticket t = tickets_get(&s);
    for (int i = 1; i < 3; i++) {
        s.settings[SERVER_END].suites = &wanted[i];
        tickets_anew(&s, &t);
        CU_ASSERT_TRUE(story_connects(&s));
        CU_ASSERT_EQUAL(tickets_resumed(&s), i == 1);
        CU_ASSERT_EQUAL(story_info(&s, 0).cipher_suite, wanted[i]);
    }
    story_end(&s);
}

static void the_media_are_agreed_anew(void)
{
    static const skiff_srtp_profile other[] = { SKIFF_SRTP_AEAD_AES_256_GCM };
    struct story s;
    struct ticket t = tickets_begin(&s);

    CU_ASSERT_EQUAL(story_info(&s, 0).srtp_profile, SKIFF_SRTP_AEAD_AES_128_GCM);
    s.settings[SERVER_END].profiles = other;
    s.settings[SERVER_END].num_profiles = 1;
    tickets_anew(&s, &t);
    CU_ASSERT_TRUE(story_connects(&s) && tickets_resumed(&s));
    CU_ASSERT_EQUAL(story_info(&s, 0).srtp_profile, SKIFF_SRTP_AEAD_AES_256_GCM);
    story_end(&s);
}

/* Both lie behind the handle. */
static void tickets_and_connection_ids_go_together(void)
{
    struct story s;

    tickets_prepare(&s);
    for (int i = 0; i < 2; i++) {
        s.settings[i].connection_ids = true;
        s.settings[i].connection_id_len = (uint8_t)(5 + i);
    }
    struct ticket t = tickets_get(&s);
    tickets_again(&s, &t);
    CU_ASSERT_TRUE(story_connects(&s) && tickets_resumed(&s));
    world_pass(&s.world, SKIFF_MSEC(100));
    CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].tickets, 1);
    CU_ASSERT_TRUE(story_info(&s, 0).connection_ids && story_info(&s, 1).connection_ids);
    story_end(&s);
}

/* --- who has tickets ---------------------------------------------------------------- */

static void without_the_option_on_both_sides_there_are_none(void)
{
    for (int off = 0; off < 2; off++) {
        struct story s;
        tickets_prepare(&s);
        s.settings[off].tickets = false;
        story_begin(&s);
        CU_ASSERT_TRUE(story_connects(&s));
        world_pass(&s.world, SKIFF_MSEC(100));
        CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].tickets, 0);
        CU_ASSERT_EQUAL(s.context[SERVER_END]->slots.used, 0);
        story_end(&s);
    }
}

static void a_server_that_accepts_none_gets_a_full_handshake(void)
{
    struct story s;
    struct ticket t = tickets_begin(&s);

    s.settings[SERVER_END].tickets = false;
    tickets_anew(&s, &t);
    CU_ASSERT_TRUE(story_connects(&s) && tickets_refused(&s));
    story_end(&s);
}

static void a_server_of_1_2_is_met_with_a_full_handshake(void)
{
    struct story s;
    struct ticket t = tickets_begin(&s);

    s.settings[SERVER_END].max_version = SKIFF_DTLS_1_2;
    tickets_anew(&s, &t);
    CU_ASSERT_TRUE(story_connects(&s) && tickets_refused(&s));
    CU_ASSERT_EQUAL(story_info(&s, CLIENT_END).version, SKIFF_DTLS_1_2);
    world_pass(&s.world, SKIFF_MSEC(100));
    CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].tickets, 0);
    story_end(&s);
}

static void contexts_with_the_same_key_accept_each_others(void)
{
    struct story s;
    struct ticket t = tickets_begin(&s);

    tickets_anew(&s, &t);
    CU_ASSERT_TRUE(story_connects(&s) && tickets_resumed(&s));
    s.settings[SERVER_END].ticket_key.len = 0;
    tickets_anew(&s, &t);
    CU_ASSERT_TRUE(story_connects(&s) && tickets_refused(&s));
    story_end(&s);
}

static void a_key_has_32_bytes(void)
{
    uint8_t key[33] = { 0 };
    skiff_context_config config = skiff_context_defaults();
    skiff_context *context;

    config.identity = world_identity(0);
    config.tickets = true;
    for (size_t len = 1; len <= sizeof key; len++) {
        config.ticket_key = (skiff_bytes){ key, len };
        skiff_status status = skiff_context_new(&config, &context);
        CU_ASSERT_EQUAL(status, len == 32 ? SKIFF_OK : SKIFF_ERR_ARGUMENT);
        if (status == SKIFF_OK)
            skiff_context_free(context);
    }
}

/* --- tickets that are not taken ----------------------------------------------------- */

static bool is_refused(struct story *s, const struct stored_ticket *stored)
{
    struct ticket t = tickets_write(stored);

    tickets_again(s, &t);
    return story_connects(s) && tickets_refused(s);
}

static void a_ticket_with_any_bit_turned_is_no_ticket(void)
{
    uint8_t bytes[RECEIVED_TICKET_MAX];
    unsigned bad = 0;
    struct story s;
    struct ticket t = tickets_begin(&s);
    struct stored_ticket stored = tickets_read(&t);

    memcpy(bytes, stored.ticket.ptr, stored.ticket.len);
    stored.ticket.ptr = bytes;
    for (size_t i = 0; i < stored.ticket.len; i++) {
        bytes[i] ^= (uint8_t)(1 << i % 8);
        bad += !is_refused(&s, &stored);
        bytes[i] ^= (uint8_t)(1 << i % 8);
    }
    CU_ASSERT_EQUAL(bad, 0);
    story_end(&s);
}

static void nor_is_one_cut_short_or_longer(void)
{
    uint8_t bytes[RECEIVED_TICKET_MAX] = { 0 };
    unsigned bad = 0;
    struct story s;
    struct ticket t = tickets_begin(&s);
    struct stored_ticket stored = tickets_read(&t);
    size_t len = stored.ticket.len, step = suite_rounds(100) < 100 ? 7 : 1;

    memcpy(bytes, stored.ticket.ptr, len);
    stored.ticket.ptr = bytes;
    for (stored.ticket.len = 1; stored.ticket.len <= len + 2; stored.ticket.len += step)
        bad += stored.ticket.len != len && !is_refused(&s, &stored);
    stored.ticket.len = RECEIVED_TICKET_MAX;
    bad += !is_refused(&s, &stored);
    CU_ASSERT_EQUAL(bad, 0);
    story_end(&s);
}

#define LIFE ((skiff_time)TICKET_LIFETIME * 1000000)

/* RFC 8446 section 4.2.11.1: it is the client that must not offer it. */
static void a_ticket_that_has_outlived_its_time_is_not_offered(void)
{
    static const skiff_time ages[] = { LIFE, LIFE + 1, 8 * LIFE };
    struct story s;
    struct ticket t = tickets_begin(&s);
    skiff_time since = tickets_read(&t).session.since;

    for (size_t i = 0; i < sizeof ages / sizeof *ages; i++) {
        s.world.now = since + ages[i];
        tickets_again(&s, &t);
        world_pass(&s.world, 0);
        CU_ASSERT_EQUAL(tickets_was_offered(&s), i == 0);
        CU_ASSERT_TRUE(story_connects(&s));
    }
    story_end(&s);
}

/* The server does not rely on that, nor on a clock that has gone on. */
static void a_server_accepts_none_that_is_too_old_or_of_the_future(void)
{
    struct story s;
    struct ticket t = tickets_begin(&s);
    struct stored_ticket stored = tickets_read(&t);

    for (int late = 0; late < 2; late++) {
        s.world.now = late ? stored.session.since + LIFE + 1 : SKIFF_MSEC(10);
        stored.session.since = s.world.now;
        struct ticket disguised = tickets_write(&stored);
        stored = tickets_read(&t);
        tickets_again(&s, &disguised);
        world_pass(&s.world, 0);
        CU_ASSERT_TRUE(tickets_was_offered(&s));
        CU_ASSERT_TRUE(story_connects(&s) && tickets_refused(&s));
    }
    story_end(&s);
}

static void a_client_whose_clock_went_back_does_not_offer_it(void)
{
    struct story s;
    struct ticket t = tickets_begin(&s);

    s.world.now = tickets_read(&t).session.since - 1;
    tickets_again(&s, &t);
    world_pass(&s.world, 0);
    CU_ASSERT_FALSE(tickets_was_offered(&s));
    CU_ASSERT_TRUE(story_connects(&s) && tickets_refused(&s));
    story_end(&s);
}

/* --- who the peer is ---------------------------------------------------------------- */

/* Another certificate on one side: whoever expects it has no use for the ticket. */
static void a_peer_that_became_another_is_met_with_a_full_handshake(void)
{
    for (int end = 0; end < 2; end++) {
        struct story s;
        struct ticket t = tickets_begin(&s);
        s.settings[end].identity = world_identity(1 - end);
        tickets_anew(&s, &t);
        world_pass(&s.world, 0);
        CU_ASSERT_EQUAL(tickets_was_offered(&s), end == CLIENT_END);
        CU_ASSERT_TRUE(story_connects(&s) && tickets_refused(&s));
        story_end(&s);
    }
}

static skiff_status expect(struct story *s, int end, int whom, enum skf_hash_alg hash)
{
    skiff_fingerprint f = { .hash = (uint16_t)hash, .len = (uint16_t)skf_hash_len(hash) };
    skiff_bytes der = skf_identity_certificate(s->settings[whom].identity, 0);

    if (!skf_digest(hash, &der, 1, f.bytes))
        return SKIFF_ERR_CRYPTO;
    return skiff_dtls_expect(s->world.ends[end].dtls, &f, 1);
}

/* The fingerprint that was expected when the ticket was made was of another hash. */
static void a_ticket_is_compared_with_every_kind_of_fingerprint(void)
{
    static const enum skf_hash_alg hashes[] = { HASH_SHA256, HASH_SHA384, HASH_SHA512 };
    struct story s;
    struct ticket t = tickets_begin(&s);

    s.strangers = true;
    for (int late = 0; late < 2; late++)
        for (int i = 0; i < 3; i++) {
            tickets_again(&s, &t);
            if (late)
                world_pass(&s.world, SKIFF_MSEC(100));
            CU_ASSERT_FALSE(world_both_connected(&s.world));
            CU_ASSERT_EQUAL(expect(&s, CLIENT_END, SERVER_END, hashes[i]), SKIFF_OK);
            CU_ASSERT_EQUAL(expect(&s, SERVER_END, CLIENT_END, hashes[i]), SKIFF_OK);
            CU_ASSERT_TRUE(story_connects(&s) && tickets_resumed(&s));
        }
    story_end(&s);
}

static void a_peer_that_nobody_expects_is_not_connected(void)
{
    skiff_srtp_keys keys;
    struct story s;
    struct ticket t = tickets_begin(&s);

    s.strangers = true;
    tickets_again(&s, &t);
    world_pass(&s.world, SKIFF_MSEC(200));
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_FALSE(s.world.ends[i].connected);
        CU_ASSERT_TRUE(story_info(&s, i).resumed); /* who judges himself can see it */
        CU_ASSERT_EQUAL(story_info(&s, i).peer.len, 32);
        CU_ASSERT_EQUAL(skiff_dtls_srtp_keys(s.world.ends[i].dtls, &keys), SKIFF_ERR_STATE);
        CU_ASSERT_EQUAL(skiff_dtls_set_trusted(s.world.ends[i].dtls, true), SKIFF_OK);
    }
    CU_ASSERT_TRUE(story_connects(&s) && tickets_resumed(&s));
    story_end(&s);
}

/* Too late for a full handshake: as if the certificate had come and were another. */
static void another_fingerprint_that_arrives_late_ends_the_attempt(void)
{
    static const skiff_time when[] = { SKIFF_MSEC(5), SKIFF_MSEC(15), SKIFF_MSEC(100) };

    for (int end = 0; end < 2; end++)
        for (size_t i = (size_t)end; i < 3; i++) {
            struct story s;
            struct ticket t = tickets_begin(&s);
            s.strangers = true;
            tickets_again(&s, &t);
            world_pass(&s.world, when[i]);
            CU_ASSERT_EQUAL(expect(&s, end, end, HASH_SHA256), SKIFF_OK);
            world_pass(&s.world, SKIFF_MSEC(1200));
            CU_ASSERT_TRUE(s.world.ends[end].failed && !s.world.ends[end].connected);
            CU_ASSERT_EQUAL(story_failure(&s, end).alert, ALERT_BAD_CERTIFICATE);
            CU_ASSERT_TRUE(s.world.ends[1 - end].failed);
            story_end(&s);
        }
}

static void an_end_that_is_not_yet_trusted_gets_no_ticket(void)
{
    struct story s;

    tickets_prepare(&s);
    s.strangers = true;
    story_begin(&s);
    CU_ASSERT_EQUAL(expect(&s, CLIENT_END, SERVER_END, HASH_SHA256), SKIFF_OK);
    world_pass(&s.world, SKIFF_MSEC(100));
    CU_ASSERT_EQUAL(expect(&s, SERVER_END, CLIENT_END, HASH_SHA256), SKIFF_OK);
    CU_ASSERT_TRUE(story_connects(&s));
    world_pass(&s.world, SKIFF_MSEC(100));
    CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].tickets, 0);
    story_end(&s);
}

static void a_client_reports_a_ticket_once_it_is_connected(void)
{
    struct story s;

    tickets_prepare(&s);
    s.strangers = true;
    story_begin(&s);
    CU_ASSERT_EQUAL(expect(&s, SERVER_END, CLIENT_END, HASH_SHA256), SKIFF_OK);
    world_pass(&s.world, SKIFF_MSEC(100));
    CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].tickets, 0);
    CU_ASSERT_EQUAL(expect(&s, CLIENT_END, SERVER_END, HASH_SHA256), SKIFF_OK);
    CU_ASSERT_TRUE(story_connects(&s));
    world_pass(&s.world, 0);
    CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].tickets, 1);
    story_end(&s);
}

/* --- what a caller may say ---------------------------------------------------------- */

static void what_is_no_ticket_is_refused(void)
{
    struct story s;
    struct ticket t = tickets_begin(&s);
    struct stored_ticket stored = tickets_read(&t);
    struct ticket other;

    CU_ASSERT_TRUE(t.len <= 1300 && sizeof((struct ticket_store *)0)->ticket <= 1300);
    story_again(&s);
    skiff_dtls *client = s.world.ends[CLIENT_END].dtls;
    for (size_t len = 0; len < t.len; len++)
        CU_ASSERT_EQUAL(skiff_dtls_resume(client, (skiff_bytes){ t.bytes, len }),
                        SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_dtls_resume(client, (skiff_bytes){ NULL, t.len }),
                    SKIFF_ERR_ARGUMENT);
    t.bytes[0]++; /* another format */
    CU_ASSERT_EQUAL(skiff_dtls_resume(client, (skiff_bytes){ t.bytes, t.len }),
                    SKIFF_ERR_ARGUMENT);
    t.bytes[0]--;
    stored.session.cipher_suite = 0x1302; /* with a hash that is longer */
    other = tickets_write(&stored);
    CU_ASSERT_EQUAL(skiff_dtls_resume(client, (skiff_bytes){ other.bytes, other.len }),
                    SKIFF_ERR_ARGUMENT);
    stored.session.cipher_suite = 0xc02b;
    other = tickets_write(&stored);
    CU_ASSERT_EQUAL(skiff_dtls_resume(client, (skiff_bytes){ other.bytes, other.len }),
                    SKIFF_ERR_ARGUMENT);
    story_end(&s);
}

static void a_ticket_is_for_a_client_that_has_not_begun(void)
{
    struct story s;
    struct ticket t = tickets_begin(&s);
    const skiff_bytes bytes = { t.bytes, t.len };

    CU_ASSERT_EQUAL(skiff_dtls_resume(s.world.ends[CLIENT_END].dtls, bytes),
                    SKIFF_ERR_STATE);
    story_again(&s);
    CU_ASSERT_EQUAL(skiff_dtls_resume(s.world.ends[SERVER_END].dtls, bytes),
                    SKIFF_ERR_STATE);
    s.settings[CLIENT_END].tickets = false;
    story_end(&s);
    story_begin(&s);
    CU_ASSERT_EQUAL(skiff_dtls_resume(s.world.ends[CLIENT_END].dtls, bytes),
                    SKIFF_ERR_STATE);
    story_end(&s);
}

static void an_end_that_may_still_become_a_client_can_bring_one(void)
{
    struct story s;
    struct ticket t = tickets_begin(&s);

    s.network.role[CLIENT_END] = SKIFF_ROLE_ACTPASS;
    s.network.role[SERVER_END] = SKIFF_ROLE_PASSIVE;
    tickets_again(&s, &t);
    CU_ASSERT_EQUAL(skiff_dtls_set_role(s.world.ends[CLIENT_END].dtls, SKIFF_ROLE_ACTIVE),
                    SKIFF_OK);
    CU_ASSERT_TRUE(story_connects(&s) && tickets_resumed(&s));
    story_end(&s);
}

CU_TestInfo ticket_tests[] = {
    TEST(a_handshake_leaves_a_ticket),
    TEST(a_ticket_spares_the_certificates),
    TEST(the_name_is_not_acknowledged_when_a_ticket_is_accepted),
    TEST(each_resumed_handshake_leaves_a_ticket_for_the_next),
    TEST(no_two_of_them_have_keys_in_common),
    TEST(every_suite_resumes),
    TEST(a_ticket_serves_another_suite_of_its_hash_and_none_of_another),
    TEST(the_media_are_agreed_anew),
    TEST(tickets_and_connection_ids_go_together),
    TEST(without_the_option_on_both_sides_there_are_none),
    TEST(a_server_that_accepts_none_gets_a_full_handshake),
    TEST(a_server_of_1_2_is_met_with_a_full_handshake),
    TEST(contexts_with_the_same_key_accept_each_others),
    TEST(a_key_has_32_bytes),
    TEST(a_ticket_with_any_bit_turned_is_no_ticket),
    TEST(nor_is_one_cut_short_or_longer),
    TEST(a_ticket_that_has_outlived_its_time_is_not_offered),
    TEST(a_server_accepts_none_that_is_too_old_or_of_the_future),
    TEST(a_client_whose_clock_went_back_does_not_offer_it),
    TEST(a_peer_that_became_another_is_met_with_a_full_handshake),
    TEST(a_ticket_is_compared_with_every_kind_of_fingerprint),
    TEST(a_peer_that_nobody_expects_is_not_connected),
    TEST(another_fingerprint_that_arrives_late_ends_the_attempt),
    TEST(an_end_that_is_not_yet_trusted_gets_no_ticket),
    TEST(a_client_reports_a_ticket_once_it_is_connected),
    TEST(what_is_no_ticket_is_refused),
    TEST(a_ticket_is_for_a_client_that_has_not_begun),
    TEST(an_end_that_may_still_become_a_client_can_bring_one),
    CU_TEST_INFO_NULL,
};
