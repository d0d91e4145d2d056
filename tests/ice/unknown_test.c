/* unknown_test.c - checks for ufrags that no peer has: who is asked about them, how often,
 * and what becomes of the answer. */
#include "suite.h"

#include "caller.h"
#include "count.h"
#include "ice/unknown.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const skiff_credentials carol = { "room7/carol", "the/password/of/carol/7" };

/* What a hook says, and what it was asked. */
struct lobby {
    struct office  office;
    struct caller  caller;
    bool           knows;
    const char    *password;
    unsigned       asked;
    char           ours[300], theirs[300], address[64];
    skiff_peer    *made;                 /* told of by NEW */

    skiff_peer    *opened;               /* told of by PATH, last */
    bool           frees, fills;         /* in NEW; in the hook */
    const skiff_credentials *makes;      /* in the hook */
};

static void keep(char *text, skiff_bytes bytes)
{
    CU_ASSERT_FATAL(bytes.len < 300);
    memcpy(text, bytes.ptr, bytes.len);
    text[bytes.len] = '\0';
}

static void make_peers(struct lobby *lobby)
{
    struct office *office = &lobby->office;
    skiff_peer *peer;

    while (lobby->fills && skiff_peer_new(office->port, SKIFF_ROLE_PASSIVE, office->now,
                                          &peer) == SKIFF_OK)
        continue;
    if (lobby->makes != NULL)
        CU_ASSERT_EQUAL(skiff_peer_new_with(office->port, SKIFF_ROLE_PASSIVE, lobby->makes,
                                            office->now, &lobby->made), SKIFF_OK);
    lobby->makes = NULL;
}

static bool on_unknown(void *context, const skiff_unknown_ufrag *unknown,
                       skiff_admission *admission)
{
    struct lobby *lobby = context;           /* its office is its first member */

    lobby->asked++;
    keep(lobby->ours, unknown->ours);
    keep(lobby->theirs, unknown->theirs);
    strcpy(lobby->address, unknown->address);
    if (lobby->password != NULL)
        strcpy(admission->password, lobby->password);
    admission->role = SKIFF_ROLE_PASSIVE;
    admission->user = lobby;
    make_peers(lobby);
    return lobby->knows;
}

static void on_event(struct office *office, skiff_peer *peer, skiff_peer_event event)
{
    struct lobby *lobby = (struct lobby *)(void *)office;

    if (event == SKIFF_PEER_PATH)
        lobby->opened = peer;
    if (event != SKIFF_PEER_NEW)
        return;
    CU_ASSERT_PTR_NULL(lobby->opened);       /* NEW comes first */
    CU_ASSERT_PTR_EQUAL(skiff_peer_user(peer), lobby);
    lobby->made = peer;
    if (lobby->frees)
        skiff_peer_free(peer);
    else
        CU_ASSERT_EQUAL(skiff_peer_set_remote(peer, "them", &office->fingerprint, 1),
                        SKIFF_OK);
}

static void lobby_new(struct lobby *lobby)
{
    memset(lobby, 0, sizeof *lobby);
    office_new(&lobby->office);
    lobby->office.config.on_unknown_ufrag = on_unknown;
    lobby->office.config.peers = 4;
    lobby->office.on_event = on_event;
    lobby->knows = true;
    lobby->password = carol.password;
}

static void lobby_open(struct lobby *lobby)
{
    office_open(&lobby->office);
    caller_new_unknown(&lobby->caller, &lobby->office, &carol);
}

static void lobby_close(struct lobby *lobby)
{
    caller_free(&lobby->caller);
    office_free(&lobby->office);
}

/* How many peers there is room for still. */
static unsigned vacancies(struct lobby *lobby)
{
    struct office *office = &lobby->office;
    skiff_peer *peers[8];
    unsigned num = 0;

    while (skiff_peer_new(office->port, SKIFF_ROLE_PASSIVE, office->now, &peers[num])
           == SKIFF_OK)
        num++;
    for (unsigned i = 0; i < num; i++)
        skiff_peer_free(peers[i]);
    return num;
}

