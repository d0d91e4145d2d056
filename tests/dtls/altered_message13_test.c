/* altered_message13_test.c - messages of 1.3 that are sealed well and altered before: an
 * end that receives one ends the attempt with the alert of the RFC, which the other end
 * receives. */
#include "../suite.h"

#include "plaintext.h"

#define C       CLIENT_END
#define S       SERVER_END
#define ZEROS_8 "\0\0\0\0\0\0\0\0"
#define ZEROS   ZEROS_8 ZEROS_8 ZEROS_8 ZEROS_8 /* 32 */

static void begin(struct story *s, void *user)
{
    (void)user;
    story_begin(s);
}

static bool is_refused(const struct refused_edit *edit)
{
    struct story s;

    story_prepare(&s);
    bool refused = plaintext_is_refused(&s, edit, begin, NULL);
    story_end(&s);
    return refused;
}

#define ALL_ARE_REFUSED(edits)                                                             \
  for (size_t i = 0; i < sizeof(edits) / sizeof *(edits); i++)                             \
  CU_ASSERT_TRUE(is_refused(&(edits)[i]))

/* RFC 8446 sections 4.1.2, 4.2.7, 4.2.8, 9.2. */
static void of_a_client_hello(void)
{
    static const struct refused_edit edits[] = {
        { C, 1, DROP_EXTENSION, 10, NULL, 0, ALERT_MISSING_EXTENSION },
        { C, 1, DROP_EXTENSION, 51, NULL, 0, ALERT_MISSING_EXTENSION },
        { C, 1, DROP_EXTENSION, 13, NULL, 0, ALERT_MISSING_EXTENSION },
        { C, 1, DROP_EXTENSION, 14, NULL, 0, ALERT_HANDSHAKE_FAILURE },
        { C, 1, SET_EXTENSION, 13, BYTES("\0\2\4\1"), ALERT_HANDSHAKE_FAILURE },
        { C, 1, SET_EXTENSION, 10, BYTES("\0\2\0\x19"), ALERT_HANDSHAKE_FAILURE },
        { C, 1, SET_EXTENSION, 43, BYTES("\2\3\4"), ALERT_PROTOCOL_VERSION },
        { C, 1, SET_EXTENSION, 51, BYTES("\0\x0a\0\x1d\0\1x\0\x1d\0\1x"),
          ALERT_ILLEGAL_PARAMETER },
        { C, 1, SET_EXTENSION, 51, BYTES("\0\5\0\x1d\0\1x"), ALERT_ILLEGAL_PARAMETER },
        { C, 1, SET_EXTENSION, 51, BYTES("\0\x24\0\x1d\0\x20" ZEROS),
          ALERT_ILLEGAL_PARAMETER },
        { C, 1, SET_EXTENSION, 51, BYTES("\0\x24\0\x17\0\x20" ZEROS),
          ALERT_ILLEGAL_PARAMETER },
        { C, 1, ADD_EXTENSION, 43, BYTES("\2\xfe\xfc"), ALERT_ILLEGAL_PARAMETER },
        { C, 1, ADD_EXTENSION, 51, BYTES("\0\0"), ALERT_ILLEGAL_PARAMETER },
    };

    ALL_ARE_REFUSED(edits);
}

/* RFC 8446 section 4.1.3, RFC 9147 section 5.3: 2 bytes of version, 32 of random, a session
 * id, 2 of suite, 1 of compression. */
static void of_a_server_hello(void)
{
    static const struct refused_edit edits[] = {
        { S, 2, PATCH_BODY, 0, BYTES("\xfe\xfc"), ALERT_PROTOCOL_VERSION },
        { S, 2, PATCH_BODY, 35, BYTES("\x13\x04"), ALERT_ILLEGAL_PARAMETER },
        { S, 2, PATCH_BODY, 35, BYTES("\xc0\x2b"), ALERT_ILLEGAL_PARAMETER },
        { S, 2, PATCH_BODY, 35, BYTES("\xc0\xac"), ALERT_ILLEGAL_PARAMETER },
        { S, 2, PATCH_BODY, 37, BYTES("\1"), ALERT_ILLEGAL_PARAMETER },
        { S, 2, DROP_EXTENSION, 51, NULL, 0, ALERT_MISSING_EXTENSION },
        { S, 2, SET_EXTENSION, 51, BYTES("\0\x17\0\x20" ZEROS), ALERT_ILLEGAL_PARAMETER },
        { S, 2, SET_EXTENSION, 51, BYTES("\0\x1d\0\x20" ZEROS), ALERT_ILLEGAL_PARAMETER },
        { S, 2, SET_EXTENSION, 51, BYTES("\0\x1d\0\1x"), ALERT_ILLEGAL_PARAMETER },
        { S, 2, SET_EXTENSION, 51, BYTES("\0\x1d\0\x21" ZEROS "x"),
          ALERT_ILLEGAL_PARAMETER },
        { S, 2, SET_EXTENSION, 51, BYTES("\x6a\x6a\0\1x"), ALERT_ILLEGAL_PARAMETER },
        { S, 2, ADD_EXTENSION, 51, BYTES("\0\x1d\0\1x"), ALERT_ILLEGAL_PARAMETER },
        { S, 2, ADD_EXTENSION, 14, BYTES("\0\2\0\7\0"), ALERT_ILLEGAL_PARAMETER },
        { S, 2, ADD_EXTENSION, 10, BYTES("\0\2\0\x1d"), ALERT_ILLEGAL_PARAMETER },
        { S, 2, ADD_EXTENSION, 0x1234, BYTES(""), ALERT_UNSUPPORTED_EXTENSION },
        { S, 2, ADD_EXTENSION, 44, BYTES("\0\1x"), ALERT_UNSUPPORTED_EXTENSION },
        /* The version decides who judges the rest: 1.2 has no such suite or extension. */
        { S, 2, DROP_EXTENSION, 43, NULL, 0, ALERT_ILLEGAL_PARAMETER },
        { S, 2, SET_EXTENSION, 43, BYTES("\3\3"), ALERT_ILLEGAL_PARAMETER },
        { S, 2, SET_EXTENSION, 43, BYTES("\xfe\xfd"), ALERT_ILLEGAL_PARAMETER },
        { S, 2, SET_EXTENSION, 43, BYTES("\xfe\xfb"), ALERT_ILLEGAL_PARAMETER },
    };

    ALL_ARE_REFUSED(edits);
}

