/* credentials_test.c - names say whose they are, and no two are alike. */
#include "suite.h"

#include "ice/port/credentials.h"

static skiff_bytes bytes_of(const char *text)
{
    return (skiff_bytes){ (const uint8_t *)text, strlen(text) };
}

static void a_ufrag_states_thread_and_slot(void)
{
    static const uint32_t places[] = { 0, 1, 63, 64, 4095, 199999, UFRAG_SLOTS - 1 };

    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct credentials credentials;
        unsigned thread;
        uint32_t place;

        CU_ASSERT_TRUE_FATAL(
            skf_credentials_make(&credentials, (unsigned)i * 10, places[i]));
        CU_ASSERT_TRUE(skf_ufrag_decode(bytes_of(credentials.ufrag), &thread, &place));
        CU_ASSERT_EQUAL(thread, i * 10);
        CU_ASSERT_EQUAL(place, places[i]);
        CU_ASSERT_TRUE(has_ufrag_text(&credentials, bytes_of(credentials.ufrag)));
    }
}

/* RFC 8839 5.4: of 4 and 22 characters at least, ice-char all of them */
static void ufrags_and_passwords_are_made_of_ice_chars(void)
{
    struct credentials credentials;
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    CU_ASSERT_TRUE_FATAL(skf_credentials_make(&credentials, 0, 0));
    CU_ASSERT_EQUAL(strlen(credentials.ufrag), UFRAG_LENGTH);
    CU_ASSERT_EQUAL(strlen(credentials.pwd), PASSWORD_LENGTH);
    CU_ASSERT_EQUAL(strspn(credentials.ufrag, allowed), UFRAG_LENGTH);
    CU_ASSERT_EQUAL(strspn(credentials.pwd, allowed), PASSWORD_LENGTH);
}

static void the_next_ufrag_of_a_slot_is_another(void)
{
    struct credentials one, next;

    CU_ASSERT_TRUE_FATAL(skf_credentials_make(&one, 3, 77));
    CU_ASSERT_TRUE_FATAL(skf_credentials_make(&next, 3, 77));
    CU_ASSERT_FALSE(has_ufrag_text(&one, bytes_of(next.ufrag)));
    CU_ASSERT_STRING_NOT_EQUAL(one.pwd, next.pwd);
}

static void ufrags_that_nobody_makes_are_refused(void)
{
    static const char *const names[] = {
        "", "A", "AAAAAAAAAAAA", "AAAAAAAAAAAAAA", "-AAAAAAAAAAAA", "AAA:AAAAAAAAA"
    };
    unsigned thread;
    uint32_t place;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        CU_ASSERT_FALSE(skf_ufrag_decode(bytes_of(names[i]), &thread, &place));
    CU_ASSERT_FALSE(skf_ufrag_decode((skiff_bytes){ (const uint8_t *)"A\0AAAAAAAAAAA", 13 },
                                     &thread, &place));
}

CU_TestInfo credentials_tests[] = {
    TEST(a_ufrag_states_thread_and_slot),
    TEST(ufrags_and_passwords_are_made_of_ice_chars),
    TEST(the_next_ufrag_of_a_slot_is_another),
    TEST(ufrags_that_nobody_makes_are_refused),
    CU_TEST_INFO_NULL,
};