static void send_check(struct lobby *lobby)
{
    uint8_t bytes[CALLER_DATAGRAM];

    caller_send(&lobby->caller, bytes, caller_check(&lobby->caller, true, bytes));
    office_run(&lobby->office);
    caller_run(&lobby->caller);
}

/* --- who is known --------------------------------------------------------------------- */

static void a_ufrag_that_the_hook_knows_becomes_a_peer(void)
{
    struct lobby lobby;

    lobby_new(&lobby);
    lobby_open(&lobby);
    caller_connect(&lobby.caller);
    CU_ASSERT_STRING_EQUAL(lobby.ours, carol.ufrag);
    CU_ASSERT_STRING_EQUAL(lobby.theirs, "them");
    CU_ASSERT_NSTRING_EQUAL(lobby.address, "127.0.0.1:", 10);
    CU_ASSERT_PTR_NOT_NULL_FATAL(lobby.made);
    CU_ASSERT_PTR_EQUAL(lobby.opened, lobby.made);
    CU_ASSERT_EQUAL(lobby.asked, 1);
    CU_ASSERT_EQUAL(lobby.office.told.events[SKIFF_PEER_NEW], 1);
    CU_ASSERT_EQUAL(office_counters(&lobby.office).peers_admitted, 1);
    caller_speak(&lobby.caller);
    office_run(&lobby.office);
    CU_ASSERT_EQUAL(lobby.office.told.rtp, 1);
    lobby_close(&lobby);
}

static void without_a_hook_an_unknown_ufrag_is_dropped(void)
{
    struct lobby lobby;

    lobby_new(&lobby);
    lobby.office.config.on_unknown_ufrag = NULL;
    lobby_open(&lobby);
    CU_ASSERT_FALSE(caller_checks(&lobby.caller, true));
    CU_ASSERT_EQUAL(office_counters(&lobby.office).drop_name, 1);
    lobby_close(&lobby);
}

/* Whether ten checks are asked about, unanswered, and leave the heap as it was. */
static void ten_checks_leave_nothing(struct lobby *lobby)
{
    unsigned asked = lobby->asked;

    send_check(lobby);
    int64_t live = count_now().live;
    for (int i = 0; i < 9; i++)
        send_check(lobby);
    CU_ASSERT_EQUAL(count_now().live, live);
    CU_ASSERT_EQUAL(lobby->asked - asked, 10);
    CU_ASSERT_EQUAL(lobby->caller.replies, 0);
    CU_ASSERT_EQUAL(lobby->office.told.events[SKIFF_PEER_NEW], 0);
    CU_ASSERT_EQUAL(vacancies(lobby), 4);
}

static void whom_the_hook_does_not_know_leaves_nothing_behind(void)
{
    struct lobby lobby;

    lobby_new(&lobby);
    lobby.knows = false;
    lobby_open(&lobby);
    ten_checks_leave_nothing(&lobby);
    CU_ASSERT_EQUAL(office_counters(&lobby.office).drop_name, 10);
    lobby_close(&lobby);
}

static void a_password_that_has_not_signed_leaves_nothing_behind(void)
{
    struct lobby lobby;

    lobby_new(&lobby);
    lobby.password = "another/password/than/hers";
    lobby_open(&lobby);
    ten_checks_leave_nothing(&lobby);
    CU_ASSERT_EQUAL(office_counters(&lobby.office).drop_integrity, 10);
    lobby_close(&lobby);
}

static void a_hook_that_gives_no_password_or_a_bad_one_knows_nobody(void)
{
    static const char *const bad[] = { NULL, "", "short", "a password with blanks in it" };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct lobby lobby;

        lobby_new(&lobby);
        lobby.password = bad[i];
        lobby_open(&lobby);
        CU_ASSERT_FALSE(caller_checks(&lobby.caller, true));
        CU_ASSERT_EQUAL(office_counters(&lobby.office).drop_name, 1);
        CU_ASSERT_EQUAL(vacancies(&lobby), 4);
        lobby_close(&lobby);
    }
}

