/* omitted_message_test.c - ends that leave a line of the script out, and number the rest as
 * if it had never been: nobody connects with them. */
#include "../suite.h"

#include "association/association_state.h"
#include "story.h"

enum { LINES = 32 };

/* The script of a liar. */
struct forger {
    struct line lines[LINES];
    struct script script;
};

static void leave_out(struct forger *liar, size_t which)
{
    liar->script = (struct script){ .title = "a liar's", .lines = liar->lines };
    for (size_t i = 0; i < skf_dtls12_script.count; i++)
        if (i != which)
            liar->lines[liar->script.count++] = skf_dtls12_script.lines[i];
}

/* The last moment before an end says the lines that count: its slot is in use. */
static void lie(struct story *s, int end, const struct forger *liar)
{
    struct world *w = &s->world;

    while (w->ends[end].dtls->slot == NULL)
        world_pass(w, SKIFF_MSEC(1));
    w->ends[end].dtls->slot->hs.position.script = &liar->script;
}

/* CVE-2022-25640, CVE-2022-29222: a client without Certificate, key, proof or Finished. */
static void a_client_that_leaves_a_message_out_is_never_connected(void)
{
    struct forger liar;
    struct story s;

    for (size_t i = 0; i < skf_dtls12_script.count; i++) {
        const struct line *line = &skf_dtls12_script.lines[i];
        if (line->sender != CLIENT || line->flight != 5)
            continue;
        leave_out(&liar, i);
        story_prepare(&s);
        story_begin(&s);
        lie(&s, CLIENT_END, &liar);
        world_pass(&s.world, SKIFF_MSEC(35000));
        CU_ASSERT_FALSE(s.world.ends[SERVER_END].connected);
        CU_ASSERT_FALSE(s.world.ends[CLIENT_END].connected);
        CU_ASSERT_TRUE(s.world.ends[SERVER_END].failed);
        story_end(&s);
    }
}

/* A server says all of flight 4 as soon as it hears the hello: so its script lies from
 * there. */
static void a_server_that_leaves_a_message_out_is_never_connected(void)
{
    struct forger liar;
    struct story s;

    for (size_t i = 0; i < skf_dtls12_script.count; i++) {
        const struct line *line = &skf_dtls12_script.lines[i];
        if (line->sender != SERVER || line->flight != 6)
            continue;
        leave_out(&liar, i);
        story_prepare(&s);
        story_begin(&s);
        lie(&s, SERVER_END, &liar);
        world_pass(&s.world, SKIFF_MSEC(35000));
        CU_ASSERT_FALSE(s.world.ends[CLIENT_END].connected);
        CU_ASSERT_TRUE(s.world.ends[CLIENT_END].failed);
        story_end(&s);
    }
}

/* --- messages that are taken out on the way ------------------------------------------- */

struct filter {
    uint8_t type; /* HandshakeType */
};

static void remove_messages(struct world *world, struct world_datagram *d)
{
    const struct filter *filter = world->config.user;
    struct story_record r = { .end = 0 };
    struct world_datagram left = *d;

    left.len = 0;
    while (story_next_record(d->bytes, d->len, &r)) {
        bool removed = r.header.epoch == 0 && r.header.type == CONTENT_HANDSHAKE
                    && d->bytes[r.from + RECORD_HEADER] == filter->type;
        if (removed)
            continue;
        memcpy(left.bytes + left.len, d->bytes + r.from, r.end - r.from);
        left.len += r.end - r.from;
    }
    *d = left;
}

static void without_any_one_message_nobody_connects(void)
{
    static const uint8_t types[] = { 1, 2, 11, 12, 13, 14, 15, 16 };
    struct story s;

    for (size_t i = 0; i < sizeof types; i++) {
        struct filter filter = { .type = types[i] };
        story_prepare(&s);
        s.network.meddler = remove_messages;
        s.network.user = &filter;
        story_begin(&s);
        world_pass(&s.world, SKIFF_MSEC(35000));
        CU_ASSERT_FALSE(s.world.ends[0].connected || s.world.ends[1].connected);
        CU_ASSERT_TRUE(s.world.ends[CLIENT_END].failed);
        story_end(&s);
    }
}

CU_TestInfo omitted_message_tests[] = {
    TEST(a_client_that_leaves_a_message_out_is_never_connected),
    TEST(a_server_that_leaves_a_message_out_is_never_connected),
    TEST(without_any_one_message_nobody_connects),
    CU_TEST_INFO_NULL,
};
