/* renewal_test.c - a second association on the path of one that carries media meanwhile. */
#include "suite.h"

#include "count.h"
#include "network.h"
#include "world/world.h"

#include <stdio.h>

enum { SSRC = 5, FLOOD = 1000, SEEDS = 40, PACKETS = 40 };

static struct network network;
static uint16_t sent_each; /* by each end, from sequence number 0 */

static struct network_end *alice(void)
{
    return &network.ends[0][0];
}

static struct network_end *bob(void)
{
    return &network.ends[1][0];
}

static void meet_as(struct network_config config)
{
    sent_each = 0;
    CU_ASSERT_EQUAL_FATAL(network_begin(&network, &config), SKIFF_OK);
    CU_ASSERT_TRUE_FATAL(network_connect(&network));
    network_pass(&network, SKIFF_MSEC(100));
}

/* Alice was the client. The story is told in both versions, and with either as the client
 * of the new association. */
enum { WAYS = 4 };

static uint16_t version_of(int way)
{
    return way % 2 == 0 ? SKIFF_DTLS_1_2 : SKIFF_DTLS_1_3;
}

static struct network_end *begin(int way)
{
    meet_as((struct network_config){ .packets = PACKETS, .max_version = version_of(way) });
    return way / 2 == 0 ? alice() : bob();
}

static void protect_next(struct network_end *end, uint16_t seq, struct test_packet *message)
{
    test_packet_rtp(message, SSRC, seq, 20u + seq % 7);
    CU_ASSERT_EQUAL(skiff_transport_protect(end->transport, &message->packet), SKIFF_OK);
}

static void send_packet(struct network_end *end)
{
    struct test_packet message;

    protect_next(end, sent_each, &message);
    network_post(end, &message);
}

/* Both send a packet each 20 ms, and all that is due happens. */
static void exchange_data(unsigned ms)
{
    for (unsigned at = 0; at < ms; at += 20) {
        send_packet(alice());
        send_packet(bob());
        sent_each++;
        network_pass(&network, SKIFF_MSEC(20));
    }
}

/* How many came once; what comes twice is missing there. */
static unsigned received(const struct network_end *end)
{
    unsigned once = 0;

    for (unsigned seq = 0; seq < NETWORK_SEQS; seq++)
        once += end->rtp[seq] == 1;
    return once;
}

static void expect_that_all_was_received(void)
{
    network_pass(&network, SKIFF_MSEC(20));
    for (int i = 0; i < NETWORK_SIDES; i++) {
        skiff_counters counters = network_counters(&network.ends[i][0]);

        CU_ASSERT_EQUAL(received(&network.ends[i][0]), sent_each);
        CU_ASSERT_EQUAL(counters.rtp_opened, sent_each);
        CU_ASSERT_EQUAL(counters.drop_forged + counters.drop_replayed + counters.drop_early,
                        0);
    }
}

static bool sends(struct network_end *from)
{
    struct network_end *to = network_peer(from);
    unsigned before = to->messages;
    skiff_packet *packet = skiff_pool_take(network.pool[from->side]);
    struct test_packet message;

    CU_ASSERT_PTR_NOT_NULL_FATAL(packet);
    memcpy(packet->data, "still here", 10);
    packet->len = 10;
    bool sent = skiff_dtls_send(skiff_transport_dtls(from->transport), network.now, packet)
             == SKIFF_OK;
    message.packet =
        (skiff_packet){ .data = message.bytes, .limit = CALL_LIMIT, .len = packet->len };
    memcpy(message.bytes, packet->data, packet->len);
    skiff_packet_release(&packet);
    network_post(from, &message);
    network_pass(&network, SKIFF_MSEC(20));
    return sent && to->messages == before + 1;
}

static skiff_srtp_keys keys_of(struct network_end *end)
{
    skiff_srtp_keys keys = { 0 };

    (void)!skiff_dtls_srtp_keys(skiff_transport_dtls(end->transport), &keys);
    return keys;
}

