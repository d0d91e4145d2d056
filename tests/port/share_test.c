/* share_test.c - ports of several threads at one address: whatever the kernel gives to the
 * wrong one reaches its peer. */
#include "suite.h"

#include "ice/port/group.h"
#include "loopback.h"
#include "offices.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void the_names_of_two_threads_begin_with_their_numbers(void)
{
    struct offices pair;
    skiff_peer *peer;
    const char *ufrag, *pwd;

    offices_new(&pair);
    offices_open(&pair, 1);
    CU_ASSERT_EQUAL(pair.callers[0].ufrag[0], 'A');
    CU_ASSERT_EQUAL(skiff_peer_new(pair.there.port, SKIFF_ROLE_PASSIVE, 0, &peer),
                    SKIFF_OK);
    skiff_peer_credentials(peer, &ufrag, &pwd);
    CU_ASSERT_EQUAL(ufrag[0], 'B');
    offices_close(&pair, 1);
}

static void a_group_has_no_more_ports_than_threads(void)
{
    struct offices pair;
    skiff_port *third;

    offices_new(&pair);
    offices_open(&pair, 0);
    skiff_port_config config = pair.there.config;
    config.shared = pair.there.callers_context;        /* nobody has it */
    CU_ASSERT_EQUAL(skiff_port_new(&config, &third), SKIFF_ERR_SPACE);
    skiff_port_free(pair.there.port);
    CU_ASSERT_EQUAL(skiff_port_new(&pair.there.config, &pair.there.port), SKIFF_OK);
    offices_close(&pair, 0);
}

static void checks_dtls_and_media_reach_their_thread(void)
{
    struct offices pair;

    offices_new(&pair);
    offices_open(&pair, CALLERS);
    for (int i = 0; i < CALLERS; i++) {
        caller_connect(&pair.callers[i]);
        caller_speak(&pair.callers[i]);
        skiff_packet *packet = skiff_pool_take(pair.here.pool);
        write_rtp_packet(packet, 1);
        CU_ASSERT_EQUAL(skiff_peer_send(pair.callers[i].peer, &packet, 1), SKIFF_OK);
    }
    office_run(&pair.here);
    CU_ASSERT_EQUAL(pair.here.told.rtp, CALLERS);
    for (int i = 0; i < CALLERS; i++) {
        caller_run(&pair.callers[i]);
        CU_ASSERT_EQUAL(pair.callers[i].rtp, 1);
    }
    CU_ASSERT_TRUE(office_counters(&pair.there).handed_over > 0);
    CU_ASSERT_TRUE(office_counters(&pair.here).datagrams_read > 0);
    CU_ASSERT_EQUAL(office_counters(&pair.here).handed_over, 0);
    CU_ASSERT_EQUAL(office_counters(&pair.there).drop_stranger, 0);
    CU_ASSERT_EQUAL(office_counters(&pair.here).drop_stranger, 0);
    offices_close(&pair, CALLERS);
}

/* As much as UDP over IPv4 carries, less the tag. */
enum { LONGEST = 65507 - 16 };

static void speak_long(struct caller *caller, uint32_t len)
{
    static uint8_t room[LONGEST + SKIFF_TAIL];
    const uint8_t header[12] = { 0x80, 96, 0, (uint8_t)caller->sequence++, [11] = 7 };
    skiff_packet packet;

    memset(room, 1, len);
    memcpy(room, header, sizeof header);
    CU_ASSERT_EQUAL_FATAL(skiff_packet_wrap(room, len, sizeof room, &packet), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_transport_protect(caller->transport, &packet), SKIFF_OK);
    caller_send(caller, packet.data, packet.len);
}

static void media_of_any_length_reaches_its_thread(void)
{
    static const uint32_t lengths[] = { LETTER_BYTES - 16, LETTER_BYTES - 15, 9000,
                                        LONGEST };
    struct offices pair;

    offices_new(&pair);
    offices_open(&pair, CALLERS);
    for (int i = 0; i < CALLERS; i++) {
        caller_connect(&pair.callers[i]);
        for (size_t n = 0; n < 4; n++) {
            speak_long(&pair.callers[i], lengths[n]);
            office_run(&pair.here);
        }
    }
    CU_ASSERT_EQUAL(pair.here.told.rtp, 4 * CALLERS);
    CU_ASSERT_TRUE(office_counters(&pair.there).handed_over > 0);
    CU_ASSERT_EQUAL(office_counters(&pair.there).drop_long, 0);
    offices_close(&pair, CALLERS);
}