static void a_ufrag_that_nobody_could_have_is_not_asked_about(void)
{
    static const char *const bad[] = { "abc:them", ":them", "ab cd:them", "ab-cd:them" };
    struct lobby lobby;

    lobby_new(&lobby);
    lobby_open(&lobby);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        strcpy(lobby.caller.name, bad[i]);
        send_check(&lobby);
    }
    memset(lobby.caller.name, 'a', 257);
    strcpy(lobby.caller.name + 257, ":them");
    send_check(&lobby);
    CU_ASSERT_EQUAL(lobby.asked, 0);
    CU_ASSERT_EQUAL(office_counters(&lobby.office).drop_name, 5);
    lobby_close(&lobby);
}

/* RFC 8445 7.3.1.1: who is controlled as well is told so, and is nobody yet. */
static void an_error_of_role_is_answered_and_makes_no_peer(void)
{
    struct lobby lobby;
    StunMessage message;
    uint8_t bytes[CALLER_DATAGRAM];

    lobby_new(&lobby);
    lobby_open(&lobby);
    caller_begin(&lobby.caller, &message, bytes);
    stun_message_append64(&message, STUN_ATTRIBUTE_ICE_CONTROLLED, 1);
    stun_message_append_string(&message, STUN_ATTRIBUTE_USERNAME, lobby.caller.name);
    caller_send(&lobby.caller, bytes, caller_finish(&lobby.caller, &message));
    office_run(&lobby.office);
    caller_run(&lobby.caller);
    CU_ASSERT_EQUAL(lobby.caller.error_code, 487);
    CU_ASSERT_EQUAL(lobby.office.told.events[SKIFF_PEER_NEW], 0);
    CU_ASSERT_EQUAL(vacancies(&lobby), 4);
    CU_ASSERT_TRUE(caller_checks(&lobby.caller, true));
    lobby_close(&lobby);
}

/* Where another lives, the check of an unknown one is not good, and it stays unknown. */
static void at_the_address_of_another_peer_nobody_is_admitted(void)
{
    struct lobby lobby;

    lobby_new(&lobby);
    lobby_open(&lobby);
    caller_connect(&lobby.caller);
    skiff_peer *first = lobby.made;
    lobby.opened = NULL;
    strcpy(lobby.caller.name, "room7/dave:them");
    send_check(&lobby);
    CU_ASSERT_EQUAL(lobby.asked, 2);
    CU_ASSERT_EQUAL(lobby.office.told.events[SKIFF_PEER_NEW], 1);
    CU_ASSERT_PTR_EQUAL(lobby.made, first);
    CU_ASSERT_EQUAL(lobby.office.told.events[SKIFF_PEER_CONFLICT], 0);
    CU_ASSERT_EQUAL(office_counters(&lobby.office).drop_taken, 1);
    CU_ASSERT_EQUAL(vacancies(&lobby), 3);
    lobby_close(&lobby);
}

/* --- what a hook may do --------------------------------------------------------------- */

static void a_peer_may_be_freed_when_it_is_told_of(void)
{
    struct lobby lobby;

    lobby_new(&lobby);
    lobby.frees = true;
    lobby_open(&lobby);
    send_check(&lobby);
    CU_ASSERT_EQUAL(lobby.office.told.events[SKIFF_PEER_NEW], 1);
    CU_ASSERT_EQUAL(lobby.office.told.events[SKIFF_PEER_PATH], 0);
    CU_ASSERT_EQUAL(vacancies(&lobby), 4);
    lobby_close(&lobby);
}

