/* unallocated_test.c - what media takes from the heap for a packet: nothing. */
#include "count.h"
#include "story.h"
#include "suite.h"

enum { WARM_UP = 70, MEASURED = 100 };

static void set_loss(struct story *story, unsigned percent)
{
    for (size_t i = 0; i < story->num; i++)
        story->all[i]->loss = percent;
}

/* Of the whole process: skiff at both ends, the sample, and libcrypto. */
static void forwarding_and_repeating_need_no_memory(void)
{
    const struct media_config config = { .address = "127.0.0.1:0", .threads = 2 };
    struct media_totals before, after;
    struct story story;

    story_begin(&story, &config);
    struct client *publisher = story_publish(&story, false);
    for (size_t i = 0; i < WATCHERS; i++)
        story_watch(&story);
    story_connect(&story);
    set_loss(&story, 20); /* each SSRC must have had its first packet */
    story_send(&story, publisher, WARM_UP);
    set_loss(&story, 3);
    media_get_totals(story.media, &before);
    const uint64_t allocs = count_now().allocs;
    story_send(&story, publisher, MEASURED);
    CU_ASSERT_EQUAL(count_now().allocs - allocs, 0);
    media_get_totals(story.media, &after);
    CU_ASSERT_TRUE(after.counters.rtp_forwarded - before.counters.rtp_forwarded
                   > MEASURED * WATCHERS * CLIENT_FRAME_PACKETS);
    CU_ASSERT_TRUE(after.counters.rtp_repeated > before.counters.rtp_repeated);
    CU_ASSERT_TRUE(after.counters.relayed > before.counters.relayed);
    story_end(&story);
    if (!count_works())
        CU_PASS("nothing is counted under a sanitizer");
}

CU_TestInfo unallocated_tests[] = {
    TEST(forwarding_and_repeating_need_no_memory),
    CU_TEST_INFO_NULL,
};