static void nothing_is_handed_over_for_who_is_gone(void)
{
    struct offices pair;

    offices_new(&pair);
    offices_open(&pair, CALLERS);
    for (int i = 0; i < CALLERS; i++) {
        caller_connect(&pair.callers[i]);
        skiff_peer_free(pair.callers[i].peer);
    }
    office_run(&pair.here);
    uint64_t before = office_counters(&pair.there).handed_over;
    for (int i = 0; i < CALLERS; i++)
        caller_speak_raw(&pair.callers[i]);
    office_run(&pair.here);
    CU_ASSERT_EQUAL(office_counters(&pair.there).handed_over, before);
    CU_ASSERT_EQUAL(office_counters(&pair.there).drop_stranger
                        + office_counters(&pair.here).drop_stranger, CALLERS);
    offices_close(&pair, CALLERS);
}

/* The kernel shares out anew when a socket joins. */
static void a_port_that_joins_later_hands_over_after_the_next_checks(void)
{
    struct offices pair;

    offices_new(&pair);
    pair.here.config.group = pair.there.config.group = pair.group;
    office_open(&pair.here);
    for (int i = 0; i < CALLERS; i++) {
        caller_new(&pair.callers[i], &pair.here);
        caller_connect(&pair.callers[i]);
    }
    pair.there.config.address = skiff_port_address(pair.here.port);
    office_open(&pair.there);
    pair.here.also = &pair.there;
    for (int i = 0; i < CALLERS; i++) {
        CU_ASSERT_TRUE(caller_checks(&pair.callers[i], true));
        caller_speak(&pair.callers[i]);
    }
    office_run(&pair.here);
    CU_ASSERT_EQUAL(pair.here.told.rtp, CALLERS);
    CU_ASSERT_TRUE(office_counters(&pair.there).handed_over > 0);
    offices_close(&pair, CALLERS);
}

/* As within one thread: a silent peer comes back by what opens from its path, too. */
static void what_a_silent_peer_sends_is_handed_over(void)
{
    struct offices pair;

    offices_new(&pair);
    offices_open(&pair, CALLERS);
    for (int i = 0; i < CALLERS; i++)
        caller_connect(&pair.callers[i]);
    pair.here.now += SKIFF_MSEC(30000);
    office_run(&pair.here);
    CU_ASSERT_EQUAL(pair.here.told.events[SKIFF_PEER_SILENT], CALLERS);
    uint64_t before = office_counters(&pair.there).handed_over;
    for (int i = 0; i < CALLERS; i++)
        caller_speak(&pair.callers[i]);
    office_run(&pair.here);
    CU_ASSERT_EQUAL(pair.here.told.rtp, CALLERS);
    CU_ASSERT_TRUE(office_counters(&pair.there).handed_over > before);
    offices_close(&pair, CALLERS);
}

/* A peer of the other thread checks from the sockets of ours: wherever those arrive. */
static void nobody_takes_a_place_that_another_thread_has(void)
{
    struct offices pair;

    offices_new(&pair);
    offices_open(&pair, CALLERS);
    pair.there.also = &pair.here;
    for (int i = 0; i < CALLERS; i++) {
        struct caller other;
        caller_connect(&pair.callers[i]);
        caller_new(&other, &pair.there);
        close(other.fd);
        other.fd = pair.callers[i].fd;
        (void)caller_checks(&other, true);
        caller_speak(&pair.callers[i]);
        office_run(&pair.here);
        other.fd = stranger_open(&other);
        caller_free(&other);
    }
    CU_ASSERT_EQUAL(pair.here.told.rtp, CALLERS);
    CU_ASSERT_TRUE(office_counters(&pair.there).drop_taken > 0);
    offices_close(&pair, CALLERS);
}

static void media_of_a_stranger_is_not_handed_over(void)
{
    struct offices pair;

    offices_new(&pair);
    offices_open(&pair, CALLERS);
    for (int i = 0; i < CALLERS; i++)
        caller_speak_raw(&pair.callers[i]);
    office_run(&pair.here);
    CU_ASSERT_EQUAL(office_counters(&pair.there).handed_over, 0);
    CU_ASSERT_EQUAL(office_counters(&pair.there).drop_stranger
                        + office_counters(&pair.here).drop_stranger, CALLERS);
    offices_close(&pair, CALLERS);
}

