/* stun_test.c - which datagrams are checks, and what is answered; written and read by
 * libnice's STUN library. */
#include "suite.h"

#include "ice/stun/stun.h"

#include <stun/usages/ice.h>

#include <arpa/inet.h>
#include <stdlib.h>

enum { SPACE = 2048, HEADER = 20, CONTROLLED = 0x8029, CONTROLLING = 0x802a };

static const char password[] = "a password of many letters";

/* A message that is written by hand, and signed like any other. */
struct written {
    StunAgent agent;
    StunMessage message;
    uint8_t bytes[SPACE];
    size_t len;
};

static void begin(struct written *w)
{
    memset(w, 0, sizeof *w);
    stun_agent_init(&w->agent, STUN_ALL_KNOWN_ATTRIBUTES, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS
                        | STUN_AGENT_USAGE_USE_FINGERPRINT);
    stun_agent_init_request(&w->agent, &w->message, w->bytes, SPACE, STUN_BINDING);
}

static void username(struct written *w, const char *username, size_t len)
{
    stun_message_append_bytes(&w->message, STUN_ATTRIBUTE_USERNAME, username, len);
}

static void sign(struct written *w)
{
    w->len = stun_agent_finish_message(&w->agent, &w->message, (const uint8_t *)password,
                                       strlen(password));
}

static void write_check(struct written *w, bool nominating)
{
    begin(w);
    if (nominating)
        stun_message_append_flag(&w->message, STUN_ATTRIBUTE_USE_CANDIDATE);
    stun_message_append32(&w->message, STUN_ATTRIBUTE_PRIORITY, 1);
    stun_message_append64(&w->message, (StunAttribute)CONTROLLING, 7);
    username(w, "ours:theirs", 11);
    sign(w);
}

/* In a block of its own with nothing behind it, so that sanitizers see. */
static bool passes(const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len + (len == 0));
    struct stun_check parsed;

    CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
    memcpy(copy, bytes, len);
    bool read = skf_stun_read((skiff_bytes){ copy, len }, &parsed);
    free(copy);
    return read;
}

static enum stun_verdict respond(struct written *w, const char *peer_password,
                                 uint8_t *reply, size_t *len)
{
    struct sockaddr_in four = { .sin_family = AF_INET,
                                .sin_port = htons(4000),
                                .sin_addr = { htonl(0xc0000201) } };
    enum stun_verdict verdict = STUN_WRONG_INTEGRITY;
    struct stun_check parsed;
    union address source;
    skiff_packet packet;
    struct stun stun;
    uint8_t *copy = malloc(w->len);

    CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
    memcpy(copy, w->bytes, w->len);
    CU_ASSERT_TRUE_FATAL(skf_stun_new(&stun));
    CU_ASSERT_TRUE(skf_address_from_sockaddr(&four, &source));
    CU_ASSERT_EQUAL(skiff_packet_wrap(reply, 0, SPACE, &packet), SKIFF_OK);
    if (skf_stun_read((skiff_bytes){ copy, w->len }, &parsed))
        verdict = skf_stun_respond(&stun, &parsed, peer_password, &source, &packet);
    *len = packet.len;
    skf_stun_free(&stun);
    free(copy);
    return verdict;
}

static bool find_password(StunAgent *agent, StunMessage *message, uint8_t *username,
                          uint16_t username_len, uint8_t **key, size_t *key_len, void *user)
{
    (void)agent, (void)message, (void)username, (void)username_len, (void)user;
    *key = (uint8_t *)(uintptr_t)password;
    *key_len = strlen(password);
    return true;
}

/* The library of the client finds the reply good, and of the class that is meant. */
static void is_signed_reply(struct written *w, uint8_t *reply, size_t len, StunClass class)
{
    StunMessage message;

    CU_ASSERT_EQUAL_FATAL(
        stun_agent_validate(&w->agent, &message, reply, len, find_password, NULL),
        STUN_VALIDATION_SUCCESS);
    CU_ASSERT_EQUAL(stun_message_get_class(&message), class);
}

static int error_of(const uint8_t *reply, size_t len)
{
    static StunAgent agent;
    StunMessage message = { .agent = &agent,
                            .buffer = (uint8_t *)(uintptr_t)reply,
                            .buffer_len = len };
    int code = 0;

    (void)stun_message_find_error(&message, &code);
    return code;
}

/* --- what passes ---------------------------------------------------------------------- */

