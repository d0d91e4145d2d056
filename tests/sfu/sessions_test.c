/* sessions_test.c - sessions that are refused, read, restarted and ended. */
#include "story.h"
#include "suite.h"

#include <stdio.h>

static const struct media_config one = { .address = "127.0.0.1:0" };

static void what_nobody_publishes_cannot_be_watched(void)
{
    struct story story;
    struct stream_stats stats;

    story_begin(&story, &one);
    CU_ASSERT_EQUAL(client_watch(&story.clients[0], story.media, "studio"),
                    MEDIA_NO_STREAM);
    CU_ASSERT_FALSE(media_find_stream(story.media, "studio", &stats));
    story_end(&story);
}

static void what_is_not_sound_is_refused_with_a_sentence(void)
{
    struct description offer = { .setup = SETUP_ACTPASS };
    struct media_request request = { .stream = "studio",
                                     .offer = &offer,
                                     .id = "0123456789abcdef0123456789abcdef" };
    struct media_answer answer;
    struct stream_stats stats;
    struct story story;

    story_begin(&story, &one);
    CU_ASSERT_EQUAL(media_publish(story.media, &request, &answer), MEDIA_BAD_DESCRIPTION);
    CU_ASSERT_STRING_EQUAL(skiff_fault(), "a=fingerprint: none that is known");
    offer.num_fingerprints = 1;
    offer.fingerprints[0] = story.world.fingerprint;
    CU_ASSERT_EQUAL(media_publish(story.media, &request, &answer), MEDIA_BAD_DESCRIPTION);
    CU_ASSERT_STRING_NOT_EQUAL(skiff_fault(), ""); /* the ufrag is empty */
    snprintf(offer.ufrag, sizeof offer.ufrag, "them");
    request.stream = STREAM_ALL;
    CU_ASSERT_EQUAL(media_publish(story.media, &request, &answer), MEDIA_BAD_DESCRIPTION);
    CU_ASSERT_FALSE(media_find_stream(story.media, "studio", &stats));
    story_end(&story);
}

static void more_sessions_than_there_may_be_are_refused(void)
{
    const struct media_config two = { .address = "127.0.0.1:0", .max_sessions = 2 };
    struct story story;

    story_begin(&story, &two);
    struct client *publisher = story_publish(&story, false);
    struct client *watcher = story_watch(&story);
    CU_ASSERT_EQUAL(client_watch(&story.clients[2], story.media, "studio"), MEDIA_FULL);
    CU_ASSERT_EQUAL(media_end(story.media, watcher->id), MEDIA_OK);
    CU_ASSERT_EQUAL(media_end(story.media, watcher->id), MEDIA_NO_SESSION);
    story_watch(&story);
    CU_ASSERT_EQUAL(media_end(story.media, publisher->id), MEDIA_OK);
    story_end(&story);
}

static bool stream_is_there(struct story *story)
{
    struct stream_stats stats;

    return media_find_stream(story->media, "studio", &stats);
}

static void a_stream_lasts_as_long_as_somebody_has_it(void)
{
    struct stream_stats stats;
    struct story story;

    story_begin(&story, &one);
    struct client *publisher = story_publish(&story, false);
    struct client *watcher = story_watch(&story);
    CU_ASSERT_TRUE(media_find_stream(story.media, "studio", &stats));
    CU_ASSERT_EQUAL(stats.watchers, 1);
    CU_ASSERT_EQUAL(stats.video, CODEC_VP8);
    CU_ASSERT_FALSE(stats.orphaned);
    CU_ASSERT_EQUAL(media_deadline(story.media), SKIFF_NEVER);
    media_end(story.media, publisher->id);
    CU_ASSERT_TRUE(media_find_stream(story.media, "studio", &stats));
    CU_ASSERT_TRUE(stats.orphaned);
    CU_ASSERT_NOT_EQUAL(media_deadline(story.media), SKIFF_NEVER);
    media_end(story.media, watcher->id);
    CU_ASSERT_FALSE(stream_is_there(&story));
    story_end(&story);
}

static void a_session_is_over_when_its_peer_has_closed(void)
{
    struct story story;

    story_begin(&story, &one);
    struct client *publisher = story_publish(&story, false);
    story_connect(&story);
    client_close(publisher);
    for (unsigned i = 0; i < 400 && story.over == 0; i++)
        story_run(&story, 10, NULL);
    CU_ASSERT_EQUAL(story.over, 1);
    CU_ASSERT_STRING_EQUAL(story.over_id, publisher->id);
    CU_ASSERT_STRING_EQUAL(story.why, "the peer has closed the connection");
    CU_ASSERT_EQUAL(media_end(story.media, publisher->id), MEDIA_NO_SESSION);
    CU_ASSERT_FALSE(stream_is_there(&story));
    story_end(&story);
}

