/* renewal_test.c - a peer of a port that begins anew, beside the media that it has. */
#include "suite.h"

#include "caller.h"
#include "count.h"

#include <string.h>
#include <unistd.h>

enum { FLOOD = 1000, VERSIONS = 2 };

static const uint16_t versions[VERSIONS] = { SKIFF_DTLS_1_2, SKIFF_DTLS_1_3 };

/* Renews a peer of whom a hello is told, as a server does. */
static void renew_at_hello(struct server *server, skiff_peer *peer, skiff_peer_event event)
{
    if (event == SKIFF_PEER_HELLO)
        CU_ASSERT_EQUAL(skiff_peer_renew(peer, SKIFF_ROLE_PASSIVE, &server->fingerprint, 1,
                                         server->now),
                        SKIFF_OK);
}

struct talk {
    struct fixture fixture;
    uint16_t sequence; /* of the next packet to the caller */
    unsigned sent;     /* each way */
};

static void begin(struct talk *talk, uint16_t version)
{
    memset(talk, 0, sizeof *talk);
    server_new(&talk->fixture.server);
    server_set_max_version(&talk->fixture.server, version);
    server_open(&talk->fixture.server);
    caller_new(&talk->fixture.caller, &talk->fixture.server);
    caller_connect(&talk->fixture.caller);
    talk->fixture.server.on_event = renew_at_hello;
}

static void end(struct talk *talk)
{
    fixture_free(&talk->fixture);
}

static unsigned times(const struct talk *talk, skiff_peer_event event)
{
    return talk->fixture.server.events.events[event];
}

static skiff_status renew_caller(struct talk *talk, skiff_role role)
{
    return skiff_transport_renew(talk->fixture.caller.transport, role,
                                 &talk->fixture.server.fingerprint, 1,
                                 talk->fixture.server.now);
}

/* A packet each way, 20 ms, and all that is due. */
static void go_on(struct talk *talk, unsigned times_20_ms)
{
    struct server *server = &talk->fixture.server;
    struct caller *caller = &talk->fixture.caller;

    for (unsigned i = 0; i < times_20_ms; i++) {
        skiff_packet *packet = skiff_pool_take(server->pool);

        write_rtp_packet(packet, talk->sequence++);
        CU_ASSERT_EQUAL(skiff_peer_send(caller->peer, &packet, 1), SKIFF_OK);
        caller_send_media(caller);
        talk->sent++;
        server->now += SKIFF_MSEC(20);
        if (i % 50 == 0)
            CU_ASSERT_TRUE(caller_checks(caller, true));
        caller_begin_dtls(caller);
    }
}

static void expect_that_all_was_received(const struct talk *talk)
{
    CU_ASSERT_EQUAL(talk->fixture.server.events.rtp, talk->sent);
    CU_ASSERT_EQUAL(talk->fixture.caller.rtp, talk->sent);
    CU_ASSERT_EQUAL(times(talk, SKIFF_PEER_CONNECTED), 1);
    CU_ASSERT_EQUAL(times(talk, SKIFF_PEER_CLOSED) + times(talk, SKIFF_PEER_FAILED), 0);
}

static void a_peer_whose_hello_is_reported_is_renewed_beside_its_media(void)
{
    for (int i = 0; i < VERSIONS; i++) {
        struct talk talk;

        begin(&talk, versions[i]);
        go_on(&talk, 10);
        CU_ASSERT_EQUAL(renew_caller(&talk, SKIFF_ROLE_ACTIVE), SKIFF_OK);
        go_on(&talk, 50);
        CU_ASSERT_EQUAL(times(&talk, SKIFF_PEER_HELLO), 1);
        CU_ASSERT_EQUAL(times(&talk, SKIFF_PEER_RENEWED), 1);
        CU_ASSERT_EQUAL(talk.fixture.caller.renewed, 1);
        expect_that_all_was_received(&talk);
        end(&talk);
    }
}