static void a_hook_may_take_the_last_place_or_the_ufrag_itself(void)
{
    struct lobby lobby;

    lobby_new(&lobby);
    lobby.fills = true;
    lobby_open(&lobby);
    send_check(&lobby);
    CU_ASSERT_EQUAL(office_counters(&lobby.office).drop_unadmitted, 1);
    lobby_close(&lobby);

    lobby_new(&lobby);
    lobby.makes = &carol;
    lobby_open(&lobby);
    send_check(&lobby);
    CU_ASSERT_EQUAL(office_counters(&lobby.office).drop_unadmitted, 1);
    CU_ASSERT_TRUE(caller_checks(&lobby.caller, true));
    CU_ASSERT_PTR_EQUAL(lobby.opened, lobby.made);
    lobby_close(&lobby);
}

/* An allocator that gives so many blocks still; 0: none, and all are counted. */
struct stock {
    unsigned left;
    int      given;
};

static void *acquire(void *context, size_t size)
{
    struct stock *stock = context;

    if (stock->left == 0)
        return NULL;
    stock->left--;
    stock->given++;
    return malloc(size);
}

static void release(void *context, void *block, size_t size)
{
    struct stock *stock = context;

    (void)size;
    stock->given--;
    free(block);
}

/* Each block that its peer needs is missing once. */
static void a_peer_that_finds_no_memory_is_asked_about_again(void)
{
    struct stock stock = { .left = UINT32_MAX };
    const skiff_allocator memory = { acquire, release, &stock };
    skiff_context_config config = skiff_context_defaults();
    struct lobby lobby;
    unsigned blocks = 0;

    lobby_new(&lobby);
    skiff_context_free(lobby.office.context);
    config.identity = lobby.office.identity;
    config.pool = lobby.office.pool;
    config.memory = &memory;
    CU_ASSERT_EQUAL_FATAL(skiff_context_new(&config, &lobby.office.context), SKIFF_OK);
    lobby.office.config.shared = lobby.office.context;
    lobby_open(&lobby);
    int given = stock.given;
    for (; lobby.made == NULL && blocks < 100; blocks++) {
        stock.left = blocks;
        send_check(&lobby);
        lobby.office.now += SKIFF_MSEC(1000);
        CU_ASSERT_TRUE(lobby.made != NULL || stock.given <= given + 2);
    }
    CU_ASSERT_PTR_NOT_NULL(lobby.made);
    CU_ASSERT_EQUAL(office_counters(&lobby.office).drop_unadmitted, blocks - 1);
    stock.left = UINT32_MAX;
    CU_ASSERT_EQUAL(vacancies(&lobby), 3);
    lobby_close(&lobby);
    CU_ASSERT_EQUAL(stock.given, 0);
}

/* --- how often ------------------------------------------------------------------------ */

static void a_full_port_asks_nobody(void)
{
    struct lobby lobby;
    skiff_peer *peer;

    lobby_new(&lobby);
    lobby.office.config.peers = 1;
    lobby_open(&lobby);
    CU_ASSERT_EQUAL(skiff_peer_new(lobby.office.port, SKIFF_ROLE_PASSIVE, lobby.office.now,
                                   &peer), SKIFF_OK);
    send_check(&lobby);
    CU_ASSERT_EQUAL(lobby.asked, 0);
    CU_ASSERT_EQUAL(office_counters(&lobby.office).drop_unasked, 1);
    skiff_peer_free(peer);
    CU_ASSERT_TRUE(caller_checks(&lobby.caller, true));
    lobby_close(&lobby);
}

static void move_to(struct caller *caller, const char *host)
{
    struct sockaddr_in from = { .sin_family = AF_INET };

    CU_ASSERT_EQUAL_FATAL(inet_pton(AF_INET, host, &from.sin_addr), 1);
    close(caller->fd);
    caller->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    CU_ASSERT_EQUAL_FATAL(bind(caller->fd, (struct sockaddr *)&from, sizeof from), 0);
    CU_ASSERT_EQUAL_FATAL(connect(caller->fd, (struct sockaddr *)&caller->port,
                                  caller->port_len), 0);
}

