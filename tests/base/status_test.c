/* status_test.c - every status has a name and a sentence, and so has every other number. */
#include "../suite.h"

#include <skiff/base.h>
#include <skiff/keys.h>

#define COUNT(name, value, text) +1
enum { STATUSES = 0 SKIFF_STATUS_LIST(COUNT) };

static void every_status_has_its_name_and_its_sentence(void)
{
#define CHECK(name, value, text)                                                           \
  CU_ASSERT_STRING_EQUAL(skiff_status_name(SKIFF_##name), "SKIFF_" #name);                 \
  CU_ASSERT_STRING_EQUAL(skiff_status_text(SKIFF_##name), text);
    SKIFF_STATUS_LIST(CHECK)
#undef CHECK
}

static void what_is_no_status_has_some_name_too(void)
{
    for (int number = -40; number < 40; number++) {
        CU_ASSERT_PTR_NOT_NULL(skiff_status_name((skiff_status)number));
        CU_ASSERT_PTR_NOT_NULL(skiff_status_text((skiff_status)number));
    }
}

static void success_is_zero_and_errors_are_below(void)
{
    int below = 0;

#define CHECK(name, value, text) below += (value) < 0;
    SKIFF_STATUS_LIST(CHECK)
#undef CHECK
    CU_ASSERT_EQUAL(SKIFF_OK, 0);
    CU_ASSERT_EQUAL(below, STATUSES - 1);
}

static void keys_are_wiped_whole(void)
{
    static const skiff_srtp_keys zeros;
    skiff_srtp_keys keys;

    memset(&keys, 0xa5, sizeof keys);
    skiff_srtp_keys_wipe(&keys);
    CU_ASSERT_EQUAL(memcmp(&keys, &zeros, sizeof keys), 0);
}

static void the_library_is_as_old_as_its_headers(void)
{
    CU_ASSERT_EQUAL(skiff_version(), SKIFF_VERSION);
}

CU_TestInfo status_tests[] = {
    TEST(every_status_has_its_name_and_its_sentence),
    TEST(what_is_no_status_has_some_name_too),
    TEST(success_is_zero_and_errors_are_below),
    TEST(keys_are_wiped_whole),
    TEST(the_library_is_as_old_as_its_headers),
    CU_TEST_INFO_NULL,
};
