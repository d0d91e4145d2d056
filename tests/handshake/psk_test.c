/* psk_test.c - hellos with a ticket, and what is said to them: retries, lies, what does not
 * parse (RFC 8446 sections 4.1.4, 4.2.9 and 4.2.11). */
#include "../suite.h"

#include "../dtls/hello_check.h"
#include "handshake/hello.h"
#include "../dtls/plaintext.h"
#include "../dtls/tickets.h"

#define C     CLIENT_END
#define S     SERVER_END
#define ZEROS "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

/* --- retries ------------------------------------------------------------------------ */

static const uint16_t p256[] = { GROUP_SECP256R1 };
static const uint16_t p384_p256[] = { GROUP_SECP384R1, GROUP_SECP256R1 };

static void prepare_retry(struct story *s)
{
    tickets_prepare(s);
    s->settings[C].groups = p384_p256;
    s->settings[C].num_groups = 2;
    s->settings[S].groups = p256;
    s->settings[S].num_groups = 1;
}

/* RFC 8446 section 4.2.11.2: the second binder signs what was said before, too. */
static void a_ticket_is_accepted_from_a_second_hello(void)
{
    static const uint16_t wanted[] = { 0x1301, 0x1302 };

    for (size_t i = 0; i < 2; i++) {
        struct story s;
        prepare_retry(&s);
        s.settings[S].suites = &wanted[i];
        s.settings[S].num_suites = 1;
        struct ticket t = tickets_get(&s);
        tickets_again(&s, &t);
        CU_ASSERT_TRUE(story_connects(&s) && tickets_resumed(&s));
        CU_ASSERT_EQUAL(story_info(&s, 0).group, GROUP_SECP256R1);
        CU_ASSERT_EQUAL(s.world.ends[C].connected_at - s.world.began, SKIFF_MSEC(40));
        story_end(&s);
    }
}

static bool holds(const struct world_datagram *d, skiff_bytes what)
{
    for (size_t at = 0; at + what.len <= d->len; at++)
        if (memcmp(d->bytes + at, what.ptr, what.len) == 0)
            return true;
    return false;
}

/* RFC 8446 section 4.1.4: "removing any PSKs which are incompatible". */
static void a_second_hello_for_another_hash_leaves_the_ticket_out(void)
{
    static const uint16_t wanted[] = { 0x1301, 0x1302 };
    struct story_recording recording = { .num = 0 };
    struct story s;

    prepare_retry(&s);
    s.settings[S].suites = &wanted[0];
    s.settings[S].num_suites = 1;
    struct ticket t = tickets_get(&s);
    s.settings[S].suites = &wanted[1];
    s.network.meddler = story_keep;
    s.network.user = &recording;
    tickets_anew(&s, &t);
    CU_ASSERT_TRUE(story_connects(&s) && tickets_refused(&s));
    const skiff_bytes ticket = tickets_read(&t).ticket;
    CU_ASSERT_TRUE(recording.captured[0].from == C
                   && holds(&recording.captured[0], ticket));
    CU_ASSERT_TRUE(recording.captured[2].from == C
                   && !holds(&recording.captured[2], ticket));
    story_end(&s);
}

/* Nothing is kept of the first hello, and nothing of its ticket is looked at. */
static void a_ticket_is_accepted_behind_a_retry_without_state(void)
{
    static const uint16_t *const groups_of[] = { p256, p384_p256 };

    for (size_t i = 0; i < 2; i++) {
        struct story s;
        prepare_retry(&s);
        s.settings[S].groups = groups_of[i];
        s.settings[S].num_groups = i + 1;
        struct ticket t = tickets_get(&s);
        struct hello_check d = { .context = s.context[S], .now = s.world.now };
        struct world_datagram sent;
        tickets_again(&s, &t);
        d.client = s.world.ends[C].dtls;
        CU_ASSERT_EQUAL(hello_check_reply_to_last(&d, here, &sent), SKIFF_HELLO_REPLY);
        hello_check_client_receives(&d);
        CU_ASSERT_EQUAL(hello_check_reply_to_last(&d, here, &sent), SKIFF_HELLO_ACCEPT);
        CU_ASSERT_TRUE(hello_check_server_receives(&d, &sent));
        CU_ASSERT_TRUE(d.client->resumed && d.client->connected);
        story_end(&s);
    }
}

static void a_large_share_and_a_ticket_go_together(void)
{
    static const uint16_t best[] = { GROUP_X25519MLKEM768, GROUP_X25519 };
    struct story s;

    if (!skf_group_is_available(GROUP_X25519MLKEM768))
        return;
    tickets_prepare(&s);
    for (int i = 0; i < 2; i++) {
        s.settings[i].groups = best;
        s.settings[i].num_groups = 2;
    }
    struct ticket t = tickets_get(&s);
    tickets_again(&s, &t);
    CU_ASSERT_TRUE(story_connects(&s) && tickets_resumed(&s));
    CU_ASSERT_EQUAL(story_info(&s, 0).group, GROUP_X25519MLKEM768);
    story_end(&s);
}