static void one_address_is_asked_about_ten_times_a_second(void)
{
    struct lobby lobby;

    lobby_new(&lobby);
    lobby.knows = false;
    lobby_open(&lobby);
    for (int i = 0; i < 50; i++)
        send_check(&lobby);
    CU_ASSERT_EQUAL(lobby.asked, 10);
    lobby.office.now += SKIFF_MSEC(250);
    for (int i = 0; i < 50; i++)
        send_check(&lobby);
    CU_ASSERT_EQUAL(lobby.asked, 12);
    CU_ASSERT_EQUAL(office_counters(&lobby.office).drop_unasked, 88);
    lobby.office.now += SKIFF_MSEC(60000);
    for (int i = 0; i < 50; i++)
        send_check(&lobby);
    CU_ASSERT_EQUAL(lobby.asked, 22);
    lobby_close(&lobby);
}

/* But for one time in 4,096 it has a bucket of its own. */
static void another_address_is_asked_about_all_the_same(void)
{
    struct lobby lobby;

    lobby_new(&lobby);
    lobby.knows = false;
    lobby_open(&lobby);
    for (int i = 0; i < 50; i++)
        send_check(&lobby);
    lobby.knows = true;
    unsigned admitted = 0;
    for (int i = 2; i < 6; i++) {
        char host[32];
        snprintf(host, sizeof host, "127.0.0.%d", i);
        move_to(&lobby.caller, host);
        lobby.opened = NULL;
        admitted += caller_checks(&lobby.caller, true);
    }
    CU_ASSERT_TRUE(admitted >= 3);
    lobby_close(&lobby);
}

static void a_port_is_asked_about_as_often_as_its_config_says(void)
{
    struct lobby lobby;

    lobby_new(&lobby);
    lobby.office.config.unknown_rate = 30;
    lobby.office.config.unknown_rate_each = 20;
    lobby.knows = false;
    lobby_open(&lobby);
    for (int i = 2; i < 12; i++) {
        char host[32];
        snprintf(host, sizeof host, "127.0.1.%d", i);
        move_to(&lobby.caller, host);
        for (int j = 0; j < 10; j++)
            send_check(&lobby);
    }
    CU_ASSERT_EQUAL(lobby.asked, 30);
    lobby_close(&lobby);

    lobby_new(&lobby);
    lobby.office.config.unknown_rate = 1000001;
    CU_ASSERT_EQUAL(skiff_port_new(&lobby.office.config, &lobby.office.port),
                    SKIFF_ERR_ARGUMENT);
    office_free(&lobby.office);
}

/* As if a check had come from an address; whether the hook was asked. */
static bool is_asked_about(struct lobby *lobby, const char *from)
{
    uint8_t bytes[CALLER_DATAGRAM];
    skiff_packet packet;
    struct path path = { 0 };
    struct stun_claim claim;
    unsigned asked = lobby->asked;

    memset(bytes, 0, sizeof bytes);
    size_t len = caller_check(&lobby->caller, true, bytes);
    CU_ASSERT_EQUAL_FATAL(skiff_packet_wrap(bytes, (uint32_t)len, sizeof bytes, &packet),
                          SKIFF_OK);
    CU_ASSERT_TRUE_FATAL(skf_address_read(from, &path.remote));
    const struct udp_arrival arrival = { .packet = &packet, .path = &path };
    CU_ASSERT_TRUE_FATAL(skf_stun_read((skiff_bytes){ bytes, len }, &claim));
    (void)skf_unknown_admit(lobby->office.port, &arrival, &claim);
    return lobby->asked > asked;
}

/* A site has 2^64 addresses of IPv6, and is one source. */
static void addresses_of_one_ipv6_prefix_share_their_rate(void)
{
    struct lobby lobby;
    unsigned asked = 0, others = 0;

    lobby_new(&lobby);
    lobby.knows = false;
    lobby_open(&lobby);
    for (int i = 0; i < 40; i++) {
        char text[64];
        snprintf(text, sizeof text, "[2001:db8:0:1:%x::%x]:%d", i, i, 1000 + i);
        asked += is_asked_about(&lobby, text);
        snprintf(text, sizeof text, "[2001:db8:0:1%02x::1]:1000", i);
        others += is_asked_about(&lobby, text);
    }
    CU_ASSERT_TRUE(asked >= 9 && asked <= 10);
    CU_ASSERT_TRUE(others >= 38);
    lobby_close(&lobby);
}

