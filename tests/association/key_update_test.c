/* key_update_test.c - KeyUpdate: new keys for one direction or both, lost, crossing, in
 * time (RFC 9147 section 8, RFC 8446 section 4.6.3). */
#include "../suite.h"

#include <stdio.h>

#include "association/epoch.h"
#include "association/post_handshake.h"
#include "../dtls/plaintext.h"

#define FIRST_EPOCH 3u

static struct skiff_dtls *end_of(const struct story *s, int end)
{
    return s->world.ends[end].dtls;
}

/* Asks for an update and lets it be said. */
static void update(struct story *s, int end, bool both)
{
    CU_ASSERT_EQUAL(skiff_dtls_update_keys(end_of(s, end), s->world.now, both), SKIFF_OK);
    world_poll(&s->world, end);
}

/* How many times the keys of what an end says are new, at both ends the same. */
static unsigned updates(const struct story *s, int end)
{
    uint32_t speaks = end_of(s, end)->write_epoch,
             received = end_of(s, 1 - end)->read_epoch;

    CU_ASSERT_EQUAL(speaks, received);
    return speaks - FIRST_EPOCH;
}

static void one_direction_gets_new_keys(void)
{
    for (int end = 0; end < 2; end++) {
        struct story s = story_live();
        const struct keys old = end_of(&s, end)->ours.keys;
        update(&s, end, false);
        world_pass(&s.world, SKIFF_MSEC(100));
        CU_ASSERT_EQUAL(updates(&s, end), 1);
        CU_ASSERT_EQUAL(updates(&s, 1 - end), 0);
        const struct keys *ours = &end_of(&s, end)->ours.keys;
        CU_ASSERT_NOT_EQUAL(memcmp(ours->key, old.key, 16), 0);
        CU_ASSERT_NOT_EQUAL(memcmp(ours->iv, old.iv, SKF_NONCE), 0);
        CU_ASSERT_NOT_EQUAL(memcmp(ours->number_key, old.number_key, 16), 0);
        CU_ASSERT_TRUE(story_is_quiet(&s, end));
        CU_ASSERT_TRUE(story_talks(&s));
        CU_ASSERT_TRUE(world_keys_agree(&s.world));
        story_end(&s);
    }
}

static void both_directions_get_new_keys_when_asked(void)
{
    struct story s = story_live();

    update(&s, CLIENT_END, true);
    world_pass(&s.world, SKIFF_MSEC(100));
    CU_ASSERT_EQUAL(updates(&s, CLIENT_END), 1);
    CU_ASSERT_EQUAL(updates(&s, SERVER_END), 1);
    CU_ASSERT_TRUE(story_talks(&s));
    story_end(&s);
}

/* RFC 8446 section 4.6.3: then each direction is updated twice. */
static void requests_that_cross_are_both_responded_to(void)
{
    struct story s = story_live();

    update(&s, CLIENT_END, true);
    update(&s, SERVER_END, true);
    world_pass(&s.world, SKIFF_MSEC(200));
    CU_ASSERT_EQUAL(updates(&s, CLIENT_END), 2);
    CU_ASSERT_EQUAL(updates(&s, SERVER_END), 2);
    CU_ASSERT_TRUE(story_talks(&s));
    story_end(&s);
}

static void asking_again_and_again_is_one_update(void)
{
    struct story s = story_live();

    for (int i = 0; i < 1000; i++)
        CU_ASSERT_EQUAL(skiff_dtls_update_keys(end_of(&s, 0), s.world.now, i % 2 == 0),
                        SKIFF_OK);
    world_poll(&s.world, 0);
    world_pass(&s.world, SKIFF_MSEC(100));
    CU_ASSERT_EQUAL(updates(&s, 0), 1);
    CU_ASSERT_EQUAL(updates(&s, 1), 1);
    story_end(&s);
}

static void there_is_none_before_the_connection_nor_after_it(void)
{
    struct story s;

    story_prepare(&s);
    story_begin(&s);
    CU_ASSERT_EQUAL(skiff_dtls_update_keys(end_of(&s, 0), s.world.now, true),
                    SKIFF_ERR_STATE);
    CU_ASSERT_TRUE(story_connects(&s));
    skiff_dtls_close(end_of(&s, 0), s.world.now);
    CU_ASSERT_EQUAL(skiff_dtls_update_keys(end_of(&s, 0), s.world.now, true),
                    SKIFF_ERR_CLOSED);
    story_end(&s);
}

