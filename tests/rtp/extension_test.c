/* extension_test.c - header extensions in both forms of RFC 8285, and their mapping. */
#include "../suite.h"

#include "dice.h"
#include "samples/rtp/extension.h"

enum { MAX = 512 };

/* A packet with this extension, three bytes of payload and two of padding. */
static size_t packet_with(uint8_t *packet, uint16_t profile, const uint8_t *elements,
                          size_t len)
{
    static const uint8_t behind[] = { 'a', 'b', 'c', 0, 2 };
    size_t words = (len + 3) / 4;

    memset(packet, 0, MAX);
    packet[0] = 0xb1; /* P, X, one CSRC */
    packet[1] = 0xe0;
    bytes_put16(packet + 2, 77);
    bytes_put32(packet + RTP_HEADER, 0xc5c5c5c5);
    bytes_put16(packet + 16, profile);
    bytes_put16(packet + 18, (uint16_t)words);
    memcpy(packet + 20, elements, len);
    memcpy(packet + 20 + 4 * words, behind, sizeof behind);
    return 20 + 4 * words + sizeof behind;
}

/* "id=value id=value", the values in hex. */
static const char *elements_of(const uint8_t *packet, size_t len)
{
    static char text[2048];
    struct rtp rtp;
    struct extension element;
    char *end = text;

    if (!rtp_read(&rtp, packet, len))
        return "no packet";
    text[0] = '\0';
    struct extension_walk walk = extension_walk(&rtp, packet);
    while (extension_next(&walk, &element)) {
        end += sprintf(end, "%s%u=", end > text ? " " : "", element.id);
        for (size_t i = 0; i < element.value.len; i++)
            end += sprintf(end, "%02x", element.value.at[i]);
    }
    return text;
}

static const char *elements_in(uint16_t profile, const char *elements, size_t len)
{
    uint8_t packet[MAX];
    size_t whole = packet_with(packet, profile, (const uint8_t *)elements, len);

    return elements_of(packet, whole);
}

/* --- reading -------------------------------------------------------------------------- */

/* The example of section 4.2: three elements, with padding between and none behind. */
static void the_one_byte_form_is_read(void)
{
    CU_ASSERT_STRING_EQUAL(elements_in(0xbede, "\x10\xaa\x21\xbb\xcc\0\0\x33\1\2\3\4", 12),
                           "1=aa 2=bbcc 3=01020304");
}

/* The example of section 4.3: lengths are as they are, and may be 0. */
static void the_two_byte_form_is_read_whatever_the_application_bits_are(void)
{
    static const char elements[] = "\x01\x00\x02\x01\xaa\x00\xff\x04\1\2\3\4";

    CU_ASSERT_STRING_EQUAL(elements_in(0x1000, elements, 12), "1= 2=aa 255=01020304");
    CU_ASSERT_STRING_EQUAL(elements_in(0x100f, elements, 12), "1= 2=aa 255=01020304");
}

static void an_extension_of_another_profile_has_no_elements(void)
{
    CU_ASSERT_STRING_EQUAL(elements_in(0x1010, "\x10\xaa\0\0", 4), "");
    CU_ASSERT_STRING_EQUAL(elements_in(0xbedf, "\x10\xaa\0\0", 4), "");
    CU_ASSERT_STRING_EQUAL(elements_in(0, "\x10\xaa\0\0", 4), "");
}

static void a_packet_without_extension_has_no_elements(void)
{
    static const uint8_t packet[RTP_HEADER + 4] = { 0x80, 96, [12] = 0xbe, 0xde, 0, 0 };
    struct bytes value;
    struct rtp rtp;

    CU_ASSERT_STRING_EQUAL(elements_of(packet, sizeof packet), "");
    CU_ASSERT_TRUE(rtp_read(&rtp, packet, sizeof packet));
    CU_ASSERT_FALSE(extension_find(&rtp, packet, 1, &value));
}

static void the_reserved_ids_end_the_one_byte_form(void)
{
    CU_ASSERT_STRING_EQUAL(elements_in(0xbede, "\x10\xaa\xf0\xbb\x20\xcc\0\0", 8), "1=aa");
    /* an id of 0 with a length: section 4.1.2 */
    CU_ASSERT_STRING_EQUAL(elements_in(0xbede, "\x10\xaa\x01\xbb\x20\xcc\0\0", 8), "1=aa");
}

