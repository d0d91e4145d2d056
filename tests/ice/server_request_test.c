/* server_request_test.c - requests to servers, and answers of which no byte can be trusted.
 */
#include "suite.h"

#include "ice/agent/server_request.h"

#include <stdlib.h>
#include <string.h>

enum { LONGEST = 256 };

static const struct request_credentials credentials = { "user", "password" };

/* An answer to a request, attribute by attribute. */
struct draft {
    uint8_t bytes[LONGEST];
    size_t len;
};

static void begin(struct draft *draft, const uint8_t *request, uint16_t type)
{
    memset(draft, 0, sizeof *draft);
    memcpy(draft->bytes, request, 20);
    draft->bytes[0] = (uint8_t)(type >> 8);
    draft->bytes[1] = (uint8_t)type;
    draft->len = 20;
    draft->bytes[2] = draft->bytes[3] = 0;
}

static void add(struct draft *draft, uint8_t type, const char *value, size_t len)
{
    uint8_t *at = draft->bytes + draft->len;

    at[1] = type;
    at[3] = (uint8_t)len;
    memcpy(at + 4, value, len);
    draft->len += 4 + (len + 3) / 4 * 4;
    draft->bytes[3] = (uint8_t)(draft->len - 20);
}

/* From a block of its own, so that a read behind the end is one of no memory. */
static bool reads(const uint8_t *request, const uint8_t *bytes, size_t len,
                  struct request_response *response, struct request_challenge *challenge)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);
    bool read;

    memcpy(copy, bytes, len);
    read =
        skf_request_read_response(request, (skiff_bytes){ copy, len }, response, challenge);
    free(copy);
    return read;
}

static void challenge_to(struct draft *draft, const uint8_t *request)
{
    begin(draft, request, 0x0113);
    add(draft, 0x09, "\0\0\4\1", 4); /* 401 */
    add(draft, 0x14, "realm", 5);
    add(draft, 0x15, "nonce", 5);
}

static void a_challenge_is_read_and_responded_to(void)
{
    struct request_challenge challenge;
    uint8_t request[REQUEST_SIZE], with_credentials[REQUEST_SIZE];
    struct request_response response;
    struct draft draft;

    memset(&challenge, 0, sizeof challenge);
    size_t len = skf_request_write(REQUEST_ALLOCATE, &credentials, &challenge, request);
    challenge_to(&draft, request);
    CU_ASSERT_TRUE(reads(request, draft.bytes, draft.len, &response, &challenge));
    CU_ASSERT_FALSE(response.good);
    CU_ASSERT_EQUAL(response.code, 401);
    CU_ASSERT_TRUE(response.is_challenge);
    CU_ASSERT_EQUAL(challenge.realm.len, 5);
    CU_ASSERT_EQUAL(memcmp(challenge.nonce.bytes, "nonce", 5), 0);
    CU_ASSERT_TRUE(
        skf_request_write(REQUEST_ALLOCATE, &credentials, &challenge, with_credentials)
        > len + 4 + 4 + 20);
    CU_ASSERT_NOT_EQUAL(memcmp(request + 8, with_credentials + 8, 12), 0);
}

static void a_response_to_something_else_is_none(void)
{
    struct request_challenge challenge;
    uint8_t request[REQUEST_SIZE];
    struct request_response response;
    struct draft draft;

    memset(&challenge, 0, sizeof challenge);
    CU_ASSERT_TRUE(skf_request_write(REQUEST_BINDING, &credentials, &challenge, request)
                   >= 20);
    begin(&draft, request, 0x0101);
    CU_ASSERT_TRUE(reads(request, draft.bytes, draft.len, &response, &challenge));
    CU_ASSERT_TRUE(response.good);
    for (unsigned i = 4; i < 20; i++) { /* the cookie and the transaction id */
        draft.bytes[i] ^= 1;
        CU_ASSERT_FALSE(reads(request, draft.bytes, draft.len, &response, &challenge));
        draft.bytes[i] ^= 1;
    }
    begin(&draft, request, 0x0103); /* of an Allocate */
    CU_ASSERT_FALSE(reads(request, draft.bytes, draft.len, &response, &challenge));
    begin(&draft, request, 0x0001); /* the request itself */
    CU_ASSERT_FALSE(reads(request, draft.bytes, draft.len, &response, &challenge));
    begin(&draft, request, 0x0111); /* an error of no code */
    CU_ASSERT_FALSE(reads(request, draft.bytes, draft.len, &response, &challenge));
}

static void no_length_in_a_response_is_trusted(void)
{
    struct request_challenge challenge;
    uint8_t request[REQUEST_SIZE];
    struct request_response response;
    struct draft draft;

    memset(&challenge, 0, sizeof challenge);
    CU_ASSERT_TRUE(skf_request_write(REQUEST_ALLOCATE, &credentials, &challenge, request)
                   >= 20);
    for (size_t at = 0; at < 64; at++)
        for (unsigned value = 0; value < 256; value++) {
            challenge_to(&draft, request);
            if (at >= draft.len)
                return;
            draft.bytes[at] = (uint8_t)value;
            (void)reads(request, draft.bytes, draft.len, &response, &challenge);
            (void)reads(request, draft.bytes, at, &response, &challenge);
            CU_ASSERT_TRUE(challenge.nonce.len <= REQUEST_MAX_VALUE);
        }
}

static void a_user_that_is_too_long_makes_no_request(void)
{
    static char longest[REQUEST_SIZE + 1];
    struct request_challenge challenge = { { "realm", 5 }, { "nonce", 5 } };
    uint8_t request[REQUEST_SIZE];

    memset(longest, 'u', sizeof longest - 1);
    CU_ASSERT_EQUAL(skf_request_write(REQUEST_ALLOCATE,
                                      &(struct request_credentials){ longest, "p" },
                                      &challenge, request),
                    0);
}

CU_TestInfo server_request_tests[] = {
    TEST(a_challenge_is_read_and_responded_to),
    TEST(a_response_to_something_else_is_none),
    TEST(no_length_in_a_response_is_trusted),
    TEST(a_user_that_is_too_long_makes_no_request),
    CU_TEST_INFO_NULL,
};
