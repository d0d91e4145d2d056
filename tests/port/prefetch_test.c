/* prefetch_test.c - a port with so many peers that it fetches what a batch of datagrams
 * touches: each packet still reaches whom it is for. */
#include "suite.h"

#include "caller.h"

#include <string.h>
#include <unistd.h>

enum { CALLERS = 6, OTHERS = 300, ROUNDS = 5 };

struct many {
    struct server server;
    struct caller callers[CALLERS];
    skiff_peer *others[OTHERS]; /* without an address */
    unsigned media[CALLERS];    /* that the port reported of each caller */
};

static void count_media(struct server *server, skiff_peer *peer, skiff_packet *packet)
{
    struct many *many = server->user;

    (void)packet;
    for (unsigned i = 0; i < CALLERS; i++)
        many->media[i] += many->callers[i].peer == peer;
}

static void many_open(struct many *many)
{
    memset(many, 0, sizeof *many);
    server_new(&many->server);
    many->server.config.peers = CALLERS + OTHERS;
    many->server.config.no_offload = true;
    server_open(&many->server);
    many->server.user = many;
    many->server.on_media = count_media;
    for (unsigned i = 0; i < OTHERS; i++)
        CU_ASSERT_EQUAL_FATAL(skiff_peer_new(many->server.port, SKIFF_ROLE_PASSIVE,
                                             many->server.now, &many->others[i]),
                              SKIFF_OK);
    for (unsigned i = 0; i < CALLERS; i++) {
        caller_new(&many->callers[i], &many->server);
        caller_connect(&many->callers[i]);
    }
}

static void many_close(struct many *many)
{
    for (unsigned i = 0; i < CALLERS; i++)
        caller_free(&many->callers[i]);
    server_free(&many->server);
}

/* Media and forged media of all, a check, and datagrams of nobody, read as they come. */
static void all_send(struct many *many, int stranger)
{
    static const uint8_t noise[40] = { 0x80, 96 };
    uint8_t check[CALLER_DATAGRAM];

    for (unsigned i = 0; i < CALLERS; i++) {
        caller_send_media(&many->callers[i]);
        stranger_send(stranger, noise, sizeof noise);
        caller_send(&many->callers[i], noise, sizeof noise);
        caller_send(&many->callers[i], check, caller_check(&many->callers[i], true, check));
        stranger_send(stranger, "\x16", 1);
    }
}

static void media_that_is_read_together_reaches_each_peer(void)
{
    static struct many many;

    many_open(&many);
    int stranger = stranger_open(&many.callers[0]);
    skiff_port_counters before = server_counters(&many.server);
    for (unsigned round = 1; round <= ROUNDS; round++) {
        all_send(&many, stranger);
        server_run(&many.server);
        for (unsigned i = 0; i < CALLERS; i++)
            CU_ASSERT_EQUAL(many.media[i], round);
    }
    skiff_port_counters after = server_counters(&many.server);
    CU_ASSERT_EQUAL(after.drop_stranger - before.drop_stranger, 2 * ROUNDS * CALLERS);
    CU_ASSERT_EQUAL(after.checks_succeeded - before.checks_succeeded, ROUNDS * CALLERS);
    close(stranger);
    many_close(&many);
}

/* With those that have no address and no keys yet among them. */
static void peers_that_were_fetched_get_their_packets(void)
{
    static struct many many;
    skiff_peer *peers[CALLERS + OTHERS];

    many_open(&many);
    for (unsigned i = 0; i < CALLERS; i++)
        peers[i] = many.callers[i].peer;
    memcpy(peers + CALLERS, many.others, sizeof many.others);
    for (uint16_t round = 1; round <= ROUNDS; round++) {
        skiff_peer_prefetch(peers, CALLERS + OTHERS);
        for (unsigned i = 0; i < CALLERS; i++) {
            skiff_packet *packet = skiff_pool_take(many.server.pool);
            CU_ASSERT_PTR_NOT_NULL_FATAL(packet);
            write_rtp_packet(packet, round);
            CU_ASSERT_EQUAL(skiff_peer_send(peers[i], &packet, 1), SKIFF_OK);
        }
        skiff_port_flush(many.server.port);
        for (unsigned i = 0; i < CALLERS; i++) {
            caller_run(&many.callers[i]);
            CU_ASSERT_EQUAL(many.callers[i].rtp, round);
        }
    }
    many_close(&many);
}

CU_TestInfo prefetch_tests[] = {
    TEST(media_that_is_read_together_reaches_each_peer),
    TEST(peers_that_were_fetched_get_their_packets),
    CU_TEST_INFO_NULL,
};