static void a_session_without_a_check_is_over_after_thirty_seconds(void)
{
    struct story story;

    story_begin(&story, &one);
    story.clients[0].silent = true;
    story.clients[0].age = SKIFF_MSEC(29500);
    struct client *publisher = story_publish(&story, false);
    story_run(&story, 200, NULL);
    CU_ASSERT_EQUAL(story.over, 0);
    for (unsigned i = 0; i < 400 && story.over == 0; i++)
        story_run(&story, 10, NULL);
    CU_ASSERT_EQUAL(story.over, 1);
    CU_ASSERT_STRING_EQUAL(story.over_id, publisher->id);
    CU_ASSERT_STRING_EQUAL(
        story.why, "no connectivity check came within 30 seconds: UDP may be blocked");
    story_end(&story);
}

static bool first_has_data(struct client *const *clients, size_t num)
{
    return num > 0 && clients[0]->data[0] == 'd';
}

static void messages_of_dtls_go_both_ways(void)
{
    struct story story;

    story_begin(&story, &one);
    struct client *publisher = story_publish(&story, false);
    CU_ASSERT_EQUAL(media_send_data(story.media, publisher->id, "lost", 4), MEDIA_OK);
    story_connect(&story);
    for (unsigned i = 0; i < 400 && story.connected == 0; i++)
        story_run(&story, 10, NULL);
    client_send_data(publisher, "up");
    CU_ASSERT_EQUAL(media_send_data(story.media, publisher->id, "down", 4), MEDIA_OK);
    story_run(&story, TIMEOUT_MS, first_has_data);
    for (unsigned i = 0; i < 400 && story.num_data == 0; i++)
        story_run(&story, 10, NULL);
    CU_ASSERT_EQUAL(story.num_data, 1);
    CU_ASSERT_STRING_EQUAL(story.data, "up");
    CU_ASSERT_STRING_EQUAL((const char *)publisher->data, "down");
    CU_ASSERT_EQUAL(media_send_data(story.media, "nobody", "x", 1), MEDIA_NO_SESSION);
    story_end(&story);
}

static bool first_is_checked(struct client *const *clients, size_t num)
{
    return num > 0 && clients[0]->checked;
}

static void a_restart_that_is_repeated_gives_the_same_credentials(void)
{
    struct media_answer first, again, second;
    const char *password = "restart-restart-restart";
    struct story story;

    story_begin(&story, &one);
    struct client *publisher = story_publish(&story, false);
    story_connect(&story);
    CU_ASSERT_EQUAL(media_restart(story.media, publisher->id, "new1", password, &first),
                    MEDIA_OK);
    CU_ASSERT_STRING_NOT_EQUAL(first.ufrag, publisher->answer.ufrag);
    CU_ASSERT_EQUAL(media_restart(story.media, publisher->id, "new1", password, &again),
                    MEDIA_OK);
    CU_ASSERT_STRING_EQUAL(first.ufrag, again.ufrag);
    CU_ASSERT_STRING_EQUAL(first.password, again.password);
    snprintf(publisher->ufrag, sizeof publisher->ufrag, "new1");
    client_restart(publisher, &again);
    story_run(&story, TIMEOUT_MS, first_is_checked);
    CU_ASSERT_TRUE(publisher->checked);
    CU_ASSERT_EQUAL(media_restart(story.media, publisher->id, "new2", password, &second),
                    MEDIA_OK);
    CU_ASSERT_STRING_NOT_EQUAL(first.ufrag, second.ufrag);
    CU_ASSERT_EQUAL(media_restart(story.media, "nobody", "new2", password, &second),
                    MEDIA_NO_SESSION);
    story_end(&story);
}

/* Three publishers, each with a stream of its own. */
static void publish_three(struct story *story, const uint8_t levels[3])
{
    const char *const streams[] = { "a", "b", "c" };

    for (size_t i = 0; i < 3; i++) {
        struct client *client = story_join(story);
        client->level = levels[i];
        CU_ASSERT_EQUAL(client_publish(client, story->media, streams[i], false), MEDIA_OK);
    }
}

