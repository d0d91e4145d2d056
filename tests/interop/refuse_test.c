/* refuse_test.c - what skiff does not take from a peer, and how the peer learns it. */
#include "../suite.h"

#include "story.h"
#include "talk.h"

enum { HANDSHAKE_FAILURE = 40, BAD_CERTIFICATE = 42, NO_RENEGOTIATION = 100 };

/* A handshake that skiff has to refuse, and the alert for it that the peer heard. */
static int alert_received(const struct setup *setup, skiff_failure *failure)
{
    struct talk talk;

    if (!talk_open(&talk, setup))
        return NO_ALERT;
    talk_handshake(&talk);
    talk_run(&talk);
    CU_ASSERT_TRUE(talk.failed);
    CU_ASSERT_FALSE(talk.connected);
    CU_ASSERT_EQUAL(talk.end_state, END_FAILED);
    skiff_dtls_failure(talk.skiff, failure, sizeof *failure);

    int alert = peer.alert(talk.end);
    talk_close(&talk);
    return alert;
}

static void check_refused(struct setup setup, int alert)
{
    skiff_failure failure = { 0 };

    for (int skiff_calls = 0; skiff_calls < 2; skiff_calls++) {
        setup.skiff_calls = skiff_calls != 0;
        CU_ASSERT_EQUAL(alert_received(&setup, &failure), alert);
        CU_ASSERT_EQUAL(failure.alert, alert);
        CU_ASSERT_FALSE(failure.from_peer);
    }
}

static void another_fingerprint_is_a_bad_certificate(void)
{
    check_refused((struct setup){ .stranger = true }, BAD_CERTIFICATE);
}

static void no_profile_in_common_is_a_handshake_failure(void)
{
    check_refused((struct setup){ .profile = SKIFF_SRTP_AES128_CM_SHA1_32 },
                  HANDSHAKE_FAILURE);
}

static void no_extended_master_secret_is_a_handshake_failure(void)
{
    check_refused((struct setup){ .without_ems = true }, HANDSHAKE_FAILURE);
}

static void a_client_without_a_certificate_is_a_handshake_failure(void)
{
    skiff_failure failure = { 0 };
    struct setup setup = { .nameless = true };

    CU_ASSERT_EQUAL(alert_received(&setup, &failure), HANDSHAKE_FAILURE);
    CU_ASSERT_EQUAL(failure.alert, HANDSHAKE_FAILURE);
}

/* HelloRequest of a server, ClientHello of a client: neither does anything to skiff. What
 * the peer does then is its own affair (RFC 5246 section 7.4.1.1): some end it. */
static void check_renegotiation_is_harmless(bool skiff_calls)
{
    struct talk talk;
    struct setup setup = { .skiff_calls = skiff_calls };
    skiff_dtls_counters before, after;
    skiff_failure failure;

    CU_ASSERT_TRUE_FATAL(talk_open(&talk, &setup));
    talk_handshake(&talk);
    CU_ASSERT_TRUE_FATAL(talk_both_ready(&talk));
    skiff_dtls_get_counters(talk.skiff, &before, sizeof before);
    peer.renegotiate(talk.end);
    talk_run(&talk);

    skiff_dtls_get_counters(talk.skiff, &after, sizeof after);
    CU_ASSERT_TRUE(after.drop_unexpected > before.drop_unexpected);
    skiff_dtls_failure(talk.skiff, &failure, sizeof failure);
    CU_ASSERT_EQUAL(peer.alert(talk.end), NO_RENEGOTIATION);
    CU_ASSERT_TRUE(!talk.failed || failure.from_peer);
    talk_close(&talk);
}

static void a_new_handshake_is_refused_and_the_old_one_stays(void)
{
    check_renegotiation_is_harmless(false);
    check_renegotiation_is_harmless(true);
}

const struct story refuse_stories[] = {
    STORY(another_fingerprint_is_a_bad_certificate, 0),
    STORY(no_profile_in_common_is_a_handshake_failure, CAN_OMIT_SRTP),
    STORY(no_extended_master_secret_is_a_handshake_failure, CAN_OMIT_EMS),
    STORY(a_client_without_a_certificate_is_a_handshake_failure, 0),
    STORY(a_new_handshake_is_refused_and_the_old_one_stays, CAN_RENEGOTIATE),
    STORIES_END,
};
