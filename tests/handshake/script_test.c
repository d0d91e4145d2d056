/* script_test.c - the script of DTLS 1.2, read by both roles. */
#include "../suite.h"

#include "handshake/script.h"

enum {
    HVR_1 = 1,
    HELLO_2 = 2,
    HELLO_3 = 4,
    HELLO_4 = 6,
    SH = 7,
    REQUEST = 10,
    DONE = 11,
    CLIENT_CERTIFICATE = 12,
    VERIFY = 14,
    CLIENT_CCS = 15,
    SERVER_CCS = 17
};

static struct script_position reading_at(enum role role, size_t at,
                                         const struct facts *facts)
{
    return (struct script_position){ &skf_dtls12_script, at, role, facts };
}

static bool receives(struct script_position *r, enum msg m)
{
    const struct line *line = skf_script_find(r, m);

    if (line != NULL)
        skf_script_received(r, m);
    return line != NULL;
}

static void a_client_sends_first(void)
{
    struct facts none = { 0 };
    struct script_position client = reading_at(CLIENT, 0, &none);
    struct script_position server = reading_at(SERVER, 0, &none);

    CU_ASSERT_EQUAL(skf_script_turn(&client), TURN_SEND);
    CU_ASSERT_EQUAL(skf_script_turn(&server), TURN_RECEIVE);
    CU_ASSERT_EQUAL(skf_script_send(&client)->msg, CLIENT_HELLO);
    CU_ASSERT_EQUAL(skf_script_turn(&client), TURN_RECEIVE);
    CU_ASSERT_PTR_NULL(skf_script_send(&client));
}

static void both_ends_come_to_the_end_together(void)
{
    struct facts facts = { .auth_wanted = true,
                           .auth_requested = true,
                           .auth_given = true };
    struct script_position ends[2] = { reading_at(CLIENT, 0, &facts),
                                       reading_at(SERVER, 0, &facts) };
    unsigned lines = 0;

    while (skf_script_turn(&ends[CLIENT]) != TURN_OVER) {
        enum role who = skf_script_turn(&ends[CLIENT]) == TURN_SEND ? CLIENT : SERVER;
        const struct line *line = skf_script_send(&ends[who]);
        CU_ASSERT_PTR_NOT_NULL_FATAL(line);
        CU_ASSERT_PTR_EQUAL(skf_script_find(&ends[1 - who], line->msg), line);
        skf_script_received(&ends[1 - who], line->msg);
        lines++;
    }
    CU_ASSERT_EQUAL(skf_script_turn(&ends[SERVER]), TURN_OVER);
    CU_ASSERT_EQUAL(lines, 13);
}

static void what_the_server_may_send_the_client_learns_from_what_arrives(void)
{
    struct facts none = { 0 };
    struct script_position asked = reading_at(CLIENT, REQUEST, &none);
    struct script_position not_asked = reading_at(CLIENT, REQUEST, &none);

    CU_ASSERT_TRUE(receives(&asked, CERTIFICATE_REQUEST));
    CU_ASSERT_TRUE(receives(&asked, SERVER_HELLO_DONE));
    CU_ASSERT_TRUE(receives(&not_asked, SERVER_HELLO_DONE));
    CU_ASSERT_FALSE(receives(&not_asked, CERTIFICATE_REQUEST));
}

static void a_server_decides_by_its_facts_whether_it_asks(void)
{
    struct facts facts = { .auth_wanted = false };
    struct script_position server = reading_at(SERVER, REQUEST, &facts);

    CU_ASSERT_EQUAL(skf_script_send(&server)->msg, SERVER_HELLO_DONE);
    facts.auth_wanted = true;
    server.at = REQUEST;
    CU_ASSERT_EQUAL(skf_script_send(&server)->msg, CERTIFICATE_REQUEST);
}

static void a_client_certificate_arrives_exactly_when_it_was_asked_for(void)
{
    struct facts facts = { 0 };
    struct script_position server = reading_at(SERVER, CLIENT_CERTIFICATE, &facts);

    CU_ASSERT_PTR_NULL(skf_script_find(&server, CERTIFICATE));
    CU_ASSERT_PTR_NOT_NULL(skf_script_find(&server, CLIENT_KEY_EXCHANGE));
    facts.auth_requested = true;
    CU_ASSERT_PTR_NOT_NULL(skf_script_find(&server, CERTIFICATE));
    CU_ASSERT_PTR_NULL(skf_script_find(&server, CLIENT_KEY_EXCHANGE));
}

