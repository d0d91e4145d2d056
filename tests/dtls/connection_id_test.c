/* connection_id_test.c - stories of ends that are named by ids (RFC 9146, RFC 9147 section
 * 9), told in both versions. */
#include "../suite.h"

#include "association/optional_state.h"
#include "story.h"
#include "wire/numbers.h"

enum { ID = 8, HOME = 11, AWAY = 22, FARTHER = 33 };

/* Both have the extension, and are named by ids of these lengths. */
static void begin_with_ids(struct story *s, uint8_t client, uint8_t server)
{
    story_prepare(s);
    s->settings[CLIENT_END].connection_ids = s->settings[SERVER_END].connection_ids = true;
    s->settings[CLIENT_END].connection_id_len = client;
    s->settings[SERVER_END].connection_id_len = server;
}

/* Whether a sealed record of a datagram has an id in it. */
static bool has_id(const uint8_t *bytes, size_t len)
{
    skiff_bytes id;

    return skiff_connection_id_peek((skiff_bytes){ bytes, len }, 1, &id);
}

/* Says something and looks at the datagram; it arrives as well. */
static bool sends_with_id(struct story *s, int from, const char *what)
{
    struct story_recording recording = { .num = 0 };
    unsigned before = s->world.ends[1 - from].data_count;

    s->world.config.meddler = story_keep;
    s->world.config.user = &recording;
    CU_ASSERT_EQUAL(world_send(&s->world, from, what, strlen(what)), SKIFF_OK);
    s->world.config.meddler = NULL;
    world_pass(&s->world, SKIFF_MSEC(100));
    CU_ASSERT_EQUAL(s->world.ends[1 - from].data_count, before + 1);
    CU_ASSERT_EQUAL(recording.num, 1);
    return has_id(recording.captured[0].bytes, recording.captured[0].len);
}

/* A datagram with application data that has left and not arrived. */
static struct world_datagram catch_data(struct story *s, int from)
{
    struct story_recording recording = { .muted = true };

    s->world.config.meddler = story_keep;
    s->world.config.user = &recording;
    CU_ASSERT_EQUAL(world_send(&s->world, from, "caught", 6), SKIFF_OK);
    s->world.config.meddler = NULL;
    CU_ASSERT_EQUAL(recording.num, 1);
    return recording.captured[0];
}

static skiff_status deliver_from(struct story *s, uint64_t path, int to,
                                 const struct world_datagram *d)
{
    return world_deliver_from(&s->world, path, to, (skiff_bytes){ d->bytes, d->len });
}

/* --- what is agreed ------------------------------------------------------------------- */

static void each_end_gets_the_id_it_asks_for_of_any_length(void)
{
    static const uint8_t lens[] = { 0, 1, SKIFF_CONNECTION_ID_MAX };

    for (int i = 0; i < 9; i++) {
        struct story s;
        begin_with_ids(&s, lens[i / 3], lens[i % 3]);
        story_begin(&s);
        CU_ASSERT_TRUE(story_connects(&s));
        CU_ASSERT_EQUAL(sends_with_id(&s, CLIENT_END, "to the server"), lens[i % 3] > 0);
        CU_ASSERT_EQUAL(sends_with_id(&s, SERVER_END, "to the client"), lens[i / 3] > 0);
        CU_ASSERT_EQUAL(story_counters(&s, CLIENT_END).drop_connection_id, 0);
        CU_ASSERT_EQUAL(story_counters(&s, SERVER_END).drop_connection_id, 0);
        story_end(&s);
    }
}

static void without_the_other_end_there_are_no_ids(void)
{
    for (int one = 0; one < 2; one++) {
        struct story s;
        begin_with_ids(&s, ID, ID);
        s.settings[one].connection_ids = false;
        story_begin(&s);
        CU_ASSERT_TRUE(story_connects(&s));
        CU_ASSERT_FALSE(sends_with_id(&s, CLIENT_END, "to the server"));
        CU_ASSERT_FALSE(sends_with_id(&s, SERVER_END, "to the client"));
        CU_ASSERT_FALSE(story_info(&s, CLIENT_END).connection_ids);
        CU_ASSERT_FALSE(story_info(&s, SERVER_END).connection_ids);
        story_end(&s);
    }
}