static bool agree(void)
{
    skiff_srtp_keys ours = keys_of(alice()), theirs = call_mirrored(keys_of(bob()));

    return memcmp(&ours, &theirs, sizeof ours) == 0;
}

static bool has_keys(struct network_end *end, const skiff_srtp_keys *keys)
{
    skiff_srtp_keys now = keys_of(end);

    return memcmp(&now, keys, sizeof now) == 0;
}

static skiff_status renew(struct network_end *end, skiff_role role, int whom)
{
    skiff_fingerprint expected;

    skiff_identity_fingerprint(world_identity(whom), &expected);
    return skiff_transport_renew(end->transport, role, &expected, 1, network.now);
}

static skiff_status renew_as(struct network_end *end, skiff_role role)
{
    return renew(end, role, 1 - (int)end->side);
}

static void renew_both(struct network_end *client)
{
    CU_ASSERT_EQUAL(renew_as(network_peer(client), SKIFF_ROLE_PASSIVE), SKIFF_OK);
    CU_ASSERT_EQUAL(renew_as(client, SKIFF_ROLE_ACTIVE), SKIFF_OK);
}

static skiff_failure why(const struct network_end *end)
{
    skiff_failure failure;

    skiff_transport_renewal_failure(end->transport, &failure, sizeof failure);
    return failure;
}

/* --- what is renewed ------------------------------------------------------------------ */

static void a_renewed_association_loses_no_media(void)
{
    for (int way = 0; way < WAYS; way++) {
        struct network_end *client = begin(way);
        skiff_srtp_keys before = keys_of(alice());
        skiff_dtls_info info;

        exchange_data(1000);
        renew_both(client);
        exchange_data(2000);
        CU_ASSERT_EQUAL(alice()->renewed, 1);
        CU_ASSERT_EQUAL(bob()->renewed, 1);
        CU_ASSERT_EQUAL(alice()->not_renewed + bob()->not_renewed, 0);
        CU_ASSERT_FALSE(has_keys(alice(), &before));
        CU_ASSERT_TRUE(agree());
        skiff_dtls_get_info(skiff_transport_dtls(client->transport), &info, sizeof info);
        CU_ASSERT_EQUAL(info.role, SKIFF_ROLE_ACTIVE);
        CU_ASSERT_TRUE(sends(alice()) && sends(bob()));
        expect_that_all_was_received();
        network_end(&network);
    }
}

static void an_association_is_renewed_again_and_again(void)
{
    for (int way = 0; way < WAYS; way++) {
        struct network_end *client = begin(way);

        for (unsigned time = 1; time <= 5; time++) {
            renew_both(client);
            exchange_data(1000);
            CU_ASSERT_EQUAL(alice()->renewed, time);
            CU_ASSERT_EQUAL(bob()->renewed, time);
            client = network_peer(client);
        }
        CU_ASSERT_TRUE(sends(alice()) && sends(bob()));
        expect_that_all_was_received();
        network_end(&network);
    }
}

/* Such as those of clients with X25519MLKEM768. */
static void a_hello_of_several_datagrams_is_asked_for_its_cookie_too(void)
{
    for (int version = 0; version < 2; version++) {
        meet_as((struct network_config){
            .packets = PACKETS, .mtu = 228, .max_version = version_of(version) });
        renew_both(bob());
        exchange_data(3000);
        CU_ASSERT_TRUE(version == 0 || network_counters(alice()).drop_no_cookie > 0);
        CU_ASSERT_EQUAL(alice()->renewed, 1);
        CU_ASSERT_EQUAL(bob()->renewed, 1);
        expect_that_all_was_received();
        network_end(&network);
    }
}

