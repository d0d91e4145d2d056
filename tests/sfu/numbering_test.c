/* numbering_test.c - what a watcher gets over losses, wraps and changes of the source. */
#include "samples/sfu/numbering.h"
#include "suite.h"

static struct outline packet(uint8_t source, uint16_t sequence, uint32_t timestamp)
{
    return (struct outline){ .source = source,
                             .edition = 1,
                             .sequence = sequence,
                             .timestamp = timestamp,
                             .clock_rate = 90000,
                             .decodable = true };
}

static struct outline vp8_packet(uint8_t source, uint16_t sequence, uint16_t picture)
{
    struct outline outline = packet(source, sequence, sequence * 3000u);

    outline.has_vp8 = true;
    outline.vp8 = (struct vp8){
        .starts_frame = true, .has_picture_id = true, .is_wide = true, .picture_id = picture
    };
    return outline;
}

/* The number that a packet gets; -1: it is not sent. */
static int32_t sent_as(struct numbering *numbering, const struct outline *outline)
{
    const struct mapping *mapping = numbering_use(numbering, outline);

    return mapping != NULL ? (uint16_t)(outline->sequence + mapping->sequence) : -1;
}

/* The first source of a track keeps its numbers here, so that what is sent is easily said.
 */
static void change(struct numbering *numbering, const struct outline *first)
{
    if (numbering->num == 0)
        numbering_init(numbering, first->sequence);
    numbering_change(numbering, first, 33000);
}

static void the_first_source_gets_numbers_from_where_the_track_begins(void)
{
    struct numbering numbering;
    struct outline outline = packet(1, 65534, 4000000000u);

    numbering_init(&numbering, 700);
    CU_ASSERT_PTR_NULL(numbering_find(&numbering, 700));
    numbering_change(&numbering, &outline, 0);
    for (uint16_t i = 0; i < 5; i++) {
        outline.sequence = (uint16_t)(65534 + i);
        CU_ASSERT_EQUAL(sent_as(&numbering, &outline), 700 + i);
    }
    outline.sequence = 65533;
    CU_ASSERT_EQUAL(sent_as(&numbering, &outline), -1);
    CU_ASSERT_EQUAL(numbering.mappings[0].timestamp, 0);
}

static void another_source_goes_on_where_the_first_ended(void)
{
    struct numbering numbering = { 0 };
    struct outline first = packet(1, 65535, 90000), second = packet(2, 700, 17);

    change(&numbering, &first);
    CU_ASSERT_EQUAL(sent_as(&numbering, &first), 65535);
    change(&numbering, &second);
    CU_ASSERT_EQUAL(sent_as(&numbering, &second), 0);
    CU_ASSERT_EQUAL(17 + numbering.mappings[0].timestamp, 90000 + 2970);
    second.sequence = 702;
    CU_ASSERT_EQUAL(sent_as(&numbering, &second), 2);
}

static void a_gap_stays_a_gap_and_what_is_late_fills_it(void)
{
    struct numbering numbering = { 0 };
    struct outline first = packet(1, 10, 0), second = packet(2, 700, 0);

    change(&numbering, &first);
    CU_ASSERT_EQUAL(sent_as(&numbering, &first), 10);
    change(&numbering, &second);
    CU_ASSERT_EQUAL(sent_as(&numbering, &second), 11);
    second.sequence = 703;
    CU_ASSERT_EQUAL(sent_as(&numbering, &second), 14);
    second.sequence = 701;
    CU_ASSERT_EQUAL(sent_as(&numbering, &second), 12);
    CU_ASSERT_EQUAL(numbering.highest, 14);
}

static void what_is_older_than_the_change_is_not_sent(void)
{
    struct numbering numbering = { 0 };
    struct outline first = packet(1, 10, 0), second = packet(2, 0, 0);

    change(&numbering, &first);
    (void)sent_as(&numbering, &first);
    change(&numbering, &second);
    (void)sent_as(&numbering, &second);
    second.sequence = 65535;
    CU_ASSERT_EQUAL(sent_as(&numbering, &second), -1);
}

static void after_more_packets_than_there_are_numbers_none_is_too_old(void)
{
    struct numbering numbering = { 0 };
    struct outline outline = packet(1, 100, 0);

    change(&numbering, &outline);
    for (unsigned i = 0; i < 200000; i++) {
        outline.sequence = (uint16_t)(100 + i);
        if (sent_as(&numbering, &outline) != outline.sequence)
            CU_FAIL_FATAL("a packet got another number, or none");
    }
}

