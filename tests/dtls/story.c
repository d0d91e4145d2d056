/* story.c - two contexts and a world between them. */
#include "story.h"

#include "../suite.h"

#include <stdio.h>
#include <stdlib.h>

#include "association/epoch.h"

enum { HANDSHAKE_SLOTS = 4 };

void story_prepare(struct story *s)
{
    memset(s, 0, sizeof *s);
    for (int i = 0; i < 2; i++) {
        s->settings[i] = skiff_context_defaults();
        s->settings[i].identity = world_identity(i);
        s->settings[i].max_handshakes = HANDSHAKE_SLOTS;
    }
    s->network.seed = 1;
    s->network.delay = SKIFF_MSEC(10);
}

static void introduce(struct story *s)
{
    for (int i = 0; i < 2; i++) {
        skiff_fingerprint expected = story_fingerprint(s, 1 - i);
        if (skiff_dtls_expect(s->world.ends[i].dtls, &expected, 1) != SKIFF_OK)
            abort();
    }
}

static void begin_world(struct story *s)
{
    s->network.strangers = true; /* the world knows only its own identities */
    world_begin(&s->world, &s->network);
    if (!s->strangers)
        introduce(s);
}

void story_begin(struct story *s)
{
    for (int i = 0; i < 2; i++)
        s->network.context[i] = s->context[i] = world_context(i, &s->settings[i]);
    begin_world(s);
}

void story_again(struct story *s)
{
    world_end(&s->world);
    begin_world(s);
}

void story_end(struct story *s)
{
    world_end(&s->world);
    for (int i = 0; i < 2; i++)
        skiff_context_free(s->context[i]);
}

skiff_fingerprint story_fingerprint(const struct story *s, int end)
{
    skiff_fingerprint fingerprint;

    skiff_identity_fingerprint(s->settings[end].identity, &fingerprint);
    return fingerprint;
}

bool story_connects(struct story *s)
{
    world_run(&s->world, SKIFF_MSEC(60000));
    if (world_both_connected(&s->world) && world_keys_agree(&s->world))
        return true;
    world_picture(&s->world);
    return false;
}

skiff_dtls_info story_info(const struct story *s, int end)
{
    skiff_dtls_info info;

    skiff_dtls_get_info(s->world.ends[end].dtls, &info, sizeof info);
    return info;
}

skiff_dtls_counters story_counters(const struct story *s, int end)
{
    skiff_dtls_counters counters;

    skiff_dtls_get_counters(s->world.ends[end].dtls, &counters, sizeof counters);
    return counters;
}

skiff_failure story_failure(const struct story *s, int end)
{
    skiff_failure failure;

    skiff_dtls_failure(s->world.ends[end].dtls, &failure, sizeof failure);
    return failure;
}

bool story_next_record(const uint8_t *bytes, size_t len, struct story_record *record)
{
    record->from = record->end;
    if (len - record->from < RECORD_HEADER
        || !record_header_read(&record->header,
                               (skiff_bytes){ bytes + record->from, RECORD_HEADER }))
        return false;
    record->end = record->from + RECORD_HEADER + record->header.length;
    return record->end <= len;
}

bool story_is_quiet(const struct story *s, int end)
{
    const skiff_dtls *dtls = s->world.ends[end].dtls;

    return skiff_dtls_deadline(dtls) == skf_previous_keys_expiry(dtls);
}

struct story story_live(void)
{
    struct story s;

    story_prepare(&s);
    story_begin(&s);
    CU_ASSERT_TRUE_FATAL(story_connects(&s));
    world_pass(&s.world, SKIFF_MSEC(100));
    return s;
}

bool story_talks(struct story *s)
{
    for (int i = 0; i < 2; i++) {
        unsigned count = s->world.ends[1 - i].data_count;
        if (world_send(&s->world, i, "alive", 5) != SKIFF_OK)
            return false;
        world_pass(&s->world, SKIFF_MSEC(20));
        if (s->world.ends[1 - i].data_count != count + 1)
            return false;
    }
    return true;
}

size_t story_forge(uint8_t *out, struct record_header header, const void *body)
{
    size_t size;

    if (!record_header_write(&header, out, RECORD_HEADER, &size))
        abort();
    memcpy(out + size, body, header.length);
    return size + header.length;
}

void story_keep(struct world *world, struct world_datagram *datagram)
{
    struct story_recording *recording = world->config.user;

    if (recording->num < STORY_CAPTURED)
        recording->captured[recording->num++] = *datagram;
    if (recording->muted)
        datagram->copies = 0;
}
