/* names_test.c - texts of a config that are good, and some that are not. */
#include "../suite.h"

#include "handshake/names.h"

enum { LIST = 3 };

static bool are_good(const struct names *names)
{
    return skf_names_check(names) == SKIFF_OK;
}

static bool protocols_are_good(const char *first, const char *second, const char *third)
{
    const char *const list[LIST] = { first, second, third };
    struct names names = { .alpn = list, .num_alpn = LIST };

    return are_good(&names);
}

/* RFC 7301 section 3.1: opaque ProtocolName<1..2^8-1>. */
static void protocols_are_texts_of_1_to_255_bytes_without_repetition(void)
{
    char text[257];

    memset(text, 'p', sizeof text);
    text[256] = '\0';
    CU_ASSERT_TRUE(protocols_are_good("webrtc", "c-webrtc", "\xff"));
    CU_ASSERT_FALSE(protocols_are_good("webrtc", "c-webrtc", ""));
    CU_ASSERT_FALSE(protocols_are_good("webrtc", NULL, "c-webrtc"));
    CU_ASSERT_FALSE(protocols_are_good("webrtc", "c-webrtc", "webrtc"));
    CU_ASSERT_FALSE(
        are_good(&(struct names){ .alpn = (const char *[]){ text }, .num_alpn = 1 }));
    text[255] = '\0';
    CU_ASSERT_TRUE(
        are_good(&(struct names){ .alpn = (const char *[]){ text }, .num_alpn = 1 }));
}

static void protocols_need_256_bytes_together_at_most(void)
{
    char text[253];

    memset(text, 'p', sizeof text);
    text[252] = '\0';
    CU_ASSERT_FALSE(protocols_are_good(text, "a", "b")); /* 253 + 2 + 2 */
    text[251] = '\0';
    CU_ASSERT_TRUE(protocols_are_good(text, "a", "b"));
}

static void a_list_that_is_not_there_is_good_only_when_it_is_empty(void)
{
    CU_ASSERT_TRUE(are_good(&(struct names){ .num_alpn = 0 }));
    CU_ASSERT_FALSE(are_good(&(struct names){ .num_alpn = 1 }));
}

/* --- host names ----------------------------------------------------------------------- */

static bool is_name(const char *text)
{
    return skf_is_host_name((skiff_bytes){ (const uint8_t *)text, strlen(text) });
}

static void host_names_are_of_letters_digits_and_hyphens(void)
{
    static const char *const good[] = {
        "a",  "localhost", "media.example.org", "A-1.b--2.C3", "xn--bcher-kva.example",
        "1a", "3.b",       "1.2.3.4a"
    };
    static const char *const bad[] = { "",
                                       ".",
                                       "a.",
                                       ".a",
                                       "a..b",
                                       "-a",
                                       "a-",
                                       "a.-b",
                                       "a-.b",
                                       "a_b",
                                       "a b",
                                       "b\xc3\xbc"
                                       "cher",
                                       "a:1",
                                       "*.a" };

    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        CU_ASSERT_TRUE(is_name(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CU_ASSERT_FALSE(is_name(bad[i]));
}

/* RFC 6066 section 3. */
static void addresses_are_no_host_names(void)
{
    static const char *const bad[] = { "192.0.2.1", "1",     "127.1",      "a.1",
                                       "::1",       "[::1]", "2001:db8::1" };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CU_ASSERT_FALSE(is_name(bad[i]));
}

/* RFC 1035 section 2.3.4. */
static void labels_have_63_bytes_at_most_and_names_253(void)
{
    char text[255];

    memset(text, 'n', sizeof text);
    text[64] = '\0';
    CU_ASSERT_FALSE(is_name(text));
    CU_ASSERT_TRUE(is_name(text + 1));
    text[64] = 'n';
    for (size_t i = 60; i < 253; i += 60)
        text[i] = '.';
    text[254] = '\0';
    CU_ASSERT_FALSE(is_name(text));
    text[253] = '\0';
    CU_ASSERT_TRUE(is_name(text));
}

CU_TestInfo names_tests[] = {
    TEST(protocols_are_texts_of_1_to_255_bytes_without_repetition),
    TEST(protocols_need_256_bytes_together_at_most),
    TEST(a_list_that_is_not_there_is_good_only_when_it_is_empty),
    TEST(host_names_are_of_letters_digits_and_hyphens),
    TEST(addresses_are_no_host_names),
    TEST(labels_have_63_bytes_at_most_and_names_253),
    CU_TEST_INFO_NULL,
};