static void by_default_nothing_is_offered(void)
{
    struct story s;

    story_prepare(&s);
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    CU_ASSERT_FALSE(sends_with_id(&s, CLIENT_END, "to the server"));
    CU_ASSERT_FALSE(story_info(&s, CLIENT_END).connection_ids);
    story_end(&s);
}

static void an_id_longer_than_the_maximum_is_refused_when_the_context_is_made(void)
{
    skiff_context_config config = skiff_context_defaults();
    skiff_context *context = NULL;

    config.identity = world_identity(0);
    config.connection_ids = true;
    config.connection_id_len = SKIFF_CONNECTION_ID_MAX + 1;
    CU_ASSERT_EQUAL(skiff_context_new(&config, &context), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_PTR_NULL(context);
}

/* Every sealed record of the handshake has one, and no plaintext record does. */
static void sealed_records_have_an_id_from_the_first_on(void)
{
    struct story_recording recording = { .num = 0 };
    struct story s;

    begin_with_ids(&s, ID, ID);
    s.network.meddler = story_keep;
    s.network.user = &recording;
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    CU_ASSERT_FALSE(has_id(recording.captured[0].bytes, recording.captured[0].len));
    CU_ASSERT_TRUE(has_id(recording.captured[recording.num - 1].bytes,
                          recording.captured[recording.num - 1].len));
    CU_ASSERT_EQUAL(story_counters(&s, 0).drop_connection_id
                        + story_counters(&s, 1).drop_connection_id,
                    0);
    story_end(&s);
}

static void with_loss_and_disorder_they_connect_all_the_same(void)
{
    for (uint64_t seed = 1; seed <= 30; seed++) {
        struct story s;
        begin_with_ids(&s, ID, 1);
        s.network.seed = seed;
        s.network.loss = 200;
        s.network.duplicate = 100;
        s.network.reorder = 300;
        story_begin(&s);
        CU_ASSERT_TRUE(story_connects(&s));
        CU_ASSERT_EQUAL(story_counters(&s, 0).drop_connection_id
                            + story_counters(&s, 1).drop_connection_id,
                        0);
        story_end(&s);
    }
}

/* --- ids of the caller's -------------------------------------------------------------- */

static void assign_id(void *user, skiff_dtls *dtls, uint8_t *id)
{
    unsigned *asked = user;

    memcpy(id, skiff_dtls_user(dtls), ID);
    ++*asked;
}

static void the_caller_may_choose_its_ids_and_find_them_in_a_datagram(void)
{
    struct story_recording recording = { .num = 0 };
    char mine[] = "thread 7";
    unsigned asked = 0;
    skiff_bytes id;
    struct story s;

    begin_with_ids(&s, 0, ID);
    s.settings[SERVER_END].connection_id = assign_id;
    s.settings[SERVER_END].user = &asked;
    s.network.meddler = story_keep;
    s.network.user = &recording;
    story_begin(&s);
    skiff_dtls_set_user(s.world.ends[SERVER_END].dtls, mine);
    CU_ASSERT_TRUE(story_connects(&s));
    CU_ASSERT_EQUAL(asked, 1);
    CU_ASSERT_EQUAL(world_send(&s.world, CLIENT_END, "x", 1), SKIFF_OK);
    const struct world_datagram *d = &recording.captured[recording.num - 1];
    CU_ASSERT_TRUE_FATAL(
        skiff_connection_id_peek((skiff_bytes){ d->bytes, d->len }, ID, &id));
    CU_ASSERT_TRUE(id.len == ID && memcmp(id.ptr, mine, ID) == 0);
    story_end(&s);
}

static void a_peek_reads_nothing_past_a_datagram(void)
{
    static const uint8_t with_12[] = { 25, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 0, 'i', 'd' };
    static const uint8_t with_13[] = { 0x30, 'i', 'd' };
    skiff_bytes id;

    CU_ASSERT_TRUE(skiff_connection_id_peek((skiff_bytes){ with_12, 13 }, 2, &id));
    CU_ASSERT_PTR_EQUAL(id.ptr, with_12 + 11);
    CU_ASSERT_TRUE(skiff_connection_id_peek((skiff_bytes){ with_13, 3 }, 2, &id));
    CU_ASSERT_PTR_EQUAL(id.ptr, with_13 + 1);
    for (size_t len = 0; len < 13; len++)
        CU_ASSERT_FALSE(skiff_connection_id_peek((skiff_bytes){ with_12, len }, 2, &id));
    for (size_t len = 0; len < 3; len++)
        CU_ASSERT_FALSE(skiff_connection_id_peek((skiff_bytes){ with_13, len }, 2, &id));
    CU_ASSERT_FALSE(skiff_connection_id_peek((skiff_bytes){ with_13, 3 }, 0, &id));
    CU_ASSERT_FALSE(skiff_connection_id_peek((skiff_bytes){ with_13, 3 }, SIZE_MAX, &id));
}

/* --- records that name us wrongly ----------------------------------------------------- */

static void a_record_under_another_id_is_dropped_and_counted(void)
{
    struct story s;

    begin_with_ids(&s, ID, ID);
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    struct world_datagram d = catch_data(&s, CLIENT_END);
    d.bytes[world_version() == SKIFF_DTLS_1_3 ? 1 : 11] ^= 1;
    CU_ASSERT_EQUAL(deliver_from(&s, 0, SERVER_END, &d), SKIFF_ERR_DROPPED);
    CU_ASSERT_EQUAL(story_counters(&s, SERVER_END).drop_connection_id, 1);
    CU_ASSERT_EQUAL(story_counters(&s, SERVER_END).drop_unverified, 0);
    CU_ASSERT_TRUE(sends_with_id(&s, CLIENT_END, "it goes on"));
    story_end(&s);
}

/* RFC 9147 section 4: the rest of such a datagram is another association's. */
static void behind_another_id_nothing_of_the_datagram_counts(void)
{
    struct story s;

    begin_with_ids(&s, ID, ID);
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    struct world_datagram d = catch_data(&s, CLIENT_END), good = catch_data(&s, CLIENT_END);
    d.bytes[world_version() == SKIFF_DTLS_1_3 ? 1 : 11] ^= 1;
    memcpy(d.bytes + d.len, good.bytes, good.len);
    d.len += good.len;
    CU_ASSERT_EQUAL(deliver_from(&s, 0, SERVER_END, &d), SKIFF_ERR_DROPPED);
    CU_ASSERT_EQUAL(s.world.ends[SERVER_END].data_count, 0);
    CU_ASSERT_EQUAL(deliver_from(&s, 0, SERVER_END, &good), SKIFF_OK);
    CU_ASSERT_EQUAL(s.world.ends[SERVER_END].data_count, 1);
    story_end(&s);
}

/* RFC 9146 section 3: where an id was agreed, what has none is invalid, sealed well or not.
 */
static void a_record_without_an_id_is_dropped_where_one_is_due(void)
{
    struct story s;

    begin_with_ids(&s, ID, ID);
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    struct cids *cids = cids_of(s.world.ends[CLIENT_END].dtls);
    cids->negotiated = false; /* as an end that forgot it */
    struct world_datagram d = catch_data(&s, CLIENT_END);
    cids->negotiated = true;
    CU_ASSERT_FALSE(has_id(d.bytes, d.len));
    CU_ASSERT_EQUAL(deliver_from(&s, 0, SERVER_END, &d), SKIFF_ERR_DROPPED);
    CU_ASSERT_EQUAL(story_counters(&s, SERVER_END).drop_connection_id, 1);
    CU_ASSERT_TRUE(sends_with_id(&s, CLIENT_END, "it goes on"));
    story_end(&s);
}

/* RFC 9147 section 9: without the extension no record may have one. */
static void a_record_with_an_id_is_dropped_where_none_was_agreed(void)
{
    struct story s;

    for (int len = 0; len <= ID; len += ID) {
        begin_with_ids(&s, 0, (uint8_t)len);
        s.settings[CLIENT_END].connection_ids = false;
        story_begin(&s);
        CU_ASSERT_TRUE(story_connects(&s));
        struct world_datagram d = catch_data(&s, CLIENT_END);
        if (world_version() == SKIFF_DTLS_1_3)
            d.bytes[0] |= UNIFIED_HAS_CID;
        else
            d.bytes[0] = CONTENT_TLS12_CID;
        CU_ASSERT_EQUAL(deliver_from(&s, 0, SERVER_END, &d), SKIFF_ERR_DROPPED);
        CU_ASSERT_FALSE(sends_with_id(&s, CLIENT_END, "it goes on"));
        story_end(&s);
    }
}

/* --- a peer that moves ---------------------------------------------------------------- */

static void begin_at_home(struct story *s)
{
    begin_with_ids(s, ID, ID);
    story_begin(s);
    s->world.ends[CLIENT_END].path = s->world.ends[SERVER_END].path = HOME;
    CU_ASSERT_TRUE(story_connects(s));
    CU_ASSERT_EQUAL(s->world.ends[SERVER_END].moved, 0);
}

static void an_end_that_moves_is_reported_once_and_what_it_sends_is_received(void)
{
    struct story s;

    begin_at_home(&s);
    s.world.ends[CLIENT_END].path = AWAY;
    for (int i = 0; i < 3; i++)
        CU_ASSERT_TRUE(sends_with_id(&s, CLIENT_END, "from elsewhere"));
    CU_ASSERT_EQUAL(s.world.ends[SERVER_END].moved, 1);
    CU_ASSERT_EQUAL(story_info(&s, SERVER_END).path, AWAY);
    CU_ASSERT_FALSE(story_info(&s, SERVER_END).path_proven); /* nobody has asked */
    CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].moved, 0);
    s.world.ends[CLIENT_END].path = FARTHER;
    CU_ASSERT_TRUE(sends_with_id(&s, CLIENT_END, "and farther"));
    CU_ASSERT_EQUAL(s.world.ends[SERVER_END].moved, 2);
    s.world.ends[CLIENT_END].path = HOME;
    CU_ASSERT_TRUE(sends_with_id(&s, CLIENT_END, "and back"));
    CU_ASSERT_EQUAL(s.world.ends[SERVER_END].moved, 3);
    story_end(&s);
}