static void a_port_may_be_the_client_of_the_new_association(void)
{
    for (int i = 0; i < VERSIONS; i++) {
        struct talk talk;

        begin(&talk, versions[i]);
        CU_ASSERT_EQUAL(skiff_peer_renew(talk.fixture.caller.peer, SKIFF_ROLE_ACTIVE,
                                         &talk.fixture.server.fingerprint, 1,
                                         talk.fixture.server.now),
                        SKIFF_OK);
        go_on(&talk, 2);
        CU_ASSERT_EQUAL(talk.fixture.caller.hellos, 1);
        CU_ASSERT_EQUAL(renew_caller(&talk, SKIFF_ROLE_PASSIVE), SKIFF_OK);
        go_on(&talk, 50);
        CU_ASSERT_EQUAL(times(&talk, SKIFF_PEER_RENEWED), 1);
        CU_ASSERT_EQUAL(talk.fixture.caller.renewed, 1);
        expect_that_all_was_received(&talk);
        end(&talk);
    }
}

/* Its program was started again, has the socket and the credentials of before, and has
 * forgotten all else (RFC 6347 section 4.2.8). */
static void a_peer_that_has_lost_its_state_is_served(void)
{
    for (int i = 0; i < VERSIONS; i++) {
        struct talk talk;
        struct caller *caller = &talk.fixture.caller;
        struct server *server = &talk.fixture.server;

        begin(&talk, versions[i]);
        skiff_transport_free(caller->transport);
        caller->connected = false;
        CU_ASSERT_EQUAL_FATAL(skiff_transport_new(server->callers_context,
                                                  SKIFF_ROLE_ACTIVE, NULL, server->now,
                                                  &caller->transport),
                              SKIFF_OK);
        CU_ASSERT_EQUAL(skiff_dtls_expect(skiff_transport_dtls(caller->transport),
                                          &server->fingerprint, 1),
                        SKIFF_OK);
        for (int ms = 0; ms < 1000 && !caller->connected; ms += 20) {
            caller_begin_dtls(caller);
            server->now += SKIFF_MSEC(20);
        }
        CU_ASSERT_TRUE(caller->connected);
        caller_begin_dtls(caller);
        CU_ASSERT_EQUAL(times(&talk, SKIFF_PEER_RENEWED), 1);
        talk.sequence = 0;
        go_on(&talk, 20);
        expect_that_all_was_received(&talk);
        end(&talk);
    }
}

/* The first flight of a stranger, as it could come from the peer's address. */
static size_t write_hello(struct talk *talk, uint8_t *bytes, size_t size)
{
    skiff_packet *packet = skiff_pool_take(talk->fixture.server.pool);
    skiff_transport *stranger;
    skiff_bytes ignored;

    CU_ASSERT_EQUAL_FATAL(skiff_transport_new(talk->fixture.server.callers_context,
                                              SKIFF_ROLE_ACTIVE, NULL,
                                              talk->fixture.server.now, &stranger),
                          SKIFF_OK);
    CU_ASSERT_EQUAL(
        skiff_transport_poll(stranger, talk->fixture.server.now, packet, &ignored),
        SKIFF_DTLS_SEND);
    size_t len = packet->len < size ? packet->len : size;
    memcpy(bytes, packet->data, len);
    skiff_packet_release(&packet);
    skiff_transport_free(stranger);
    return len;
}

static void flood(struct talk *talk, const uint8_t *hello, size_t len)
{
    enum { RANDOM_AT = 27 };
    uint8_t forged[CALLER_DATAGRAM];

    memcpy(forged, hello, len);
    for (unsigned n = 0; n < FLOOD; n++) {
        forged[RANDOM_AT] = (uint8_t)n;
        forged[RANDOM_AT + 1] = (uint8_t)(n >> 8);
        caller_send(&talk->fixture.caller, forged, len);
        if (n % 4 == 3)
            go_on(talk, 1);
    }
}