/* Their epochs have the same two bits as those of the new handshake, or other ones. */
static void keys_that_were_updated_before_stand_in_no_ones_way(void)
{
    for (int updates = 1; updates <= 4; updates++) {
        (void)begin(1);
        for (int i = 0; i < updates; i++) {
            skiff_dtls *dtls = skiff_transport_dtls(alice()->transport);

            CU_ASSERT_EQUAL(skiff_dtls_update_keys(dtls, network.now, true), SKIFF_OK);
            exchange_data(200);
        }
        renew_both(bob());
        for (int i = 0; i < 10; i++) {
            CU_ASSERT_TRUE(sends(alice()) || alice()->renewed != bob()->renewed);
            exchange_data(20);
        }
        CU_ASSERT_EQUAL(alice()->renewed, 1);
        CU_ASSERT_EQUAL(bob()->renewed, 1);
        expect_that_all_was_received();
        network_end(&network);
    }
}

static void ids_of_both_associations_are_distinguished(void)
{
    for (int version = 0; version < 2; version++) {
        meet_as((struct network_config){
            .packets = PACKETS, .cids = true, .max_version = version_of(version) });
        renew_both(bob());
        exchange_data(1000);
        CU_ASSERT_EQUAL(alice()->renewed, 1);
        CU_ASSERT_EQUAL(bob()->renewed, 1);
        CU_ASSERT_TRUE(sends(alice()) && sends(bob()));
        expect_that_all_was_received();
        network_end(&network);
    }
}

/* What cannot be held, since it came sixteen packets before its keys, is lost as on the
 * way, and nothing comes twice. */
static void a_renewal_goes_on_where_datagrams_are_lost(void)
{
    unsigned lost = 0;

    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct network_end *client = begin((int)(seed % WAYS));

        network.config.seed = seed;
        network.config.loss = 200;
        renew_both(client);
        exchange_data(10000);
        bool renewed = alice()->renewed == 1 && bob()->renewed == 1 && agree();
        CU_ASSERT_TRUE(renewed);
        if (!renewed)
            printf("\n    seed %u: %u %u\n", (unsigned)seed, alice()->renewed,
                   bob()->renewed);
        network_pass(&network, SKIFF_MSEC(20));
        for (int i = 0; i < NETWORK_SIDES; i++) {
            skiff_counters counters = network_counters(&network.ends[i][0]);

            CU_ASSERT_EQUAL(received(&network.ends[i][0]) + counters.drop_forged,
                            sent_each);
            CU_ASSERT_TRUE(counters.drop_forged == 0 || counters.held_early == 16);
            lost += counters.drop_forged;
        }
        network_end(&network);
    }
    CU_ASSERT_TRUE(lost * 200 <= 2u * SEEDS * sent_each);
}

/* A datagram of the old association comes late. */
static void late_media_is_opened_once_and_not_for_ever(void)
{
    for (int way = 0; way < WAYS; way++) {
        struct network_end *client = begin(way), *to = network_peer(client);
        struct test_packet late, again, last;
        skiff_kind kind;

        exchange_data(200);
        protect_next(client, sent_each++, &late);
        protect_next(client, sent_each++, &last);
        test_packet_copy(&again, &late);
        renew_both(client);
        exchange_data(500);
        CU_ASSERT_EQUAL_FATAL(to->renewed, 1);
        network_pass(&network, SKIFF_MSEC(100000));
        CU_ASSERT_EQUAL(network_deliver(to, &late, &kind), SKIFF_OK);
        CU_ASSERT_EQUAL(kind, SKIFF_RTP);
        CU_ASSERT_EQUAL(network_deliver(to, &again, &kind), SKIFF_ERR_DROPPED);
        CU_ASSERT_EQUAL(network_counters(to).drop_replayed, 1);
        CU_ASSERT_EQUAL(network_counters(to).drop_forged, 0);
        network_pass(&network, SKIFF_MSEC(21000));
        CU_ASSERT_EQUAL(network_deliver(to, &last, &kind), SKIFF_ERR_DROPPED);
        CU_ASSERT_EQUAL(network_counters(to).drop_forged, 1);
        network_end(&network);
    }
}

