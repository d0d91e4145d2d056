/* data_test.c - application data of DTLS, and its other events, through an agent. */
#include "suite.h"

#include "../port/ends.h"
#include "call.h"

#include <errno.h>

enum { MESSAGES = 1000 };

static const char *const here[] = { "127.0.0.1" };

static bool both_have_received(const struct pair *pair)
{
    return pair->a.data > 0 && pair->b.data > 0;
}

static bool is_reported(const struct end *end, const char *text)
{
    return end->data_len == strlen(text)
        && memcmp(end->data_bytes, text, end->data_len) == 0;
}

static void agents_send_each_other_messages(void)
{
    struct pair pair;

    pair_new(&pair, here);
    pair_start(&pair);
    CU_ASSERT_EQUAL(end_send_data(&pair.a, "too early", 9), SKIFF_ERR_STATE);
    CU_ASSERT_TRUE_FATAL(pair_until(&pair, both_connected));
    CU_ASSERT_EQUAL(end_send_data(&pair.a, "from a", 6), SKIFF_OK);
    CU_ASSERT_EQUAL(end_send_data(&pair.b, "from b", 6), SKIFF_OK);
    CU_ASSERT_TRUE(pair_until(&pair, both_have_received));
    CU_ASSERT_TRUE(is_reported(&pair.a, "from b") && is_reported(&pair.b, "from a"));
    pair_free(&pair);
}

static bool a_has_all(const struct pair *pair)
{
    return pair->a.data == MESSAGES;
}

/* From inside of the callback that tells of the message. */
static void a_thousand_messages_come_back(void)
{
    struct pair pair;
    uint8_t bytes[END_BYTES] = { 0 };

    pair_new(&pair, here);
    pair.b.echoes_data = true;
    pair_start(&pair);
    CU_ASSERT_TRUE_FATAL(pair_until(&pair, both_connected));
    size_t most =
        skiff_dtls_max_data(skiff_transport_dtls(skiff_ice_transport(pair.a.ice)));
    CU_ASSERT_TRUE_FATAL(most > 1100 && most <= sizeof bytes);
    for (unsigned i = 0; i < MESSAGES; i++) {
        size_t len = i % 3 == 0 ? most : i % 200;
        bytes[0] = (uint8_t)i;
        CU_ASSERT_EQUAL(end_send_data(&pair.a, bytes, len), SKIFF_OK);
        if (i % 16 == 15)
            pair_choose_paths(&pair);
    }
    CU_ASSERT_TRUE(pair_until(&pair, a_has_all));
    CU_ASSERT_EQUAL(end_send_data(&pair.a, bytes, most + 1), SKIFF_ERR_SPACE);
    pair_free(&pair);
}

static bool b_is_gone(const struct pair *pair)
{
    return pair->b.ice == NULL;
}

static void an_agent_may_be_freed_when_it_reports_a_message(void)
{
    struct pair pair;

    pair_new(&pair, here);
    pair.b.free_in = IN_DATA;
    pair_start(&pair);
    CU_ASSERT_TRUE_FATAL(pair_until(&pair, both_connected));
    CU_ASSERT_EQUAL(end_send_data(&pair.a, "goodbye", 7), SKIFF_OK);
    CU_ASSERT_TRUE(pair_until(&pair, b_is_gone));
    pair_choose_paths(&pair);
    CU_ASSERT_EQUAL(pair.b.after_free, 0);
    pair_free(&pair);
}

static void what_an_agent_cannot_send_is_counted(void)
{
    struct call call;
    skiff_ice_counters counters;

    call_new(&call, 1);
    call_start(&call);
    CU_ASSERT_TRUE(skf_ice_is_bypassed(call.pair.a.ice));
    ends_refuse((struct refusal){ EPERM, 0, UINT32_MAX, false });
    CU_ASSERT_EQUAL(end_send_data(&call.pair.a, "lost", 4), SKIFF_OK);
    ends_refuse((struct refusal){ 0 });
    skiff_ice_get_counters(call.pair.a.ice, &counters, sizeof counters);
    CU_ASSERT_EQUAL(counters.unsent, 1);
    call_free(&call);
}

static bool is_shown(const struct end *end)
{
    uint8_t digest[32];
    gsize len = sizeof digest;
    GChecksum *sha256 = g_checksum_new(G_CHECKSUM_SHA256);

    g_checksum_update(sha256, end->certificate, (gssize)end->certificate_len);
    g_checksum_get_digest(sha256, digest, &len);
    g_checksum_free(sha256);
    return end->certificates == 1
        && memcmp(digest, end->peer->fingerprint.bytes, sizeof digest) == 0;
}

static void an_agent_shows_the_certificate(void)
{
    struct pair pair;

    pair_new(&pair, here);
    pair_start(&pair);
    CU_ASSERT_TRUE_FATAL(pair_until(&pair, both_connected));
    CU_ASSERT_TRUE(is_shown(&pair.a) && is_shown(&pair.b));
    pair_free(&pair);
}

static bool a_has_a_ticket(const struct pair *pair)
{
    return pair->a.tickets > 0;
}

static void an_agent_reports_tickets(void)
{
    skiff_context_config wishes = skiff_context_defaults();
    struct pair pair;

    wishes.tickets = true;
    pair_new_with(&pair, here, &wishes);
    pair_start(&pair);
    CU_ASSERT_TRUE(pair_until(&pair, a_has_a_ticket));
    CU_ASSERT_EQUAL(pair.b.tickets, 0);
    pair_free(&pair);
}

/* No media tells of the new address here: messages alone do. */
static void an_agent_reports_that_its_peer_has_moved(void)
{
    skiff_context_config wishes = skiff_context_defaults();
    struct call call;
    unsigned rounds = 0;

    wishes.connection_ids = true;
    wishes.connection_id_len = 4;
    call_new_with(&call, 7, &wishes);
    call_start(&call);
    call_talk(&call.pair);
    CU_ASSERT_EQUAL(call.pair.b.moved, 0);
    emulated_path_rebind(&call.path, &call.pair.a, 1);
    while (call.pair.b.moved == 0 && rounds++ < 400) {
        CU_ASSERT_EQUAL(end_send_data(&call.pair.a, "from elsewhere", 14), SKIFF_OK);
        CU_ASSERT_EQUAL(end_send_data(&call.pair.b, "to there", 8), SKIFF_OK);
        call_pass_time(&call.pair, SKIFF_MSEC(5));
    }
    CU_ASSERT_EQUAL(call.pair.b.moved, 1);
    rounds = 0;
    while (call.pair.b.events[SKIFF_ICE_PATH] < 2 && rounds++ < 400) {
        (void)end_send_data(&call.pair.a, "from elsewhere", 14);
        call_pass_time(&call.pair, SKIFF_MSEC(5));
    }
    CU_ASSERT_EQUAL(call.pair.b.events[SKIFF_ICE_PATH], 2);
    CU_ASSERT_EQUAL(call_failed(&call.pair), 0);
    call_free(&call);
}

CU_TestInfo data_tests[] = {
    TEST(agents_send_each_other_messages),
    TEST(a_thousand_messages_come_back),
    TEST(an_agent_may_be_freed_when_it_reports_a_message),
    TEST(what_an_agent_cannot_send_is_counted),
    TEST(an_agent_shows_the_certificate),
    TEST(an_agent_reports_tickets),
    TEST(an_agent_reports_that_its_peer_has_moved),
    CU_TEST_INFO_NULL,
};
