/* demux_test.c - the protocol that the first byte of a datagram shows. */
#include "suite.h"

#include <skiff/demux.h>

/* RFC 7983 section 7, written out once more. */
static skiff_protocol expected(int first)
{
    static const struct {
        int from, to;
        skiff_protocol protocol;
    } figure[] = {
        { 0, 3, SKIFF_PROTOCOL_STUN },      { 16, 19, SKIFF_PROTOCOL_ZRTP },
        { 20, 63, SKIFF_PROTOCOL_DTLS },    { 64, 79, SKIFF_PROTOCOL_TURN },
        { 128, 191, SKIFF_PROTOCOL_MEDIA },
    };

    for (size_t i = 0; i < sizeof figure / sizeof figure[0]; i++)
        if (first >= figure[i].from && first <= figure[i].to)
            return figure[i].protocol;
    return SKIFF_PROTOCOL_NONE;
}

static void every_first_byte_is_what_the_figure_states(void)
{
    for (int first = 0; first < 256; first++)
        CU_ASSERT_EQUAL(skiff_protocol_of((uint8_t)first), expected(first));
}

static void every_second_byte_from_192_to_223_is_rtcp(void)
{
    for (int second = 0; second < 256; second++)
        CU_ASSERT_EQUAL(skiff_is_rtcp((uint8_t)second), second >= 192 && second <= 223);
}

static void every_bound_is_the_last_of_its_range(void)
{
    static const struct {
        int first, last;
    } ranges[] = {
#define X(name, first, last) { SKIFF_DEMUX_##name##_FIRST, SKIFF_DEMUX_##name##_LAST },
        SKIFF_DEMUX_LIST(X)
#undef X
    };

    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        skiff_protocol inside = expected(ranges[i].first);
        CU_ASSERT_NOT_EQUAL(inside, SKIFF_PROTOCOL_NONE);
        CU_ASSERT_EQUAL(expected(ranges[i].last), inside);
        CU_ASSERT_NOT_EQUAL(expected(ranges[i].first - 1), inside);
        CU_ASSERT_NOT_EQUAL(expected(ranges[i].last + 1), inside);
    }
}

CU_TestInfo demux_tests[] = {
    TEST(every_first_byte_is_what_the_figure_states),
    TEST(every_second_byte_from_192_to_223_is_rtcp),
    TEST(every_bound_is_the_last_of_its_range),
    CU_TEST_INFO_NULL,
};
