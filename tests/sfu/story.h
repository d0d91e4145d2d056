/* story.h - media with a publisher and some watchers on loopback, for the tests. */
#ifndef TESTS_SFU_STORY_H
#define TESTS_SFU_STORY_H

#include "sfu_client.h"

enum { WATCHERS = 3, STORY_CLIENTS = WATCHERS + 2, TIMEOUT_MS = 4000 };

struct story {
    struct client_world world;
    struct media *media;
    struct client clients[STORY_CLIENTS];
    struct client *all[STORY_CLIENTS]; /* those that have joined; the first publishes */
    size_t num;
    /* What media has reported. */
    unsigned connected, over, num_data;
    char why[256], over_id[SESSION_ID + 1], data[64];
};

void story_begin(struct story *story, const struct media_config *config);
void story_end(struct story *story);

/* One more client, which the test lets publish or watch. */
struct client *story_join(struct story *story);

struct client *story_publish(struct story *story, bool replaces);
struct client *story_watch(struct story *story);

/* Runs for so many milliseconds, or until `done` is true, and reads the events. */
void story_run(struct story *story, unsigned ms,
               bool (*done)(struct client *const *clients, size_t num));

/* Until all are connected. */
void story_connect(struct story *story);

/* The client publishes at 100 frames a second; watchers ask for what they miss. */
void story_send(struct story *story, struct client *publisher, unsigned num);

#endif
