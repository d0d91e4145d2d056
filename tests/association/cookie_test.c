/* cookie_test.c - cookies bound to what was said and to the time. */
#include "../suite.h"

#include "association/cookie.h"

static const skiff_bytes parts[] = { { (const uint8_t *)"address", 7 },
                                     { (const uint8_t *)"hello", 5 } };
static const skiff_bytes others[] = { { (const uint8_t *)"address", 7 },
                                      { (const uint8_t *)"hellp", 5 } };

enum { MINUTE = 60000 };

static skiff_time at(unsigned minutes)
{
    return SKIFF_MSEC(1000000) + SKIFF_MSEC(MINUTE) * minutes;
}

static skiff_bytes made(struct cookies *cookies, skiff_time now, uint8_t cookie[COOKIE])
{
    CU_ASSERT_TRUE(skf_cookie_make(cookies, now, parts, 2, cookie));
    return (skiff_bytes){ cookie, COOKIE };
}

static void a_cookie_is_good_for_what_it_was_made_for(void)
{
    struct cookies cookies = { 0 };
    uint8_t bytes[COOKIE];
    skiff_bytes cookie = made(&cookies, at(0), bytes);

    CU_ASSERT_TRUE(skf_cookie_is_good(&cookies, at(0), parts, 2, cookie));
    CU_ASSERT_FALSE(skf_cookie_is_good(&cookies, at(0), others, 2, cookie));
    CU_ASSERT_FALSE(skf_cookie_is_good(&cookies, at(0), parts, 1, cookie));
}

static void a_cookie_of_another_length_or_bit_is_none(void)
{
    struct cookies cookies = { 0 };
    uint8_t bytes[COOKIE];
    skiff_bytes cookie = made(&cookies, at(0), bytes);

    for (size_t len = 0; len < COOKIE; len++)
        CU_ASSERT_FALSE(
            skf_cookie_is_good(&cookies, at(0), parts, 2, (skiff_bytes){ bytes, len }));
    for (size_t bit = 0; bit < 8 * COOKIE; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        CU_ASSERT_FALSE(skf_cookie_is_good(&cookies, at(0), parts, 2, cookie));
        bytes[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
    CU_ASSERT_TRUE(skf_cookie_is_good(&cookies, at(0), parts, 2, cookie));
}

static void a_cookie_outlives_the_change_of_one_secret_but_not_of_two(void)
{
    struct cookies cookies = { 0 };
    uint8_t bytes[COOKIE], newer[COOKIE];
    skiff_bytes cookie = made(&cookies, at(0), bytes);

    CU_ASSERT_TRUE(skf_cookie_is_good(&cookies, at(1), parts, 2, cookie));
    (void)made(&cookies, at(1), newer);
    CU_ASSERT_NOT_EQUAL(memcmp(bytes, newer, COOKIE), 0);
    CU_ASSERT_FALSE(skf_cookie_is_good(&cookies, at(2), parts, 2, cookie));
}

static void after_a_long_silence_nothing_old_is_good(void)
{
    struct cookies cookies = { 0 };
    uint8_t bytes[COOKIE];
    skiff_bytes cookie = made(&cookies, at(0), bytes);

    CU_ASSERT_FALSE(skf_cookie_is_good(&cookies, at(60), parts, 2, cookie));
}

static void a_clock_that_goes_back_changes_no_secret(void)
{
    struct cookies cookies = { 0 };
    uint8_t bytes[COOKIE];
    skiff_bytes cookie = made(&cookies, at(5), bytes);

    CU_ASSERT_TRUE(skf_cookie_is_good(&cookies, at(4), parts, 2, cookie));
    CU_ASSERT_TRUE(skf_cookie_is_good(&cookies, at(5), parts, 2, cookie));
}

static void nobody_knows_a_secret_before_it_is_made(void)
{
    struct cookies one = { 0 }, other = { 0 };
    uint8_t a[COOKIE], b[COOKIE];

    (void)made(&one, at(0), a);
    (void)made(&other, at(0), b);
    CU_ASSERT_NOT_EQUAL(memcmp(a, b, COOKIE), 0);
}

CU_TestInfo cookie_tests[] = {
    TEST(a_cookie_is_good_for_what_it_was_made_for),
    TEST(a_cookie_of_another_length_or_bit_is_none),
    TEST(a_cookie_outlives_the_change_of_one_secret_but_not_of_two),
    TEST(after_a_long_silence_nothing_old_is_good),
    TEST(a_clock_that_goes_back_changes_no_secret),
    TEST(nobody_knows_a_secret_before_it_is_made),
    CU_TEST_INFO_NULL,
};