static void a_server_that_moves_is_reported_too(void)
{
    struct story s;

    begin_at_home(&s);
    s.world.ends[SERVER_END].path = AWAY;
    CU_ASSERT_TRUE(sends_with_id(&s, SERVER_END, "from elsewhere"));
    CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].moved, 1);
    story_end(&s);
}

/* RFC 9146 section 6: whoever copies a datagram does not steal the path. */
static void a_replay_from_elsewhere_moves_nobody(void)
{
    struct story s;

    begin_at_home(&s);
    struct world_datagram d = catch_data(&s, CLIENT_END);
    CU_ASSERT_EQUAL(deliver_from(&s, HOME, SERVER_END, &d), SKIFF_OK);
    CU_ASSERT_EQUAL(deliver_from(&s, AWAY, SERVER_END, &d), SKIFF_ERR_DROPPED);
    CU_ASSERT_EQUAL(s.world.ends[SERVER_END].moved, 0);
    story_end(&s);
}

/* RFC 9146 section 6: what left before the move and comes after it does not undo it. */
static void a_reordered_record_does_not_move_it_back(void)
{
    struct story s;

    begin_at_home(&s);
    struct world_datagram before = catch_data(&s, CLIENT_END);
    struct world_datagram after = catch_data(&s, CLIENT_END);
    CU_ASSERT_EQUAL(deliver_from(&s, AWAY, SERVER_END, &after), SKIFF_OK);
    CU_ASSERT_EQUAL(s.world.ends[SERVER_END].moved, 1);
    CU_ASSERT_EQUAL(deliver_from(&s, HOME, SERVER_END, &before), SKIFF_OK);
    CU_ASSERT_EQUAL(s.world.ends[SERVER_END].moved, 1);
    CU_ASSERT_EQUAL(s.world.ends[SERVER_END].data_count, 2);
    story_end(&s);
}