static void a_check_states_both_ufrags_and_its_transaction(void)
{
    struct written w;
    struct stun_check parsed;

    write_check(&w, false);
    CU_ASSERT_TRUE_FATAL(skf_stun_read((skiff_bytes){ w.bytes, w.len }, &parsed));
    CU_ASSERT_EQUAL(parsed.ours.len, 4);
    CU_ASSERT_NSTRING_EQUAL(parsed.ours.ptr, "ours", 4);
    CU_ASSERT_EQUAL(parsed.theirs.len, 6);
    CU_ASSERT_NSTRING_EQUAL(parsed.theirs.ptr, "theirs", 6);
    CU_ASSERT_PTR_EQUAL(parsed.id, w.bytes + 8);
}

static void only_binding_requests_pass(void)
{
    static const uint16_t others[] = { 0x0000, 0x0002, 0x0003, 0x0011, 0x0101,
                                       0x0111, 0x0115, 0x0200, 0x4001, 0x8001 };
    struct written w;

    write_check(&w, false);
    CU_ASSERT_TRUE(passes(w.bytes, w.len));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        w.bytes[0] = (uint8_t)(others[i] >> 8);
        w.bytes[1] = (uint8_t)others[i];
        CU_ASSERT_FALSE(passes(w.bytes, w.len));
    }
}

static void without_the_cookie_nothing_passes(void)
{
    struct written w;

    write_check(&w, false);
    for (size_t i = 4; i < 8; i++) {
        w.bytes[i] ^= 1;
        CU_ASSERT_FALSE(passes(w.bytes, w.len));
        w.bytes[i] ^= 1;
    }
    CU_ASSERT_TRUE(passes(w.bytes, w.len));
}

static void no_part_of_a_check_passes_nor_what_is_longer(void)
{
    struct written w;

    write_check(&w, false);
    for (size_t len = 0; len < w.len; len++)
        CU_ASSERT_FALSE(passes(w.bytes, len));
    CU_ASSERT_FALSE(passes(w.bytes, w.len + 4));
    w.bytes[3] ^= 4; /* the length it says */
    CU_ASSERT_FALSE(passes(w.bytes, w.len));
}

static void nothing_follows_the_fingerprint(void)
{
    struct written w;

    write_check(&w, false);
    stun_message_append_flag(&w.message, (StunAttribute)0xc001);
    w.len = stun_message_length(&w.message);
    CU_ASSERT_FALSE(passes(w.bytes, w.len));
}

static void an_integrity_of_another_length_than_20_is_refused(void)
{
    for (size_t len = 0; len <= 40; len++) {
        struct written w;
        uint8_t value[40] = { 0 };

        begin(&w);
        username(&w, "ours:theirs", 11);
        stun_message_append_bytes(&w.message, STUN_ATTRIBUTE_MESSAGE_INTEGRITY, value, len);
        w.len = stun_agent_finish_message(&w.agent, &w.message, NULL, 0);
        CU_ASSERT_EQUAL(passes(w.bytes, w.len), len == 20);
    }
}

static void a_check_without_integrity_or_fingerprint_is_refused(void)
{
    struct written w;

    begin(&w);
    username(&w, "ours:theirs", 11);
    w.len = stun_agent_finish_message(&w.agent, &w.message, NULL, 0);
    CU_ASSERT_FALSE(passes(w.bytes, w.len));

    write_check(&w, false);
    w.len -= 8; /* of FINGERPRINT */
    w.bytes[3] = (uint8_t)(w.len - HEADER);
    CU_ASSERT_FALSE(passes(w.bytes, w.len));
}

/* RFC 8489 14: of several the first; 14.5: none that is behind the integrity. */
static void the_first_username_counts_and_when_it_is_signed(void)
{
    struct stun_check parsed;
    struct written w;

    begin(&w);
    username(&w, "ours:theirs", 11);
    username(&w, "mine:others", 11);
    sign(&w);
    CU_ASSERT_TRUE_FATAL(skf_stun_read((skiff_bytes){ w.bytes, w.len }, &parsed));
    CU_ASSERT_NSTRING_EQUAL(parsed.ours.ptr, "ours", 4);
    CU_ASSERT_NSTRING_EQUAL(parsed.theirs.ptr, "theirs", 6);

    uint8_t value[20] = { 0 };
    begin(&w);
    stun_message_append_bytes(&w.message, STUN_ATTRIBUTE_MESSAGE_INTEGRITY, value, 20);
    username(&w, "ours:theirs", 11);
    w.len = stun_agent_finish_message(&w.agent, &w.message, NULL, 0);
    CU_ASSERT_FALSE(passes(w.bytes, w.len));
}

