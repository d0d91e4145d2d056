/* name_test.c - names say whose they are, and no two are alike. */
#include "suite.h"

#include "ice/port/name.h"

static skiff_bytes bytes_of(const char *text)
{
    return (skiff_bytes){ (const uint8_t *)text, strlen(text) };
}

static void a_name_says_thread_and_place(void)
{
    static const uint32_t places[] = { 0, 1, 63, 64, 4095, 199999, NAME_PLACES - 1 };

    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct name name;
        unsigned thread;
        uint32_t place;

        CU_ASSERT_TRUE_FATAL(skf_name_make(&name, (unsigned)i * 10, places[i]));
        CU_ASSERT_TRUE(skf_name_read(bytes_of(name.ufrag), &thread, &place));
        CU_ASSERT_EQUAL(thread, i * 10);
        CU_ASSERT_EQUAL(place, places[i]);
        CU_ASSERT_TRUE(name_is(&name, bytes_of(name.ufrag)));
    }
}

/* RFC 8839 5.4: of 4 and 22 letters at least, ice-char all of them */
static void names_and_passwords_are_made_of_ice_chars(void)
{
    struct name name;
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    CU_ASSERT_TRUE_FATAL(skf_name_make(&name, 0, 0));
    CU_ASSERT_EQUAL(strlen(name.ufrag), NAME_LETTERS);
    CU_ASSERT_EQUAL(strlen(name.pwd), PASSWORD_LETTERS);
    CU_ASSERT_EQUAL(strspn(name.ufrag, allowed), NAME_LETTERS);
    CU_ASSERT_EQUAL(strspn(name.pwd, allowed), PASSWORD_LETTERS);
}

static void the_next_name_of_a_place_is_another(void)
{
    struct name one, next;

    CU_ASSERT_TRUE_FATAL(skf_name_make(&one, 3, 77));
    CU_ASSERT_TRUE_FATAL(skf_name_make(&next, 3, 77));
    CU_ASSERT_FALSE(name_is(&one, bytes_of(next.ufrag)));
    CU_ASSERT_STRING_NOT_EQUAL(one.pwd, next.pwd);
}

static void names_that_nobody_makes_are_refused(void)
{
    static const char *const names[] = { "", "A", "AAAAAAAAAAAA", "AAAAAAAAAAAAAA",
                                         "-AAAAAAAAAAAA", "AAA:AAAAAAAAA" };
    unsigned thread;
    uint32_t place;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        CU_ASSERT_FALSE(skf_name_read(bytes_of(names[i]), &thread, &place));
    CU_ASSERT_FALSE(skf_name_read((skiff_bytes){ (const uint8_t *)"A\0AAAAAAAAAAA", 13 },
                                  &thread, &place));
}

CU_TestInfo name_tests[] = {
    TEST(a_name_says_thread_and_place),
    TEST(names_and_passwords_are_made_of_ice_chars),
    TEST(the_next_name_of_a_place_is_another),
    TEST(names_that_nobody_makes_are_refused),
    CU_TEST_INFO_NULL,
};