static void a_forged_record_from_elsewhere_moves_nobody(void)
{
    struct story s;

    begin_at_home(&s);
    struct world_datagram d = catch_data(&s, CLIENT_END);
    d.bytes[d.len - 1] ^= 1;
    CU_ASSERT_EQUAL(deliver_from(&s, AWAY, SERVER_END, &d), SKIFF_ERR_DROPPED);
    CU_ASSERT_EQUAL(s.world.ends[SERVER_END].moved, 0);
    story_end(&s);
}

static void an_end_without_a_connection_id_is_never_reported(void)
{
    struct story s;

    begin_with_ids(&s, ID, 0);
    story_begin(&s);
    s.world.ends[CLIENT_END].path = HOME;
    CU_ASSERT_TRUE(story_connects(&s));
    s.world.ends[CLIENT_END].path = AWAY;
    CU_ASSERT_FALSE(sends_with_id(&s, CLIENT_END, "from elsewhere"));
    CU_ASSERT_EQUAL(s.world.ends[SERVER_END].moved, 0);
    story_end(&s);
}

static void a_path_that_is_not_reported_is_no_move(void)
{
    struct story s;

    begin_at_home(&s);
    s.world.ends[CLIENT_END].path = 0;
    CU_ASSERT_TRUE(sends_with_id(&s, CLIENT_END, "from somewhere"));
    s.world.ends[CLIENT_END].path = HOME;
    CU_ASSERT_TRUE(sends_with_id(&s, CLIENT_END, "from home"));
    CU_ASSERT_EQUAL(s.world.ends[SERVER_END].moved, 0);
    story_end(&s);
}

