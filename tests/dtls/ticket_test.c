/* ticket_test.c - tickets, and handshakes that a ticket stands in for certificates in (RFC 8446
 * sections 2.2, 4.2.9, 4.2.11 and 4.6.1). */
#include "../suite.h"

#include <stdio.h>

#include "tickets.h"

/* --- given and taken ------------------------------------------------------------------- */

static void a_handshake_leaves_a_ticket(void)
{
    struct story s;

    tickets_prepare(&s);
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    world_pass(&s.world, SKIFF_MSEC(100));
    CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].tickets, 1);
    CU_ASSERT_EQUAL(s.world.ends[SERVER_END].tickets, 0);
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_FALSE(story_info(&s, i).resumed);
        CU_ASSERT_EQUAL(story_info(&s, i).flights_resent, 0);
        CU_ASSERT_EQUAL(s.context[i]->rooms.used, 0);
        CU_ASSERT_EQUAL(skiff_dtls_deadline(s.world.ends[i].dtls), SKIFF_NEVER);
    }
    story_end(&s);
}

static bool is_resumed(const struct story *s)
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

static void a_ticket_spares_the_certificates(void)
{
    struct story s;
    struct ticket t = tickets_begin(&s);

    tickets_again(&s, &t);
    CU_ASSERT_TRUE(story_connects(&s));
    CU_ASSERT_TRUE(is_resumed(&s));
    story_end(&s);
}

CU_TestInfo ticket_tests[] = {
    TEST(a_handshake_leaves_a_ticket),
    TEST(a_ticket_spares_the_certificates),
    CU_TEST_INFO_NULL,
};