/* One that neither key opens is one drop, and comes to no harm by being tried twice. */
static void a_forged_packet_counts_once(void)
{
    for (int way = 0; way < WAYS; way++) {
        struct network_end *client = begin(way);
        struct test_packet forged;
        skiff_kind kind;

        renew_both(client);
        exchange_data(500);
        test_packet_rtp(&forged, SSRC, 200, 100);
        CU_ASSERT_EQUAL(network_deliver(client, &forged, &kind), SKIFF_ERR_DROPPED);
        CU_ASSERT_EQUAL(network_counters(client).drop_forged, 1);
        CU_ASSERT_EQUAL(network_counters(client).drop_replayed, 0);
        network_end(&network);
    }
}

/* --- what is not ---------------------------------------------------------------------- */

static void expect_the_old_one(const skiff_srtp_keys *before)
{
    CU_ASSERT_TRUE(has_keys(alice(), before));
    CU_ASSERT_TRUE(agree());
    CU_ASSERT_FALSE(alice()->failed || bob()->failed || alice()->closed || bob()->closed);
    CU_ASSERT_EQUAL(alice()->renewed + bob()->renewed, 0);
    CU_ASSERT_TRUE(sends(alice()) && sends(bob()));
    expect_that_all_was_received();
}

/* Each end in turn expects somebody else: itself. */
static void a_renewal_with_another_fingerprint_fails_alone(void)
{
    for (int way = 0; way < 2 * WAYS; way++) {
        struct network_end *client = begin(way % WAYS);
        struct network_end *picky = way < WAYS ? client : network_peer(client);
        skiff_srtp_keys before = keys_of(alice());

        renew_both(client);
        CU_ASSERT_EQUAL(renew(picky,
                              picky == client ? SKIFF_ROLE_ACTIVE : SKIFF_ROLE_PASSIVE,
                              (int)picky->side),
                        SKIFF_OK);
        exchange_data(35000);
        CU_ASSERT_EQUAL(picky->not_renewed, 1);
        CU_ASSERT_EQUAL(why(picky).alert, 42);
        CU_ASSERT_FALSE(why(picky).from_peer);
        CU_ASSERT_EQUAL(network_peer(picky)->not_renewed, 1);
        CU_ASSERT_PTR_NULL(skiff_transport_renewal(picky->transport));
        expect_the_old_one(&before);
        network_end(&network);
    }
}

static void a_renewal_without_a_response_fails_alone(void)
{
    for (int way = 0; way < WAYS; way++) {
        struct network_end *client = begin(way);
        skiff_srtp_keys before = keys_of(alice());

        CU_ASSERT_EQUAL(renew_as(client, SKIFF_ROLE_ACTIVE), SKIFF_OK);
        exchange_data(35000);
        CU_ASSERT_EQUAL(client->not_renewed, 1);
        CU_ASSERT_STRING_EQUAL(why(client).spec, "RFC 6347 4.2.4");
        CU_ASSERT_TRUE(network_peer(client)->hellos > 1);
        expect_the_old_one(&before);
        network_end(&network);
    }
}