/* A check that only looks like one of ours is handed over, and moves nothing there. */
static void a_check_that_is_not_signed_leaves_no_trace_in_either_thread(void)
{
    struct offices pair;
    uint8_t bytes[CALLER_DATAGRAM];

    offices_new(&pair);
    offices_open(&pair, CALLERS);
    for (int i = 0; i < CALLERS; i++) {
        pair.callers[i].pwd = "not the password at all!";
        size_t len = caller_check(&pair.callers[i], true, bytes);
        caller_send(&pair.callers[i], bytes, len);
        office_run(&pair.here);
        caller_speak_raw(&pair.callers[i]);
    }
    office_run(&pair.here);
    CU_ASSERT_EQUAL(office_counters(&pair.here).drop_integrity, CALLERS);
    CU_ASSERT_EQUAL(office_counters(&pair.there).drop_stranger
                        + office_counters(&pair.here).drop_stranger, CALLERS);
    offices_close(&pair, CALLERS);
}

static void datagrams_with_an_id_reach_their_thread_from_anywhere(void)
{
    struct offices pair;

    offices_new(&pair);
    office_use_ids(&pair.here);
    offices_open(&pair, CALLERS);
    for (int i = 0; i < CALLERS; i++) {
        caller_connect(&pair.callers[i]);
        caller_move(&pair.callers[i]);
        caller_write(&pair.callers[i], "here");
        office_run(&pair.here);
        caller_speak(&pair.callers[i]);
    }
    office_run(&pair.here);
    CU_ASSERT_EQUAL(pair.here.told.events[SKIFF_PEER_DATA], CALLERS);
    CU_ASSERT_EQUAL(pair.here.told.rtp, CALLERS);
    offices_close(&pair, CALLERS);
}

/* Each thread has the place for one of the first port, of its own or of the other. */
static void an_id_counts_where_one_of_another_thread_was_too(void)
{
    struct offices pair;
    struct caller others[CALLERS];

    offices_new(&pair);
    office_use_ids(&pair.here);
    office_use_ids(&pair.there);
    offices_open(&pair, CALLERS);
    pair.there.also = &pair.here;
    for (int i = 0; i < CALLERS; i++) {
        caller_connect(&pair.callers[i]);
        caller_move(&pair.callers[i]);
        caller_new(&others[i], &pair.there);
        caller_connect(&others[i]);
        caller_move_after(&others[i], &pair.callers[i]);
        caller_write(&others[i], "here");
        office_run(&pair.there);
    }
    for (int i = 0; i < CALLERS; i++)
        caller_free(&others[i]);
    CU_ASSERT_EQUAL(pair.there.told.events[SKIFF_PEER_DATA], CALLERS);
    CU_ASSERT_EQUAL(pair.here.told.events[SKIFF_PEER_DATA], 0);
    offices_close(&pair, CALLERS);
}

static void a_name_of_a_thread_that_is_not_there_is_nobodys(void)
{
    struct offices pair;

    offices_new(&pair);
    offices_open(&pair, 1);
    pair.callers[0].name[0] = 'C';
    CU_ASSERT_FALSE(caller_checks(&pair.callers[0], true));
    CU_ASSERT_EQUAL(office_counters(&pair.here).drop_name
                        + office_counters(&pair.there).drop_name, 1);
    offices_close(&pair, 1);
}

/* --- with threads --------------------------------------------------------------------- */

/* What one thread does: its port, and callers of its own peers. No assertion in here. */
struct worker {
    struct office office;
    struct caller callers[CALLERS];
    atomic_uint  *finished;
    unsigned      rtp;               /* that its callers have opened */
};

static void say(struct caller *caller, skiff_time now)
{
    skiff_pool *pool = caller->office->pool;
    skiff_dtls_event event = SKIFF_DTLS_SEND;
    skiff_bytes bytes;

    while (event != SKIFF_DTLS_NOTHING) {
        skiff_packet *packet = skiff_pool_take(pool);
        event = skiff_transport_poll(caller->transport, now, packet, &bytes);
        if (event == SKIFF_DTLS_SEND)
            (void)!send(caller->fd, packet->data, packet->len, 0);
        if (event == SKIFF_DTLS_CONNECTED)
            caller->connected = true;
        skiff_packet_give(&packet);
    }
}

static void hear(struct caller *caller, skiff_time now)
{
    skiff_packet *packet = skiff_pool_take(caller->office->pool);
    skiff_kind kind = SKIFF_SPENT;
    ssize_t len = recv(caller->fd, packet->data, packet->limit, 0);

    packet->len = len > 0 ? (uint32_t)len : 0;
    if (packet->len > 0 && packet->data[0] <= 3)
        caller->replies++;              /* and now DTLS may begin */
    else if (packet->len > 0)
        caller->rtp += skiff_transport_receive(caller->transport, now, packet, &kind)
                               == SKIFF_OK && kind == SKIFF_RTP;
    if (packet->len > 0 && kind == SKIFF_SPENT && caller->replies > 0)
        say(caller, now);
    skiff_packet_give(&packet);
}

