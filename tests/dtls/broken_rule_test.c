/* broken_rule_test.c - what is said of each rule of contexts and associations that is
 * broken. */
#include "../rule.h"
#include "../suite.h"

#include "association/optional_state.h"
#include "association/post_handshake.h"
#include "handshake/settings.h"
#include "faults.h"
#include "tickets.h"
#include "vector.h"

static skiff_context_config good(void)
{
    skiff_context_config config = skiff_context_defaults();

    config.identity = world_identity(0);
    config.max_handshakes = 1;
    return config;
}

/* A config that is good but for one field. */
#define BREAKS_WITH(field, value, sentence)                                                \
  do {                                                                                     \
    skiff_context_config bad = good();                                                     \
    skiff_context *none = NULL;                                                            \
    bad.field = value;                                                                     \
    BREAKS(skiff_context_new(&bad, &none), SKIFF_ERR_ARGUMENT, sentence);                  \
  } while (0)

#define BREAKS_WITH_LIST(field, list, num, sentence)                                       \
  do {                                                                                     \
    skiff_context_config bad = good();                                                     \
    skiff_context *none = NULL;                                                            \
    bad.field = list;                                                                      \
    bad.num_##field = num;                                                                 \
    BREAKS(skiff_context_new(&bad, &none), SKIFF_ERR_ARGUMENT, sentence);                  \
  } while (0)

static void rules_of_the_values_of_a_config(void)
{
    skiff_context_config config = good();

    BREAKS(skiff_context_new(&config, NULL), SKIFF_ERR_ARGUMENT,
           "config, context: must not be NULL");
    BREAKS_WITH(size, 1, "size: not what skiff_context_defaults sets");
    BREAKS_WITH(identity, NULL, "identity: required");
    BREAKS_WITH(min_version, 0xfeff, "min_version, max_version: not a skiff_dtls_version");
    BREAKS_WITH(mtu, 227, "mtu: 227 is outside 228..65,507");
    BREAKS_WITH(max_message, 1023, "max_message: 1,023 is under 1,024");
    BREAKS_WITH(max_record, 63, "max_record: 63 is outside 64..16,385 (RFC 8449)");
    BREAKS_WITH(max_handshakes, 1 << 21, "max_handshakes: 2,097,152 are over 1,048,576");
    BREAKS_WITH(initial_timeout, SKIFF_MSEC(10001),
                "initial_timeout: longer than max_timeout");
    BREAKS_WITH(server_name, "192.0.2.1",
                "server_name: \"192.0.2.1\" is no name of a host (RFC 6066 3)");
    BREAKS_WITH(rrc, (skiff_rrc)9, "rrc: not OFF, BASIC or ENHANCED");
    BREAKS_WITH(rrc, SKIFF_RRC_BASIC, "rrc: it needs connection_ids (RFC 9853 3)");
    config.connection_ids = true;
    config.connection_id_len = 21;
    skiff_context *context = NULL;
    BREAKS(skiff_context_new(&config, &context), SKIFF_ERR_ARGUMENT,
           "connection_id_len: 21 is over SKIFF_CONNECTION_ID_MAX (20)");
    config = good();
    config.ticket_key = (skiff_bytes){ (const uint8_t *)"short", 5 };
    BREAKS(skiff_context_new(&config, &context), SKIFF_ERR_ARGUMENT,
           "ticket_key: 5 bytes, or NULL, are not 32");
    config = good();
    config.min_version = SKIFF_DTLS_1_3;
    config.max_version = SKIFF_DTLS_1_2;
    BREAKS(skiff_context_new(&config, &context), SKIFF_ERR_ARGUMENT,
           "max_version: older than min_version");
}