/* RFC 8446 sections 4.3.1 and 4.3.2. */
static void of_encrypted_extensions_and_a_certificate_request(void)
{
    static const struct refused_edit edits[] = {
        { S, 8, SET_EXTENSION, 14, BYTES("\0\2\0\2\0"), ALERT_ILLEGAL_PARAMETER },
        { S, 8, SET_EXTENSION, 14, BYTES("\0\2\0\7\1x"), ALERT_ILLEGAL_PARAMETER },
        { S, 8, SET_EXTENSION, 14, BYTES("\0\4\0\7\0\1\0"), ALERT_ILLEGAL_PARAMETER },
        { S, 8, DROP_EXTENSION, 14, NULL, 0, ALERT_HANDSHAKE_FAILURE },
        { S, 8, ADD_EXTENSION, 51, BYTES("\0\x1d\0\1x"), ALERT_ILLEGAL_PARAMETER },
        { S, 8, ADD_EXTENSION, 43, BYTES("\xfe\xfc"), ALERT_ILLEGAL_PARAMETER },
        { S, 8, ADD_EXTENSION, 0x1234, BYTES(""), ALERT_UNSUPPORTED_EXTENSION },
        { S, 8, ADD_EXTENSION, 14, BYTES("\0\2\0\7\0"), ALERT_ILLEGAL_PARAMETER },
        { S, 8, REPLACE_BODY, 0, BYTES("\0"), ALERT_DECODE_ERROR },
        { S, 8, REPLACE_BODY, 0, BYTES("\0\1x"), ALERT_DECODE_ERROR },
        { S, 13, PATCH_BODY, 0, BYTES("\1"), ALERT_DECODE_ERROR },
        { S, 13, REPLACE_BODY, 0, BYTES("\1x\0\x08\0\x0d\0\4\0\2\4\3"),
          ALERT_ILLEGAL_PARAMETER },
        { S, 13, DROP_EXTENSION, 13, NULL, 0, ALERT_DECODE_ERROR },
        { S, 13, REPLACE_BODY, 0, BYTES("\0\0\4\x12\x34\0\0"), ALERT_MISSING_EXTENSION },
        /* None that our key can make: the client goes on without a certificate, and the
         * server, which has sent other bytes, finds another transcript. */
        { S, 13, SET_EXTENSION, 13, BYTES("\0\4\4\1\5\3"), ALERT_DECRYPT_ERROR },
        { S, 13, ADD_EXTENSION, 51, BYTES("\0\0"), ALERT_ILLEGAL_PARAMETER },
    };

    ALL_ARE_REFUSED(edits);
}

