/* story_test.c - media from a publisher to its watchers, with skiff at both ends. */
#include "story.h"
#include "suite.h"

enum { FRAMES = 60 };

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
    const struct media_config config = { .address = "127.0.0.1:0", .threads = threads };

    story_begin(story, &config);
    story_publish(story, false);
    for (size_t i = 0; i < WATCHERS; i++) {
        story->clients[story->num].shift = (uint8_t)i;
        story_watch(story);
    }
    story_connect(story);
    for (size_t i = 0; i < story->num; i++)
        story->all[i]->loss = loss;
    story_send(story, story->all[0], FRAMES);
    story_run(story, TIMEOUT_MS, watchers_have_all);
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
        if (watcher->loss == 0)
            CU_ASSERT_EQUAL(watcher->newest_number + 1, watcher->num_numbers);
        CU_ASSERT_TRUE(watcher->audio.packets > FRAMES / 2);
    }
}

static void three_watchers_get_what_a_publisher_sends(void)
{
    struct story story;

    play(&story, 1, 0);
    expect_watchers(&story);
    CU_ASSERT_EQUAL(story.connected, 1 + WATCHERS);
    CU_ASSERT_TRUE(story.all[0]->arrivals > 0);
    story_end(&story);
}

static void with_loss_both_ways_all_is_sent_again(void)
{
    struct story story;

    play(&story, 1, 5);
    expect_watchers(&story);
    CU_ASSERT_TRUE(story.all[0]->nacks > 0);
    CU_ASSERT_TRUE(story.all[1]->video.repaired > 0);
    story_end(&story);
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
    story_end(&story);
}

/* RFC 8842 section 5.3. A restart of ICE leaves the roles of DTLS as they are. */
static void ends_that_are_dtls_servers_publish_and_watch_over_a_restart(void)
{
    const struct media_config config = { .address = "127.0.0.1:0" };
    struct media_answer answer;
    struct session_stats stats;
    struct story story;

    story_begin(&story, &config);
    story.clients[0].passive = story.clients[1].passive = true;
    struct client *publisher = story_publish(&story, false);
    struct client *watcher = story_watch(&story);
    story_connect(&story);
    CU_ASSERT_TRUE(media_session(story.media, publisher->id, &stats));
    CU_ASSERT_EQUAL(stats.dtls.role, SKIFF_ROLE_ACTIVE);
    CU_ASSERT_TRUE(stats.stages.check <= stats.stages.client_hello);
    CU_ASSERT_TRUE(stats.stages.client_hello <= stats.stages.keys);
    CU_ASSERT_NOT_EQUAL(stats.stages.keys, SKIFF_NEVER);
    story_send(&story, publisher, 20);
    CU_ASSERT_TRUE(watcher->video.has_begun);
    CU_ASSERT_EQUAL(media_restart(story.media, publisher->id, "new1",
                                  "restart-restart-restart", &answer),
                    MEDIA_OK);
    snprintf(publisher->ufrag, sizeof publisher->ufrag, "new1");
    client_restart(publisher, &answer);
    const unsigned packets = watcher->video.packets;
    story_send(&story, publisher, 20);
    CU_ASSERT_TRUE(watcher->video.packets > packets + 40);
    CU_ASSERT_EQUAL(watcher->video.wrong, 0);
    CU_ASSERT_TRUE(media_session(story.media, publisher->id, &stats));
    CU_ASSERT_EQUAL(stats.dtls.role, SKIFF_ROLE_ACTIVE);
    CU_ASSERT_EQUAL(story.over, 0);
    story_end(&story);
}