static void dtls_1_2_has_none(void)
{
    struct story s;

    story_prepare(&s);
    s.settings[SERVER_END].max_version = SKIFF_DTLS_1_2;
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    for (int i = 0; i < 2; i++)
        CU_ASSERT_EQUAL(skiff_dtls_update_keys(end_of(&s, i), s.world.now, true),
                        SKIFF_ERR_STATE);
    CU_ASSERT_TRUE(story_talks(&s));
    story_end(&s);
}

/* --- loss ----------------------------------------------------------------------------- */

/* Loses all that an end says. */
static void lose_of(struct world *world, struct world_datagram *d)
{
    const int *mute = world->config.user;

    if (d->from == *mute)
        d->copies = 0;
}

static void listen_to_all_but(struct story *s, int *mute)
{
    s->world.config.meddler = lose_of;
    s->world.config.user = mute;
}

/* "MUST NOT send records with the new keys until the previous KeyUpdate has been
 * acknowledged", and old keys are kept as long. */
static void until_the_ack_arrives_the_old_keys_are_used(void)
{
    struct story s = story_live();
    int mute = SERVER_END;

    listen_to_all_but(&s, &mute);
    update(&s, CLIENT_END, false);
    for (int i = 1; i <= 20; i++) {
        CU_ASSERT_EQUAL(world_send(&s.world, CLIENT_END, "old", 3), SKIFF_OK);
        world_pass(&s.world, SKIFF_MSEC(50));
        CU_ASSERT_EQUAL(s.world.ends[SERVER_END].data_count, i);
    }
    CU_ASSERT_EQUAL(end_of(&s, CLIENT_END)->write_epoch, FIRST_EPOCH);
    CU_ASSERT_EQUAL(end_of(&s, SERVER_END)->read_epoch, FIRST_EPOCH + 1);
    mute = -1;
    world_pass(&s.world, SKIFF_MSEC(10000));
    CU_ASSERT_EQUAL(updates(&s, CLIENT_END), 1);
    CU_ASSERT_TRUE(story_talks(&s));
    story_end(&s);
}

static void a_lost_update_is_sent_again_with_a_growing_wait(void)
{
    struct story s = story_live();
    int mute = CLIENT_END;
    unsigned sent = s.world.ends[CLIENT_END].sent;

    listen_to_all_but(&s, &mute);
    update(&s, CLIENT_END, true);
    world_pass(&s.world, SKIFF_MSEC(60000));
    unsigned captured = s.world.ends[CLIENT_END].sent - sent;
    CU_ASSERT_TRUE(captured >= 8 && captured <= 16);
    CU_ASSERT_FALSE(s.world.ends[CLIENT_END].failed);
    mute = -1;
    world_pass(&s.world, SKIFF_MSEC(11000));
    CU_ASSERT_EQUAL(updates(&s, CLIENT_END), 1);
    CU_ASSERT_EQUAL(updates(&s, SERVER_END), 1);
    CU_ASSERT_TRUE(story_talks(&s));
    story_end(&s);
}

/* Both ask for updates by chance, in a network that loses, repeats and swaps. */
static bool survives(struct story *s, uint64_t seed)
{
    s->network.seed = seed;
    story_again(s);
    if (!story_connects(s))
        return false;
    s->world.config.loss = 200;
    s->world.config.duplicate = 100;
    s->world.config.reorder = 100;
    for (int i = 0; i < 40; i++) {
        int end = (int)world_chance(&s->world, 2);
        if (world_chance(&s->world, 3) == 0)
            update(s, end, world_chance(&s->world, 2) == 0);
        (void)!world_send(&s->world, end, "data", 4);
        world_pass(&s->world, SKIFF_MSEC(world_chance(&s->world, 300)));
    }
    s->world.config.loss = s->world.config.duplicate = s->world.config.reorder = 0;
    world_pass(&s->world, SKIFF_MSEC(30000));
    return updates(s, 0) > 0 && updates(s, 1) > 0 && story_talks(s)
        && end_of(s, 0)->flight.num == 0 && end_of(s, 1)->flight.num == 0;
}

static void updates_survive_any_network(void)
{
    struct story s;
    unsigned bad = 0;

    story_prepare(&s);
    story_begin(&s);
    for (unsigned seed = 1; seed <= suite_rounds(1000) && bad == 0; seed++)
        if (!survives(&s, seed)) {
            printf("seed %u\n", seed);
            world_picture(&s.world);
            bad++;
        }
    CU_ASSERT_EQUAL(bad, 0);
    story_end(&s);
}

static void delay_first_data(struct world *world, struct world_datagram *d)
{
    bool *done = world->config.user;

    if (!*done && d->from == CLIENT_END) {
        d->delay = SKIFF_MSEC(70);
        *done = true;
    }
}

