/* stun_message_test.c - STUN messages as bytes: the examples of RFC 5769, what is written
 * and read again, and what answers a check that another hand has written. */
#include "suite.h"

#include "../port/stun_client.h"
#include "count.h"
#include "ice/stun/stun.h"

#include <arpa/inet.h>
#include <stdlib.h>

enum { SPACE = 4096 };

static const char password[] = "VOkJxbRl1RmTxUk/WvJxBt";

/* RFC 5769 2.1: of an agent that wants to be controlled. */
static const uint8_t request[] = {
    0x00, 0x01, 0x00, 0x58, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34,
    0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x10, 0x53, 0x54, 0x55, 0x4e,
    0x20, 0x74, 0x65, 0x73, 0x74, 0x20, 0x63, 0x6c, 0x69, 0x65, 0x6e, 0x74, 0x00, 0x24,
    0x00, 0x04, 0x6e, 0x00, 0x01, 0xff, 0x80, 0x29, 0x00, 0x08, 0x93, 0x2f, 0xf9, 0xb1,
    0x51, 0x26, 0x3b, 0x36, 0x00, 0x06, 0x00, 0x09, 0x65, 0x76, 0x74, 0x6a, 0x3a, 0x68,
    0x36, 0x76, 0x59, 0x20, 0x20, 0x20, 0x00, 0x08, 0x00, 0x14, 0x9a, 0xea, 0xa7, 0x0c,
    0xbf, 0xd8, 0xcb, 0x56, 0x78, 0x1e, 0xf2, 0xb5, 0xb2, 0xd3, 0xf2, 0x49, 0xc1, 0xb5,
    0x71, 0xa2, 0x80, 0x28, 0x00, 0x04, 0xe5, 0x7a, 0x3b, 0xcf,
};

/* RFC 5769 2.2 and 2.3: the mapped addresses 192.0.2.1 and
 * 2001:db8:1234:5678:11:2233:4455:6677, both with port 32853. */
static const uint8_t mapped_four[] = { 0x00, 0x01, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43 };
static const uint8_t mapped_six[] = {
    0x00, 0x02, 0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa, 0xa5, 0xd3,
    0xf1, 0x79, 0xbc, 0x25, 0xf4, 0xb5, 0xbe, 0xd2, 0xb9, 0xd9,
};

struct response {
    enum stun_verdict verdict;
    uint8_t bytes[STUN_MAX_RESPONSE + SKIFF_TAIL];
    size_t len;
};

static void respond(skiff_bytes datagram, const char *peer_password, const char *from,
                    struct response *response)
{
    skiff_packet reply = { .data = response->bytes, .limit = STUN_MAX_RESPONSE };
    struct stun_check parsed;
    union address source;
    struct stun stun;

    CU_ASSERT_TRUE_FATAL(skf_stun_new(&stun));
    CU_ASSERT_TRUE_FATAL(skf_address_read(from, &source));
    response->verdict = STUN_WRONG_INTEGRITY;
    if (skf_stun_read(datagram, &parsed))
        response->verdict =
            skf_stun_respond(&stun, &parsed, peer_password, &source, &reply);
    response->len = reply.len;
    skf_stun_free(&stun);
}

static void respond_good(const char *from, struct response *to)
{
    uint8_t bytes[SPACE];
    struct stun_client client;

    stun_client_begin(&client, bytes);
    memcpy(bytes, request, 20); /* with the id of the examples */
    stun_client_add_text(&client, STUN_CLIENT_USERNAME, "evtj:h6vY");
    stun_client_finish(&client, password);
    respond((skiff_bytes){ bytes, client.len }, password, from, to);
    CU_ASSERT_EQUAL(to->verdict, STUN_GOOD);
    CU_ASSERT_TRUE(stun_client_finds_signed(to->bytes, to->len, password));
}