static void an_element_past_the_end_is_ignored(void)
{
    CU_ASSERT_STRING_EQUAL(elements_in(0xbede, "\x10\xaa\x21\xbb", 4), "1=aa");
    CU_ASSERT_STRING_EQUAL(elements_in(0xbede, "\x10\xaa\x2f\xbb\x30\xcc\x40\xdd", 8),
                           "1=aa");
    CU_ASSERT_STRING_EQUAL(elements_in(0x1000, "\x01\x01\xaa\x02", 4), "1=aa");
    CU_ASSERT_STRING_EQUAL(elements_in(0x1000, "\x01\xff\xaa\xaa", 4), "");
    CU_ASSERT_STRING_EQUAL(elements_in(0x1000, "\x01\x00\x02\x00", 4), "1= 2=");
}

static void the_first_element_with_an_id_is_found(void)
{
    uint8_t packet[MAX];
    size_t len =
        packet_with(packet, 0xbede, (const uint8_t *)"\x10\xaa\x20\xbb\x20\xcc\0\0", 8);
    struct bytes value;
    struct rtp rtp;

    CU_ASSERT_TRUE_FATAL(rtp_read(&rtp, packet, len));
    CU_ASSERT_TRUE_FATAL(extension_find(&rtp, packet, 2, &value));
    CU_ASSERT_EQUAL(value.len, 1);
    CU_ASSERT_EQUAL(value.at[0], 0xbb);
    CU_ASSERT_FALSE(extension_find(&rtp, packet, 3, &value));
}

/* --- mapping -------------------------------------------------------------------------- */

static const uint8_t mid[] = { 'v' }, number[] = { 0x12, 0x34 };

static struct extension value_of(uint8_t id, const uint8_t *value, size_t len)
{
    return (struct extension){ id, { value, len } };
}

/* Both ways of mapping must write the same. Returns the length, or 0. */
static size_t mapped(uint8_t *packet, size_t len, size_t limit,
                     const struct extension_map *map)
{
    uint8_t out[MAX], *exact = exact_copy(packet, len);
    struct rtp rtp = { 0 };

    CU_ASSERT_TRUE_FATAL(rtp_read(&rtp, exact, len));
    memset(out, 0x77, sizeof out);
    size_t copied = extension_copy(out, limit, exact, &rtp, map);
    CU_ASSERT_EQUAL(memcmp(exact, packet, len), 0);
    exact_free(exact, len);
    size_t rewritten = extension_rewrite(packet, len, limit, map);
    CU_ASSERT_EQUAL(copied, rewritten);
    CU_ASSERT_EQUAL(memcmp(out, packet, copied), 0);
    for (size_t i = copied; i < sizeof out; i++)
        CU_ASSERT_EQUAL_FATAL(out[i], 0x77);
    return copied;
}

static void elements_get_the_ids_of_the_receiver_and_others_are_left_out(void)
{
    static const uint8_t expected[] = {
        0xb1, 0xe0, 0,    77, 0,    0,    0, 0, 0,   0,   0,   0, 0xc5,
        0xc5, 0xc5, 0xc5, /* as before */
        0xbe, 0xde, 0,    1,  0x90, 0xaa, 0, 0, 'a', 'b', 'c', 0, 2
    };
    struct extension_map map = { .to = { [1] = 9, [3] = 0 } };
    uint8_t packet[MAX];
    size_t len = packet_with(packet, 0xbede,
                             (const uint8_t *)"\x10\xaa\x21\xbb\xcc\0\0\x33\1\2\3\4", 12);

    len = mapped(packet, len, MAX, &map);
    CU_ASSERT_EQUAL_FATAL(len, sizeof expected);
    CU_ASSERT_EQUAL(memcmp(packet, expected, len), 0);
}

static void values_are_set_and_replace_those_of_the_sender(void)
{
    struct extension_map map = { .to = { [1] = 5, [2] = 3 },
                                 .set = { value_of(3, number, 2), value_of(4, mid, 1) },
                                 .num_set = 2 };
    uint8_t packet[MAX];
    size_t len =
        packet_with(packet, 0xbede, (const uint8_t *)"\x21\xee\xee\x10\xaa\0\0\0", 8);

    len = mapped(packet, len, MAX, &map);
    CU_ASSERT_STRING_EQUAL(elements_of(packet, len), "5=aa 3=1234 4=76");
}