/* "They SHOULD attempt to process those records with that epoch." */
static void data_of_the_old_keys_may_come_late(void)
{
    struct story s = story_live();
    bool done = false;

    s.world.config.meddler = delay_first_data;
    s.world.config.user = &done;
    CU_ASSERT_EQUAL(world_send(&s.world, CLIENT_END, "late", 4), SKIFF_OK);
    update(&s, CLIENT_END, false);
    world_pass(&s.world, SKIFF_MSEC(40));
    CU_ASSERT_EQUAL(updates(&s, CLIENT_END), 1);
    CU_ASSERT_EQUAL(s.world.ends[SERVER_END].data_count, 0);
    world_pass(&s.world, SKIFF_MSEC(40));
    CU_ASSERT_EQUAL(s.world.ends[SERVER_END].data_count, 1);
    story_end(&s);
}

/* --- limits ------------------------------------------------------------------------- */

/* RFC 9147 section 4.5.3. */
static void a_key_that_has_sealed_nearly_all_it_may_is_replaced(void)
{
    struct story s = story_live();
    struct skiff_dtls *client = end_of(&s, CLIENT_END);

    client->ours.next = end_of(&s, SERVER_END)->theirs.window.next =
        skf_sealing_limit((enum skf_aead_alg)client->ours.keys.aead) / 16 * 15 - 2;
    for (int i = 0; i < 10; i++) {
        CU_ASSERT_EQUAL(world_send(&s.world, CLIENT_END, "more", 4), SKIFF_OK);
        world_pass(&s.world, SKIFF_MSEC(50));
    }
    CU_ASSERT_EQUAL(updates(&s, CLIENT_END), 1);
    CU_ASSERT_EQUAL(updates(&s, SERVER_END), 0);
    CU_ASSERT_TRUE(client->ours.next < 10);
    CU_ASSERT_EQUAL(s.world.ends[SERVER_END].data_count, 10);
    story_end(&s);
}

static void a_key_that_cannot_be_replaced_ends_it_cleanly(void)
{
    struct story s = story_live();
    struct skiff_dtls *client = end_of(&s, CLIENT_END);
    skiff_status status = SKIFF_OK;
    int mute = SERVER_END;

    listen_to_all_but(&s, &mute);
    client->ours.next = end_of(&s, SERVER_END)->theirs.window.next =
        skf_sealing_limit((enum skf_aead_alg)client->ours.keys.aead) - 40;
    for (int i = 0; i < 40 && status == SKIFF_OK; i++)
        status = world_send(&s.world, CLIENT_END, "more", 4);
    CU_ASSERT_EQUAL(status, SKIFF_ERR_CLOSED);
    world_poll(&s.world, CLIENT_END);
    world_pass(&s.world, SKIFF_MSEC(50));
    CU_ASSERT_TRUE(s.world.ends[SERVER_END].closed);
    CU_ASSERT_TRUE(client->ours.next
                   <= skf_sealing_limit((enum skf_aead_alg)client->ours.keys.aead));
    story_end(&s);
}

/* Forgeries against a key of theirs: they are asked for another. */
static void a_key_that_has_met_many_forgeries_is_replaced(void)
{
    struct story s = story_live();
    struct skiff_dtls *server = end_of(&s, SERVER_END);
    uint8_t forged[40] = { UNIFIED | UNIFIED_LONG_NUMBER | UNIFIED_HAS_LENGTH | 3, 0, 0, 0,
                           35 };

    server->theirs.failed =
        skf_forgery_limit((enum skf_aead_alg)server->theirs.keys.aead) / 16 * 15;
    for (int i = 0; i < 20; i++) {
        forged[5] = (uint8_t)i;
        (void)!world_deliver(&s.world, SERVER_END, forged, sizeof forged);
    }
    world_pass(&s.world, SKIFF_MSEC(100));
    CU_ASSERT_EQUAL(updates(&s, CLIENT_END), 1);
    CU_ASSERT_EQUAL(updates(&s, SERVER_END), 1);
    CU_ASSERT_TRUE(server->theirs.failed < 20);
    CU_ASSERT_TRUE(story_talks(&s));
    story_end(&s);
}

static void set_epochs(struct story *s, uint32_t epoch)
{
    for (int i = 0; i < 2; i++)
        end_of(s, i)->write_epoch = end_of(s, i)->read_epoch = epoch;
}