static bool is_done(const struct worker *worker)
{
    unsigned rtp = 0;

    for (int i = 0; i < CALLERS; i++)
        rtp += worker->callers[i].rtp;
    return rtp == CALLERS;
}

/* The peer at the port sends one packet as soon as it can. */
static void greet(struct office *office, skiff_peer *peer, skiff_peer_event event)
{
    skiff_packet *packet;

    if (event != SKIFF_PEER_CONNECTED)
        return;
    packet = skiff_pool_take(office->pool);
    write_rtp_packet(packet, 1);
    (void)!skiff_peer_send(peer, &packet, 1);
    skiff_packet_give(&packet);
}

static void check_all(struct worker *worker)
{
    uint8_t bytes[CALLER_DATAGRAM];

    for (int i = 0; i < CALLERS; i++) {
        size_t len = caller_check(&worker->callers[i], true, bytes);
        (void)!send(worker->callers[i].fd, bytes, len, 0);
    }
}

/* Runs until both workers are done, as the other may need what is handed over here. */
static void *work(void *data)
{
    struct worker *worker = data;
    struct office *office = &worker->office;
    struct pollfd wait[CALLERS + 1] = { { skiff_port_fd(office->port), POLLIN, 0 } };
    bool done = false;

    for (int i = 0; i < CALLERS; i++)
        wait[i + 1] = (struct pollfd){ worker->callers[i].fd, POLLIN, 0 };
    loopback_roam();
    check_all(worker);
    for (int idle = 0; atomic_load(worker->finished) < 2 && idle < 500;) {
        idle = poll(wait, CALLERS + 1, 10) > 0 ? 0 : idle + 1;
        office->now += SKIFF_MSEC(idle > 0 ? 10 : 0);
        skiff_port_run(office->port, office->now, 64);
        for (int i = 0; i < CALLERS; i++)
            if ((wait[i + 1].revents & POLLIN) != 0)
                hear(&worker->callers[i], office->now);
        if (!done && (done = is_done(worker)))
            atomic_fetch_add(worker->finished, 1);
    }
    return NULL;
}

static void threads_serve_each_others_datagrams(void)
{
    static struct worker workers[2];
    pthread_t threads[2];
    skiff_port_group *group;
    atomic_uint finished = 0;

    CU_ASSERT_EQUAL_FATAL(skiff_port_group_new(2, NULL, &group), SKIFF_OK);
    for (int i = 0; i < 2; i++) {
        struct office *office = &workers[i].office;
        office_new(office);
        office->config.group = group;
        if (i == 1)
            office->config.address = skiff_port_address(workers[0].office.port);
        office_open(office);
        office->on_event = greet;
        workers[i].finished = &finished;
        for (int c = 0; c < CALLERS; c++)
            caller_new(&workers[i].callers[c], office);
    }
    for (int i = 0; i < 2; i++)
        CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    CU_ASSERT_EQUAL(finished, 2);
    uint64_t handed_over = 0;
    for (int i = 0; i < 2; i++) {
        handed_over += office_counters(&workers[i].office).handed_over;
        CU_ASSERT_EQUAL(workers[i].office.told.events[SKIFF_PEER_CONNECTED], CALLERS);
        for (int c = 0; c < CALLERS; c++)
            caller_free(&workers[i].callers[c]);
        office_free(&workers[i].office);
    }
    CU_ASSERT_TRUE(handed_over > 0);
    skiff_port_group_free(group);
}

CU_TestInfo share_tests[] = {
    TEST(the_names_of_two_threads_begin_with_their_numbers),
    TEST(a_group_has_no_more_ports_than_threads),
    TEST(checks_dtls_and_media_reach_their_thread),
    TEST(media_of_any_length_reaches_its_thread),
    TEST(nothing_is_handed_over_for_who_is_gone),
    TEST(a_port_that_joins_later_hands_over_after_the_next_checks),
    TEST(what_a_silent_peer_sends_is_handed_over),
    TEST(nobody_takes_a_place_that_another_thread_has),
    TEST(media_of_a_stranger_is_not_handed_over),
    TEST(a_check_that_is_not_signed_leaves_no_trace_in_either_thread),
    TEST(datagrams_with_an_id_reach_their_thread_from_anywhere),
    TEST(an_id_counts_where_one_of_another_thread_was_too),
    TEST(a_name_of_a_thread_that_is_not_there_is_nobodys),
    TEST(threads_serve_each_others_datagrams),
    CU_TEST_INFO_NULL,
};