CU_TestInfo connection_id_tests[] = {
    TEST(each_end_gets_the_id_it_asks_for_of_any_length),
    TEST(without_the_other_end_there_are_no_ids),
    TEST(by_default_nothing_is_offered),
    TEST(an_id_longer_than_the_maximum_is_refused_when_the_context_is_made),
    TEST(sealed_records_have_an_id_from_the_first_on),
    TEST(with_loss_and_disorder_they_connect_all_the_same),
    TEST(the_caller_may_choose_its_ids_and_find_them_in_a_datagram),
    TEST(a_peek_reads_nothing_past_a_datagram),
    TEST(a_record_under_another_id_is_dropped_and_counted),
    TEST(behind_another_id_nothing_of_the_datagram_counts),
    TEST(a_record_without_an_id_is_dropped_where_one_is_due),
    TEST(a_record_with_an_id_is_dropped_where_none_was_agreed),
    TEST(an_end_that_moves_is_reported_once_and_what_it_sends_is_received),
    TEST(a_server_that_moves_is_reported_too),
    TEST(a_replay_from_elsewhere_moves_nobody),
    TEST(a_reordered_record_does_not_move_it_back),
    TEST(a_forged_record_from_elsewhere_moves_nobody),
    TEST(an_end_without_a_connection_id_is_never_reported),
    TEST(a_path_that_is_not_reported_is_no_move),
    CU_TEST_INFO_NULL,
};
