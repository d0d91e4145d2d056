/* script_test.c - the script of DTLS 1.2, read by both roles. */
#include "../suite.h"

#include "dtls/script.h"

enum { HVR_1 = 1, HELLO_2 = 2, HELLO_3 = 4, HELLO_4 = 6, SH = 7, REQUEST = 10, DONE = 11,
       CLIENT_CERTIFICATE = 12, VERIFY = 14, CLIENT_CCS = 15, SERVER_CCS = 17 };

static struct reading reading_at(enum role me, size_t at, const struct facts *facts)
{
    return (struct reading){ &dtls12_full, at, me, facts };
}

static bool hears(struct reading *r, enum msg m)
{
    const struct line *line = script_find(r, m);

    if (line != NULL)
        script_heard(r, m);
    return line != NULL;
}

static void a_client_speaks_first(void)
{
    struct facts none = { 0 };
    struct reading client = reading_at(CLIENT, 0, &none);
    struct reading server = reading_at(SERVER, 0, &none);

    CU_ASSERT_EQUAL(script_turn(&client), SPEAK);
    CU_ASSERT_EQUAL(script_turn(&server), LISTEN);
    CU_ASSERT_EQUAL(script_speak(&client)->msg, CLIENT_HELLO);
    CU_ASSERT_EQUAL(script_turn(&client), LISTEN);
    CU_ASSERT_PTR_NULL(script_speak(&client));
}

static void both_ends_come_to_the_end_together(void)
{
    struct facts facts = { .auth_wanted = true, .auth_asked = true, .auth_given = true };
    struct reading ends[2] = { reading_at(CLIENT, 0, &facts),
                               reading_at(SERVER, 0, &facts) };
    unsigned lines = 0;

    while (script_turn(&ends[CLIENT]) != OVER) {
        enum role who = script_turn(&ends[CLIENT]) == SPEAK ? CLIENT : SERVER;
        const struct line *line = script_speak(&ends[who]);
        CU_ASSERT_PTR_NOT_NULL_FATAL(line);
        CU_ASSERT_PTR_EQUAL(script_find(&ends[1 - who], line->msg), line);
        script_heard(&ends[1 - who], line->msg);
        lines++;
    }
    CU_ASSERT_EQUAL(script_turn(&ends[SERVER]), OVER);
    CU_ASSERT_EQUAL(lines, 13);
}

static void what_the_server_may_say_the_client_learns_from_what_comes(void)
{
    struct facts none = { 0 };
    struct reading asked = reading_at(CLIENT, REQUEST, &none);
    struct reading not_asked = reading_at(CLIENT, REQUEST, &none);

    CU_ASSERT_TRUE(hears(&asked, CERTIFICATE_REQUEST));
    CU_ASSERT_TRUE(hears(&asked, SERVER_HELLO_DONE));
    CU_ASSERT_TRUE(hears(&not_asked, SERVER_HELLO_DONE));
    CU_ASSERT_FALSE(hears(&not_asked, CERTIFICATE_REQUEST));
}

static void a_server_decides_by_its_facts_whether_it_asks(void)
{
    struct facts facts = { .auth_wanted = false };
    struct reading server = reading_at(SERVER, REQUEST, &facts);

    CU_ASSERT_EQUAL(script_speak(&server)->msg, SERVER_HELLO_DONE);
    facts.auth_wanted = true;
    server.at = REQUEST;
    CU_ASSERT_EQUAL(script_speak(&server)->msg, CERTIFICATE_REQUEST);
}

static void a_client_certificate_comes_exactly_when_it_was_asked_for(void)
{
    struct facts facts = { 0 };
    struct reading server = reading_at(SERVER, CLIENT_CERTIFICATE, &facts);

    CU_ASSERT_PTR_NULL(script_find(&server, CERTIFICATE));
    CU_ASSERT_PTR_NOT_NULL(script_find(&server, CLIENT_KEY_EXCHANGE));
    facts.auth_asked = true;
    CU_ASSERT_PTR_NOT_NULL(script_find(&server, CERTIFICATE));
    CU_ASSERT_PTR_NULL(script_find(&server, CLIENT_KEY_EXCHANGE));
}

/* CVE-2022-29222: a certificate without its proof is none. */
static void a_certificate_has_to_be_followed_by_its_verify(void)
{
    struct facts facts = { .auth_asked = true, .auth_given = true };
    struct reading server = reading_at(SERVER, VERIFY, &facts);

    CU_ASSERT_PTR_NULL(script_find(&server, CHANGE_CIPHER_SPEC));
    CU_ASSERT_PTR_NULL(script_find(&server, FINISHED));
    CU_ASSERT_PTR_NOT_NULL(script_find(&server, CERTIFICATE_VERIFY));
    facts.auth_given = false;
    CU_ASSERT_PTR_NULL(script_find(&server, CERTIFICATE_VERIFY));
    CU_ASSERT_PTR_NOT_NULL(script_find(&server, CHANGE_CIPHER_SPEC));
}