/* --- lies --------------------------------------------------------------------------- */

static void begin(struct story *s, void *ticket)
{
    tickets_again(s, ticket);
}

/* Alters a handshake that a ticket would resume. */
static bool is_refused(const struct refused_edit *edit)
{
    struct story s;
    struct ticket t = tickets_begin(&s);
    bool refused = plaintext_is_refused(&s, edit, begin, &t);

    story_end(&s);
    return refused;
}

#define ALL_ARE_REFUSED(edits)                                                             \
  for (size_t i = 0; i < sizeof(edits) / sizeof *(edits); i++)                             \
  CU_ASSERT_TRUE(is_refused(&(edits)[i]))

#define ONE    "\0\1x\0\0\0\0" /* identity */
#define BINDER "\x20" ZEROS

static void of_a_client_hello(void)
{
    static const struct refused_edit edits[] = {
        /* RFC 8446 section 4.2.11.2: of the binder, and of what it signs. */
        { C, 1, PATCH_BODY, -5, BYTES("wrong"), ALERT_DECRYPT_ERROR },
        { C, 1, PATCH_BODY, -32, BYTES(ZEROS), ALERT_DECRYPT_ERROR },
        { C, 1, PATCH_BODY, 2, BYTES("another random"), ALERT_DECRYPT_ERROR },
        { C, 1, ADD_EXTENSION, 41, BYTES("\0\7" ONE "\0\x21" BINDER),
          ALERT_ILLEGAL_PARAMETER },
        /* Section 4.2.11: it is the last, and has as many binders as identities. */
        { C, 1, ADD_EXTENSION, 0x1234, BYTES(""), ALERT_ILLEGAL_PARAMETER },
        { C, 1, ADD_EXTENSION, 0, BYTES("\0\7\0\0\4host"), ALERT_ILLEGAL_PARAMETER },
        { C, 1, SET_EXTENSION, 41, BYTES("\0\x0e" ONE ONE "\0\x21" BINDER),
          ALERT_ILLEGAL_PARAMETER },
        { C, 1, SET_EXTENSION, 41, BYTES("\0\7" ONE "\0\x42" BINDER BINDER),
          ALERT_ILLEGAL_PARAMETER },
        /* Section 4.2.9: without psk_key_exchange_modes. */
        { C, 1, DROP_EXTENSION, 45, NULL, 0, ALERT_MISSING_EXTENSION },
    };

    ALL_ARE_REFUSED(edits);
}

static void of_a_server_that_accepted_a_ticket(void)
{
    static const struct refused_edit edits[] = {
        /* RFC 8446 section 4.2.11 */
        { S, 2, SET_EXTENSION, 41, BYTES("\0\1"), ALERT_ILLEGAL_PARAMETER },
        { S, 2, SET_EXTENSION, 41, BYTES("\xff\xff"), ALERT_ILLEGAL_PARAMETER },
        { S, 2, PATCH_BODY, 35, BYTES("\x13\x02"), ALERT_ILLEGAL_PARAMETER },
        { S, 2, DROP_EXTENSION, 51, NULL, 0, ALERT_ILLEGAL_PARAMETER },
        /* Section 4.2: where it has no place, and twice. */
        { S, 2, ADD_EXTENSION, 41, BYTES("\0\0"), ALERT_ILLEGAL_PARAMETER },
        { S, 2, ADD_EXTENSION, 45, BYTES("\1\1"), ALERT_ILLEGAL_PARAMETER },
        { S, 8, ADD_EXTENSION, 41, BYTES("\0\0"), ALERT_ILLEGAL_PARAMETER },
        { S, 8, ADD_EXTENSION, 42, BYTES(""), ALERT_UNSUPPORTED_EXTENSION },
        { S, 20, PATCH_BODY, 0, BYTES("not this"), ALERT_DECRYPT_ERROR },
    };

    ALL_ARE_REFUSED(edits);
}

/* RFC 8446 section 4.2: nor may a server choose what nobody has offered. */
static void a_server_that_resumes_without_a_ticket_is_refused(void)
{
    struct message_edit edit = { S, 2, ADD_EXTENSION, 41, BYTES("\0\0"), 0, 0 };
    struct story s;

    tickets_prepare(&s);
    s.network.meddler = plaintext_send_edited;
    s.network.user = &edit;
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(100));
    CU_ASSERT_TRUE(s.world.ends[C].failed);
    CU_ASSERT_EQUAL(story_failure(&s, C).alert, ALERT_UNSUPPORTED_EXTENSION);
    story_end(&s);
}