static void a_thousand_forged_hellos_lose_a_peer_no_media(void)
{
    for (int i = 0; i < VERSIONS; i++) {
        struct talk talk;
        uint8_t hello[CALLER_DATAGRAM];

        begin(&talk, versions[i]);
        go_on(&talk, 10);
        size_t len = write_hello(&talk, hello, sizeof hello);
        int64_t live = count_now().live;
        flood(&talk, hello, len);
        CU_ASSERT_TRUE(!count_works() || count_now().live - live < 4096);
        CU_ASSERT_EQUAL(times(&talk, SKIFF_PEER_HELLO), 1);
        CU_ASSERT_EQUAL(times(&talk, SKIFF_PEER_RENEWED), 0);
        CU_ASSERT_EQUAL(times(&talk, SKIFF_PEER_NOT_RENEWED), 0);
        expect_that_all_was_received(&talk);
        CU_ASSERT_EQUAL(renew_caller(&talk, SKIFF_ROLE_ACTIVE), SKIFF_OK);
        go_on(&talk, 50);
        CU_ASSERT_EQUAL(times(&talk, SKIFF_PEER_RENEWED), 1);
        expect_that_all_was_received(&talk);
        end(&talk);
    }
}

static void a_peer_with_another_fingerprint_keeps_what_it_has(void)
{
    for (int i = 0; i < VERSIONS; i++) {
        struct talk talk;
        skiff_fingerprint other;
        skiff_failure failure;

        begin(&talk, versions[i]);
        talk.fixture.server.on_event = NULL;
        other = talk.fixture.server.fingerprint;
        other.bytes[0] ^= 1;
        CU_ASSERT_EQUAL(skiff_peer_renew(talk.fixture.caller.peer, SKIFF_ROLE_PASSIVE,
                                         &other, 1, talk.fixture.server.now),
                        SKIFF_OK);
        CU_ASSERT_EQUAL(renew_caller(&talk, SKIFF_ROLE_ACTIVE), SKIFF_OK);
        go_on(&talk, 100);
        CU_ASSERT_EQUAL(times(&talk, SKIFF_PEER_NOT_RENEWED), 1);
        CU_ASSERT_EQUAL(talk.fixture.caller.not_renewed, 1);
        skiff_transport_renewal_failure(skiff_peer_transport(talk.fixture.caller.peer),
                                        &failure, sizeof failure);
        CU_ASSERT_EQUAL(failure.alert, 42);
        expect_that_all_was_received(&talk);
        CU_ASSERT_EQUAL(skiff_peer_restart(talk.fixture.caller.peer), SKIFF_OK);
        CU_ASSERT_EQUAL(skiff_peer_set_remote(talk.fixture.caller.peer, "them", &other, 1),
                        SKIFF_ERR_ARGUMENT);
        CU_ASSERT_EQUAL(skiff_peer_set_remote(talk.fixture.caller.peer, "them",
                                              &talk.fixture.server.fingerprint, 1),
                        SKIFF_OK);
        end(&talk);
    }
}

/* RFC 8842: new keys mostly come with new credentials. */
static void the_fingerprints_of_a_renewal_may_be_set_after_a_restart(void)
{
    struct talk talk;
    struct server *server = &talk.fixture.server;

    begin(&talk, SKIFF_DTLS_1_3);
    skiff_peer *peer = talk.fixture.caller.peer;
    skiff_fingerprint other = server->fingerprint;
    other.bytes[0] ^= 1;
    CU_ASSERT_EQUAL(skiff_peer_restart(peer), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_peer_set_remote(peer, "them", &other, 1), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_peer_renew(peer, SKIFF_ROLE_PASSIVE, &other, 1, server->now),
                    SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_peer_set_remote(peer, "them", &other, 1), SKIFF_OK);
    end(&talk);
}

static void a_peer_that_is_not_connected_is_not_renewed(void)
{
    struct fixture fixture;

    fixture_new(&fixture);
    CU_ASSERT_EQUAL(skiff_peer_renew(fixture.caller.peer, SKIFF_ROLE_PASSIVE,
                                     &fixture.server.fingerprint, 1, fixture.server.now),
                    SKIFF_ERR_STATE);
    CU_ASSERT_EQUAL(skiff_peer_renew(fixture.caller.peer, SKIFF_ROLE_PASSIVE, NULL, 0,
                                     fixture.server.now),
                    SKIFF_ERR_ARGUMENT);
    fixture_free(&fixture);
}