static void a_packet_without_extension_gets_the_values(void)
{
    struct extension_map map = { .set = { value_of(1, number, 2), value_of(2, mid, 1) },
                                 .num_set = 2 };
    uint8_t packet[MAX] = { 0x80, 96, [RTP_HEADER] = 'x' };
    struct rtp rtp;
    size_t len = mapped(packet, RTP_HEADER + 1, MAX, &map);

    CU_ASSERT_STRING_EQUAL(elements_of(packet, len), "1=1234 2=76");
    CU_ASSERT_TRUE(rtp_read(&rtp, packet, len));
    CU_ASSERT_EQUAL(len, RTP_HEADER + 4 + 8 + 1);
    CU_ASSERT_EQUAL(rtp_payload(&rtp, packet).at[0], 'x');
}

static void where_no_element_is_left_there_is_no_extension(void)
{
    struct extension_map nothing = { .num_set = 0 };
    uint8_t packet[MAX];
    size_t len = packet_with(packet, 0x1234, (const uint8_t *)"\x10\xaa\0\0", 4);
    struct rtp rtp;

    len = mapped(packet, len, MAX, &nothing);
    CU_ASSERT_TRUE_FATAL(rtp_read(&rtp, packet, len));
    CU_ASSERT_FALSE(rtp.has_extension);
    CU_ASSERT_EQUAL(rtp.header, 16);
    CU_ASSERT_EQUAL(rtp.payload, 3);
    CU_ASSERT_EQUAL(rtp.padding, 2);
}

static void the_two_byte_form_becomes_the_one_byte_form(void)
{
    /* empty, one byte, an id beyond the table, 17 bytes, 16 bytes */
    static const char elements[] = "\x01\x00\x02\x01\xaa\x63\x01\xbb\x03\x11"
                                   "12345678901234567"
                                   "\x04\x10"
                                   "1234567890123456";
    struct extension_map map = { .to = { [1] = 1, [2] = 2, [3] = 3, [4] = 4 } };
    uint8_t packet[MAX];
    size_t len =
        packet_with(packet, 0x1005, (const uint8_t *)elements, sizeof elements - 1);
    struct rtp rtp;

    len = mapped(packet, len, MAX, &map);
    CU_ASSERT_STRING_EQUAL(elements_of(packet, len),
                           "2=aa 4=31323334353637383930313233343536");
    CU_ASSERT_TRUE(rtp_read(&rtp, packet, len));
    CU_ASSERT_EQUAL(rtp.profile, 0xbede);
}

static void an_id_is_written_once_however_often_a_sender_repeats_it(void)
{
    struct extension_map map = { .to = { [1] = 7, [2] = 7 } };
    uint8_t elements[200], packet[MAX];

    for (size_t i = 0; i < sizeof elements; i += 2) {
        elements[i] = i % 4 == 0 ? 0x10 : 0x20;
        elements[i + 1] = (uint8_t)i;
    }
    size_t len = packet_with(packet, 0xbede, elements, sizeof elements);
    len = mapped(packet, len, MAX, &map);
    CU_ASSERT_STRING_EQUAL(elements_of(packet, len), "7=00");
}

static void the_longest_extension_fits_the_longest_header(void)
{
    struct extension_map map = { .num_set = 0 };
    uint8_t elements[14 * 17], packet[MAX] = { 0x8f, 96 };

    for (uint8_t id = 1; id <= EXTENSION_MAX_ID; id++) {
        map.to[id] = id;
        elements[17 * (id - 1)] = (uint8_t)(id << 4 | 15);
        memset(elements + 17 * (id - 1) + 1, id, 16);
    }
    packet[0] |= 0x10;
    bytes_put16(packet + 72, 0xbede);
    bytes_put16(packet + 74, 60);
    memcpy(packet + 76, elements, sizeof elements);
    size_t len = 76 + 240;
    CU_ASSERT_EQUAL(mapped(packet, len, EXTENSION_MAX_HEADER, &map), EXTENSION_MAX_HEADER);
    CU_ASSERT_EQUAL(len, EXTENSION_MAX_HEADER);
    CU_ASSERT_EQUAL(mapped(packet, len, EXTENSION_MAX_HEADER - 1, &map), 0);
}