static void a_username_has_a_colon(void)
{
    static const char *const usernames[] = { "", "ourstheirs", "o" };
    struct written w;

    for (size_t i = 0; i < sizeof usernames / sizeof *usernames; i++) {
        begin(&w);
        username(&w, usernames[i], strlen(usernames[i]));
        sign(&w);
        CU_ASSERT_FALSE(passes(w.bytes, w.len));
    }
}

static void a_username_of_513_bytes_gets_a_response_and_a_longer_one_is_refused(void)
{
    struct written w;
    char text[520];
    uint8_t reply[SPACE];
    size_t len;

    memset(text, 'n', sizeof text);
    text[4] = ':';
    begin(&w);
    username(&w, text, STUN_MAX_USERNAME);
    sign(&w);
    CU_ASSERT_TRUE(passes(w.bytes, w.len));
    CU_ASSERT_EQUAL(respond(&w, password, reply, &len), STUN_GOOD);
    is_signed_reply(&w, reply, len, STUN_RESPONSE);

    begin(&w);
    username(&w, text, STUN_MAX_USERNAME + 1);
    sign(&w);
    CU_ASSERT_FALSE(passes(w.bytes, w.len));
}

/* --- what is answered ----------------------------------------------------------------- */

static void a_good_check_gets_the_address_it_arrived_from(void)
{
    struct sockaddr_storage mapped;
    socklen_t mapped_len = sizeof mapped;
    struct written w;
    uint8_t reply[SPACE];
    size_t len;

    write_check(&w, false);
    CU_ASSERT_EQUAL(respond(&w, password, reply, &len), STUN_GOOD);
    StunMessage message;
    CU_ASSERT_EQUAL_FATAL(
        stun_agent_validate(&w.agent, &message, reply, len, find_password, NULL),
        STUN_VALIDATION_SUCCESS);
    CU_ASSERT_EQUAL(stun_usage_ice_conncheck_process(&message, &mapped, &mapped_len,
                                                     STUN_USAGE_ICE_COMPATIBILITY_RFC5245),
                    STUN_USAGE_ICE_RETURN_SUCCESS);
    struct sockaddr_in four;
    memcpy(&four, &mapped, sizeof four);
    CU_ASSERT_EQUAL(four.sin_family, AF_INET);
    CU_ASSERT_EQUAL(ntohl(four.sin_addr.s_addr), 0xc0000201);
    CU_ASSERT_EQUAL(ntohs(four.sin_port), 4000);
}

static void a_check_with_use_candidate_nominates(void)
{
    struct written w;
    uint8_t reply[SPACE];
    size_t len;

    write_check(&w, true);
    CU_ASSERT_EQUAL(respond(&w, password, reply, &len), STUN_NOMINATING);
    is_signed_reply(&w, reply, len, STUN_RESPONSE);
}

static void use_candidate_behind_the_integrity_nominates_nothing(void)
{
    struct written w;
    uint8_t reply[SPACE];
    size_t len;

    begin(&w);
    username(&w, "ours:theirs", 11);
    w.agent.usage_flags = STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS;
    sign(&w);
    stun_message_append_flag(&w.message, STUN_ATTRIBUTE_USE_CANDIDATE);
    w.agent.usage_flags |= STUN_AGENT_USAGE_USE_FINGERPRINT;
    w.message.key = NULL; /* is signed already */
    w.len = stun_agent_finish_message(&w.agent, &w.message, NULL, 0);
    CU_ASSERT_TRUE(passes(w.bytes, w.len));
    CU_ASSERT_EQUAL(respond(&w, password, reply, &len), STUN_GOOD);
}

static void a_wrong_password_has_no_reply(void)
{
    struct written w;
    uint8_t reply[SPACE];
    size_t len;

    write_check(&w, true);
    CU_ASSERT_EQUAL(respond(&w, "another password of letters", reply, &len),
                    STUN_WRONG_INTEGRITY);
    CU_ASSERT_EQUAL(len, 0);
}

static void an_empty_password_validates_nothing(void)
{
    struct written w;
    uint8_t reply[SPACE];
    size_t len;

    write_check(&w, true);
    CU_ASSERT_EQUAL(respond(&w, "", reply, &len), STUN_WRONG_INTEGRITY);
    CU_ASSERT_EQUAL(len, 0);
}

static void each_byte_of_a_check_is_protected(void)
{
    struct written w;
    uint8_t reply[SPACE];
    size_t len;

    write_check(&w, false);
    for (size_t i = 0; i < w.len; i++) {
        w.bytes[i] ^= 0x10;
        if (passes(w.bytes, w.len))
            CU_ASSERT_EQUAL(respond(&w, password, reply, &len), STUN_WRONG_INTEGRITY);
        w.bytes[i] ^= 0x10;
    }
}