static void finished_before_change_cipher_spec_is_refused(void)
{
    struct facts none = { 0 };
    struct reading client = reading_at(CLIENT, SERVER_CCS, &none);
    struct reading server = reading_at(SERVER, CLIENT_CCS, &none);

    CU_ASSERT_PTR_NULL(script_find(&client, FINISHED));
    CU_ASSERT_PTR_NULL(script_find(&server, FINISHED));
    CU_ASSERT_TRUE(hears(&client, CHANGE_CIPHER_SPEC));
    CU_ASSERT_EQUAL(script_find(&client, FINISHED)->epoch, 1);
}

static void up_to_three_requests_to_verify_are_answered(void)
{
    struct facts facts = { 0 };
    struct reading client = reading_at(CLIENT, HVR_1, &facts);

    for (facts.cookies = 1; facts.cookies <= 3; facts.cookies++) {
        CU_ASSERT_TRUE(hears(&client, HELLO_VERIFY_REQUEST));
        CU_ASSERT_EQUAL(script_speak(&client)->msg, CLIENT_HELLO);
    }
    CU_ASSERT_EQUAL(client.at, SH);
    CU_ASSERT_FALSE(hears(&client, HELLO_VERIFY_REQUEST));
    CU_ASSERT_TRUE(hears(&client, SERVER_HELLO));
}

static void a_server_hello_may_come_after_any_number_of_them(void)
{
    static const size_t after[] = { HVR_1, HELLO_2 + 1, HELLO_3 + 1, HELLO_4 + 1 };
    struct facts facts = { 0 };

    for (facts.cookies = 0; facts.cookies <= 3; facts.cookies++) {
        struct reading client = reading_at(CLIENT, after[facts.cookies], &facts);
        CU_ASSERT_PTR_NOT_NULL(script_find(&client, SERVER_HELLO));
    }
}

static void a_server_with_a_handle_asks_for_no_cookie(void)
{
    struct facts none = { 0 };
    struct reading server = reading_at(SERVER, 0, &none);

    CU_ASSERT_TRUE(hears(&server, CLIENT_HELLO));
    CU_ASSERT_EQUAL(script_speak(&server)->msg, SERVER_HELLO);
}

static void looking_for_a_line_moves_nothing(void)
{
    struct facts none = { 0 };

    for (int me = CLIENT; me <= SERVER; me++)
        for (size_t at = 0; at < dtls12_full.count; at++)
            for (int m = 0; m < MSG_COUNT; m++) {
                struct reading r = reading_at((enum role)me, at, &none);
                (void)!script_find(&r, (enum msg)m);
                CU_ASSERT_EQUAL(r.at, at);
            }
}

/* Of all messages at most two can come next: the one that has to and one that may. */
static void out_of_order_there_is_no_place_for_a_message(void)
{
    struct facts facts = { .auth_asked = true, .auth_given = true };

    for (size_t at = DONE; at < dtls12_full.count; at++) {
        struct reading client = reading_at(CLIENT, at, &facts);
        struct reading server = reading_at(SERVER, at, &facts);
        int places = 0;
        for (int m = 0; m < MSG_COUNT; m++)
            places += (script_find(&client, (enum msg)m) != NULL)
                    + (script_find(&server, (enum msg)m) != NULL);
        CU_ASSERT_EQUAL(places, 1);
    }
}

CU_TestInfo script_tests[] = {
    TEST(a_client_speaks_first),
    TEST(both_ends_come_to_the_end_together),
    TEST(what_the_server_may_say_the_client_learns_from_what_comes),
    TEST(a_server_decides_by_its_facts_whether_it_asks),
    TEST(a_client_certificate_comes_exactly_when_it_was_asked_for),
    TEST(a_certificate_has_to_be_followed_by_its_verify),
    TEST(finished_before_change_cipher_spec_is_refused),
    TEST(up_to_three_requests_to_verify_are_answered),
    TEST(a_server_hello_may_come_after_any_number_of_them),
    TEST(a_server_with_a_handle_asks_for_no_cookie),
    TEST(looking_for_a_line_moves_nothing),
    TEST(out_of_order_there_is_no_place_for_a_message),
    CU_TEST_INFO_NULL,
};