static void the_request_of_rfc_5769_is_read_and_found_signed(void)
{
    struct stun_check parsed;
    struct response refused;

    CU_ASSERT_TRUE_FATAL(skf_stun_read((skiff_bytes){ request, sizeof request }, &parsed));
    CU_ASSERT_EQUAL(parsed.ours.len, 4);
    CU_ASSERT_NSTRING_EQUAL(parsed.ours.ptr, "evtj", 4);
    CU_ASSERT_EQUAL(parsed.theirs.len, 4);
    CU_ASSERT_NSTRING_EQUAL(parsed.theirs.ptr, "h6vY", 4);
    CU_ASSERT_EQUAL(parsed.priority, 0x6e0001ff);
    CU_ASSERT_TRUE(parsed.controlled);
    respond((skiff_bytes){ request, sizeof request }, password, "192.0.2.1:32853",
            &refused);
    CU_ASSERT_EQUAL(refused.verdict, STUN_REFUSED);
    CU_ASSERT_TRUE(stun_client_finds_signed(refused.bytes, refused.len, password));
}

static void a_changed_byte_of_it_never_gets_a_response(void)
{
    uint8_t bytes[sizeof request];
    struct response to;

    for (size_t i = 0; i < sizeof request; i++) {
        memcpy(bytes, request, sizeof request);
        bytes[i] ^= 1;
        respond((skiff_bytes){ bytes, sizeof bytes }, password, "192.0.2.1:32853", &to);
        CU_ASSERT_EQUAL(to.verdict, STUN_WRONG_INTEGRITY);
        CU_ASSERT_EQUAL(to.len, 0);
    }
}

static void replies_contain_the_mapped_addresses_of_rfc_5769(void)
{
    struct response to;
    size_t at;

    respond_good("192.0.2.1:32853", &to);
    at = stun_client_find(to.bytes, to.len, STUN_CLIENT_MAPPED);
    CU_ASSERT_NOT_EQUAL_FATAL(at, 0);
    CU_ASSERT_EQUAL(memcmp(to.bytes + at, mapped_four, sizeof mapped_four), 0);
    respond_good("[2001:db8:1234:5678:11:2233:4455:6677]:32853", &to);
    at = stun_client_find(to.bytes, to.len, STUN_CLIENT_MAPPED);
    CU_ASSERT_NOT_EQUAL_FATAL(at, 0);
    CU_ASSERT_EQUAL(memcmp(to.bytes + at, mapped_six, sizeof mapped_six), 0);
}

/* RFC 8489 9.1.3; and nothing but the address and what protects it, in this order. */
static void a_reply_does_not_repeat_the_username(void)
{
    struct response to;

    respond_good("192.0.2.1:32853", &to);
    CU_ASSERT_EQUAL(to.len, 20 + 12 + 24 + 8);
    CU_ASSERT_EQUAL(stun_client_find(to.bytes, to.len, STUN_CLIENT_MAPPED), 24);
    CU_ASSERT_EQUAL(stun_client_find(to.bytes, to.len, STUN_CLIENT_INTEGRITY), 36);
    CU_ASSERT_EQUAL(stun_client_find(to.bytes, to.len, STUN_CLIENT_FINGERPRINT), 60);
}

/* RFC 2104 2: a password of more than 64 bytes is hashed first. */
static void passwords_of_any_length_sign(void)
{
    char text[257];
    uint8_t bytes[SPACE];
    struct response to;

    for (size_t len = 1; len < sizeof text; len++) {
        memset(text, 'p', len);
        text[len] = '\0';
        size_t size = stun_client_check(bytes, "ours:theirs", text, true);
        respond((skiff_bytes){ bytes, size }, text, "127.0.0.1:1", &to);
        CU_ASSERT_EQUAL(to.verdict, STUN_NOMINATING);
        CU_ASSERT_TRUE(stun_client_finds_signed(to.bytes, to.len, text));
        text[len - 1] = 'q';
        respond((skiff_bytes){ bytes, size }, text, "127.0.0.1:1", &to);
        CU_ASSERT_EQUAL(to.verdict, STUN_WRONG_INTEGRITY);
    }
}