/* RFC 8445 7.3.1.1, with tie-breakers on either side of ours, which is 0. */
static void an_agent_that_wants_to_be_controlled_gets_487(void)
{
    static const uint64_t ties[] = { 0, 1, UINT64_MAX };

    for (size_t i = 0; i < sizeof ties / sizeof *ties; i++) {
        struct written w;
        uint8_t reply[SPACE];
        size_t len;

        begin(&w);
        stun_message_append64(&w.message, (StunAttribute)CONTROLLED, ties[i]);
        username(&w, "ours:theirs", 11);
        sign(&w);
        CU_ASSERT_EQUAL(respond(&w, password, reply, &len), STUN_REFUSED);
        CU_ASSERT_EQUAL(error_of(reply, len), 487);
        is_signed_reply(&w, reply, len, STUN_ERROR);
    }
}

static void an_attribute_that_must_be_understood_and_is_not_gets_420(void)
{
    struct written w;
    uint8_t reply[SPACE];
    size_t len;

    begin(&w);
    stun_message_append32(&w.message, (StunAttribute)0x7001, 1);
    username(&w, "ours:theirs", 11);
    sign(&w);
    CU_ASSERT_EQUAL(respond(&w, password, reply, &len), STUN_REFUSED);
    CU_ASSERT_EQUAL(error_of(reply, len), 420);
    is_signed_reply(&w, reply, len, STUN_ERROR);
}

static void what_browsers_add_is_no_obstacle(void)
{
    static const uint16_t added[] = { 0xc057, 0xc058, 0xc059, 0xc05b, 0xc05c, 0xc060,
                                      0xc070, 0xc071, 0xc001, 0x8022, 0x8070, 0x001c };

    for (size_t i = 0; i < sizeof added / sizeof *added; i++) {
        struct written w;
        uint8_t reply[SPACE];
        size_t len;

        begin(&w);
        stun_message_append32(&w.message, (StunAttribute)added[i], 1);
        username(&w, "ours:theirs", 11);
        sign(&w);
        CU_ASSERT_EQUAL(respond(&w, password, reply, &len), STUN_GOOD);
    }
}

/* Seeded, so that what fails can be told again. */
static uint32_t next(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void damaged_checks_do_no_harm(void)
{
    for (uint32_t round = 1; round <= 5000; round++) {
        uint32_t seed = round;
        struct written w;
        uint8_t reply[SPACE];
        size_t len;

        write_check(&w, false);
        for (uint32_t i = next(&seed) % 4 + 1; i > 0; i--)
            w.bytes[HEADER + next(&seed) % (w.len - HEADER)] = (uint8_t)next(&seed);
        if (!passes(w.bytes, w.len))
            continue;
        enum stun_verdict verdict = respond(&w, password, reply, &len);
        if (verdict != STUN_WRONG_INTEGRITY && verdict != STUN_GOOD)
            printf("round %u\n", round);
        CU_ASSERT_TRUE(verdict == STUN_WRONG_INTEGRITY || verdict == STUN_GOOD);
    }
}

CU_TestInfo stun_tests[] = {
    TEST(a_check_states_both_ufrags_and_its_transaction),
    TEST(only_binding_requests_pass),
    TEST(without_the_cookie_nothing_passes),
    TEST(no_part_of_a_check_passes_nor_what_is_longer),
    TEST(nothing_follows_the_fingerprint),
    TEST(an_integrity_of_another_length_than_20_is_refused),
    TEST(a_check_without_integrity_or_fingerprint_is_refused),
    TEST(the_first_username_counts_and_when_it_is_signed),
    TEST(a_username_has_a_colon),
    TEST(a_username_of_513_bytes_gets_a_response_and_a_longer_one_is_refused),
    TEST(a_good_check_gets_the_address_it_arrived_from),
    TEST(a_check_with_use_candidate_nominates),
    TEST(use_candidate_behind_the_integrity_nominates_nothing),
    TEST(a_wrong_password_has_no_reply),
    TEST(an_empty_password_validates_nothing),
    TEST(each_byte_of_a_check_is_protected),
    TEST(an_agent_that_wants_to_be_controlled_gets_487),
    TEST(an_attribute_that_must_be_understood_and_is_not_gets_420),
    TEST(what_browsers_add_is_no_obstacle),
    TEST(damaged_checks_do_no_harm),
    CU_TEST_INFO_NULL,
};