static void what_does_not_fit_changes_nothing(void)
{
    struct extension_map map = { .to = { [1] = 1 },
                                 .set = { value_of(2, number, 2) },
                                 .num_set = 1 };
    uint8_t packet[MAX], before[MAX];
    size_t len = packet_with(packet, 0xbede, (const uint8_t *)"\x10\xaa\0\0", 4);

    memcpy(before, packet, MAX);
    for (size_t limit = 0; limit < len + 4; limit++)
        CU_ASSERT_EQUAL(mapped(packet, len, limit, &map), 0);
    CU_ASSERT_EQUAL(memcmp(packet, before, MAX), 0);
    CU_ASSERT_EQUAL(mapped(packet, len, len + 4, &map), len + 4);
}

static bool is_refused(struct extension_map map)
{
    uint8_t packet[MAX], before[MAX];
    size_t len = packet_with(packet, 0xbede, (const uint8_t *)"\x10\xaa\0\0", 4);

    memcpy(before, packet, MAX);
    return mapped(packet, len, MAX, &map) == 0 && memcmp(packet, before, MAX) == 0;
}

static void values_that_the_form_cannot_have_are_refused(void)
{
    static const uint8_t long_value[17] = { 0 };
    struct extension_map twice = { .set = { value_of(1, mid, 1), value_of(1, mid, 1) },
                                   .num_set = 2 };
    struct extension_map zero = { .set = { value_of(0, mid, 1) }, .num_set = 1 };
    struct extension_map reserved = { .set = { value_of(15, mid, 1) }, .num_set = 1 };
    struct extension_map wide = { .set = { value_of(17, mid, 1) }, .num_set = 1 };
    struct extension_map empty = { .set = { value_of(1, mid, 0) }, .num_set = 1 };
    struct extension_map large = { .set = { value_of(1, long_value, 17) }, .num_set = 1 };
    struct extension_map many = { .set = { value_of(1, mid, 1), value_of(2, mid, 1),
                                           value_of(3, mid, 1), value_of(4, mid, 1) },
                                  .num_set = EXTENSION_MAX_SET };

    CU_ASSERT_TRUE(is_refused(twice));
    CU_ASSERT_TRUE(is_refused(zero));
    CU_ASSERT_TRUE(is_refused(reserved));
    CU_ASSERT_TRUE(is_refused(wide));
    CU_ASSERT_TRUE(is_refused(empty));
    CU_ASSERT_TRUE(is_refused(large));
    CU_ASSERT_FALSE(is_refused(many));
    many.num_set++;
    CU_ASSERT_TRUE(is_refused(many));
}

static void an_id_of_a_table_that_is_no_id_leaves_the_element_out(void)
{
    struct extension_map map = { .to = { [1] = 15, [2] = 200, [3] = 3 } };
    uint8_t packet[MAX];
    size_t len =
        packet_with(packet, 0xbede, (const uint8_t *)"\x10\xaa\x20\xbb\x30\xcc\0\0", 8);

    len = mapped(packet, len, MAX, &map);
    CU_ASSERT_STRING_EQUAL(elements_of(packet, len), "3=cc");
}

static void what_is_no_packet_is_not_rewritten(void)
{
    struct extension_map map = { .num_set = 0 };
    uint8_t packet[MAX];
    size_t len = packet_with(packet, 0xbede, (const uint8_t *)"\x10\xaa\0\0", 4);

    for (size_t cut = 0; cut < 24; cut++)
        CU_ASSERT_EQUAL(extension_rewrite(packet, cut, MAX, &map), 0);
    packet[0] &= 0x3f;
    CU_ASSERT_EQUAL(extension_rewrite(packet, len, MAX, &map), 0);
}

/* Whatever the elements are, what is written is a packet of the same payload whose elements
 * the map has. */
