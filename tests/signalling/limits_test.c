/* limits_test.c - what one address may ask for, what all may, and who is forgotten. */
#include "samples/sfu/limits.h"
#include "samples/sfu/token.h"
#include "suite.h"

#define SECOND SKIFF_MSEC(1000)

static void address_of(unsigned number, uint8_t address[16])
{
    memset(address, 0, 16);
    address[10] = address[11] = 0xFF;
    address[13] = (uint8_t)(number >> 16);
    address[14] = (uint8_t)(number >> 8);
    address[15] = (uint8_t)number;
}

static void a_quiet_address_may_send_a_run_of_requests(void)
{
    struct limits *limits = limits_new(&(struct limits_config){ 0 });
    struct problem problem;
    uint8_t address[16];

    address_of(1, address);
    for (unsigned i = 0; i < LIMITS_POSTS_AT_ONCE; i++)
        CU_ASSERT_TRUE(limits_admit(limits, address, SECOND, &problem));
    CU_ASSERT_FALSE(limits_admit(limits, address, SECOND, &problem));
    CU_ASSERT_EQUAL(problem.status, 429);
    limits_free(limits);
}

static void the_rate_of_an_address_is_given_back_by_time(void)
{
    struct limits *limits = limits_new(&(struct limits_config){ .posts_each = 1000 });
    struct problem problem;
    uint8_t address[16];
    unsigned admitted = 0;

    address_of(1, address);
    for (unsigned i = 0; i < 5000; i++)
        admitted += limits_admit(limits, address, SECOND, &problem);
    CU_ASSERT_EQUAL(admitted, 1000);
    CU_ASSERT_FALSE(limits_admit(limits, address, SECOND + 999, &problem));
    CU_ASSERT_TRUE(limits_admit(limits, address, SECOND + 1000, &problem));
    CU_ASSERT_FALSE(limits_admit(limits, address, SECOND + 1001, &problem));
    limits_free(limits);
}

static void sessions_of_one_address_have_a_limit_and_are_given_back(void)
{
    struct limits *limits = limits_new(&(struct limits_config){ .sessions_each = 2 });
    struct problem problem;
    uint8_t address[16], other[16];

    address_of(1, address);
    address_of(2, other);
    limits_begin(limits, address, SECOND);
    limits_begin(limits, address, SECOND);
    CU_ASSERT_FALSE(limits_admit(limits, address, SECOND, &problem));
    CU_ASSERT_EQUAL(problem.status, 429);
    CU_ASSERT_TRUE(limits_admit(limits, other, SECOND, &problem));
    limits_end(limits, address);
    CU_ASSERT_TRUE(limits_admit(limits, address, SECOND, &problem));
    limits_free(limits);
}

static void sessions_of_all_have_a_limit(void)
{
    struct limits *limits = limits_new(&(struct limits_config){ .sessions = 3 });
    struct problem problem;
    uint8_t address[16];

    for (unsigned i = 0; i < 3; i++) {
        address_of(i, address);
        limits_begin(limits, address, SECOND);
    }
    address_of(9, address);
    CU_ASSERT_FALSE(limits_admit(limits, address, SECOND, &problem));
    CU_ASSERT_EQUAL(problem.status, 503);
    limits_free(limits);
}

static void requests_of_all_have_a_limit(void)
{
    struct limits *limits = limits_new(&(struct limits_config){ 0 });
    struct problem problem = { 0 };
    uint8_t address[16];
    unsigned admitted = 0;

    for (unsigned i = 0; i < 2 * LIMITS_POSTS_ALL; i++) {
        address_of(i, address);
        admitted += limits_admit(limits, address, 10 * SECOND, &problem);
    }
    CU_ASSERT_EQUAL(admitted, LIMITS_POSTS_ALL);
    CU_ASSERT_EQUAL(problem.status, 503);
    limits_free(limits);
}

static void the_addresses_of_a_64_are_one(void)
{
    struct limits *limits = limits_new(&(struct limits_config){ .sessions_each = 1 });
    struct problem problem;
    uint8_t address[16] = { 0x20, 0x01, 0x0D, 0xB8, [15] = 1 };

    limits_begin(limits, address, SECOND);
    address[15] = 2;
    CU_ASSERT_FALSE(limits_admit(limits, address, SECOND, &problem));
    address[7] = 1;
    CU_ASSERT_TRUE(limits_admit(limits, address, SECOND, &problem));
    limits_free(limits);
}

static void a_table_that_is_full_forgets_who_has_no_session(void)
{
    struct limits *limits = limits_new(&(struct limits_config){
        .posts_each = 1000, .sessions_each = 1, .sessions = 2 * LIMITS_SOURCES });
    struct problem problem;
    uint8_t first[16], address[16];

    address_of(0, first);
    limits_begin(limits, first, SECOND);
    for (unsigned i = 1; i < 2 * LIMITS_SOURCES; i++) {
        address_of(i, address);
        CU_ASSERT_TRUE(limits_admit(limits, address, SECOND + i, &problem));
    }
    CU_ASSERT_FALSE(limits_admit(limits, first, SECOND, &problem));
    CU_ASSERT_EQUAL(problem.status, 429);
    limits_free(limits);
}

static void a_token_matches_as_a_whole(void)
{
    CU_ASSERT_TRUE(token_matches("Bearer abc", "abc"));
    CU_ASSERT_TRUE(token_matches("bearer abc", "abc"));
    CU_ASSERT_FALSE(token_matches("Bearer abcd", "abc"));
    CU_ASSERT_FALSE(token_matches("Bearer ab", "abc"));
    CU_ASSERT_FALSE(token_matches("Bearer ABC", "abc"));
    CU_ASSERT_FALSE(token_matches("Basic abc", "abc"));
    CU_ASSERT_FALSE(token_matches("abc", "abc"));
    CU_ASSERT_FALSE(token_matches("", "abc"));
}

CU_TestInfo limits_tests[] = {
    TEST(a_quiet_address_may_send_a_run_of_requests),
    TEST(the_rate_of_an_address_is_given_back_by_time),
    TEST(sessions_of_one_address_have_a_limit_and_are_given_back),
    TEST(sessions_of_all_have_a_limit),
    TEST(requests_of_all_have_a_limit),
    TEST(the_addresses_of_a_64_are_one),
    TEST(a_table_that_is_full_forgets_who_has_no_session),
    TEST(a_token_matches_as_a_whole),
    CU_TEST_INFO_NULL,
};