/* RFC 8446 section 4.4: a server without a certificate is a malformed one. */
static void of_what_proves_a_server(void)
{
    static const struct refused_edit edits[] = {
        { S, 11, REPLACE_BODY, 0, BYTES("\0\0\0\0"), ALERT_DECODE_ERROR },
        { S, 11, REPLACE_BODY, 0, BYTES("\1x\0\0\6\0\0\1x\0\0"), ALERT_ILLEGAL_PARAMETER },
        { S, 11, REPLACE_BODY, 0, BYTES("\0\0\0\6\0\0\1x\0\0"),
          ALERT_UNSUPPORTED_CERTIFICATE },
        { S, 11, REPLACE_BODY, 0, BYTES("\0\0\0\6\0\0\2x\0\0"), ALERT_DECODE_ERROR },
        { S, 11, REPLACE_BODY, 0, BYTES("\0\0\0\12\0\0\1x\0\4\0\5\0\0"),
          ALERT_UNSUPPORTED_EXTENSION },
        { S, 15, PATCH_BODY, 0, BYTES("\4\1"), ALERT_ILLEGAL_PARAMETER },
        { S, 15, PATCH_BODY, 0, BYTES("\5\3"), ALERT_ILLEGAL_PARAMETER },
        { S, 15, PATCH_BODY, 0, BYTES("\x08\4"), ALERT_ILLEGAL_PARAMETER },
        { S, 15, PATCH_BODY, 0, BYTES("\2\3"), ALERT_ILLEGAL_PARAMETER },
        { S, 15, PATCH_BODY, -8, BYTES("\1\2\3\4\5\6\7"), ALERT_DECRYPT_ERROR },
        { S, 20, PATCH_BODY, 0, BYTES("not this"), ALERT_DECRYPT_ERROR },
        { S, 20, REPLACE_BODY, 0, BYTES("too short"), ALERT_DECODE_ERROR },
        { S, 20, REPLACE_BODY, 0, NULL, 0, ALERT_DECODE_ERROR },
    };

    ALL_ARE_REFUSED(edits);
}

/* The client is connected by then, and learns that it is not. */
static void of_what_proves_a_client(void)
{
    static const struct refused_edit edits[] = {
        { C, 11, REPLACE_BODY, 0, BYTES("\0\0\0\0"), ALERT_CERTIFICATE_REQUIRED },
        { C, 11, REPLACE_BODY, 0, BYTES("\1x\0\0\6\0\0\1x\0\0"), ALERT_ILLEGAL_PARAMETER },
        { C, 15, PATCH_BODY, 0, BYTES("\4\1"), ALERT_ILLEGAL_PARAMETER },
        { C, 15, PATCH_BODY, 0, BYTES("\5\3"), ALERT_ILLEGAL_PARAMETER },
        { C, 15, PATCH_BODY, -8, BYTES("\1\2\3\4\5\6\7"), ALERT_DECRYPT_ERROR },
        { C, 20, PATCH_BODY, 0, BYTES("not this"), ALERT_DECRYPT_ERROR },
        { C, 20, REPLACE_BODY, 0, BYTES("too short"), ALERT_DECODE_ERROR },
    };

    ALL_ARE_REFUSED(edits);
}

/* A certificate of another: the server hears at once, under keys, why the client left. */
static void a_peer_that_is_not_expected_gets_a_sealed_alert(void)
{
    struct story s;

    story_prepare(&s);
    s.strangers = true;
    story_begin(&s);
    skiff_fingerprint another = story_fingerprint(&s, CLIENT_END);
    CU_ASSERT_EQUAL(skiff_dtls_expect(s.world.ends[CLIENT_END].dtls, &another, 1),
                    SKIFF_OK);
    world_pass(&s.world, SKIFF_MSEC(30)); /* there, back and there again */
    CU_ASSERT_TRUE(s.world.ends[SERVER_END].failed);
    CU_ASSERT_EQUAL(story_failure(&s, SERVER_END).alert, ALERT_BAD_CERTIFICATE);
    CU_ASSERT_TRUE(story_failure(&s, SERVER_END).from_peer);
    story_end(&s);
}

/* --- in plaintext, where nothing counts that is not whole --------------------------- */

static void a_hello_that_does_not_parse_leaves_no_trace(void)
{
    static const struct message_edit edits[] = {
        { S, 2, SET_EXTENSION, 51, BYTES("\0\x1d\0\x20x"), 1, 0 },
        { S, 2, SET_EXTENSION, 51, BYTES(""), 1, 0 },
        { S, 2, REPLACE_BODY, 0, BYTES("\xfe\xfd"), 1, 0 },
        { C, 1, SET_EXTENSION, 51, BYTES("\0\5\0\x1d\0\2x"), 1, 0 },
        { C, 1, SET_EXTENSION, 43, BYTES("\3\xfe\xfc"), 1, 0 },
        { C, 1, SET_EXTENSION, 10, BYTES("\0\0"), 1, 0 },
        { C, 1, REPLACE_BODY, 0, BYTES("\xfe\xfd"), 1, 0 },
    };

    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        struct message_edit edit = edits[i];
        struct story s;
        story_prepare(&s);
        s.network.meddler = plaintext_send_edited;
        s.network.user = &edit;
        story_begin(&s);
        CU_ASSERT_TRUE(story_connects(&s));
        CU_ASSERT_EQUAL(edit.edits, 1);
        CU_ASSERT_TRUE(story_info(&s, 0).version == SKIFF_DTLS_1_3);
        story_end(&s);
    }
}

CU_TestInfo altered_message13_tests[] = {
    TEST(of_a_client_hello),
    TEST(of_a_server_hello),
    TEST(of_encrypted_extensions_and_a_certificate_request),
    TEST(of_what_proves_a_server),
    TEST(of_what_proves_a_client),
    TEST(a_peer_that_is_not_expected_gets_a_sealed_alert),
    TEST(a_hello_that_does_not_parse_leaves_no_trace),
    CU_TEST_INFO_NULL,
};
