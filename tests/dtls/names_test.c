/* names_test.c - texts of a config that are good, and some that are not. */
#include "../suite.h"

#include "dtls/names.h"

enum { LIST = 3 };

static bool protocols_are_good(const char *first, const char *second, const char *third)
{
    const char *const list[LIST] = { first, second, third };
    struct names names = { .alpn = list, .num_alpn = LIST };

    return names_are_good(&names);
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
    CU_ASSERT_FALSE(names_are_good(&(struct names){ .alpn = (const char *[]){ text },
                                                    .num_alpn = 1 }));
    text[255] = '\0';
    CU_ASSERT_TRUE(names_are_good(&(struct names){ .alpn = (const char *[]){ text },
                                                   .num_alpn = 1 }));
}

static void protocols_take_256_bytes_together_at_most(void)
{
    char text[253];

    memset(text, 'p', sizeof text);
    text[252] = '\0';
    CU_ASSERT_FALSE(protocols_are_good(text, "a", "b"));         /* 253 + 2 + 2 */
    text[251] = '\0';
    CU_ASSERT_TRUE(protocols_are_good(text, "a", "b"));
}

static void a_list_that_is_not_there_is_good_only_when_it_is_empty(void)
{
    CU_ASSERT_TRUE(names_are_good(&(struct names){ .num_alpn = 0 }));
    CU_ASSERT_FALSE(names_are_good(&(struct names){ .num_alpn = 1 }));
}

CU_TestInfo names_tests[] = {
    TEST(protocols_are_texts_of_1_to_255_bytes_without_repetition),
    TEST(protocols_take_256_bytes_together_at_most),
    TEST(a_list_that_is_not_there_is_good_only_when_it_is_empty),
    CU_TEST_INFO_NULL,
};
