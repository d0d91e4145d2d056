/* threads_test.c - what signalling and the workers pass to each other: in which order, how
 * much at once, and why a call was refused. */
#include "samples/sfu/media_state.h"
#include "samples/sfu/worker_state.h"
#include "story.h"
#include "suite.h"

#include <poll.h>
#include <sys/eventfd.h>

enum { ROUNDS = 3000, ENDLESS = 1000 };

static void relay_nothing(struct media *media)
{
    struct relay *relay = media->workers[1]->from[0];
    struct relay_item *item = relay_place(relay);

    CU_ASSERT_PTR_NOT_NULL_FATAL(item);
    item->head = (struct relay_head){ .stream = media->all };
    item->len = 0;
    relay_put(relay);
}

static void expect_no_item(struct worker *worker, void *argument)
{
    unsigned *late = argument;

    *late += relay_next(worker->from[0]) != NULL;
}

/* The other worker is at any point of its loop when the call comes. */
static void what_was_relayed_before_a_call_is_received_before_it(void)
{
    const struct media_config two = { .address = "127.0.0.1:0", .threads = 2 };
    struct story story;
    unsigned late = 0;

    story_begin(&story, &two);
    for (unsigned i = 0; i < ROUNDS; i++) {
        relay_nothing(story.media);
        (void)!eventfd_write(story.media->workers[1]->wake_fd, 1);
        for (volatile unsigned wait = 0; wait < i % 256 * 64; wait = wait + 1)
            continue;
        relay_nothing(story.media);
        worker_call(story.media->workers[1], expect_no_item, &late);
    }
    CU_ASSERT_EQUAL(late, 0);
    story_end(&story);
}

struct flood {
    struct media *media;
    struct session *session;
    unsigned received;
};

static void send_another(void *user, const struct session_event *event)
{
    struct flood *flood = user;

    if (event->kind == SESSION_DATA && ++flood->received < ENDLESS)
        reports_put_data(flood->media->reports, flood->session,
                         (skiff_bytes){ (const uint8_t *)"more", 4 });
}

static void a_flood_of_data_does_not_keep_signalling_from_the_rest(void)
{
    const struct media_config one = { .address = "127.0.0.1:0" };
    struct story story;

    story_begin(&story, &one);
    const struct client *publisher = story_publish(&story, false);
    struct flood flood = { story.media, media_find(story.media, publisher->id), 0 };
    struct pollfd ready = { media_fd(story.media), POLLIN, 0 };
    for (unsigned i = 0; i < REPORTS_DATA; i++)
        reports_put_data(story.media->reports, flood.session,
                         (skiff_bytes){ (const uint8_t *)"first", 5 });
    media_events(story.media, send_another, &flood);
    CU_ASSERT_TRUE(flood.received > 0);
    CU_ASSERT_TRUE(flood.received <= REPORTS_DATA);
    CU_ASSERT_EQUAL(poll(&ready, 1, 0), 1); /* for those that are left */
    story_end(&story);
}

static void a_refusal_by_a_worker_has_its_sentence_here(void)
{
    const struct media_config one = { .address = "127.0.0.1:0" };
    const char *password = "restart-restart-restart";
    struct media_answer answer;
    struct story story;

    story_begin(&story, &one);
    const struct client *publisher = story_publish(&story, false);
    for (unsigned i = 0; i < 2; i++) { /* the second is no repetition of a restart */
        skiff_fault_set(SKIFF_ERR_ARGUMENT, "stale");
        CU_ASSERT_EQUAL(media_restart(story.media, publisher->id, "a:b", password, &answer),
                        MEDIA_BAD_DESCRIPTION);
        CU_ASSERT_PTR_NOT_NULL(strstr(skiff_fault(), "ufrag: not 4 to 256"));
    }
    CU_ASSERT_EQUAL(media_restart(story.media, publisher->id, "good", password, &answer),
                    MEDIA_OK);
    story_end(&story);
}

CU_TestInfo threads_tests[] = {
    TEST(what_was_relayed_before_a_call_is_received_before_it),
    TEST(a_flood_of_data_does_not_keep_signalling_from_the_rest),
    TEST(a_refusal_by_a_worker_has_its_sentence_here),
    CU_TEST_INFO_NULL,
};
