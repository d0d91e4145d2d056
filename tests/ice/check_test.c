/* check_test.c - checks of the pair in use, and what answers to them are believed. */
#include "suite.h"

#include "ice/asked.h"
#include "ice/check.h"
#include "ice/port/stun.h"

#include <stun/usages/ice.h>

static const char password[] = "a-password-of-the-peer-1234";

struct desk {
    struct check      *check;
    uint8_t            bytes[CHECK_LIMIT], reply[CHECK_LIMIT];
    skiff_packet       request;
    StunAgent          peer;
    struct check_sent  sent;
};

static void desk_open(struct desk *desk, bool controlling)
{
    static const uint16_t known[] = {
        STUN_ATTRIBUTE_USERNAME, STUN_ATTRIBUTE_MESSAGE_INTEGRITY, STUN_ATTRIBUTE_PRIORITY,
        STUN_ATTRIBUTE_USE_CANDIDATE, 0
    };

    memset(desk, 0, sizeof *desk);
    desk->check = skf_check_new(&(struct check_names){
        .ours = "ours", .theirs = "theirs", .password = password, .priority = 7,
        .controlling = controlling });
    desk->request = (skiff_packet){ .data = desk->bytes, .limit = CHECK_LIMIT };
    stun_agent_init(&desk->peer, known, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS
                        | STUN_AGENT_USAGE_USE_FINGERPRINT);
    CU_ASSERT_TRUE_FATAL(skf_check_write(desk->check, 1000, 3, &desk->request));
}

static void desk_close(struct desk *desk)
{
    skf_check_free(desk->check);
}

static bool give_password(StunAgent *agent, StunMessage *message, uint8_t *username,
                          uint16_t username_len, uint8_t **key, size_t *key_len, void *user)
{
    (void)agent, (void)message, (void)username, (void)username_len;
    *key = user;
    *key_len = strlen(user);
    return true;
}

static void read_request(struct desk *desk, StunMessage *request)
{
    CU_ASSERT_EQUAL_FATAL(stun_agent_validate(&desk->peer, request, desk->bytes,
                                              desk->request.len, give_password,
                                              (void *)(uintptr_t)password),
                          STUN_VALIDATION_SUCCESS);
}

/* An answer, signed with `key`; error 0 is none. */
static skiff_bytes answer(struct desk *desk, int error, const char *key)
{
    StunMessage request, message;
    struct sockaddr_in from = { .sin_family = AF_INET, .sin_port = 5 };

    read_request(desk, &request);
    if (error != 0) {
        stun_agent_init_error(&desk->peer, &message, desk->reply, sizeof desk->reply,
                              &request, (StunError)error);
    } else {
        stun_agent_init_response(&desk->peer, &message, desk->reply, sizeof desk->reply,
                                 &request);
        stun_message_append_xor_addr(&message, STUN_ATTRIBUTE_XOR_MAPPED_ADDRESS,
                                     (struct sockaddr_storage *)&from, sizeof from);
    }
    message.key = NULL;
    size_t len = stun_agent_finish_message(&desk->peer, &message, (const uint8_t *)key,
                                           strlen(key));
    return (skiff_bytes){ desk->reply, len };
}

static void a_check_says_who_asks_and_in_which_role(void)
{
    for (int controlling = 0; controlling <= 1; controlling++) {
        struct desk desk;
        struct stun_claim claim;
        desk_open(&desk, controlling != 0);
        skiff_bytes datagram = { desk.bytes, desk.request.len };
        CU_ASSERT_TRUE(skf_stun_read(datagram, &claim));
        CU_ASSERT_NSTRING_EQUAL(claim.ours.ptr, "theirs", claim.ours.len);
        CU_ASSERT_NSTRING_EQUAL(claim.theirs.ptr, "ours", claim.theirs.len);
        StunMessage request;
        read_request(&desk, &request);
        CU_ASSERT_EQUAL(stun_usage_ice_conncheck_priority(&request), 7);
        CU_ASSERT_EQUAL(stun_usage_ice_conncheck_use_candidate(&request), controlling != 0);
        CU_ASSERT_EQUAL(stun_message_has_attribute(&request,
                                                   STUN_ATTRIBUTE_ICE_CONTROLLING),
                        controlling != 0);
        desk_close(&desk);
    }
}

static void a_good_answer_counts_once(void)
{
    struct desk desk;

    desk_open(&desk, true);
    skiff_bytes good = answer(&desk, 0, password);
    CU_ASSERT_EQUAL(skf_check_read(desk.check, good, &desk.sent), CHECK_GOOD);
    CU_ASSERT_EQUAL(desk.sent.at, 1000);
    CU_ASSERT_EQUAL(desk.sent.target, 3);
    CU_ASSERT_EQUAL(skf_check_read(desk.check, good, &desk.sent), CHECK_NOTHING);
    CU_ASSERT_FALSE(skf_check_waits(desk.check));
    desk_close(&desk);
}

