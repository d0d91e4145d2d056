/* extension_test.c - lists that must hold whole code points. */
#include "../suite.h"

#include "wire/extension.h"
#include "wire/hello.h"

static skiff_bytes view(const char *bytes, size_t len)
{
    return (skiff_bytes){ (const uint8_t *)bytes, len };
}

static void half_a_code_point_makes_a_list_malformed(void)
{
    struct u16_list list;
    struct use_srtp_data srtp;
    struct supported_versions versions;

    CU_ASSERT_FALSE(u16_list_read(&list, view("\0\3\0\x1d\0", 5)));
    CU_ASSERT_FALSE(use_srtp_data_read(&srtp, view("\0\3\0\7\0\0", 6)));
    CU_ASSERT_FALSE(supported_versions_read(&versions, view("\3\xfe\xfd\0", 4)));
}

static void an_empty_list_is_malformed(void)
{
    struct u16_list list;
    struct use_srtp_data srtp;

    CU_ASSERT_FALSE(u16_list_read(&list, view("\0\0", 2)));
    CU_ASSERT_FALSE(use_srtp_data_read(&srtp, view("\0\0\0", 3)));
}

static void an_mki_that_overruns_its_extension_is_malformed(void)
{
    struct use_srtp_data srtp;

    CU_ASSERT_TRUE(use_srtp_data_read(&srtp, view("\0\2\0\7\2ab", 7)));
    CU_ASSERT_FALSE(use_srtp_data_read(&srtp, view("\0\2\0\7\3ab", 7)));
    CU_ASSERT_FALSE(use_srtp_data_read(&srtp, view("\0\2\0\7\1ab", 7)));
}

static void a_list_holds_what_is_in_it_and_nothing_across_its_entries(void)
{
    skiff_bytes list = view("\0\x1d\x17\0", 4);

    CU_ASSERT_TRUE(u16_holds(list, 0x001d));
    CU_ASSERT_TRUE(u16_holds(list, 0x1700));
    CU_ASSERT_FALSE(u16_holds(list, 0x1d17));
    CU_ASSERT_EQUAL(u16_at(list, 1), 0x1700);
}

/* A short hello whose session id or cookie claims more than there is (CVE-2022-35409). */
static void a_hello_with_an_overlong_session_id_or_cookie_is_malformed(void)
{
    uint8_t hello[2 + 32 + 1 + 33] = { 0xfe, 0xfd };
    struct client_hello m;

    hello[34] = 33;
    CU_ASSERT_FALSE(client_hello_read(&m, (skiff_bytes){ hello, sizeof hello }));
    hello[34] = 0;
    hello[35] = 255;
    CU_ASSERT_FALSE(client_hello_read(&m, (skiff_bytes){ hello, sizeof hello }));
}

CU_TestInfo extension_tests[] = {
    TEST(half_a_code_point_makes_a_list_malformed),
    TEST(an_empty_list_is_malformed),
    TEST(an_mki_that_overruns_its_extension_is_malformed),
    TEST(a_list_holds_what_is_in_it_and_nothing_across_its_entries),
    TEST(a_hello_with_an_overlong_session_id_or_cookie_is_malformed),
    CU_TEST_INFO_NULL,
};