/* CVE-2022-29222: a certificate without its proof is none. */
static void a_certificate_has_to_be_followed_by_its_verify(void)
{
    struct facts facts = { .auth_requested = true, .auth_given = true };
    struct script_position server = reading_at(SERVER, VERIFY, &facts);

    CU_ASSERT_PTR_NULL(skf_script_find(&server, CHANGE_CIPHER_SPEC));
    CU_ASSERT_PTR_NULL(skf_script_find(&server, FINISHED));
    CU_ASSERT_PTR_NOT_NULL(skf_script_find(&server, CERTIFICATE_VERIFY));
    facts.auth_given = false;
    CU_ASSERT_PTR_NULL(skf_script_find(&server, CERTIFICATE_VERIFY));
    CU_ASSERT_PTR_NOT_NULL(skf_script_find(&server, CHANGE_CIPHER_SPEC));
}

static void finished_before_change_cipher_spec_is_refused(void)
{
    struct facts none = { 0 };
    struct script_position client = reading_at(CLIENT, SERVER_CCS, &none);
    struct script_position server = reading_at(SERVER, CLIENT_CCS, &none);

    CU_ASSERT_PTR_NULL(skf_script_find(&client, FINISHED));
    CU_ASSERT_PTR_NULL(skf_script_find(&server, FINISHED));
    CU_ASSERT_TRUE(receives(&client, CHANGE_CIPHER_SPEC));
    CU_ASSERT_EQUAL(skf_script_find(&client, FINISHED)->epoch, 1);
}

static void up_to_three_requests_to_verify_get_responses(void)
{
    struct facts facts = { 0 };
    struct script_position client = reading_at(CLIENT, HVR_1, &facts);

    for (facts.cookies = 1; facts.cookies <= 3; facts.cookies++) {
        CU_ASSERT_TRUE(receives(&client, HELLO_VERIFY_REQUEST));
        CU_ASSERT_EQUAL(skf_script_send(&client)->msg, CLIENT_HELLO);
    }
    CU_ASSERT_EQUAL(client.at, SH);
    CU_ASSERT_FALSE(receives(&client, HELLO_VERIFY_REQUEST));
    CU_ASSERT_TRUE(receives(&client, SERVER_HELLO));
}

static void a_server_hello_may_come_after_any_number_of_them(void)
{
    static const size_t after[] = { HVR_1, HELLO_2 + 1, HELLO_3 + 1, HELLO_4 + 1 };
    struct facts facts = { 0 };

    for (facts.cookies = 0; facts.cookies <= 3; facts.cookies++) {
        struct script_position client = reading_at(CLIENT, after[facts.cookies], &facts);
        CU_ASSERT_PTR_NOT_NULL(skf_script_find(&client, SERVER_HELLO));
    }
}

static void a_server_with_a_handle_asks_for_no_cookie(void)
{
    struct facts none = { 0 };
    struct script_position server = reading_at(SERVER, 0, &none);

    CU_ASSERT_TRUE(receives(&server, CLIENT_HELLO));
    CU_ASSERT_EQUAL(skf_script_send(&server)->msg, SERVER_HELLO);
}

static void looking_for_a_line_moves_nothing(void)
{
    struct facts none = { 0 };

    for (int me = CLIENT; me <= SERVER; me++)
        for (size_t at = 0; at < skf_dtls12_script.count; at++)
            for (int m = 0; m < MSG_COUNT; m++) {
                struct script_position r = reading_at((enum role)me, at, &none);
                (void)!skf_script_find(&r, (enum msg)m);
                CU_ASSERT_EQUAL(r.at, at);
            }
}

/* Of all messages at most two can come next: the one that has to and one that may. */
static void out_of_order_there_is_no_place_for_a_message(void)
{
    struct facts facts = { .auth_requested = true, .auth_given = true };

    for (size_t at = DONE; at < skf_dtls12_script.count; at++) {
        struct script_position client = reading_at(CLIENT, at, &facts);
        struct script_position server = reading_at(SERVER, at, &facts);
        int places = 0;
        for (int m = 0; m < MSG_COUNT; m++)
            places += (skf_script_find(&client, (enum msg)m) != NULL)
                    + (skf_script_find(&server, (enum msg)m) != NULL);
        CU_ASSERT_EQUAL(places, 1);
    }
}

CU_TestInfo script_tests[] = {
    TEST(a_client_sends_first),
    TEST(both_ends_come_to_the_end_together),
    TEST(what_the_server_may_send_the_client_learns_from_what_arrives),
    TEST(a_server_decides_by_its_facts_whether_it_asks),
    TEST(a_client_certificate_arrives_exactly_when_it_was_asked_for),
    TEST(a_certificate_has_to_be_followed_by_its_verify),
    TEST(finished_before_change_cipher_spec_is_refused),
    TEST(up_to_three_requests_to_verify_get_responses),
    TEST(a_server_hello_may_come_after_any_number_of_them),
    TEST(a_server_with_a_handle_asks_for_no_cookie),
    TEST(looking_for_a_line_moves_nothing),
    TEST(out_of_order_there_is_no_place_for_a_message),
    CU_TEST_INFO_NULL,
};