static void any_extension_is_mapped_to_what_the_map_has(void)
{
    for (uint32_t seed = 1; seed <= suite_rounds(20000); seed++) {
        uint32_t state = seed;
        uint8_t elements[80], packet[MAX];
        struct extension_map map = { .num_set = dice(&state, 3) };
        struct extension element;
        struct rtp rtp;
        uint32_t ids = 0;

        for (size_t i = 0; i < sizeof elements; i++)
            elements[i] =
                (uint8_t)(dice(&state, 3) == 0 ? dice(&state, 256)
                                               : dice(&state, 4) << 4 | dice(&state, 3));
        for (size_t i = 1; i <= EXTENSION_MAX_ID; i++)
            map.to[i] = (uint8_t)dice(&state, 16);
        map.set[0] = value_of((uint8_t)(1 + dice(&state, 7)), number, 2);
        map.set[1] = value_of((uint8_t)(8 + dice(&state, 7)), mid, 1);
        size_t len = packet_with(packet, dice(&state, 2) == 0 ? 0xbede : 0x1000, elements,
                                 dice(&state, sizeof elements + 1));
        len = mapped(packet, len, MAX, &map);
        HOLDS(seed, len > 0 && rtp_read(&rtp, packet, len));
        HOLDS(seed,
              rtp.payload == 3 && memcmp(rtp_payload(&rtp, packet).at, "abc", 3) == 0);
        struct extension_walk walk = extension_walk(&rtp, packet);
        while (extension_next(&walk, &element)) {
            HOLDS(seed, element.id <= EXTENSION_MAX_ID && (ids >> element.id & 1) == 0);
            ids |= 1u << element.id;
        }
        for (size_t i = 0; i < map.num_set; i++)
            HOLDS(seed, (ids >> map.set[i].id & 1) != 0);
        HOLDS(seed, rtp.has_extension == (ids != 0));
    }
}

/* --- values --------------------------------------------------------------------------- */

static void times_are_seconds_with_eighteen_bits_behind_the_point(void)
{
    CU_ASSERT_EQUAL(extension_abs_send_time(0), 0);
    CU_ASSERT_EQUAL(extension_abs_send_time(1000000), 1 << 18);
    CU_ASSERT_EQUAL(extension_abs_send_time(1500000), 3 << 17);
    CU_ASSERT_EQUAL(extension_abs_send_time(63999999),
                    0xffffff); /* the last before it wraps */
    CU_ASSERT_EQUAL(extension_abs_send_time(64000000), 0);
    CU_ASSERT_EQUAL(extension_abs_send_time(UINT64_C(1790000000500000)),
                    ((UINT64_C(1790000000) << 18) + (1 << 17)) & 0xffffff);
}

static void levels_and_numbers_are_read(void)
{
    static const uint8_t voice_at_20[] = { 0x80 | 20 };
    uint8_t level = 0;
    uint16_t sequence = 0;
    bool voice = false;

    CU_ASSERT_TRUE(extension_audio_level((struct bytes){ voice_at_20, 1 }, &level, &voice));
    CU_ASSERT_EQUAL(level, 20);
    CU_ASSERT_TRUE(voice);
    CU_ASSERT_FALSE(
        extension_audio_level((struct bytes){ voice_at_20, 0 }, &level, &voice));
    CU_ASSERT_TRUE(extension_transport_cc((struct bytes){ number, 2 }, &sequence));
    CU_ASSERT_EQUAL(sequence, 0x1234);
    CU_ASSERT_FALSE(extension_transport_cc((struct bytes){ number, 1 }, &sequence));
}

CU_TestInfo extension_tests[] = {
    TEST(the_one_byte_form_is_read),
    TEST(the_two_byte_form_is_read_whatever_the_application_bits_are),
    TEST(an_extension_of_another_profile_has_no_elements),
    TEST(a_packet_without_extension_has_no_elements),
    TEST(the_reserved_ids_end_the_one_byte_form),
    TEST(an_element_past_the_end_is_ignored),
    TEST(the_first_element_with_an_id_is_found),
    TEST(elements_get_the_ids_of_the_receiver_and_others_are_left_out),
    TEST(values_are_set_and_replace_those_of_the_sender),
    TEST(a_packet_without_extension_gets_the_values),
    TEST(where_no_element_is_left_there_is_no_extension),
    TEST(the_two_byte_form_becomes_the_one_byte_form),
    TEST(an_id_is_written_once_however_often_a_sender_repeats_it),
    TEST(the_longest_extension_fits_the_longest_header),
    TEST(what_does_not_fit_changes_nothing),
    TEST(values_that_the_form_cannot_have_are_refused),
    TEST(an_id_of_a_table_that_is_no_id_leaves_the_element_out),
    TEST(what_is_no_packet_is_not_rewritten),
    TEST(any_extension_is_mapped_to_what_the_map_has),
    TEST(times_are_seconds_with_eighteen_bits_behind_the_point),
    TEST(levels_and_numbers_are_read),
    CU_TEST_INFO_NULL,
};
