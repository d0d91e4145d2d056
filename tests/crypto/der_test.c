/* der_test.c - elements of DER, well formed and not. */
#include "crypto/der.h"

#include "../suite.h"
#include "material.h"

static struct der reader(const struct material *material)
{
    return (struct der){ VIEW(*material), false };
}

static bool is_sequence(const char *digits)
{
    struct material material = material_hex(digits);
    struct der der = reader(&material);

    skf_der_read(&der, DER_SEQUENCE);
    return skf_der_ended(&der);
}

static void a_length_states_how_much_there_is(void)
{
    CU_ASSERT_TRUE(is_sequence("3000"));
    CU_ASSERT_TRUE(is_sequence("3002 0500"));
    CU_ASSERT_FALSE(is_sequence("3002 05"));
    CU_ASSERT_FALSE(is_sequence("3002 0500 00"));
    CU_ASSERT_FALSE(is_sequence("30"));
    CU_ASSERT_FALSE(is_sequence(""));
}

/* X.690 10.1 */
static void a_length_longer_than_it_need_be_is_refused(void)
{
    CU_ASSERT_FALSE(is_sequence("3081 02 0500"));
    CU_ASSERT_FALSE(is_sequence("3082 0002 0500"));
    CU_ASSERT_FALSE(is_sequence("3080 0500 0000"));
    CU_ASSERT_FALSE(is_sequence("30ff"));
    CU_ASSERT_FALSE(is_sequence("3081"));
    CU_ASSERT_FALSE(is_sequence("3084 00000002 0500"));
    CU_ASSERT_FALSE(is_sequence("3084 7fffffff 0500"));
    CU_ASSERT_FALSE(is_sequence("3088 ffffffffffffffff 0500"));
}

static void long_lengths_begin_at_128(void)
{
    uint8_t bytes[3 + 0x80] = { DER_SEQUENCE, 0x81, 0x80 };
    struct der der = { { bytes, sizeof bytes }, false };

    CU_ASSERT_EQUAL(skf_der_read(&der, DER_SEQUENCE).len, 0x80);
    CU_ASSERT_TRUE(skf_der_ended(&der));
}

static bool is_positive(const char *digits, size_t len)
{
    struct material material = material_hex(digits);
    struct der der = reader(&material);

    return skf_der_read_positive(&der).len == len && skf_der_ended(&der);
}

/* X.690 8.3 */
static void positive_integers_have_one_form(void)
{
    CU_ASSERT_TRUE(is_positive("0203 010001", 3));
    CU_ASSERT_TRUE(is_positive("0202 0080", 1));
    CU_ASSERT_FALSE(is_positive("0201 00", 1));
    CU_ASSERT_FALSE(is_positive("0202 0001", 1));
    CU_ASSERT_FALSE(is_positive("0201 80", 1));
    CU_ASSERT_FALSE(is_positive("0200", 0));
}

static bool has_octets(const char *digits)
{
    struct material material = material_hex(digits);
    struct der der = reader(&material);

    skf_der_read_octets(&der);
    return skf_der_ended(&der);
}

static void bit_strings_of_odd_bits_are_refused(void)
{
    CU_ASSERT_TRUE(has_octets("0302 0004"));
    CU_ASSERT_TRUE(has_octets("0301 00"));
    CU_ASSERT_FALSE(has_octets("0302 0304"));
    CU_ASSERT_FALSE(has_octets("0300"));
}

static void after_a_failure_everything_fails(void)
{
    struct material material = material_hex("0500 0201 05");
    struct der der = reader(&material);

    CU_ASSERT_EQUAL(skf_der_read(&der, DER_INTEGER).len, 0);
    CU_ASSERT_EQUAL(skf_der_read(&der, DER_NULL).len, 0);
    CU_ASSERT_TRUE(skf_der_enter(&der, DER_SEQUENCE).failed);
    CU_ASSERT_FALSE(skf_der_ended(&der));
}

static void what_is_optional_is_skipped_only_when_it_is_there(void)
{
    struct material material = material_hex("a003 020102 0201 05");
    struct der der = reader(&material);

    skf_der_skip_optional(&der, 0xa1);
    skf_der_skip_optional(&der, 0xa0);
    skf_der_skip_optional(&der, 0xa0);
    CU_ASSERT_TRUE(skf_der_next_is(&der, DER_INTEGER));
    CU_ASSERT_EQUAL(skf_der_read(&der, DER_INTEGER).len, 1);
    CU_ASSERT_TRUE(skf_der_ended(&der));
}

CU_TestInfo der_tests[] = {
    TEST(a_length_states_how_much_there_is),
    TEST(a_length_longer_than_it_need_be_is_refused),
    TEST(long_lengths_begin_at_128),
    TEST(positive_integers_have_one_form),
    TEST(bit_strings_of_odd_bits_are_refused),
    TEST(after_a_failure_everything_fails),
    TEST(what_is_optional_is_skipped_only_when_it_is_there),
    CU_TEST_INFO_NULL,
};