/* RFC 8489 14.5: but for FINGERPRINT, what is behind the integrity is not looked at. */
static void what_is_behind_the_integrity_counts_for_nothing(void)
{
    uint8_t bytes[SPACE];
    struct response to;
    struct stun_client client;

    stun_client_begin(&client, bytes);
    stun_client_add_text(&client, STUN_CLIENT_USERNAME, "ours:theirs");
    stun_client_sign(&client, password);
    stun_client_add(&client, STUN_CLIENT_USE_CANDIDATE, NULL, 0);
    stun_client_add_u64(&client, STUN_CLIENT_CONTROLLED, 1);
    stun_client_add_u32(&client, 0x7fff, 1);
    stun_client_add_text(&client, STUN_CLIENT_USERNAME, "other:others");
    stun_client_sign(&client, "another password");
    stun_client_mark(&client);
    respond((skiff_bytes){ bytes, client.len }, password, "127.0.0.1:1", &to);
    CU_ASSERT_EQUAL(to.verdict, STUN_GOOD);
}

/* RFC 8489 14: of several of one type the first counts, whatever it is. */
static void of_attributes_of_one_type_the_first_counts(void)
{
    uint8_t bytes[SPACE];
    struct stun_check parsed;
    struct stun_client client;

    stun_client_begin(&client, bytes);
    stun_client_add_u32(&client, STUN_CLIENT_PRIORITY, 1);
    stun_client_add_u32(&client, STUN_CLIENT_PRIORITY, 2);
    stun_client_add_text(&client, STUN_CLIENT_USE_CANDIDATE, "long");
    stun_client_add(&client, STUN_CLIENT_USE_CANDIDATE, NULL, 0);
    stun_client_add_u32(&client, STUN_CLIENT_CONTROLLED, 1);
    stun_client_add_u64(&client, STUN_CLIENT_CONTROLLED, 1);
    stun_client_add_text(&client, STUN_CLIENT_USERNAME, "ours:theirs");
    stun_client_add_text(&client, STUN_CLIENT_USERNAME, "mine:others");
    stun_client_finish(&client, password);
    CU_ASSERT_TRUE_FATAL(skf_stun_read((skiff_bytes){ bytes, client.len }, &parsed));
    CU_ASSERT_EQUAL(parsed.priority, 1);
    CU_ASSERT_FALSE(parsed.nominates);
    CU_ASSERT_FALSE(parsed.controlled);
    CU_ASSERT_NSTRING_EQUAL(parsed.ours.ptr, "ours", 4);
}

/* RFC 8489 14.13; no more than fit are listed, and nothing is longer than its buffer. */
static void unknown_attributes_are_listed_as_many_as_fit(void)
{
    static const unsigned nums[] = { 1, 2, 3, STUN_MAX_UNKNOWN, STUN_MAX_UNKNOWN + 44 };
    uint8_t bytes[SPACE];

    for (size_t i = 0; i < sizeof nums / sizeof *nums; i++) {
        struct response to;
        struct stun_client client;

        stun_client_begin(&client, bytes);
        for (uint16_t type = 0; type < nums[i]; type++)
            stun_client_add(&client, (uint16_t)(0x7000 + type), NULL, 0);
        stun_client_add_text(&client, STUN_CLIENT_USERNAME, "ours:theirs");
        stun_client_finish(&client, password);
        respond((skiff_bytes){ bytes, client.len }, password, "127.0.0.1:1", &to);
        CU_ASSERT_EQUAL(to.verdict, STUN_REFUSED);
        CU_ASSERT_TRUE(stun_client_finds_signed(to.bytes, to.len, password));
        size_t at = stun_client_find(to.bytes, to.len, STUN_UNKNOWN);
        size_t listed = nums[i] < STUN_MAX_UNKNOWN ? nums[i] : STUN_MAX_UNKNOWN;
        CU_ASSERT_NOT_EQUAL_FATAL(at, 0);
        CU_ASSERT_EQUAL(to.bytes[at - 2] * 256u + to.bytes[at - 1], 2 * listed);
        CU_ASSERT_EQUAL(to.bytes[at], 0x70);
        CU_ASSERT_EQUAL(to.bytes[at + 1], 0);
    }
}

