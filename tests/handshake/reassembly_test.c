/* reassembly_test.c - cutting fragments off a record's payload. */
#include "../suite.h"

#include "handshake/reassembly.h"

static bool reads(uint32_t length, uint32_t offset, uint32_t fragment, size_t payload)
{
    uint8_t bytes[64] = { 0 };
    struct handshake_header header = { .msg_type = 1,
                                       .length = length,
                                       .fragment_offset = offset,
                                       .fragment_length = fragment };
    struct fragment f;
    size_t size;
    skiff_bytes left = { bytes, payload };

    return handshake_header_write(&header, bytes, sizeof bytes, &size)
        && skf_fragment_read(&left, &f) && f.bytes == bytes + HANDSHAKE_HEADER
        && left.len == payload - HANDSHAKE_HEADER - fragment;
}

static void a_fragment_lies_within_its_message_and_its_record(void)
{
    CU_ASSERT_TRUE(reads(20, 0, 20, 32));
    CU_ASSERT_TRUE(reads(20, 10, 10, 22));
    CU_ASSERT_TRUE(reads(20, 20, 0, 12));
    CU_ASSERT_FALSE(reads(20, 0, 20, 31));
    CU_ASSERT_FALSE(reads(20, 21, 0, 12));
}

/* CVE-2014-0195: a fragment that ends behind its message. */
static void a_fragment_that_ends_behind_its_message_is_none(void)
{
    CU_ASSERT_FALSE(reads(20, 0, 21, 40));
    CU_ASSERT_FALSE(reads(20, 11, 10, 40));
    CU_ASSERT_FALSE(reads(0, 0xffffff, 0, 40));
    CU_ASSERT_FALSE(reads(20, 0xfffff0, 20, 40));
}

/* CVE-2026-33845: payloads of every length below a header. */
static void a_payload_shorter_than_a_header_is_no_fragment(void)
{
    for (size_t len = 0; len < HANDSHAKE_HEADER; len++)
        CU_ASSERT_FALSE(reads(0, 0, 0, len));
    CU_ASSERT_TRUE(reads(0, 0, 0, HANDSHAKE_HEADER));
}

static void several_messages_lie_in_one_record(void)
{
    uint8_t bytes[2 * HANDSHAKE_HEADER] = { 14 };
    skiff_bytes left = { bytes, sizeof bytes };
    struct fragment f;

    bytes[HANDSHAKE_HEADER] = 20;
    CU_ASSERT_TRUE(skf_fragment_read(&left, &f));
    CU_ASSERT_EQUAL(f.header.msg_type, 14);
    CU_ASSERT_TRUE(skf_fragment_read(&left, &f));
    CU_ASSERT_EQUAL(f.header.msg_type, 20);
    CU_ASSERT_FALSE(skf_fragment_read(&left, &f));
}

CU_TestInfo reassembly_tests[] = {
    TEST(a_fragment_lies_within_its_message_and_its_record),
    TEST(a_fragment_that_ends_behind_its_message_is_none),
    TEST(a_payload_shorter_than_a_header_is_no_fragment),
    TEST(several_messages_lie_in_one_record),
    CU_TEST_INFO_NULL,
};