/* Of three publishers, each with a stream of its own, the loudest is the one that is in the
 * only track of the watcher. */
static void watching_all_streams_is_watching_the_loudest(void)
{
    const struct media_config config = { .address = "127.0.0.1:0",
                                         .threads = 2,
                                         .last_n = 1 };
    const uint8_t levels[] = { 100, 10, 100 };
    struct stream_stats stats;
    struct story story;

    story_begin(&story, &config);
    publish_three(&story, levels);
    struct client *watcher = story_join(&story);
    CU_ASSERT_EQUAL(client_watch(watcher, story.media, STREAM_ALL), MEDIA_OK);
    CU_ASSERT_EQUAL(watcher->video.ssrc, 0);
    story_connect(&story);
    for (unsigned i = 0; i < 300; i++) {
        for (size_t k = 0; k < 3; k++)
            client_send_frame(story.all[k]);
        if (i == 150)
            watcher->audio.packets = 0;
        story_run(&story, 5, NULL);
    }
    CU_ASSERT_TRUE(watcher->audio.packets > 130);
    CU_ASSERT_TRUE(watcher->audio.packets <= 155); /* of one of the three */
    CU_ASSERT_EQUAL(watcher->audio.wrong, 0);
    CU_ASSERT_EQUAL(watcher->audio.level, 10);
    CU_ASSERT_TRUE(media_find_stream(story.media, STREAM_ALL, &stats));
    CU_ASSERT_EQUAL(stats.watchers, 1);
    media_end(story.media, watcher->id);
    CU_ASSERT_TRUE(media_find_stream(story.media, STREAM_ALL, &stats));
    story_end(&story);
}

/* Those from the number `first` on speak. */
static void let_speak(struct story *story, size_t first, unsigned rounds)
{
    for (unsigned i = 0; i < rounds; i++) {
        for (size_t k = first; k < 3; k++)
            client_send_frame(story->all[k]);
        story_run(story, 5, NULL);
    }
}

static void a_watcher_of_all_streams_gets_as_many_speakers_as_it_has_tracks(void)
{
    const struct media_config config = { .address = "127.0.0.1:0", .last_n = 2 };
    const uint8_t levels[] = { 10, 30, 100 };
    struct story story;

    story_begin(&story, &config);
    publish_three(&story, levels);
    struct client *single = story_join(&story), *twin = story_join(&story);
    twin->has_second = true;
    CU_ASSERT_EQUAL(client_watch(single, story.media, STREAM_ALL), MEDIA_OK);
    CU_ASSERT_EQUAL(client_watch(twin, story.media, STREAM_ALL), MEDIA_OK);
    story_connect(&story);
    let_speak(&story, 0, 200);
    CU_ASSERT_EQUAL(single->audio.level, 10);
    CU_ASSERT_EQUAL(twin->audio.level + twin->second.level, 10 + 30);
    let_speak(&story, 1, 200);
    CU_ASSERT_EQUAL(single->audio.level, 30);
    CU_ASSERT_TRUE(twin->audio.level == 30 || twin->second.level == 30);
    CU_ASSERT_EQUAL(single->audio.wrong + twin->audio.wrong + twin->second.wrong, 0);
    media_end(story.media, single->id);
    twin->audio.packets = twin->second.packets = 0;
    let_speak(&story, 0, 50);
    CU_ASSERT_TRUE(twin->audio.packets > 30 && twin->second.packets > 30);
    story_end(&story);
}

/* RFC 8830 section 2: a track of each section. */
static void tracks_of_all_streams_have_ids_that_differ(void)
{
    const struct media_config config = { .address = "127.0.0.1:0", .last_n = 2 };
    struct description offer, chosen;
    struct media_answer answer;
    struct stream_stats stats;
    struct story story;

    story_begin(&story, &config);
    CU_ASSERT_TRUE(media_find_stream(story.media, STREAM_ALL, &stats));
    CU_ASSERT_EQUAL(stats.audio_tracks, 2);
    story.clients[0].has_second = true;
    offer = client_offer(&story.clients[0]);
    const struct media_request request = { .stream = STREAM_ALL,
                                           .offer = &offer,
                                           .id = story.clients[0].id };
    CU_ASSERT_EQUAL(media_watch(story.media, &request, &chosen, &answer), MEDIA_OK);
    CU_ASSERT_FALSE(chosen.sections[2].rejected);
    CU_ASSERT_STRING_NOT_EQUAL(chosen.sections[0].msid, chosen.sections[2].msid);
    CU_ASSERT_PTR_NOT_NULL(strstr(chosen.sections[0].msid, " audio"));
    story_end(&story);
}