/* --- a page that is loaded again ------------------------------------------------------ */

/* A browser that reloads a page has new credentials, and sometimes its address of before:
 * so it is another peer, whose first check comes while the old one lives. */
static struct caller *reload(struct talk *talk, struct caller *page)
{
    caller_new(page, &talk->fixture.server);
    close(page->fd);
    page->fd = talk->fixture.caller.fd;
    return page;
}

static void leave(struct talk *talk, struct caller *page)
{
    page->fd = stranger_open(page);
    caller_free(page);
    end(talk);
}

static void begin_for_pages(struct talk *talk, uint16_t version, skiff_takeover takeover)
{
    memset(talk, 0, sizeof *talk);
    server_new(&talk->fixture.server);
    server_set_max_version(&talk->fixture.server, version);
    talk->fixture.server.config.takeover = takeover;
    server_open(&talk->fixture.server);
    caller_new(&talk->fixture.caller, &talk->fixture.server);
    caller_connect(&talk->fixture.caller);
}

static void expect_to_be_served(struct talk *talk, struct caller *page)
{
    unsigned received = talk->fixture.server.events.rtp;

    caller_connect(page);
    caller_send_media(page);
    server_run(&talk->fixture.server);
    CU_ASSERT_EQUAL(talk->fixture.server.events.rtp, received + 1);
}

static void a_page_that_is_loaded_again_is_served_while_the_old_one_is_there(void)
{
    for (int i = 0; i < VERSIONS; i++) {
        struct talk talk;
        struct caller page;

        begin_for_pages(&talk, versions[i], SKIFF_TAKEOVER_NEWEST);
        expect_to_be_served(&talk, reload(&talk, &page));
        CU_ASSERT_EQUAL(times(&talk, SKIFF_PEER_DISPLACED), 1);
        CU_ASSERT_EQUAL(times(&talk, SKIFF_PEER_CLOSED), 0);
        leave(&talk, &page);
    }
}

/* From an address of its own it is nobody's rival. */
static void a_page_at_an_address_of_its_own_is_served_at_once(void)
{
    for (int i = 0; i < VERSIONS; i++) {
        struct talk talk;
        struct caller page;

        begin_for_pages(&talk, versions[i], SKIFF_TAKEOVER_NEVER);
        caller_new(&page, &talk.fixture.server);
        expect_to_be_served(&talk, &page);
        CU_ASSERT_EQUAL(times(&talk, SKIFF_PEER_CONFLICT), 0);
        caller_free(&page);
        end(&talk);
    }
}

/* Where addresses are not taken over, the application knows which peer is the old one. */
static void a_page_is_served_once_the_old_peer_is_freed(void)
{
    struct talk talk;
    struct caller page;

    begin_for_pages(&talk, SKIFF_DTLS_1_3, SKIFF_TAKEOVER_NEVER);
    reload(&talk, &page);
    CU_ASSERT_FALSE(caller_checks(&page, true));
    CU_ASSERT_EQUAL(times(&talk, SKIFF_PEER_CONFLICT), 1);
    skiff_peer_free(talk.fixture.caller.peer);
    expect_to_be_served(&talk, &page);
    leave(&talk, &page);
}

CU_TestInfo renewal_tests[] = {
    TEST(a_peer_whose_hello_is_reported_is_renewed_beside_its_media),
    TEST(a_port_may_be_the_client_of_the_new_association),
    TEST(a_peer_that_has_lost_its_state_is_served),
    TEST(a_thousand_forged_hellos_lose_a_peer_no_media),
    TEST(a_peer_with_another_fingerprint_keeps_what_it_has),
    TEST(the_fingerprints_of_a_renewal_may_be_set_after_a_restart),
    TEST(a_peer_that_is_not_connected_is_not_renewed),
    TEST(a_page_that_is_loaded_again_is_served_while_the_old_one_is_there),
    TEST(a_page_at_an_address_of_its_own_is_served_at_once),
    TEST(a_page_is_served_once_the_old_peer_is_freed),
    CU_TEST_INFO_NULL,
};