static void rules_of_the_lists_of_a_config(void)
{
    static const uint16_t suites_of[] = { 0xc02b, 0x1304 }, groups_of[] = { 24, 23, 24 };
    static const skiff_srtp_profile profiles_of[] = { (skiff_srtp_profile)5 };
    static const char *const twice[] = { "webrtc", "webrtc" };
    char long_name[201];
    const char *many[] = { long_name,
                           "another protocol with a name that is long as well, so "
                           "that both are too long" };

    memset(long_name, 'x', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    BREAKS_WITH_LIST(suites, NULL, 1, "suites: NULL, and num_suites is not 0");
    BREAKS_WITH_LIST(groups, NULL, 1, "groups: NULL, and num_groups is not 0");
    BREAKS_WITH_LIST(profiles, NULL, 1, "profiles: NULL, and num_profiles is not 0");
    BREAKS_WITH_LIST(alpn, NULL, 1, "alpn: NULL, and num_alpn is not 0");
    BREAKS_WITH_LIST(suites, suites_of, 2, "suites: [1] is not known, or is there twice");
    BREAKS_WITH_LIST(groups, groups_of, 3, "groups: [2] is not known, or is there twice");
    BREAKS_WITH_LIST(profiles, profiles_of, 1,
                     "profiles: [0] is not known, or is there twice");
    BREAKS_WITH_LIST(alpn, twice, 2, "alpn: [1] is empty, over 255 bytes or there twice");
    BREAKS_WITH_LIST(alpn, many, 2, "alpn: over 256 bytes in all");
    skiff_context_config config = good();
    skiff_context *context = NULL;
    config.suites = suites_of;
    config.num_suites = 1;
    config.min_version = SKIFF_DTLS_1_3;
    BREAKS(skiff_context_new(&config, &context), SKIFF_ERR_ARGUMENT,
           "suites, groups: none for a version from oldest to newest");
}

/* Wrappers hide it from a libcrypto that has it. */
static void what_libcrypto_does_not_have_is_in_the_sentence(void)
{
    static const char *const hidden[] = { "X25519MLKEM768", "ChaCha20-Poly1305", NULL };
    static const uint16_t hybrid[] = { 0x11ec }, chacha[] = { 0x1303 };

    faults_hide(hidden);
    BREAKS_WITH_LIST(groups, hybrid, 1, "groups: this libcrypto has no X25519MLKEM768");
    BREAKS_WITH_LIST(suites, chacha, 1,
                     "suites: this libcrypto has no TLS_CHACHA20_POLY1305_SHA256");
    faults_hide(NULL);
}

static void a_rule_of_certificates_that_are_long(void)
{
    skiff_context_config config = good();
    skiff_context *context = NULL;

    config.identity = vector_identity("chain");
    config.max_message = 3000;
    BREAKS(skiff_context_new(&config, &context), SKIFF_ERR_ARGUMENT,
           "max_message: the certificates of identity take 3,821 bytes");
}

static void rules_of_a_context_for_one_owner(void)
{
    skiff_context *context = world_context(0, NULL);
    skiff_dtls *dtls, *other;

    BREAKS(skiff_context_claim(NULL), SKIFF_ERR_ARGUMENT, "context: must not be NULL");
    CU_ASSERT_EQUAL(skiff_dtls_new(context, SKIFF_ROLE_ACTIVE, 0, &dtls), SKIFF_OK);
    BREAKS(skiff_context_claim(context), SKIFF_ERR_STATE,
           "context: 1 handles made from it are there");
    skiff_dtls_free(dtls);
    CU_ASSERT_EQUAL(skiff_context_claim(context), SKIFF_OK);
    BREAKS(skiff_context_claim(context), SKIFF_ERR_STATE,
           "context: a port has it for itself");
    BREAKS(skiff_dtls_new(context, SKIFF_ROLE_ACTIVE, 0, &other), SKIFF_ERR_STATE,
           "context: a port has it, and makes all its handles");
    skiff_context_free(context);
}

static void rules_of_a_handle_before_it_connects(void)
{
    skiff_context *context = world_context(0, NULL);
    uint8_t memory[SKIFF_TAIL + 8], out[8];
    skiff_bytes none = { NULL, 0 }, missing = { NULL, 1 };
    skiff_packet packet;
    skiff_srtp_keys keys;
    skiff_dtls *dtls;

    CU_ASSERT_EQUAL(skiff_packet_wrap(memory, 8, sizeof memory, &packet), SKIFF_OK);
    BREAKS(skiff_dtls_new(NULL, SKIFF_ROLE_ACTIVE, 0, &dtls), SKIFF_ERR_ARGUMENT,
           "context, dtls: must not be NULL");
    BREAKS(skiff_dtls_new(context, (skiff_role)9, 0, &dtls), SKIFF_ERR_ARGUMENT,
           "role: not ACTIVE, PASSIVE or ACTPASS");
    CU_ASSERT_EQUAL_FATAL(skiff_dtls_new(context, SKIFF_ROLE_ACTIVE, 0, &dtls), SKIFF_OK);
    BREAKS(skiff_dtls_set_role(dtls, SKIFF_ROLE_ACTPASS), SKIFF_ERR_ARGUMENT,
           "role: not ACTIVE or PASSIVE");
    BREAKS(skiff_dtls_set_role(dtls, SKIFF_ROLE_PASSIVE), SKIFF_ERR_STATE,
           "role: it is the other one, or a ClientHello has come");
    BREAKS(skiff_dtls_set_mtu(dtls, 227), SKIFF_ERR_ARGUMENT,
           "mtu: 227 is outside 228..65,507");
    BREAKS(skiff_dtls_receive(dtls, 0, NULL), SKIFF_ERR_ARGUMENT,
           "datagram: NULL, or longer than its limit");
    BREAKS(skiff_dtls_send(dtls, 0, &packet), SKIFF_ERR_STATE, "data: not CONNECTED yet");
    BREAKS(skiff_dtls_update_keys(dtls, 0, false), SKIFF_ERR_STATE,
           "keys, connection ids: not CONNECTED yet");
    BREAKS(skiff_dtls_prefer_path(dtls, 0, 0), SKIFF_ERR_ARGUMENT,
           "path: 0 is the number of none");
    BREAKS(skiff_dtls_prefer_path(dtls, 0, 1), SKIFF_ERR_STATE,
           "path: no return routability checks are agreed on");
    BREAKS(skiff_dtls_srtp_keys(dtls, NULL), SKIFF_ERR_ARGUMENT, "keys: must not be NULL");
    BREAKS(skiff_dtls_srtp_keys(dtls, &keys), SKIFF_ERR_STATE, "keys: not CONNECTED yet");
    BREAKS(skiff_dtls_export(dtls, "", none, out, 8), SKIFF_ERR_ARGUMENT,
           "label: not 1 to 249 letters");
    BREAKS(skiff_dtls_export(dtls, "x", none, NULL, 8), SKIFF_ERR_ARGUMENT,
           "out, len: NULL, or 0 bytes");
    BREAKS(skiff_dtls_export(dtls, "x", missing, out, 8), SKIFF_ERR_ARGUMENT,
           "context: NULL, or over 65,535 bytes");
    BREAKS(skiff_dtls_export(dtls, "x", none, out, 8), SKIFF_ERR_STATE,
           "export: not CONNECTED yet");
    skiff_dtls_free(dtls);
    skiff_context_free(context);
}

static void rules_of_expected_peers(void)
{
    skiff_fingerprint f = { .hash = 256, .len = 32 }, bad = { .hash = 160, .len = 20 };
    skiff_fingerprint five[5], second[2] = { f, bad };
    skiff_context *context = world_context(0, NULL);
    skiff_dtls *dtls;

    for (uint8_t i = 0; i < 5; i++) {
        five[i] = f;
        five[i].bytes[0] = i;
    }
    CU_ASSERT_EQUAL_FATAL(skiff_dtls_new(context, SKIFF_ROLE_ACTIVE, 0, &dtls), SKIFF_OK);
    BREAKS(skiff_dtls_expect(dtls, NULL, 1), SKIFF_ERR_ARGUMENT,
           "any_of, num: no fingerprint");
    BREAKS(skiff_dtls_expect(dtls, second, 2), SKIFF_ERR_ARGUMENT,
           "any_of: [1] has no known hash, or not its length");
    BREAKS(skiff_dtls_expect(dtls, five, 5), SKIFF_ERR_ARGUMENT,
           "any_of: 5 of the strongest hash function are over 4");
    CU_ASSERT_EQUAL(skiff_dtls_expect(dtls, &f, 1), SKIFF_OK);
    BREAKS(skiff_dtls_expect(dtls, &f, 1), SKIFF_ERR_STATE,
           "any_of: the identity of the peer is decided already");
    BREAKS(skiff_dtls_set_trusted(dtls, true), SKIFF_ERR_STATE,
           "trusted: the identity of the peer is decided already");
    skiff_dtls_free(dtls);
    skiff_context_free(context);
}

static void rules_of_data(void)
{
    static uint8_t memory[SKIFF_HEAD + 2000 + SKIFF_TAIL];
    skiff_packet packet = { .data = memory + SKIFF_HEAD, .limit = 2000 };
    struct story s = story_live();
    skiff_dtls *client = s.world.ends[CLIENT_END].dtls;

    packet.len = 2001;
    BREAKS(skiff_dtls_send(client, s.world.now, &packet), SKIFF_ERR_SPACE,
           "packet: len is over limit");
    packet.len = 1500;
    BREAKS(skiff_dtls_send(client, s.world.now, &packet), SKIFF_ERR_SPACE,
           "packet: over the MTU with its record, or over what the peer takes (RFC 8449)");
    packet.len = 10;
    BREAKS(skiff_dtls_send(client, s.world.now, &packet), SKIFF_ERR_SPACE,
           "packet: fewer than 21 bytes free before data");
    BREAKS(skiff_dtls_update_keys(client, s.world.now, false), SKIFF_ERR_STATE,
           "keys, connection ids: in DTLS 1.2 they stay as they are");
    story_end(&s);
}

static void a_rule_of_keys_without_a_profile(void)
{
    static const skiff_srtp_profile ours[] = { SKIFF_SRTP_AEAD_AES_128_GCM };
    static const skiff_srtp_profile theirs[] = { SKIFF_SRTP_AES128_CM_SHA1_80 };
    struct story s;
    skiff_srtp_keys keys;

    story_prepare(&s);
    for (int end = 0; end < 2; end++) {
        s.settings[end].media_optional = true;
        s.settings[end].profiles = end == CLIENT_END ? ours : theirs;
        s.settings[end].num_profiles = 1;
    }
    story_begin(&s);
    world_run(&s.world, SKIFF_MSEC(1000));
    CU_ASSERT_TRUE(world_both_connected(&s.world));
    BREAKS(skiff_dtls_srtp_keys(s.world.ends[0].dtls, &keys), SKIFF_ERR_STATE,
           "keys: no SRTP profile was agreed");
    story_end(&s);
}

static void rules_of_tickets(void)
{
    skiff_context *without = world_context(0, NULL);
    struct story s;
    skiff_dtls *dtls;

    world_use_13();
    struct ticket ticket = tickets_begin(&s);
    skiff_bytes bytes = { ticket.bytes, ticket.len }, short_of_one = { ticket.bytes, 9 };
    CU_ASSERT_EQUAL_FATAL(skiff_dtls_new(without, SKIFF_ROLE_ACTIVE, 0, &dtls), SKIFF_OK);
    BREAKS(skiff_dtls_resume(dtls, short_of_one), SKIFF_ERR_ARGUMENT,
           "ticket: not the bytes of an event TICKET");
    BREAKS(skiff_dtls_resume(dtls, bytes), SKIFF_ERR_STATE,
           "ticket: this role, or this context, has no tickets");
    BREAKS(skiff_dtls_resume(s.world.ends[CLIENT_END].dtls, bytes), SKIFF_ERR_STATE,
           "ticket: the handshake has begun");
    skiff_dtls_free(dtls);
    skiff_context_free(without);
    story_end(&s);
    world_use_12();
}

static void rules_of_connection_ids(void)
{
    enum { ID = 8 };
    struct story s;

    world_use_13();
    story_prepare(&s);
    for (int end = 0; end < 2; end++)
        s.settings[end].connection_ids = true;
    s.settings[SERVER_END].connection_id_len = ID;
    story_begin(&s);
    CU_ASSERT_TRUE_FATAL(story_connects(&s));
    world_pass(&s.world, SKIFF_MSEC(100));
    skiff_dtls *client = s.world.ends[CLIENT_END].dtls;
    skiff_dtls *server = s.world.ends[SERVER_END].dtls;
    skiff_time now = s.world.now;

    BREAKS(skiff_dtls_new_connection_id(client, now), SKIFF_ERR_STATE,
           "connection ids: records to us carry none");
    BREAKS(skiff_dtls_request_connection_ids(server, now), SKIFF_ERR_STATE,
           "connection ids: records to the peer carry none");
    BREAKS(skiff_dtls_use_spare_connection_id(client), SKIFF_ERR_STATE,
           "connection ids: there is no spare one");
    CU_ASSERT_EQUAL(skiff_dtls_request_connection_ids(client, now), SKIFF_OK);
    BREAKS(skiff_dtls_request_connection_ids(client, now), SKIFF_ERR_STATE,
           "connection ids: the last request is not answered yet");
    world_poll(&s.world, CLIENT_END);
    world_pass(&s.world, SKIFF_MSEC(100));
    BREAKS(skiff_dtls_request_connection_ids(client, s.world.now), SKIFF_ERR_SPACE,
           "connection ids: all 3 spare ones are there");
    for (int i = 0; i <= MOST_UNUSED && skf_cids_unused(cids_of(server)) < MOST_UNUSED;
         i++) {
        CU_ASSERT_EQUAL(skiff_dtls_new_connection_id(server, s.world.now), SKIFF_OK);
        skf_post_handshake_send(server);
        skf_flight_clear(&server->flight); /* as if acknowledged */
    }
    BREAKS(skiff_dtls_new_connection_id(server, s.world.now), SKIFF_ERR_SPACE,
           "connection ids: the peer has not used those that it has");
    story_end(&s);
    world_use_12();
}

CU_TestInfo broken_rule_tests[] = {
    TEST(rules_of_the_values_of_a_config),
    TEST(rules_of_the_lists_of_a_config),
    TEST(what_libcrypto_does_not_have_is_in_the_sentence),
    TEST(a_rule_of_certificates_that_are_long),
    TEST(rules_of_a_context_for_one_owner),
    TEST(rules_of_a_handle_before_it_connects),
    TEST(rules_of_expected_peers),
    TEST(rules_of_data),
    TEST(a_rule_of_keys_without_a_profile),
    TEST(rules_of_tickets),
    TEST(rules_of_connection_ids),
    CU_TEST_INFO_NULL,
};