/* A section that the offer has rejected asks for no video, unlike one without its codec. */
static void who_asks_for_no_video_gets_the_audio(void)
{
    struct description offer, chosen;
    struct media_answer answer;
    struct story story;

    story_begin(&story, &one);
    story_publish(&story, false);
    offer = client_offer(&story.clients[1]);
    const struct media_request request = { .stream = "studio",
                                           .offer = &offer,
                                           .id = story.clients[1].id };
    offer.sections[1].codec = CODEC_H264;
    CU_ASSERT_EQUAL(media_watch(story.media, &request, &chosen, &answer), MEDIA_NO_CODEC);
    offer.sections[1].rejected = true;
    CU_ASSERT_EQUAL(media_watch(story.media, &request, &chosen, &answer), MEDIA_OK);
    CU_ASSERT_FALSE(chosen.sections[0].rejected);
    CU_ASSERT_TRUE(chosen.sections[1].rejected);
    story_end(&story);
}

static void count_events(void *user, const skiff_trace *event)
{
    unsigned *connected = user;

    *connected +=
        event->event == SKIFF_TRACE_CONNECTED && event->kind == SKIFF_TRACE_OF_DTLS;
}

static void count_sessions(void *user, const struct session_stats *stats)
{
    unsigned *num = user;

    *num += stats->state == SESSION_UP;
}

static void a_session_has_its_stages_and_its_events(void)
{
    const struct media_config two = { .address = "127.0.0.1:0", .threads = 2 };
    unsigned connected = 0, num = 0;
    struct session_stats stats;
    struct story story;

    story_begin(&story, &two);
    struct client *publisher = story_publish(&story, false);
    story_watch(&story);
    story_connect(&story);
    story_send(&story, publisher, 30);
    CU_ASSERT_TRUE_FATAL(media_session(story.media, publisher->id, &stats));
    CU_ASSERT_TRUE(stats.stages.check <= stats.stages.client_hello);
    CU_ASSERT_TRUE(stats.stages.client_hello <= stats.stages.keys);
    CU_ASSERT_TRUE(stats.stages.keys <= stats.stages.first_media);
    CU_ASSERT_NOT_EQUAL(stats.stages.first_media, SKIFF_NEVER);
    CU_ASSERT_TRUE(stats.share > 0);
    CU_ASSERT_EQUAL(stats.dtls.version, SKIFF_DTLS_1_3);
    CU_ASSERT_EQUAL(stats.num_tracks, 2);
    CU_ASSERT_EQUAL(stats.tracks[0].packets, 30);
    CU_ASSERT_EQUAL(stats.tracks[1].packets, 30 * CLIENT_FRAME_PACKETS);
    CU_ASSERT_EQUAL(stats.watchers, 1);
    media_each(story.media, count_sessions, &num);
    CU_ASSERT_EQUAL(num, 2);
    const uint64_t next =
        media_trace(story.media, publisher->id, 0, count_events, &connected);
    CU_ASSERT_EQUAL(connected, 1);
    CU_ASSERT_TRUE(next > 10);
    CU_ASSERT_EQUAL(media_trace(story.media, "nobody", 7, count_events, &connected), 7);
    story_end(&story);
}

CU_TestInfo sessions_tests[] = {
    TEST(what_nobody_publishes_cannot_be_watched),
    TEST(what_is_not_sound_is_refused_with_a_sentence),
    TEST(more_sessions_than_there_may_be_are_refused),
    TEST(a_stream_lasts_as_long_as_somebody_has_it),
    TEST(a_session_is_over_when_its_peer_has_closed),
    TEST(a_session_without_a_check_is_over_after_thirty_seconds),
    TEST(messages_of_dtls_go_both_ways),
    TEST(a_restart_that_is_repeated_gives_the_same_credentials),
    TEST(watching_all_streams_is_watching_the_loudest),
    TEST(a_watcher_of_all_streams_gets_as_many_speakers_as_it_has_tracks),
    TEST(tracks_of_all_streams_have_ids_that_differ),
    TEST(who_asks_for_no_video_gets_the_audio),
    TEST(a_session_has_its_stages_and_its_events),
    CU_TEST_INFO_NULL,
};