/* RFC 8446 section 4.2.9: a PSK without a key exchange is not for us. */
static void a_client_that_wants_no_key_exchange_is_not_resumed(void)
{
    struct message_edit edit = { C, 1, SET_EXTENSION, 45, BYTES("\1\0"), 0, 0 };
    struct story s;
    struct ticket t = tickets_begin(&s);

    s.network.meddler = plaintext_send_edited;
    s.network.user = &edit;
    tickets_again(&s, &t);
    world_pass(&s.world, SKIFF_MSEC(15));
    CU_ASSERT_EQUAL(edit.edits, 1);
    CU_ASSERT_FALSE(s.world.ends[S].dtls->slot->hs.facts.resumed);
    CU_ASSERT_TRUE(s.world.ends[S].dtls->slot->hs.facts.auth_requested);
    story_end(&s);
}

/* An edit of the hello that its sender has signed with its ticket. */
static void send_bound_edit(struct world *world, struct world_datagram *d)
{
    const size_t head = RECORD_HEADER + HANDSHAKE_HEADER;
    struct skiff_dtls *client = world->ends[C].dtls;

    plaintext_send_edited(world, d);
    if (d->from == C && d->number == 0)
        CU_ASSERT_TRUE(skf_bind_hello(&client->slot->hs, d->bytes + head, d->len - head));
}

/* RFC 8446 section 9.2: "If not containing a pre_shared_key extension" it must have them.
 */
static void an_end_that_resumes_needs_no_signature_algorithms(void)
{
    struct message_edit edit = { C, 1, DROP_EXTENSION, 13, NULL, 0, 0, 0 };
    struct story s;
    struct ticket t = tickets_begin(&s);

    s.network.meddler = send_bound_edit;
    s.network.user = &edit;
    tickets_again(&s, &t);
    world_pass(&s.world, SKIFF_MSEC(15));
    CU_ASSERT_EQUAL(edit.edits, 1);
    CU_ASSERT_FALSE(s.world.ends[S].failed);
    CU_ASSERT_TRUE(s.world.ends[S].dtls->slot->hs.facts.resumed);
    story_end(&s);
}

/* Takes signature_algorithms out of the client's first hello before that is sent, so that
 * both ends hash the same. */
static void leave_out_signature_algorithms(struct story *s)
{
    static const struct message_edit edit = { .type = HANDSHAKE_CLIENT_HELLO,
                                              .change = DROP_EXTENSION,
                                              .at = EXT_SIGNATURE_ALGORITHMS };
    static uint8_t body[WORLD_DATAGRAM];
    struct skiff_dtls *client = s->world.ends[C].dtls;
    skiff_packet none = { .data = body }; /* no space to send it yet */
    skiff_bytes bytes;

    CU_ASSERT_EQUAL(skiff_dtls_poll(client, s->world.now, &none, &bytes),
                    SKIFF_DTLS_NOTHING);
    struct handshake *hs = &client->slot->hs;
    size_t len = plaintext_change(&edit, hs->our_hello, body);
    CU_ASSERT_TRUE(len < hs->our_hello.len && skf_bind_hello(hs, body, len));
    hs->our_hello = (skiff_bytes){ body, len };
    client->flight.messages[0].body = body;
    client->flight.messages[0].len = (uint32_t)len;
}

/* What is known of the ticket only when the hello comes again. */
static void it_needs_none_before_a_retry_either(void)
{
    struct story s;

    prepare_retry(&s);
    struct ticket t = tickets_get(&s);
    tickets_again(&s, &t);
    leave_out_signature_algorithms(&s);
    world_poll(&s.world, C);
    CU_ASSERT_TRUE(story_connects(&s) && tickets_resumed(&s));

    tickets_again(&s, &t);
    leave_out_signature_algorithms(&s);
    struct hello_check d = { .context = s.context[S], .now = s.world.now };
    struct world_datagram sent;
    d.client = s.world.ends[C].dtls;
    CU_ASSERT_EQUAL(hello_check_reply_to_last(&d, here, &sent), SKIFF_HELLO_REPLY);
    hello_check_client_receives(&d);
    CU_ASSERT_EQUAL(hello_check_reply_to_last(&d, here, &sent), SKIFF_HELLO_ACCEPT);
    CU_ASSERT_TRUE(hello_check_server_receives(&d, &sent));
    CU_ASSERT_TRUE(d.client->resumed && d.client->connected);
    story_end(&s);
}

