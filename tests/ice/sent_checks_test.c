/* sent_checks_test.c - checks of the pair in use, and what answers to them are believed. */
#include "suite.h"

#include "ice/agent/received_checks.h"
#include "ice/agent/sent_checks.h"
#include "ice/stun/stun.h"

#include <stun/usages/ice.h>

static const char password[] = "a-password-of-the-peer-1234";

struct fixture {
    struct check *check;
    uint8_t bytes[CHECK_LIMIT], reply[CHECK_LIMIT];
    skiff_packet request;
    StunAgent peer;
    struct check_sent sent;
};

static void fixture_open(struct fixture *fixture, bool controlling)
{
    static const uint16_t known[] = { STUN_ATTRIBUTE_USERNAME,
                                      STUN_ATTRIBUTE_MESSAGE_INTEGRITY,
                                      STUN_ATTRIBUTE_PRIORITY, STUN_ATTRIBUTE_USE_CANDIDATE,
                                      0 };

    memset(fixture, 0, sizeof *fixture);
    fixture->check =
        skf_check_new(&(struct check_credentials){ .ours = "ours",
                                                   .theirs = "theirs",
                                                   .password = password,
                                                   .priority = 7,
                                                   .controlling = controlling });
    fixture->request = (skiff_packet){ .data = fixture->bytes, .limit = CHECK_LIMIT };
    stun_agent_init(&fixture->peer, known, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS
                        | STUN_AGENT_USAGE_USE_FINGERPRINT);
    CU_ASSERT_TRUE_FATAL(skf_check_write(fixture->check, 1000, 3, &fixture->request));
}

static void fixture_close(struct fixture *fixture)
{
    skf_check_free(fixture->check);
}

static bool find_password(StunAgent *agent, StunMessage *message, uint8_t *username,
                          uint16_t username_len, uint8_t **key, size_t *key_len, void *user)
{
    (void)agent, (void)message, (void)username, (void)username_len;
    *key = user;
    *key_len = strlen(user);
    return true;
}

static void read_request(struct fixture *fixture, StunMessage *request)
{
    CU_ASSERT_EQUAL_FATAL(stun_agent_validate(&fixture->peer, request, fixture->bytes,
                                              fixture->request.len, find_password,
                                              (void *)(uintptr_t)password),
                          STUN_VALIDATION_SUCCESS);
}

/* An answer, signed with `key`; error 0 is none. */
static skiff_bytes respond(struct fixture *fixture, int error, const char *key)
{
    StunMessage request, message;
    struct sockaddr_in from = { .sin_family = AF_INET, .sin_port = 5 };

    read_request(fixture, &request);
    if (error != 0) {
        stun_agent_init_error(&fixture->peer, &message, fixture->reply,
                              sizeof fixture->reply, &request, (StunError)error);
    } else {
        stun_agent_init_response(&fixture->peer, &message, fixture->reply,
                                 sizeof fixture->reply, &request);
        stun_message_append_xor_addr(&message, STUN_ATTRIBUTE_XOR_MAPPED_ADDRESS,
                                     (struct sockaddr_storage *)&from, sizeof from);
    }
    message.key = NULL;
    size_t len = stun_agent_finish_message(&fixture->peer, &message, (const uint8_t *)key,
                                           strlen(key));
    return (skiff_bytes){ fixture->reply, len };
}

static void a_check_states_its_sender_and_its_role(void)
{
    for (int controlling = 0; controlling <= 1; controlling++) {
        struct fixture fixture;
        struct stun_check parsed;
        fixture_open(&fixture, controlling != 0);
        skiff_bytes datagram = { fixture.bytes, fixture.request.len };
        CU_ASSERT_TRUE(skf_stun_read(datagram, &parsed));
        CU_ASSERT_NSTRING_EQUAL(parsed.ours.ptr, "theirs", parsed.ours.len);
        CU_ASSERT_NSTRING_EQUAL(parsed.theirs.ptr, "ours", parsed.theirs.len);
        StunMessage request;
        read_request(&fixture, &request);
        CU_ASSERT_EQUAL(stun_usage_ice_conncheck_priority(&request), 7);
        CU_ASSERT_EQUAL(stun_usage_ice_conncheck_use_candidate(&request), controlling != 0);
        CU_ASSERT_EQUAL(
            stun_message_has_attribute(&request, STUN_ATTRIBUTE_ICE_CONTROLLING),
            controlling != 0);
        fixture_close(&fixture);
    }
}

static void a_good_response_counts_once(void)
{
    struct fixture fixture;

    fixture_open(&fixture, true);
    skiff_bytes good = respond(&fixture, 0, password);
    CU_ASSERT_EQUAL(skf_check_read(fixture.check, good, &fixture.sent), CHECK_GOOD);
    CU_ASSERT_EQUAL(fixture.sent.at, 1000);
    CU_ASSERT_EQUAL(fixture.sent.target, 3);
    CU_ASSERT_EQUAL(skf_check_read(fixture.check, good, &fixture.sent), CHECK_NOTHING);
    CU_ASSERT_FALSE(skf_check_is_pending(fixture.check));
    fixture_close(&fixture);
}

