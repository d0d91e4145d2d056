/* trace_test.c - what a trace says of a transport: its sessions, renewals and drops. */
#include "suite.h"

#include "network.h"
#include "trace_log.h"
#include "world/world.h"

enum { SSRC = 5, PACKETS = 40 };

static struct network network;
static struct trace_log record;

static struct network_end *alice(void)
{
    return &network.ends[0][0];
}

static struct network_end *bob(void)
{
    return &network.ends[1][0];
}

static void begin_traced(uint16_t version)
{
    struct network_config config = { .packets = PACKETS,
                                     .max_version = version,
                                     .profile = { SKIFF_SRTP_AEAD_AES_128_GCM,
                                                  SKIFF_SRTP_AEAD_AES_128_GCM },
                                     .trace = trace_log_add,
                                     .user = &record };

    memset(&record, 0, sizeof record);
    CU_ASSERT_EQUAL_FATAL(network_begin(&network, &config), SKIFF_OK);
    CU_ASSERT_TRUE_FATAL(network_connect(&network));
    network_pass(&network, SKIFF_MSEC(100));
}

static void end_traced(void)
{
    network_end(&network);
    CU_ASSERT_EQUAL(record.lost, 0);
}

static size_t number_of(const struct network_end *end, skiff_trace_event event,
                        const char *what)
{
    return trace_log_count(&record, event, end->transport, what);
}

static void a_session_is_made_once_with_its_profile(void)
{
    begin_traced(SKIFF_DTLS_1_3);
    for (int i = 0; i < NETWORK_SIDES; i++) {
        const struct network_end *end = &network.ends[i][0];
        const skiff_trace *session =
            trace_log_first(&record, SKIFF_TRACE_SRTP_SESSION, end->transport);
        CU_ASSERT_PTR_NOT_NULL_FATAL(session);
        CU_ASSERT_EQUAL(session->type, SKIFF_SRTP_AEAD_AES_128_GCM);
        CU_ASSERT_STRING_EQUAL(session->what, "first");
        CU_ASSERT_EQUAL(session->kind, SKIFF_TRACE_OF_TRANSPORT);
        CU_ASSERT_EQUAL(number_of(end, SKIFF_TRACE_SRTP_SESSION, NULL), 1);
    }
    end_traced();
}

/* From a DTLS end to its transport, and from there to what the caller keeps of it. */
static void an_event_leads_to_the_handles_above(void)
{
    begin_traced(SKIFF_DTLS_1_3);
    const skiff_trace *connected = trace_log_first(
        &record, SKIFF_TRACE_CONNECTED, skiff_transport_dtls(alice()->transport));
    const skiff_trace *session =
        trace_log_first(&record, SKIFF_TRACE_SRTP_SESSION, alice()->transport);
    CU_ASSERT_TRUE_FATAL(connected != NULL && session != NULL);
    CU_ASSERT_PTR_EQUAL(connected->owner, alice()->transport);
    CU_ASSERT_PTR_EQUAL(session->owner, alice());
    CU_ASSERT_EQUAL(session->when, connected->when);
    end_traced();
}

static void media_that_is_carried_is_not_traced(void)
{
    struct test_packet message;

    begin_traced(SKIFF_DTLS_1_3);
    size_t before = record.num;
    for (uint16_t seq = 0; seq < 10; seq++) {
        test_packet_rtp(&message, SSRC, seq, 20);
        CU_ASSERT_TRUE(network_carries(alice(), &message));
    }
    CU_ASSERT_EQUAL(record.num, before);
    end_traced();
}

