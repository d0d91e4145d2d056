/* story.h - two contexts and a world between them, as most tests of this folder need it. */
#ifndef TEST_STORY_H
#define TEST_STORY_H

#include "wire/record.h"
#include "world/world.h"

enum { CLIENT_END = WORLD_CLIENT, SERVER_END = WORLD_SERVER };

struct story {
    skiff_context_config settings[2];
    skiff_context *context[2];
    struct world_config network;
    struct world world;
    bool strangers; /* no expected fingerprint is set */
};

/* Default settings, a few slots, 10 ms each way: to be changed before it begins. */
void story_prepare(struct story *story);

/* Makes what is not there yet and lets both ends wait for their start. */
void story_begin(struct story *story);

/* Another world with the same contexts. */
void story_again(struct story *story);

void story_end(struct story *story);

/* The sha-256 fingerprint of an end's certificate. */
skiff_fingerprint story_fingerprint(const struct story *story, int end);

/* Lets time pass until both are connected or one has ended; both have to be connected with
 * the same keys. Says whether they are, and prints the picture if they are not. */
bool story_connects(struct story *story);

/* A story whose ends are connected, and have nothing left to send. */
struct story story_live(void);

/* Each sends the other a message: whether both arrive. */
bool story_talks(struct story *story);

/* Whether an end waits for nothing but the time when it wipes old keys. */
bool story_is_quiet(const struct story *story, int end);

/* What an end reported, what it counted, why it ended. */
skiff_dtls_info story_info(const struct story *story, int end);
skiff_dtls_counters story_counters(const struct story *story, int end);
skiff_failure story_failure(const struct story *story, int end);

/* The record of a datagram behind `record`, which begins with zeros; false behind the last.
 */
struct story_record {
    struct record_header header;
    size_t from, end; /* of the record in its datagram */
};
bool story_next_record(const uint8_t *bytes, size_t len, struct story_record *record);

/* Writes a record as anybody could; returns its length. */
size_t story_forge(uint8_t *out, struct record_header header, const void *body);

/* Keeps a copy of each datagram of both ends. */
enum { STORY_CAPTURED = 64 };
struct story_recording {
    size_t num;
    bool muted; /* they are not delivered */
    struct world_datagram captured[STORY_CAPTURED];
};
void story_keep(struct world *world, struct world_datagram *datagram);

#endif