static void a_watcher_changes_between_layers_without_a_step(void)
{
    const struct media_config config = { .address = "127.0.0.1:0" };
    struct media_preference preference = { .rid = "a" };
    struct session_stats stats;
    struct story story;

    story_begin(&story, &config);
    story.clients[0].num_layers = CLIENT_LAYERS;
    struct client *publisher = story_publish(&story, false);
    struct client *watcher = story_watch(&story);
    story_connect(&story);
    for (unsigned i = 0; i < 4; i++) {
        preference.rid[0] = (char)('a' + i % 2);
        CU_ASSERT_EQUAL(media_prefer(story.media, watcher->id, &preference), MEDIA_OK);
        story_send(&story, publisher, 70); /* longer than PLIs are apart */
        CU_ASSERT_TRUE(media_session(story.media, watcher->id, &stats));
        CU_ASSERT_STRING_EQUAL(stats.tracks[1].rid, preference.rid);
    }
    CU_ASSERT_TRUE(watcher->video.keyframes >= 4);
    CU_ASSERT_EQUAL(watcher->video.missing.num, 0);
    CU_ASSERT_EQUAL(watcher->video.steps, 0);
    CU_ASSERT_EQUAL(watcher->video.wrong, 0);
    story_end(&story);
}

/* A watcher gets nothing for a while, in which it is moved to the layer, and then all.
 * Returns whether it has every packet of that while in the end. */
static bool heals_over_a_move(struct story *story, const char *rid)
{
    struct media_preference preference = { 0 };
    struct client *publisher = story->all[0], *watcher = story->all[1];

    snprintf(preference.rid, sizeof preference.rid, "%s", rid);
    watcher->video.first_frame = publisher->frame;
    watcher->loss = 100;
    CU_ASSERT_EQUAL(media_prefer(story->media, watcher->id, &preference), MEDIA_OK);
    story_send(story, publisher, 40);
    watcher->loss = 0;
    story_send(story, publisher, 40);
    CU_ASSERT_EQUAL(watcher->video.wrong, 0);
    return client_has_all(watcher, publisher->frame - 4);
}

static void a_layer_that_is_left_for_a_lower_one_is_not_repeated(void)
{
    const struct media_config config = { .address = "127.0.0.1:0" };
    const struct media_preference high = { .rid = "b" };
    struct story story;

    story_begin(&story, &config);
    story.clients[0].num_layers = CLIENT_LAYERS;
    struct client *publisher = story_publish(&story, false);
    struct client *watcher = story_watch(&story);
    story_connect(&story);
    CU_ASSERT_EQUAL(media_prefer(story.media, watcher->id, &high), MEDIA_OK);
    story_send(&story, publisher, 70);
    CU_ASSERT_FALSE(heals_over_a_move(&story, "a"));
    CU_ASSERT_TRUE(heals_over_a_move(&story, "b"));
    story_end(&story);
}

static bool first_is_closed(struct client *const *clients, size_t num)
{
    return num > 0 && clients[0]->closed;
}

static void another_publisher_replaces_the_first_without_a_step(void)
{
    const struct media_config config = { .address = "127.0.0.1:0", .threads = 2 };
    struct story story;

    story_begin(&story, &config);
    struct client *first = story_publish(&story, false);
    struct client *watcher = story_watch(&story);
    story_connect(&story);
    story_send(&story, first, 20);
    CU_ASSERT_EQUAL(client_publish(&story.clients[2], story.media, "studio", false),
                    MEDIA_STREAM_EXISTS);
    struct client *second = story_publish(&story, true);
    story_connect(&story);
    CU_ASSERT_STRING_EQUAL(story.over_id, first->id);
    story_run(&story, TIMEOUT_MS, first_is_closed);
    CU_ASSERT_TRUE(first->closed);
    const unsigned packets = watcher->video.packets;
    story_send(&story, second, 70);
    CU_ASSERT_TRUE(watcher->video.packets > packets + 60);
    CU_ASSERT_EQUAL(watcher->video.missing.num, 0);
    CU_ASSERT_EQUAL(watcher->video.steps, 0);
    CU_ASSERT_EQUAL(watcher->video.wrong, 0);
    story_end(&story);
}

CU_TestInfo story_tests[] = {
    TEST(three_watchers_get_what_a_publisher_sends),
    TEST(with_loss_both_ways_all_is_sent_again),
    TEST(watchers_at_other_threads_get_it_too),
    TEST(ends_that_are_dtls_servers_publish_and_watch_over_a_restart),
    TEST(a_watcher_changes_between_layers_without_a_step),
    TEST(a_layer_that_is_left_for_a_lower_one_is_not_repeated),
    TEST(another_publisher_replaces_the_first_without_a_step),
    CU_TEST_INFO_NULL,
};