/* Two reasons, each where it belongs. */
static void why_a_renewal_failed_is_not_why_an_association_ended(void)
{
    struct network_end *client = begin(0);
    skiff_failure ended;

    CU_ASSERT_EQUAL(why(client).status, SKIFF_OK);
    CU_ASSERT_EQUAL(renew_as(client, SKIFF_ROLE_ACTIVE), SKIFF_OK);
    exchange_data(31000);
    CU_ASSERT_EQUAL(client->not_renewed, 1);
    skiff_dtls_close(skiff_transport_dtls(network_peer(client)->transport), network.now);
    network_pass(&network, SKIFF_MSEC(100));
    CU_ASSERT_TRUE(client->closed);
    skiff_transport_failure(client->transport, &ended, sizeof ended);
    CU_ASSERT_EQUAL(ended.status, SKIFF_ERR_CLOSED);
    CU_ASSERT_STRING_EQUAL(why(client).spec, "RFC 6347 4.2.4");
    network_end(&network);
}
static void what_cannot_be_renewed_reports_it(void)
{
    struct network_config config = { .packets = PACKETS };
    skiff_fingerprint whom;

    CU_ASSERT_EQUAL_FATAL(network_begin(&network, &config), SKIFF_OK);
    CU_ASSERT_EQUAL(renew_as(alice(), SKIFF_ROLE_ACTIVE), SKIFF_ERR_STATE);
    CU_ASSERT_TRUE(network_connect(&network));
    skiff_identity_fingerprint(world_identity(1), &whom);
    CU_ASSERT_EQUAL(renew_as(alice(), SKIFF_ROLE_ACTPASS), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(
        skiff_transport_renew(alice()->transport, SKIFF_ROLE_ACTIVE, &whom, 0, network.now),
        SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(
        skiff_transport_renew(alice()->transport, SKIFF_ROLE_ACTIVE, NULL, 1, network.now),
        SKIFF_ERR_ARGUMENT);
    CU_ASSERT_PTR_NULL(skiff_transport_renewal(alice()->transport));
    skiff_dtls_close(skiff_transport_dtls(bob()->transport), network.now);
    network_pass(&network, SKIFF_MSEC(100));
    CU_ASSERT_EQUAL(renew_as(alice(), SKIFF_ROLE_ACTIVE), SKIFF_ERR_CLOSED);
    network_end(&network);
}

/* --- what others forge ---------------------------------------------------------------- */

/* The first datagram of a client that nobody knows. */
static struct test_packet a_hello(uint16_t version)
{
    static struct network other;
    struct network_config config = { .max_version = version };

    CU_ASSERT_EQUAL_FATAL(network_begin(&other, &config), SKIFF_OK);
    (void)network_step(&other, SKIFF_NEVER - 1);
    CU_ASSERT_TRUE_FATAL(other.num_in_flight > 0);
    struct test_packet hello = other.in_flight[0].datagram;
    hello.packet.data = hello.bytes;
    network_end(&other);
    return hello;
}

/* From the peer's address, two for each packet of media, another one each time; who is told
 * of one renews. */
static void flood(struct network_end *end, const struct test_packet *hello)
{
    for (unsigned n = 0; n < FLOOD; n++) {
        enum { RANDOM_AT = 27 };
        struct test_packet forged;
        unsigned hellos = end->hellos;
        skiff_kind kind;

        test_packet_copy(&forged, hello);
        forged.bytes[RANDOM_AT] = (uint8_t)n;
        forged.bytes[RANDOM_AT + 1] = (uint8_t)(n >> 8);
        (void)!network_deliver(end, &forged, &kind);
        if (end->hellos != hellos)
            CU_ASSERT_EQUAL(renew_as(end, SKIFF_ROLE_PASSIVE), SKIFF_OK);
        if (n % 2 == 1)
            exchange_data(20);
    }
}

static void a_thousand_forged_hellos_lose_no_media_and_use_no_memory(void)
{
    for (int way = 0; way < WAYS; way++) {
        struct network_end *client = begin(way), *server = network_peer(client);
        struct test_packet hello = a_hello(version_of(way));
        skiff_srtp_keys before = keys_of(alice());

        exchange_data(200);
        int64_t live = count_now().live;
        flood(server, &hello);
        CU_ASSERT_TRUE(!count_works() || count_now().live - live < 4096);
        CU_ASSERT_EQUAL(server->hellos, 1);
        CU_ASSERT_PTR_NOT_NULL(skiff_transport_renewal(server->transport));
        expect_the_old_one(&before);
        CU_ASSERT_EQUAL(renew_as(client, SKIFF_ROLE_ACTIVE), SKIFF_OK);
        if (way % 2 == 0) /* in 1.3 a client takes the first question of all */
            flood(server, &hello);
        exchange_data(1000);
        CU_ASSERT_EQUAL(alice()->renewed, 1);
        CU_ASSERT_EQUAL(bob()->renewed, 1);
        expect_that_all_was_received();
        network_end(&network);
    }
}

static uint64_t chance; /* seeded by each story */

static uint32_t draw(uint32_t below)
{
    chance = chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(chance >> 33) % below;
}

/* One bit is another; some are cut off as well. */
static void damage(struct test_packet *message)
{
    uint32_t len = message->packet.len;

    message->bytes[draw(len)] ^= (uint8_t)(1u << draw(8));
    if (draw(4) == 0)
        message->packet.len = draw(len + 1);
}

/* What is on its way comes damaged first, and mostly more than once. */
static void deliver_damaged(void)
{
    for (unsigned i = 0; i < network.num_in_flight; i++) {
        struct test_packet damaged;
        skiff_kind kind;

        test_packet_copy(&damaged, &network.in_flight[i].datagram);
        damage(&damaged);
        if (network_deliver(network.in_flight[i].to, &damaged, &kind) == SKIFF_OK)
            CU_ASSERT_NOT_EQUAL(kind, SKIFF_RTP);
    }
}

static void talk_through_damage(unsigned ms)
{
    for (unsigned at = 0; at < ms; at += 20) {
        skiff_time until = network.now + SKIFF_MSEC(20);

        send_packet(alice());
        send_packet(bob());
        sent_each++;
        do
            deliver_damaged();
        while (network_step(&network, until));
        network.now = until;
    }
}

static void what_arrives_damaged_costs_no_media(void)
{
    for (uint64_t seed = 0; seed < suite_rounds(SEEDS); seed++) {
        struct network_end *client = begin((int)(seed % WAYS));

        chance = seed;
        renew_both(client);
        talk_through_damage(3000);
        exchange_data(33000); /* what was begun by then is over, or made */
        bool good = agree() && sends(alice()) && sends(bob())
                 && received(alice()) == sent_each && received(bob()) == sent_each;
        CU_ASSERT_TRUE(good);
        if (!good)
            printf("\n    seed %u: %u %u of %u\n", (unsigned)seed, received(alice()),
                   received(bob()), sent_each);
        network_end(&network);
    }
}

/* A second call takes the place of the first. */
static void one_renewal_is_there_at_a_time(void)
{
    for (int way = 0; way < WAYS; way++) {
        struct network_end *client = begin(way);
        exchange_data(200);
        CU_ASSERT_EQUAL(renew_as(client, SKIFF_ROLE_ACTIVE), SKIFF_OK);
        int64_t live = count_now().live;
        for (int n = 0; n < 100; n++)
            CU_ASSERT_EQUAL(renew_as(client, SKIFF_ROLE_ACTIVE), SKIFF_OK);
        CU_ASSERT_TRUE(count_now().live - live < 4096); /* the heap rounds as it likes */
        CU_ASSERT_EQUAL(renew_as(network_peer(client), SKIFF_ROLE_PASSIVE), SKIFF_OK);
        exchange_data(1000);
        CU_ASSERT_EQUAL(alice()->renewed, 1);
        CU_ASSERT_EQUAL(bob()->renewed, 1);
        expect_that_all_was_received();
        network_end(&network);
    }
}

CU_TestInfo renewal_tests[] = {
    TEST(a_renewed_association_loses_no_media),
    TEST(an_association_is_renewed_again_and_again),
    TEST(a_hello_of_several_datagrams_is_asked_for_its_cookie_too),
    TEST(keys_that_were_updated_before_stand_in_no_ones_way),
    TEST(ids_of_both_associations_are_distinguished),
    TEST(a_renewal_goes_on_where_datagrams_are_lost),
    TEST(late_media_is_opened_once_and_not_for_ever),
    TEST(a_forged_packet_counts_once),
    TEST(a_renewal_with_another_fingerprint_fails_alone),
    TEST(a_renewal_without_a_response_fails_alone),
    TEST(why_a_renewal_failed_is_not_why_an_association_ended),
    TEST(what_cannot_be_renewed_reports_it),
    TEST(a_thousand_forged_hellos_lose_no_media_and_use_no_memory),
    TEST(what_arrives_damaged_costs_no_media),
    TEST(one_renewal_is_there_at_a_time),
    CU_TEST_INFO_NULL
};