/* Nothing that the peer has not signed extends consent, or ends it. */
static void an_unsigned_response_counts_for_nothing(void)
{
    static const int errors[] = { 0, 300, 400, 401, 403, 438, 487, 500 };
    struct fixture fixture;

    fixture_open(&fixture, true);
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        skiff_bytes forged = respond(&fixture, errors[i], "a-password-of-somebody-else");
        CU_ASSERT_EQUAL(skf_check_read(fixture.check, forged, &fixture.sent),
                        CHECK_NOTHING);
    }
    CU_ASSERT_EQUAL(
        skf_check_read(fixture.check, respond(&fixture, 0, password), &fixture.sent),
        CHECK_GOOD);
    fixture_close(&fixture);
}

static void each_bit_of_a_response_is_signed(void)
{
    struct fixture fixture;

    fixture_open(&fixture, true);
    skiff_bytes good = respond(&fixture, 0, password);
    for (size_t i = 0; i < good.len * 8; i++) {
        fixture.reply[i / 8] ^= (uint8_t)(1 << i % 8);
        CU_ASSERT_EQUAL(skf_check_read(fixture.check, good, &fixture.sent), CHECK_NOTHING);
        fixture.reply[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    for (size_t len = 0; len < good.len; len++)
        CU_ASSERT_EQUAL(
            skf_check_read(fixture.check, (skiff_bytes){ good.ptr, len }, &fixture.sent),
            CHECK_NOTHING);
    CU_ASSERT_EQUAL(skf_check_read(fixture.check, good, &fixture.sent), CHECK_GOOD);
    fixture_close(&fixture);
}

static void a_conflict_of_roles_changes_the_next_check(void)
{
    struct fixture fixture;
    StunMessage request;

    fixture_open(&fixture, true);
    CU_ASSERT_EQUAL(
        skf_check_read(fixture.check, respond(&fixture, 487, password), &fixture.sent),
        CHECK_CONFLICT);
    CU_ASSERT_TRUE(skf_check_write(fixture.check, 2000, 3, &fixture.request));
    read_request(&fixture, &request);
    CU_ASSERT_TRUE(stun_message_has_attribute(&request, STUN_ATTRIBUTE_ICE_CONTROLLED));
    CU_ASSERT_FALSE(stun_usage_ice_conncheck_use_candidate(&request));
    fixture_close(&fixture);
}

static void a_peer_may_revoke_its_consent(void)
{
    struct fixture fixture;

    fixture_open(&fixture, true);
    CU_ASSERT_EQUAL(
        skf_check_read(fixture.check, respond(&fixture, 403, password), &fixture.sent),
        CHECK_FORBIDDEN);
    fixture_close(&fixture);
}

static void only_the_newest_checks_are_remembered(void)
{
    struct fixture fixture;

    fixture_open(&fixture, true);
    skiff_bytes first = respond(&fixture, 0, password);
    uint8_t kept[CHECK_LIMIT];
    memcpy(kept, first.ptr, first.len);
    for (unsigned i = 0; i < 3 * CHECKS; i++)
        CU_ASSERT_TRUE(skf_check_write(fixture.check, 2000 + i, 3, &fixture.request));
    CU_ASSERT_EQUAL(
        skf_check_read(fixture.check, (skiff_bytes){ kept, first.len }, &fixture.sent),
        CHECK_NOTHING);
    CU_ASSERT_EQUAL(
        skf_check_read(fixture.check, respond(&fixture, 0, password), &fixture.sent),
        CHECK_GOOD);
    skf_check_forget(fixture.check, 3000);
    CU_ASSERT_FALSE(skf_check_is_pending(fixture.check));
    fixture_close(&fixture);
}

/* What a lite agent has of its peer's consent. */
static void a_check_that_is_signed_for_us_counts_once(void)
{
    struct received_checks *checks = skf_received_checks_new("theirs", password);
    struct received_checks *other = skf_received_checks_new("others", password);
    struct received_checks *foreign =
        skf_received_checks_new("theirs", "a-password-of-somebody-else");
    struct fixture fixture;

    fixture_open(&fixture, true);
    skiff_bytes datagram = { fixture.bytes, fixture.request.len };
    CU_ASSERT_FALSE(skf_received_checks_read(other, datagram));
    CU_ASSERT_FALSE(skf_received_checks_read(foreign, datagram));
    for (size_t i = 0; i < datagram.len * 8; i++) {
        fixture.bytes[i / 8] ^= (uint8_t)(1 << i % 8);
        CU_ASSERT_FALSE(skf_received_checks_read(checks, datagram));
        fixture.bytes[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    CU_ASSERT_TRUE(skf_received_checks_read(checks, datagram));
    CU_ASSERT_FALSE(skf_received_checks_read(checks, datagram));
    CU_ASSERT_TRUE(skf_check_write(fixture.check, 2000, 3, &fixture.request));
    CU_ASSERT_TRUE(skf_received_checks_read(checks, datagram));
    fixture_close(&fixture);
    skf_received_checks_free(checks);
    skf_received_checks_free(other);
    skf_received_checks_free(foreign);
}

CU_TestInfo sent_checks_tests[] = {
    TEST(a_check_states_its_sender_and_its_role),
    TEST(a_good_response_counts_once),
    TEST(an_unsigned_response_counts_for_nothing),
    TEST(each_bit_of_a_response_is_signed),
    TEST(a_conflict_of_roles_changes_the_next_check),
    TEST(a_peer_may_revoke_its_consent),
    TEST(only_the_newest_checks_are_remembered),
    TEST(a_check_that_is_signed_for_us_counts_once),
    CU_TEST_INFO_NULL,
};