/* The second hello is judged in full: its ticket is of another server. */
static void a_second_hello_without_them_and_without_a_good_ticket_is_refused(void)
{
    static const uint8_t other_key[TICKET_KEY] = "other bytes of another server 32";
    struct message_edit edit = { C, 1, DROP_EXTENSION, 13, NULL, 0, 0, 0 };
    struct story s;

    prepare_retry(&s);
    struct ticket t = tickets_get(&s);
    s.settings[S].ticket_key = (skiff_bytes){ other_key, sizeof other_key };
    s.network.meddler = plaintext_send_edited;
    s.network.user = &edit;
    tickets_anew(&s, &t);
    world_pass(&s.world, SKIFF_MSEC(35));
    CU_ASSERT_EQUAL(edit.edits, 2);
    CU_ASSERT_TRUE(s.world.ends[S].failed);
    CU_ASSERT_EQUAL(story_failure(&s, S).alert, ALERT_MISSING_EXTENSION);
    story_end(&s);
}

static void what_does_not_parse_leaves_no_trace(void)
{
    static const struct message_edit edits[] = {
        { C, 1, SET_EXTENSION, 41, BYTES(""), 1, 0 },
        { C, 1, SET_EXTENSION, 41,
          BYTES("\0\6"
                "\0\0\0\0\0\0"
                "\0\x21" BINDER),
          1, 0 },
        { C, 1, SET_EXTENSION, 41,
          BYTES("\0\x08" ONE "x"
                "\0\x21" BINDER),
          1, 0 },
        { C, 1, SET_EXTENSION, 41,
          BYTES("\0\7" ONE "\0\x20"
                "\x1f"
                "0123456789abcdef0123456789abcde"),
          1, 0 },
        { C, 1, SET_EXTENSION, 41, BYTES("\0\7" ONE "\0\x22" BINDER "x"), 1, 0 },
        { C, 1, SET_EXTENSION, 45, BYTES("\0"), 1, 0 },
        { C, 1, SET_EXTENSION, 45, BYTES("\2\1"), 1, 0 },
        { S, 2, SET_EXTENSION, 41, BYTES("\0"), 1, 0 },
        { S, 2, SET_EXTENSION, 41, BYTES("\0\0\0"), 1, 0 },
    };

    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        struct message_edit edit = edits[i];
        struct story s;
        struct ticket t = tickets_begin(&s);
        s.network.meddler = plaintext_send_edited;
        s.network.user = &edit;
        tickets_again(&s, &t);
        CU_ASSERT_TRUE(story_connects(&s) && tickets_resumed(&s));
        CU_ASSERT_EQUAL(edit.edits, 1);
        story_end(&s);
    }
}

/* RFC 8446 section 4.3.2 */
static void a_server_that_accepted_a_ticket_asks_for_no_certificate(void)
{
    static const uint8_t request[] = "\0\0\x08\0\x0d\0\4\0\2\4\3";
    skiff_failure failure = { .alert = ALERT_NONE };
    struct handshake hs = { .role = CLIENT,
                            .failure = &failure,
                            .facts = { .resumed = true } };
    const skiff_bytes body = { request, sizeof request - 1 };

    CU_ASSERT_EQUAL(skf_hear_certificate_request13(&hs, body), REFUSED);
    CU_ASSERT_EQUAL(failure.alert, ALERT_UNEXPECTED_MESSAGE);
}

/* The Certificate of a server that resumes is out of place, and does not count. */
static void nor_does_it_show_one(void)
{
    struct facts facts = { .resumed = true };
    struct script_position client = { .script = &skf_dtls13_script,
                                      .role = CLIENT,
                                      .facts = &facts };

    skf_script_resume(&client, ENCRYPTED_EXTENSIONS);
    CU_ASSERT_PTR_NULL(skf_script_find(&client, CERTIFICATE));
    CU_ASSERT_PTR_NOT_NULL(skf_script_find(&client, FINISHED));
    skf_script_received(&client, FINISHED);
    CU_ASSERT_EQUAL(skf_script_send(&client)->msg, FINISHED);
    CU_ASSERT_EQUAL(skf_script_turn(&client), TURN_OVER);
}

CU_TestInfo psk_tests[] = {
    TEST(a_ticket_is_accepted_from_a_second_hello),
    TEST(a_second_hello_for_another_hash_leaves_the_ticket_out),
    TEST(a_ticket_is_accepted_behind_a_retry_without_state),
    TEST(a_large_share_and_a_ticket_go_together),
    TEST(of_a_client_hello),
    TEST(of_a_server_that_accepted_a_ticket),
    TEST(a_server_that_resumes_without_a_ticket_is_refused),
    TEST(a_client_that_wants_no_key_exchange_is_not_resumed),
    TEST(an_end_that_resumes_needs_no_signature_algorithms),
    TEST(it_needs_none_before_a_retry_either),
    TEST(a_second_hello_without_them_and_without_a_good_ticket_is_refused),
    TEST(what_does_not_parse_leaves_no_trace),
    TEST(a_server_that_accepted_a_ticket_asks_for_no_certificate),
    TEST(nor_does_it_show_one),
    CU_TEST_INFO_NULL,
};
