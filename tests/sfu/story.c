/* story.c - media with a publisher and some watchers on loopback. */
#include "story.h"

#include "suite.h"

#include <stdio.h>

enum { FRAME_MS = 10 };

void story_begin(struct story *story, const struct media_config *config)
{
    *story = (struct story){ 0 };
    client_world_new(&story->world);
    story->media = media_new(config);
    CU_ASSERT_PTR_NOT_NULL_FATAL(story->media);
    for (unsigned i = 0; i < STORY_CLIENTS; i++)
        client_new(&story->clients[i], &story->world, i);
}

void story_end(struct story *story)
{
    media_free(story->media);
    for (size_t i = 0; i < story->num; i++)
        client_free(story->all[i]);
    client_world_free(&story->world);
}

struct client *story_join(struct story *story)
{
    story->all[story->num] = &story->clients[story->num];
    return story->all[story->num++];
}

struct client *story_publish(struct story *story, bool replaces)
{
    struct client *client = story_join(story);

    CU_ASSERT_EQUAL_FATAL(client_publish(client, story->media, "studio", replaces),
                          MEDIA_OK);
    return client;
}

struct client *story_watch(struct story *story)
{
    struct client *client = story_join(story);

    CU_ASSERT_EQUAL_FATAL(client_watch(client, story->media, "studio"), MEDIA_OK);
    return client;
}

static void on_event(void *user, const struct session_event *event)
{
    struct story *story = user;

    switch (event->kind) {
    case SESSION_CONNECTED:
        story->connected++;
        break;
    case SESSION_DATA:
        story->num_data++;
        snprintf(story->data, sizeof story->data, "%.*s", (int)event->bytes.len,
                 (const char *)event->bytes.ptr);
        break;
    case SESSION_OVER:
        story->over++;
        snprintf(story->why, sizeof story->why, "%s", event->why);
        snprintf(story->over_id, sizeof story->over_id, "%s", event->id);
        break;
    }
}

void story_run(struct story *story, unsigned ms,
               bool (*done)(struct client *const *clients, size_t num))
{
    clients_run(story->all, story->num, ms, done);
    media_events(story->media, on_event, story);
}

void story_connect(struct story *story)
{
    story_run(story, TIMEOUT_MS, clients_are_connected);
    CU_ASSERT_TRUE_FATAL(clients_are_connected(story->all, story->num));
}

void story_send(struct story *story, struct client *publisher, unsigned num)
{
    for (unsigned i = 0; i < num; i++) {
        client_send_frame(publisher);
        story_run(story, FRAME_MS, NULL);
        for (size_t k = 0; k < story->num; k++)
            if (story->all[k]->video.ssrc != 0)
                client_ask(story->all[k]);
    }
}