static void an_attribute_is_read_as_it_was_written_and_not_beyond_its_end(void)
{
    uint8_t value[9] = "12345678", bytes[32];

    for (size_t len = 0; len <= 8; len++) {
        struct stun_attribute written = { 0x1234, { value, len } }, again;
        size_t size, counted;
        CU_ASSERT_TRUE(stun_attribute_write(&written, bytes, sizeof bytes, &size));
        CU_ASSERT_TRUE(stun_attribute_size(&written, &counted));
        CU_ASSERT_EQUAL(counted, size);
        CU_ASSERT_EQUAL(size, 4 + (len + 3) / 4 * 4);
        CU_ASSERT_TRUE(stun_attribute_read(&again, (skiff_bytes){ bytes, size }));
        CU_ASSERT_EQUAL(again.type, 0x1234);
        CU_ASSERT_EQUAL(again.value.len, len);
        for (size_t cut = 0; cut < size; cut++)
            CU_ASSERT_FALSE(stun_attribute_read(&again, (skiff_bytes){ bytes, cut }));
    }
}

/* Writes, reads and writes again; and reads no part of it. */
#define IS_READ_AS_WRITTEN(name, ...)                                                      \
  do {                                                                                     \
    struct name written = { __VA_ARGS__ }, again;                                          \
    uint8_t first[64], second[64];                                                         \
    size_t size, counted, size_again;                                                      \
    CU_ASSERT_TRUE(name##_size(&written, &counted));                                       \
    CU_ASSERT_TRUE_FATAL(name##_write(&written, first, sizeof first, &size));              \
    CU_ASSERT_EQUAL(counted, size);                                                        \
    CU_ASSERT_FALSE(name##_write(&written, second, size - 1, &size_again));                \
    CU_ASSERT_TRUE_FATAL(name##_read(&again, (skiff_bytes){ first, size }));               \
    CU_ASSERT_TRUE(name##_write(&again, second, sizeof second, &size_again));              \
    CU_ASSERT_TRUE(size == size_again && memcmp(first, second, size) == 0);                \
    for (size_t cut = 0; cut < size; cut++)                                                \
      CU_ASSERT_FALSE(name##_read(&again, (skiff_bytes){ first, cut }));                   \
  } while (0)

static void every_value_is_read_as_it_was_written_and_no_part_of_it(void)
{
    IS_READ_AS_WRITTEN(stun_header, STUN_BINDING_SUCCESS, 44, { 1, 2, 3 });
    IS_READ_AS_WRITTEN(stun_mapped, STUN_IPV4, 5000, { 192, 0, 2, 1 });
    IS_READ_AS_WRITTEN(stun_mapped, STUN_IPV6, 65535, { 0x20, 1, 0xd, 0xb8, [15] = 1 });
    IS_READ_AS_WRITTEN(stun_number, 0x6e0001ff);
    IS_READ_AS_WRITTEN(stun_error, 4, 87, { NULL, 0 });
}

static void another_cookie_or_family_is_refused(void)
{
    uint8_t header[20], mapped[] = { 0, 3, 0, 1, 127, 0, 0, 1 };
    struct stun_header of_header;
    struct stun_mapped of_mapped;

    for (size_t i = 4; i < 8; i++) {
        memcpy(header, request, sizeof header);
        CU_ASSERT_TRUE(stun_header_read(&of_header, (skiff_bytes){ header, 20 }));
        header[i] ^= 0x80;
        CU_ASSERT_FALSE(stun_header_read(&of_header, (skiff_bytes){ header, 20 }));
    }
    CU_ASSERT_FALSE(stun_mapped_read(&of_mapped, (skiff_bytes){ mapped, 8 }));
    mapped[1] = 0;
    CU_ASSERT_FALSE(stun_mapped_read(&of_mapped, (skiff_bytes){ mapped, 8 }));
}

static void an_error_is_of_three_to_six_hundred(void)
{
    uint8_t bytes[] = { 0xff, 0xff, 0xfc, 87, 'r' };
    struct stun_error error;

    CU_ASSERT_TRUE(stun_error_read(&error, (skiff_bytes){ bytes, sizeof bytes }));
    CU_ASSERT_EQUAL(error.hundreds * 100 + error.rest, 487);
    CU_ASSERT_EQUAL(error.reason.len, 1);
    bytes[3] = 100;
    CU_ASSERT_FALSE(stun_error_read(&error, (skiff_bytes){ bytes, sizeof bytes }));
    bytes[3] = 0;
    bytes[2] = 2;
    CU_ASSERT_FALSE(stun_error_read(&error, (skiff_bytes){ bytes, sizeof bytes }));
    bytes[2] = 7;
    CU_ASSERT_FALSE(stun_error_read(&error, (skiff_bytes){ bytes, sizeof bytes }));
}

static void a_check_gets_a_response_without_an_allocation(void)
{
    skiff_packet reply;
    uint8_t bytes[SPACE], space[STUN_MAX_RESPONSE + SKIFF_TAIL];
    union address source;
    struct stun stun;

    size_t len = stun_client_check(bytes, "ours:theirs", password, true);
    CU_ASSERT_TRUE_FATAL(skf_stun_new(&stun));
    CU_ASSERT_TRUE_FATAL(skf_address_read("127.0.0.1:1", &source));
    reply = (skiff_packet){ .data = space, .limit = STUN_MAX_RESPONSE };
    uint64_t before = count_now().allocs;
    for (int i = 0; i < 100; i++) {
        struct stun_check parsed;
        CU_ASSERT_TRUE(skf_stun_read((skiff_bytes){ bytes, len }, &parsed));
        CU_ASSERT_EQUAL(skf_stun_respond(&stun, &parsed, password, &source, &reply),
                        STUN_NOMINATING);
    }
    CU_ASSERT_TRUE(HMAC_ALLOCATES || count_now().allocs == before);
    skf_stun_free(&stun);
}

/* It has none for FIPS where there is no such provider. */
static void where_libcrypto_has_no_hmac_nothing_is_made(void)
{
    struct stun stun;

    bool wanted = stun_client_wants_fips(true);
    bool made = skf_stun_new(&stun);
    (void)stun_client_wants_fips(wanted);
    CU_ASSERT_TRUE(made || HMAC_ALLOCATES);
    skf_stun_free(&stun);
}

CU_TestInfo stun_message_tests[] = {
    TEST(the_request_of_rfc_5769_is_read_and_found_signed),
    TEST(a_changed_byte_of_it_never_gets_a_response),
    TEST(replies_contain_the_mapped_addresses_of_rfc_5769),
    TEST(a_reply_does_not_repeat_the_username),
    TEST(passwords_of_any_length_sign),
    TEST(what_is_behind_the_integrity_counts_for_nothing),
    TEST(of_attributes_of_one_type_the_first_counts),
    TEST(unknown_attributes_are_listed_as_many_as_fit),
    TEST(an_attribute_is_read_as_it_was_written_and_not_beyond_its_end),
    TEST(every_value_is_read_as_it_was_written_and_no_part_of_it),
    TEST(another_cookie_or_family_is_refused),
    TEST(an_error_is_of_three_to_six_hundred),
    TEST(a_check_gets_a_response_without_an_allocation),
    TEST(where_libcrypto_has_no_hmac_nothing_is_made),
    CU_TEST_INFO_NULL,
};