static void compare_drops(const struct network_end *end)
{
    skiff_counters counters = network_counters(end);

#define X(name, text)                                                                      \
  if (strncmp(#name, "drop_", 5) == 0)                                                     \
    CU_ASSERT_EQUAL(counters.name, number_of(end, SKIFF_TRACE_DROP, #name));
    SKIFF_MEDIA_COUNTER_LIST(X)
#undef X
}

/* Protected at alice's; delivered to bob twice, altered, cut, and as what it is not. */
static void media_that_is_dropped_is_traced_with_its_reason(void)
{
    struct test_packet sent, copy;
    skiff_kind kind;

    begin_traced(SKIFF_DTLS_1_3);
    test_packet_rtp(&sent, SSRC, 1, 20);
    CU_ASSERT_EQUAL(skiff_transport_protect(alice()->transport, &sent.packet), SKIFF_OK);
    for (int i = 0; i < 2; i++) {
        test_packet_copy(&copy, &sent);
        (void)!network_deliver(bob(), &copy, &kind);
    }
    test_packet_copy(&copy, &sent);
    copy.packet.data[copy.packet.len - 1] ^= 1;
    copy.packet.data[3] ^= 2;
    CU_ASSERT_EQUAL(network_deliver(bob(), &copy, &kind), SKIFF_ERR_DROPPED);
    test_packet_copy(&copy, &sent);
    copy.packet.len = 5;
    CU_ASSERT_EQUAL(network_deliver(bob(), &copy, &kind), SKIFF_ERR_DROPPED);
    test_packet_copy(&copy, &sent);
    copy.packet.data[0] = 200;
    (void)!network_deliver(bob(), &copy, &kind);

    CU_ASSERT_EQUAL(number_of(bob(), SKIFF_TRACE_DROP, "drop_replayed"), 1);
    CU_ASSERT_EQUAL(number_of(bob(), SKIFF_TRACE_DROP, "drop_forged"), 1);
    CU_ASSERT_EQUAL(number_of(bob(), SKIFF_TRACE_DROP, "drop_media"), 1);
    CU_ASSERT_EQUAL(number_of(bob(), SKIFF_TRACE_DROP, "drop_other"), 1);
    const skiff_trace *drop = trace_log_first(&record, SKIFF_TRACE_DROP, bob()->transport);
    CU_ASSERT_TRUE(drop != NULL && drop->when == network.now && drop->count == 1);
    compare_drops(bob());
    end_traced();
}

static skiff_status renew(struct network_end *end, skiff_role role, int whom)
{
    skiff_fingerprint expected;

    skiff_identity_fingerprint(world_identity(whom), &expected);
    return skiff_transport_renew(end->transport, role, &expected, 1, network.now);
}

static void a_renewal_is_traced_from_its_begin_to_its_end(void)
{
    static const uint16_t versions[] = { SKIFF_DTLS_1_2, SKIFF_DTLS_1_3 };

    for (int i = 0; i < 2; i++) {
        begin_traced(versions[i]);
        CU_ASSERT_EQUAL(renew(bob(), SKIFF_ROLE_PASSIVE, 0), SKIFF_OK);
        CU_ASSERT_EQUAL(renew(alice(), SKIFF_ROLE_ACTIVE, 1), SKIFF_OK);
        network_pass(&network, SKIFF_MSEC(500));
        CU_ASSERT_EQUAL(number_of(alice(), SKIFF_TRACE_RENEWAL, "client"), 1);
        CU_ASSERT_EQUAL(number_of(bob(), SKIFF_TRACE_RENEWAL, "server"), 1);
        for (int side = 0; side < NETWORK_SIDES; side++) {
            const struct network_end *end = &network.ends[side][0];
            CU_ASSERT_EQUAL(number_of(end, SKIFF_TRACE_SRTP_SESSION, "renewal"), 1);
            CU_ASSERT_EQUAL(number_of(end, SKIFF_TRACE_RENEWED, NULL), 1);
            CU_ASSERT_EQUAL(number_of(end, SKIFF_TRACE_NOT_RENEWED, NULL), 0);
            compare_drops(end);
        }
        end_traced();
    }
}

static void a_renewal_that_fails_has_its_reason(void)
{
    skiff_failure why;

    begin_traced(SKIFF_DTLS_1_3);
    CU_ASSERT_EQUAL(renew(bob(), SKIFF_ROLE_PASSIVE, 0), SKIFF_OK);
    CU_ASSERT_EQUAL(renew(alice(), SKIFF_ROLE_ACTIVE, 0), SKIFF_OK); /* not bob's */
    network_pass(&network, SKIFF_MSEC(500));
    skiff_transport_renewal_failure(alice()->transport, &why, sizeof why);
    const skiff_trace *failed =
        trace_log_first(&record, SKIFF_TRACE_NOT_RENEWED, alice()->transport);
    CU_ASSERT_PTR_NOT_NULL_FATAL(failed);
    CU_ASSERT_PTR_EQUAL(failed->what, why.what);
    CU_ASSERT_EQUAL(failed->type, (uint32_t)why.alert);
    end_traced();
}

/* Media that may be under new keys is held, and dropped when the transport is freed. */
static void freed_is_the_last_event_of_a_transport(void)
{
    struct test_packet media;
    skiff_kind kind;

    begin_traced(SKIFF_DTLS_1_3);
    const void *transport = alice()->transport;
    const void *dtls = skiff_transport_dtls(alice()->transport);
    CU_ASSERT_EQUAL(renew(alice(), SKIFF_ROLE_ACTIVE, 1), SKIFF_OK);
    test_packet_rtp(&media, SSRC, 1, 100);
    CU_ASSERT_EQUAL(network_deliver(alice(), &media, &kind), SKIFF_OK);
    CU_ASSERT_EQUAL(network_left(&network, 0), PACKETS - 1);
    end_traced();
    CU_ASSERT_EQUAL(trace_log_count(&record, SKIFF_TRACE_DROP, transport, "drop_early"), 1);
    const skiff_trace *freed = trace_log_first(&record, SKIFF_TRACE_FREED, transport);
    const skiff_trace *below = trace_log_first(&record, SKIFF_TRACE_FREED, dtls);
    CU_ASSERT_TRUE_FATAL(freed != NULL && below != NULL);
    CU_ASSERT_TRUE(below < freed);
    for (const skiff_trace *at = freed + 1; at < record.events + record.num; at++)
        CU_ASSERT_TRUE(at->who != transport && at->owner != transport);
}

static void a_transport_that_is_not_made_has_no_event(void)
{
    skiff_transport *none = NULL;

    begin_traced(SKIFF_DTLS_1_3);
    size_t before = record.num;
    CU_ASSERT_EQUAL(
        skiff_transport_new(network.context[0], (skiff_role)7, NULL, network.now, &none),
        SKIFF_ERR_ARGUMENT);
    CU_ASSERT_PTR_NULL(none);
    CU_ASSERT_EQUAL(record.num, before);
    end_traced();
}

static void a_transport_is_seen_to_come_and_to_go(void)
{
    begin_traced(SKIFF_DTLS_1_2);
    const void *transport = alice()->transport;
    CU_ASSERT_EQUAL(trace_log_count(&record, SKIFF_TRACE_NEW, transport, NULL), 1);
    CU_ASSERT_EQUAL(trace_log_count(&record, SKIFF_TRACE_FREED, transport, NULL), 0);
    end_traced();
    CU_ASSERT_EQUAL(trace_log_count(&record, SKIFF_TRACE_FREED, transport, NULL), 1);
}

CU_TestInfo trace_tests[] = {
    TEST(a_session_is_made_once_with_its_profile),
    TEST(an_event_leads_to_the_handles_above),
    TEST(media_that_is_carried_is_not_traced),
    TEST(media_that_is_dropped_is_traced_with_its_reason),
    TEST(a_renewal_is_traced_from_its_begin_to_its_end),
    TEST(a_renewal_that_fails_has_its_reason),
    TEST(freed_is_the_last_event_of_a_transport),
    TEST(a_transport_that_is_not_made_has_no_event),
    TEST(a_transport_is_seen_to_come_and_to_go),
    CU_TEST_INFO_NULL,
};
