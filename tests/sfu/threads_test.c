/* threads_test.c - what signalling and the workers pass to each other: in which order, how
 * much at once, and why a call was refused. */
#include "samples/rtp/rtp.h"
#include "samples/sfu/media_state.h"
#include "samples/sfu/worker_state.h"
#include "story.h"
#include "suite.h"

#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>

enum { ENDLESS = 1000 };

static void relay_packet(struct media *media)
{
    struct relay *relay = media->workers[1]->from[0];
    struct relay_item *item = relay_place(relay);

    CU_ASSERT_PTR_NOT_NULL_FATAL(item);
    item->head = (struct relay_head){ .stream = media->all, .outline = { .origin = 1 } };
    item->len = RTP_HEADER;
    memset(item->bytes, 0, RTP_HEADER);
    relay_put(relay);
}

/* After this the branch is no more, as when its last watcher has gone. */
static void end_branch(struct worker *worker, void *argument)
{
    struct branch **branch = &worker->config.all->branches[worker->config.index];
    unsigned *late = argument;

    *late += relay_next(worker->from[0]) != NULL;
    *late += worker->num_waiting > 0;
    branch_free(*branch);
    *branch = NULL;
}

/* As worker_call does it, but the packet comes when the worker has woken for the call, and
 * has looked into its rings in this run. It must be the first call: after one the worker
 * needs the lock once more. */
static void call_late(struct media *media, unsigned *late)
{
    struct worker *worker = media->workers[1];

    pthread_mutex_lock(&worker->lock);
    worker->function = end_branch;
    worker->argument = late;
    atomic_store(&worker->is_called, true);
    (void)!eventfd_write(worker->wake_fd, 1);
    while (atomic_load(&worker->is_called))
        sched_yield();
    relay_packet(media);
    while (worker->function != NULL)
        pthread_cond_wait(&worker->done, &worker->lock);
    pthread_mutex_unlock(&worker->lock);
}

static void what_is_relayed_before_a_call_runs_is_received_before_it(void)
{
    const struct media_config two = { .address = "127.0.0.1:0", .threads = 2 };
    struct story story;
    unsigned late = 0;

    story_begin(&story, &two);
    story.media->all->branches[1] = branch_new(story.media->workers[1]->pool, true);
    CU_ASSERT_PTR_NOT_NULL_FATAL(story.media->all->branches[1]);
    call_late(story.media, &late);
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
    TEST(what_is_relayed_before_a_call_runs_is_received_before_it),
    TEST(a_flood_of_data_does_not_keep_signalling_from_the_rest),
    TEST(a_refusal_by_a_worker_has_its_sentence_here),
    CU_TEST_INFO_NULL,
};