/* Nothing that the peer has not signed extends consent, or ends it. */
static void what_is_not_signed_says_nothing_and_takes_nothing_away(void)
{
    static const int errors[] = { 0, 300, 400, 401, 403, 438, 487, 500 };
    struct desk desk;

    desk_open(&desk, true);
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        skiff_bytes forged = answer(&desk, errors[i], "a-password-of-somebody-else");
        CU_ASSERT_EQUAL(skf_check_read(desk.check, forged, &desk.sent), CHECK_NOTHING);
    }
    CU_ASSERT_EQUAL(skf_check_read(desk.check, answer(&desk, 0, password), &desk.sent),
                    CHECK_GOOD);
    desk_close(&desk);
}

static void each_bit_of_an_answer_is_signed(void)
{
    struct desk desk;

    desk_open(&desk, true);
    skiff_bytes good = answer(&desk, 0, password);
    for (size_t i = 0; i < good.len * 8; i++) {
        desk.reply[i / 8] ^= (uint8_t)(1 << i % 8);
        CU_ASSERT_EQUAL(skf_check_read(desk.check, good, &desk.sent), CHECK_NOTHING);
        desk.reply[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    for (size_t len = 0; len < good.len; len++)
        CU_ASSERT_EQUAL(skf_check_read(desk.check, (skiff_bytes){ good.ptr, len },
                                       &desk.sent), CHECK_NOTHING);
    CU_ASSERT_EQUAL(skf_check_read(desk.check, good, &desk.sent), CHECK_GOOD);
    desk_close(&desk);
}

static void a_conflict_of_roles_changes_the_next_check(void)
{
    struct desk desk;
    StunMessage request;

    desk_open(&desk, true);
    CU_ASSERT_EQUAL(skf_check_read(desk.check, answer(&desk, 487, password), &desk.sent),
                    CHECK_CONFLICT);
    CU_ASSERT_TRUE(skf_check_write(desk.check, 2000, 3, &desk.request));
    read_request(&desk, &request);
    CU_ASSERT_TRUE(stun_message_has_attribute(&request, STUN_ATTRIBUTE_ICE_CONTROLLED));
    CU_ASSERT_FALSE(stun_usage_ice_conncheck_use_candidate(&request));
    desk_close(&desk);
}

static void a_peer_may_take_its_consent_back(void)
{
    struct desk desk;

    desk_open(&desk, true);
    CU_ASSERT_EQUAL(skf_check_read(desk.check, answer(&desk, 403, password), &desk.sent),
                    CHECK_FORBIDDEN);
    desk_close(&desk);
}

static void only_the_newest_checks_are_remembered(void)
{
    struct desk desk;

    desk_open(&desk, true);
    skiff_bytes first = answer(&desk, 0, password);
    uint8_t kept[CHECK_LIMIT];
    memcpy(kept, first.ptr, first.len);
    for (unsigned i = 0; i < 3 * CHECKS; i++)
        CU_ASSERT_TRUE(skf_check_write(desk.check, 2000 + i, 3, &desk.request));
    CU_ASSERT_EQUAL(skf_check_read(desk.check, (skiff_bytes){ kept, first.len },
                                   &desk.sent), CHECK_NOTHING);
    CU_ASSERT_EQUAL(skf_check_read(desk.check, answer(&desk, 0, password), &desk.sent),
                    CHECK_GOOD);
    skf_check_forget(desk.check, 3000);
    CU_ASSERT_FALSE(skf_check_waits(desk.check));
    desk_close(&desk);
}

/* What a lite agent has of its peer's consent. */
static void a_check_that_is_signed_for_us_counts_once(void)
{
    struct asked *asked = skf_asked_new("theirs", password);
    struct asked *other = skf_asked_new("others", password);
    struct asked *foreign = skf_asked_new("theirs", "a-password-of-somebody-else");
    struct desk desk;

    desk_open(&desk, true);
    skiff_bytes datagram = { desk.bytes, desk.request.len };
    CU_ASSERT_FALSE(skf_asked_read(other, datagram));
    CU_ASSERT_FALSE(skf_asked_read(foreign, datagram));
    for (size_t i = 0; i < datagram.len * 8; i++) {
        desk.bytes[i / 8] ^= (uint8_t)(1 << i % 8);
        CU_ASSERT_FALSE(skf_asked_read(asked, datagram));
        desk.bytes[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    CU_ASSERT_TRUE(skf_asked_read(asked, datagram));
    CU_ASSERT_FALSE(skf_asked_read(asked, datagram));
    CU_ASSERT_TRUE(skf_check_write(desk.check, 2000, 3, &desk.request));
    CU_ASSERT_TRUE(skf_asked_read(asked, datagram));
    desk_close(&desk);
    skf_asked_free(asked);
    skf_asked_free(other);
    skf_asked_free(foreign);
}

CU_TestInfo check_tests[] = {
    TEST(a_check_says_who_asks_and_in_which_role),
    TEST(a_good_answer_counts_once),
    TEST(what_is_not_signed_says_nothing_and_takes_nothing_away),
    TEST(each_bit_of_an_answer_is_signed),
    TEST(a_conflict_of_roles_changes_the_next_check),
    TEST(a_peer_may_take_its_consent_back),
    TEST(only_the_newest_checks_are_remembered),
    TEST(a_check_that_is_signed_for_us_counts_once),
    CU_TEST_INFO_NULL,
};