static void a_number_is_found_with_the_source_that_it_came_from(void)
{
    struct numbering numbering = { 0 };
    struct outline first = packet(1, 65530, 0), second = packet(2, 700, 0);

    change(&numbering, &first);
    for (uint16_t i = 0; i < 10; i++, first.sequence++)
        (void)sent_as(&numbering, &first);
    change(&numbering, &second);
    (void)sent_as(&numbering, &second);
    CU_ASSERT_EQUAL_FATAL(numbering.num, 2);
    CU_ASSERT_EQUAL(numbering_find(&numbering, 65531)->source, 1);
    CU_ASSERT_EQUAL(numbering_find(&numbering, 3)->source, 1);
    CU_ASSERT_EQUAL(numbering_find(&numbering, 4)->source, 2);
    CU_ASSERT_EQUAL((uint16_t)(4 - numbering_find(&numbering, 4)->sequence), 700);
    CU_ASSERT_PTR_NULL(numbering_find(&numbering, 5));
    CU_ASSERT_PTR_NULL(numbering_find(&numbering, 65529));
}

static void of_many_changes_the_last_are_known(void)
{
    struct numbering numbering = { 0 };

    for (uint16_t i = 0; i < 20; i++) {
        struct outline outline = packet((uint8_t)(1 + i % 3), (uint16_t)(i * 1000), 0);
        change(&numbering, &outline);
        CU_ASSERT_EQUAL(sent_as(&numbering, &outline), i);
    }
    CU_ASSERT_EQUAL(numbering.num, MAPPINGS);
    CU_ASSERT_EQUAL(numbering_find(&numbering, 19)->source, 1 + 19 % 3);
    CU_ASSERT_EQUAL(numbering_find(&numbering, 16)->source, 1 + 16 % 3);
    CU_ASSERT_PTR_NULL(numbering_find(&numbering, 15));
}

static void picture_ids_go_on_over_a_change(void)
{
    struct numbering numbering = { 0 };
    struct outline first = vp8_packet(1, 10, 32767), second = vp8_packet(2, 700, 5);

    change(&numbering, &first);
    (void)sent_as(&numbering, &first);
    change(&numbering, &second);
    const struct mapping *mapping = numbering_use(&numbering, &second);
    CU_ASSERT_PTR_NOT_NULL_FATAL(mapping);
    CU_ASSERT_EQUAL((5 + mapping->vp8.picture_id) & 0x7fff, 0);
    first = vp8_packet(1, 11, 0);
    change(&numbering, &first);
    mapping = numbering_use(&numbering, &first);
    CU_ASSERT_PTR_NOT_NULL_FATAL(mapping);
    CU_ASSERT_EQUAL((0 + mapping->vp8.picture_id) & 0x7fff, 1);
}

static void time_never_stands_still_at_a_change(void)
{
    struct numbering numbering = { 0 };
    struct outline first = packet(1, 10, 3000), second = packet(2, 700, 500000);

    change(&numbering, &first);
    (void)sent_as(&numbering, &first);
    numbering_change(&numbering, &second, 0);
    CU_ASSERT_EQUAL(500000 + numbering.mappings[0].timestamp, 3001);
    (void)sent_as(&numbering, &second);
    numbering_change(&numbering, &first, SKIFF_NEVER);
    CU_ASSERT_EQUAL(3000 + numbering.mappings[0].timestamp, 3001 + 900000);
}

CU_TestInfo numbering_tests[] = {
    TEST(the_first_source_gets_numbers_from_where_the_track_begins),
    TEST(another_source_goes_on_where_the_first_ended),
    TEST(a_gap_stays_a_gap_and_what_is_late_fills_it),
    TEST(what_is_older_than_the_change_is_not_sent),
    TEST(after_more_packets_than_there_are_numbers_none_is_too_old),
    TEST(a_number_is_found_with_the_source_that_it_came_from),
    TEST(of_many_changes_the_last_are_known),
    TEST(picture_ids_go_on_over_a_change),
    TEST(time_never_stands_still_at_a_change),
    CU_TEST_INFO_NULL,
};