static void epochs_above_16_bits_are_as_good(void)
{
    struct story s = story_live();

    set_epochs(&s, 0xfffe);
    for (int i = 0; i < 4; i++) {
        update(&s, i % 2, true);
        world_pass(&s.world, SKIFF_MSEC(100));
        CU_ASSERT_TRUE(story_talks(&s));
    }
    CU_ASSERT_EQUAL(end_of(&s, 0)->write_epoch, 0x10002);
    story_end(&s);
}

/* "It MUST NOT send its own KeyUpdate if that would cause it to exceed these limits." */
static void an_update_behind_the_last_epoch_is_not_sent(void)
{
    struct story s = story_live();

    set_epochs(&s, EPOCH_LAST - 1);
    update(&s, CLIENT_END, true);
    world_pass(&s.world, SKIFF_MSEC(100));
    CU_ASSERT_EQUAL(end_of(&s, 0)->write_epoch, EPOCH_LAST);
    unsigned sent = s.world.ends[CLIENT_END].sent;
    update(&s, CLIENT_END, true);
    world_pass(&s.world, SKIFF_MSEC(1000));
    CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].sent, sent);
    CU_ASSERT_TRUE(story_talks(&s));
    story_end(&s);
}

static void set_numbers(struct story *s, int end, uint16_t next)
{
    end_of(s, end)->next_send_seq = end_of(s, 1 - end)->next_receive_seq = next;
}

/* RFC 9147 section 5.2: a number names one message, so that 65,536 of them are all there
 * are. */
static void the_numbers_of_messages_end_it_in_order_before_they_come_again(void)
{
    for (int end = 0; end < 2; end++) {
        struct story s = story_live();
        set_numbers(&s, end, UINT16_MAX - 1);
        update(&s, end, false);
        world_pass(&s.world, SKIFF_MSEC(100));
        CU_ASSERT_EQUAL(updates(&s, end), 1);
        CU_ASSERT_TRUE(story_talks(&s));
        update(&s, end, false);
        world_pass(&s.world, SKIFF_MSEC(100));
        CU_ASSERT_TRUE(s.world.ends[1 - end].closed && s.world.ends[end].closed);
        CU_ASSERT_EQUAL(story_failure(&s, end).status, SKIFF_ERR_CLOSED);
        CU_ASSERT_EQUAL(story_failure(&s, 1 - end).status, SKIFF_ERR_CLOSED);
        story_end(&s);
    }
}

/* From who uses the last number too: another message would be number 0 again. */
static void a_message_with_the_last_number_closes_it_in_order(void)
{
    struct story s = story_live();
    struct handshake_header h = { .msg_type = HANDSHAKE_KEY_UPDATE,
                                  .length = 1,
                                  .message_seq = UINT16_MAX,
                                  .fragment_length = 1 };
    uint8_t bytes[HANDSHAKE_HEADER + 1] = { 0 };
    size_t size;

    set_numbers(&s, CLIENT_END, UINT16_MAX);
    CU_ASSERT_TRUE(handshake_header_write(&h, bytes, sizeof bytes, &size));
    (void)!plaintext_send_record(&s.world, CLIENT_END, CONTENT_HANDSHAKE, bytes,
                                 sizeof bytes);
    CU_ASSERT_TRUE(s.world.ends[SERVER_END].closed);
    world_pass(&s.world, SKIFF_MSEC(100));
    CU_ASSERT_TRUE(s.world.ends[CLIENT_END].closed);
    story_end(&s);
}

/* However far back a message lies, it is no message ahead: it lost its ACK. */
static void a_message_of_long_ago_is_a_repetition(void)
{
    struct story s = story_live();
    struct handshake_header h = { .msg_type = HANDSHAKE_KEY_UPDATE,
                                  .length = 1,
                                  .message_seq = 3,
                                  .fragment_length = 1 };
    uint8_t bytes[HANDSHAKE_HEADER + 1] = { 0 };
    size_t size;

    set_numbers(&s, CLIENT_END, 50000);
    uint32_t repeated = story_counters(&s, SERVER_END).drop_retransmitted;
    CU_ASSERT_TRUE(handshake_header_write(&h, bytes, sizeof bytes, &size));
    (void)!plaintext_send_record(&s.world, CLIENT_END, CONTENT_HANDSHAKE, bytes,
                                 sizeof bytes);
    CU_ASSERT_EQUAL(story_counters(&s, SERVER_END).drop_retransmitted, repeated + 1);
    CU_ASSERT_TRUE(story_talks(&s));
    story_end(&s);
}

