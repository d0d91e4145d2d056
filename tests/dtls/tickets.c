/* tickets.c - stories of two ends that give and take tickets. */
#include "tickets.h"

#include "../suite.h"

static const uint8_t key[TICKET_KEY] = "32 bytes that both contexts have";

void tickets_prepare(struct story *s)
{
    story_prepare(s);
    for (int i = 0; i < 2; i++) {
        s->settings[i].tickets = true;
        s->settings[i].ticket_key = (skiff_bytes){ key, sizeof key };
    }
}

struct ticket tickets_last_reported(const struct story *s)
{
    const struct world_end *client = &s->world.ends[CLIENT_END];
    struct ticket t = { .len = client->ticket_len };

    CU_ASSERT_TRUE_FATAL(client->tickets > 0);
    memcpy(t.bytes, client->ticket, t.len);
    return t;
}

struct ticket tickets_get(struct story *s)
{
    story_begin(s);
    CU_ASSERT_TRUE_FATAL(story_connects(s));
    world_pass(&s->world, SKIFF_MSEC(100));
    return tickets_last_reported(s);
}

struct ticket tickets_begin(struct story *s)
{
    tickets_prepare(s);
    return tickets_get(s);
}

static void bring(struct story *s, const struct ticket *t)
{
    CU_ASSERT_EQUAL_FATAL(skiff_dtls_resume(s->world.ends[CLIENT_END].dtls,
                                            (skiff_bytes){ t->bytes, t->len }),
                          SKIFF_OK);
}

void tickets_again(struct story *s, const struct ticket *t)
{
    s->network.start = s->world.now;
    story_again(s);
    bring(s, t);
}

void tickets_anew(struct story *s, const struct ticket *t)
{
    s->network.start = s->world.now;
    story_end(s);
    story_begin(s);
    bring(s, t);
}

bool tickets_resumed(const struct story *s)
{
    bool good = true;

    for (int i = 0; i < 2; i++) {
        skiff_dtls_info info = story_info(s, i);
        skiff_fingerprint peer = story_fingerprint(s, 1 - i);
        good = good && info.resumed && info.signature == 0
            && s->world.ends[i].certificates == 0
            && memcmp(info.peer.bytes, peer.bytes, peer.len) == 0;
    }
    return good;
}

bool tickets_refused(const struct story *s)
{
    return !story_info(s, 0).resumed && !story_info(s, 1).resumed
        && s->world.ends[0].certificates == 1 && s->world.ends[1].certificates == 1;
}

bool tickets_was_offered(const struct story *s)
{
    static const uint8_t nothing[SKF_HASH_MAX];
    const struct handshake_slot *slot = s->world.ends[CLIENT_END].dtls->slot;

    return slot != NULL && memcmp(slot->hs.psk, nothing, sizeof nothing) != 0;
}

struct stored_ticket tickets_read(const struct ticket *t)
{
    struct stored_ticket stored;

    CU_ASSERT_TRUE_FATAL(stored_ticket_read(&stored, (skiff_bytes){ t->bytes, t->len }));
    return stored;
}

struct ticket tickets_write(const struct stored_ticket *stored)
{
    struct ticket t = { .len = 0 };

    CU_ASSERT_TRUE_FATAL(stored_ticket_write(stored, t.bytes, sizeof t.bytes, &t.len));
    return t;
}