/* --- in a group ----------------------------------------------------------------------- */

enum { BRANCHES = 2, SOCKETS = 24 };

/* Whichever thread gets the first check asks; the others hand over to it from then on. */
static void in_a_group_the_thread_that_read_the_check_has_the_peer(void)
{
    struct lobby lobbies[BRANCHES];
    skiff_port_group *group;

    CU_ASSERT_EQUAL_FATAL(skiff_port_group_new(BRANCHES, NULL, &group), SKIFF_OK);
    for (int i = 0; i < BRANCHES; i++) {
        lobby_new(&lobbies[i]);
        lobbies[i].office.config.group = group;
        if (i > 0)
            lobbies[i].office.config.address = skiff_port_address(lobbies[0].office.port);
        lobby_open(&lobbies[i]);
    }
    lobbies[0].office.also = &lobbies[1].office;
    for (int i = 0; i < SOCKETS; i++) {
        CU_ASSERT_TRUE(caller_checks(&lobbies[0].caller, true));
        move_to(&lobbies[0].caller, "127.0.0.1");
    }
    CU_ASSERT_EQUAL(lobbies[0].asked + lobbies[1].asked, 1);
    CU_ASSERT_TRUE(office_counters(&lobbies[0].office).handed_over
                       + office_counters(&lobbies[1].office).handed_over > 0);
    lobby_close(&lobbies[0]);
    lobby_close(&lobbies[1]);
    skiff_port_group_free(group);
}

/* What its socket has still is read, to be handed over, and asks nobody. */
static void a_port_that_is_freed_asks_nobody(void)
{
    struct lobby lobby;
    skiff_port_group *group;
    uint8_t bytes[CALLER_DATAGRAM];

    CU_ASSERT_EQUAL_FATAL(skiff_port_group_new(2, NULL, &group), SKIFF_OK);
    lobby_new(&lobby);
    lobby.office.config.group = group;
    lobby_open(&lobby);
    caller_send(&lobby.caller, bytes, caller_check(&lobby.caller, true, bytes));
    lobby_close(&lobby);
    CU_ASSERT_EQUAL(lobby.asked, 0);
    skiff_port_group_free(group);
}

CU_TestInfo unknown_tests[] = {
    TEST(a_ufrag_that_the_hook_knows_becomes_a_peer),
    TEST(without_a_hook_an_unknown_ufrag_is_dropped),
    TEST(whom_the_hook_does_not_know_leaves_nothing_behind),
    TEST(a_password_that_has_not_signed_leaves_nothing_behind),
    TEST(a_hook_that_gives_no_password_or_a_bad_one_knows_nobody),
    TEST(a_ufrag_that_nobody_could_have_is_not_asked_about),
    TEST(an_error_of_role_is_answered_and_makes_no_peer),
    TEST(at_the_address_of_another_peer_nobody_is_admitted),
    TEST(a_peer_may_be_freed_when_it_is_told_of),
    TEST(a_hook_may_take_the_last_place_or_the_ufrag_itself),
    TEST(a_peer_that_finds_no_memory_is_asked_about_again),
    TEST(a_full_port_asks_nobody),
    TEST(one_address_is_asked_about_ten_times_a_second),
    TEST(another_address_is_asked_about_all_the_same),
    TEST(a_port_is_asked_about_as_often_as_its_config_says),
    TEST(addresses_of_one_ipv6_prefix_share_their_rate),
    TEST(in_a_group_the_thread_that_read_the_check_has_the_peer),
    TEST(a_port_that_is_freed_asks_nobody),
    CU_TEST_INFO_NULL,
};
