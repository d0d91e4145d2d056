/* story_test.c - a publisher and watchers on loopback, with skiff at both ends.
 */
#include "sfu_client.h"
#include "suite.h"

enum { WATCHERS = 3, MOST = WATCHERS + 2, FRAMES = 60, TIMEOUT_MS = 4000 };

struct story {
    struct client_world world;
    struct media *media;
    struct client clients[MOST];
    struct client *all[MOST];
    size_t num;
};

static void begin_story(struct story *story, unsigned threads)
{
    const struct media_config config = { .address = "127.0.0.1:0", .threads = threads };

    *story = (struct story){ 0 };
    client_world_new(&story->world);
    story->media = media_new(&config);
    CU_ASSERT_PTR_NOT_NULL_FATAL(story->media);
    for (unsigned i = 0; i < MOST; i++)
        client_new(&story->clients[i], &story->world, i);
}

static struct client *join(struct story *story, bool publishes, const char *stream)
{
    struct client *client = &story->clients[story->num];
    const enum media_status status = publishes
                                       ? client_publish(client, story->media, stream, false)
                                       : client_watch(client, story->media, stream);

    CU_ASSERT_EQUAL_FATAL(status, MEDIA_OK);
    story->all[story->num++] = client;
    return client;
}

static void end_story(struct story *story)
{
    media_free(story->media);
    for (size_t i = 0; i < story->num; i++)
        client_free(story->all[i]);
    client_world_free(&story->world);
}

static void run(struct story *story, unsigned ms,
                bool (*done)(struct client *const *clients, size_t num))
{
    clients_run(story->all, story->num, ms, done);
}

static void connect_all(struct story *story)
{
    run(story, TIMEOUT_MS, clients_are_connected);
    CU_ASSERT_TRUE_FATAL(clients_are_connected(story->all, story->num));
}

/* The first client publishes at 100 frames a second; the others ask for what
 * they miss. */
static void send_frames(struct story *story, unsigned num)
{
    for (unsigned i = 0; i < num; i++) {
        client_send_frame(story->all[0]);
        run(story, 10, NULL);
        for (size_t k = 1; k < story->num; k++)
            client_ask(story->all[k]);
    }
}

static bool watchers_have_all(struct client *const *clients, size_t num)
{
    for (size_t i = 1; i < num; i++) {
        client_ask(clients[i]);
        if (!client_has_all(clients[i], clients[0]->frame - 4))
            return false;
    }
    return true;
}

static void play(struct story *story, unsigned threads, unsigned loss)
{
    begin_story(story, threads);
    join(story, true, "studio");
    for (size_t i = 0; i < WATCHERS; i++)
        join(story, false, "studio");
    connect_all(story);
    for (size_t i = 0; i < story->num; i++)
        story->all[i]->loss = loss;
    send_frames(story, FRAMES);
    run(story, TIMEOUT_MS, watchers_have_all);
}

static void expect_watchers(struct story *story)
{
    for (size_t i = 1; i < story->num; i++) {
        const struct client *watcher = story->all[i];
        CU_ASSERT_TRUE(client_has_all(watcher, FRAMES - 4));
        CU_ASSERT_TRUE(watcher->video.first_frame < FRAMES / 2);
        CU_ASSERT_TRUE(watcher->video.keyframes >= 1);
        CU_ASSERT_EQUAL(watcher->video.wrong, 0);
        CU_ASSERT_EQUAL(watcher->audio.wrong, 0);
        CU_ASSERT_TRUE(watcher->audio.packets > FRAMES / 2);
    }
}

static void three_watchers_get_what_a_publisher_sends(void)
{
    struct story story;

    play(&story, 1, 0);
    expect_watchers(&story);
    CU_ASSERT_TRUE(story.all[0]->arrivals > 0);
    end_story(&story);
}

static void with_loss_both_ways_all_is_sent_again(void)
{
    struct story story;

    play(&story, 1, 5);
    expect_watchers(&story);
    CU_ASSERT_TRUE(story.all[0]->nacks > 0);
    CU_ASSERT_TRUE(story.all[1]->video.repaired > 0);
    end_story(&story);
}

static void watchers_at_other_threads_get_it_too(void)
{
    struct story story;
    struct media_totals totals;

    play(&story, 3, 2);
    expect_watchers(&story);
    media_get_totals(story.media, &totals);
    CU_ASSERT_EQUAL(totals.workers, 3);
    CU_ASSERT_TRUE(totals.counters.relayed > 0);
    CU_ASSERT_EQUAL(totals.counters.drop_relay, 0);
    end_story(&story);
}

CU_TestInfo story_tests[] = {
    TEST(three_watchers_get_what_a_publisher_sends),
    TEST(with_loss_both_ways_all_is_sent_again),
    TEST(watchers_at_other_threads_get_it_too),
    CU_TEST_INFO_NULL,
};