/* Each costs the peer a round trip, and us no memory. */
static void a_flood_of_updates_is_followed(void)
{
    struct story s = story_live();
    unsigned all = suite_rounds(5000);

    for (unsigned i = 0; i < all; i++) {
        update(&s, SERVER_END, true);
        world_pass(&s.world, SKIFF_MSEC(60));
    }
    CU_ASSERT_EQUAL(updates(&s, SERVER_END), all);
    CU_ASSERT_EQUAL(updates(&s, CLIENT_END), all);
    CU_ASSERT_TRUE(story_talks(&s));
    story_end(&s);
}

/* --- lies --------------------------------------------------------------------------- */

static int alert_after(const char *body, size_t len, size_t copies)
{
    struct story s = story_live();
    struct handshake_header h = { .msg_type = HANDSHAKE_KEY_UPDATE,
                                  .length = (uint32_t)len,
                                  .message_seq = end_of(&s, CLIENT_END)->next_send_seq,
                                  .fragment_length = (uint32_t)len };
    uint8_t bytes[100];
    size_t size, at = 0;

    for (size_t i = 0; i < copies; i++, h.message_seq++) {
        CU_ASSERT_TRUE(handshake_header_write(&h, bytes + at, sizeof bytes - at, &size));
        memcpy(bytes + at + size, body, len);
        at += size + len;
    }
    (void)!plaintext_send_record(&s.world, CLIENT_END, CONTENT_HANDSHAKE, bytes, at);
    int alert =
        s.world.ends[SERVER_END].failed ? story_failure(&s, SERVER_END).alert : ALERT_NONE;
    story_end(&s);
    return alert;
}

static void a_malformed_update_ends_it(void)
{
    CU_ASSERT_EQUAL(alert_after("", 0, 1), ALERT_DECODE_ERROR);
    CU_ASSERT_EQUAL(alert_after("\0\0", 2, 1), ALERT_DECODE_ERROR);
    CU_ASSERT_EQUAL(alert_after("\2", 1, 1), ALERT_ILLEGAL_PARAMETER);
    CU_ASSERT_EQUAL(alert_after("\xff", 1, 1), ALERT_ILLEGAL_PARAMETER);
    CU_ASSERT_EQUAL(alert_after("\1", 1, 1), ALERT_NONE);
}

/* RFC 8446 section 5.1: nothing follows it under the old keys. */
static void an_update_that_is_not_the_last_of_its_record_ends_it(void)
{
    CU_ASSERT_EQUAL(alert_after("\0", 1, 2), ALERT_UNEXPECTED_MESSAGE);
}

/* An ACK of another record is no ACK of the update. */
static void acks_of_what_was_not_sent_change_nothing(void)
{
    static const char lie[] =
        "\0\x30\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0\x55"
        "\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\0"
        "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff";
    struct story s = story_live();
    int mute = CLIENT_END;

    listen_to_all_but(&s, &mute);
    update(&s, CLIENT_END, false);
    (void)!plaintext_send_record(&s.world, SERVER_END, CONTENT_ACK, lie, sizeof lie - 1);
    CU_ASSERT_EQUAL(end_of(&s, CLIENT_END)->write_epoch, FIRST_EPOCH);
    mute = -1;
    world_pass(&s.world, SKIFF_MSEC(1000));
    CU_ASSERT_EQUAL(updates(&s, CLIENT_END), 1);
    story_end(&s);
}

CU_TestInfo key_update_tests[] = {
    TEST(one_direction_gets_new_keys),
    TEST(both_directions_get_new_keys_when_asked),
    TEST(requests_that_cross_are_both_responded_to),
    TEST(asking_again_and_again_is_one_update),
    TEST(there_is_none_before_the_connection_nor_after_it),
    TEST(dtls_1_2_has_none),
    TEST(until_the_ack_arrives_the_old_keys_are_used),
    TEST(a_lost_update_is_sent_again_with_a_growing_wait),
    TEST(updates_survive_any_network),
    TEST(data_of_the_old_keys_may_come_late),
    TEST(a_key_that_has_sealed_nearly_all_it_may_is_replaced),
    TEST(a_key_that_cannot_be_replaced_ends_it_cleanly),
    TEST(a_key_that_has_met_many_forgeries_is_replaced),
    TEST(epochs_above_16_bits_are_as_good),
    TEST(an_update_behind_the_last_epoch_is_not_sent),
    TEST(the_numbers_of_messages_end_it_in_order_before_they_come_again),
    TEST(a_message_with_the_last_number_closes_it_in_order),
    TEST(a_message_of_long_ago_is_a_repetition),
    TEST(a_flood_of_updates_is_followed),
    TEST(a_malformed_update_ends_it),
    TEST(an_update_that_is_not_the_last_of_its_record_ends_it),
    TEST(acks_of_what_was_not_sent_change_nothing),
    CU_TEST_INFO_NULL,
};
