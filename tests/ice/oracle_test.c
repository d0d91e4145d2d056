/* oracle_test.c - checks of all kinds, good and damaged, are judged and answered as by
 * libnice's STUN library: the same verdict, and the same reply but for its USERNAME. */
#include "suite.h"

#include "../port/stun_client.h"
#include "oracle.h"

#include <inttypes.h>
#include <stdlib.h>

enum { SPACE = 4096, ROUNDS = 20000, MOST_ATTRIBUTES = 12 };

static const char password[] = "a password of many letters";

static const char *const sources[] = { "192.0.2.1:5000", "[2001:db8::1]:65535",
                                       "255.255.255.255:1" };

struct judged {
    enum stun_verdict verdict;
    uint8_t bytes[STUN_MAX_RESPONSE + SKIFF_TAIL];
    uint32_t len;
};

/* --- checks of all kinds -------------------------------------------------------------- */

/* Seeded, so that what fails can be told again. */
static uint32_t draw(uint64_t *seed, uint32_t below)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 33) % below;
}

static uint16_t some_type(uint64_t *seed)
{
    static const uint16_t types[] = { STUN_CLIENT_USERNAME,
                                      STUN_CLIENT_PRIORITY,
                                      STUN_CLIENT_USE_CANDIDATE,
                                      STUN_CLIENT_CONTROLLED,
                                      STUN_CLIENT_CONTROLLING,
                                      0x001c,
                                      0x0009,
                                      0x0020,
                                      0x0014,
                                      0xc001,
                                      0xc057,
                                      0x8022,
                                      0x8070 };

    switch (draw(seed, 8)) {
    case 0:
        return (uint16_t)draw(seed, 0x10000);
    case 1:
        return 0x8029;
    default:
        return types[draw(seed, sizeof types / sizeof *types)];
    }
}

/* Mostly as long as it ought to be. */
static size_t some_length(uint64_t *seed, uint16_t type)
{
    if (draw(seed, 4) == 0)
        return draw(seed, 40);
    switch (type) {
    case STUN_CLIENT_USE_CANDIDATE:
        return 0;
    case STUN_CLIENT_CONTROLLED:
    case STUN_CLIENT_CONTROLLING:
        return 8;
    default:
        return 4;
    }
}

static void add_some(struct stun_client *client, uint64_t *seed, uint32_t most)
{
    for (uint32_t num = draw(seed, most + 1); num > 0; num--) {
        uint16_t type = some_type(seed);
        uint8_t value[40];
        size_t len = some_length(seed, type);

        for (size_t i = 0; i < len; i++)
            value[i] = (uint8_t)draw(seed, draw(seed, 4) == 0 ? 1 : 256);
        if (type != STUN_CLIENT_FINGERPRINT && type != STUN_CLIENT_INTEGRITY)
            stun_client_add(client, type, value, len);
    }
}

/* Behind the integrity nothing that must be understood: libnice answers 420 to it, where
 * RFC 8489 14.5 has it ignored. */
static size_t write_check(uint8_t *bytes, uint64_t *seed)
{
    struct stun_client client;

    stun_client_begin(&client, bytes);
    for (size_t i = 8; i < 20; i++)
        bytes[i] = (uint8_t)draw(seed, 256);
    if (draw(seed, 2) == 0)
        add_some(&client, seed, MOST_ATTRIBUTES);
    stun_client_add_text(&client, STUN_CLIENT_USERNAME,
                         draw(seed, 2) == 0 ? "ours:theirs" : "a:");
    if (draw(seed, 2) == 0)
        add_some(&client, seed, 3);
    stun_client_sign(&client, draw(seed, 8) == 0 ? "another password" : password);
    for (uint32_t i = draw(seed, 3); i > 0; i--)
        stun_client_add_u64(&client, draw(seed, 2) == 0 ? 0x8022 : STUN_CLIENT_CONTROLLED,
                            1);
    stun_client_mark(&client);
    for (uint32_t i = draw(seed, 6) == 0 ? draw(seed, 4) : 0; i > 0; i--)
        bytes[draw(seed, (uint32_t)client.len)] ^= (uint8_t)(1u << draw(seed, 8));
    return client.len;
}

/* --- both ----------------------------------------------------------------------------- */

static skiff_packet space_of(struct judged *judged)
{
    return (skiff_packet){ .data = judged->bytes, .limit = STUN_MAX_RESPONSE };
}

static bool both_send_the_same(struct oracle *oracle, struct stun *stun, skiff_bytes check,
                               const char *from)
{
    struct judged ours, theirs;
    skiff_packet our_reply = space_of(&ours), their_reply = space_of(&theirs);
    struct stun_check parsed;
    union address source;

    CU_ASSERT_TRUE_FATAL(skf_address_read(from, &source));
    if (!skf_stun_read(check, &parsed))
        return true; /* what libnice must not see */
    ours.verdict = skf_stun_respond(stun, &parsed, password, &source, &our_reply);
    theirs.verdict = oracle_respond(oracle, check, password, &source, &their_reply);
    if (ours.verdict != theirs.verdict || (our_reply.len > 0) != (their_reply.len > 0))
        return false;
    return our_reply.len == 0
        || (oracle_agrees((skiff_bytes){ ours.bytes, our_reply.len },
                          (skiff_bytes){ theirs.bytes, their_reply.len })
            && stun_client_finds_signed(ours.bytes, our_reply.len, password));
}

static void checks_are_judged_and_responded_to_as_by_libnice(void)
{
    static uint8_t bytes[SPACE + ORACLE_SLACK];
    struct oracle oracle;
    struct stun stun;
    uint64_t failed = 0;

    oracle_init(&oracle);
    CU_ASSERT_TRUE_FATAL(skf_stun_new(&stun));
    for (uint64_t round = 1; round <= ROUNDS && failed == 0; round++) {
        uint64_t seed = round;
        size_t len = write_check(bytes, &seed);
        memset(bytes + len, 0, ORACLE_SLACK);
        if (!both_send_the_same(&oracle, &stun, (skiff_bytes){ bytes, len },
                                sources[round % 3]))
            failed = round;
    }
    if (failed != 0)
        printf("round %" PRIu64 "\n", failed);
    CU_ASSERT_EQUAL(failed, 0);
    skf_stun_free(&stun);
}

/* So that the test above compares something of each kind. */
static void all_verdicts_are_among_them(void)
{
    static uint8_t bytes[SPACE];
    unsigned met[STUN_NOMINATING + 1] = { 0 }, unread = 0;
    struct stun stun;

    CU_ASSERT_TRUE_FATAL(skf_stun_new(&stun));
    for (uint64_t round = 1; round <= ROUNDS / 10; round++) {
        uint64_t seed = round;
        struct judged judged;
        skiff_packet reply = space_of(&judged);
        struct stun_check parsed;
        union address source;
        size_t len = write_check(bytes, &seed);

        CU_ASSERT_TRUE_FATAL(skf_address_read(sources[0], &source));
        if (skf_stun_read((skiff_bytes){ bytes, len }, &parsed))
            met[skf_stun_respond(&stun, &parsed, password, &source, &reply)]++;
        else
            unread++;
    }
    CU_ASSERT_TRUE(unread > 0);
    for (size_t i = 0; i < sizeof met / sizeof *met; i++)
        CU_ASSERT_TRUE(met[i] >= 20);
    skf_stun_free(&stun);
}

CU_TestInfo oracle_tests[] = {
    TEST(checks_are_judged_and_responded_to_as_by_libnice),
    TEST(all_verdicts_are_among_them),
    CU_TEST_INFO_NULL,
};
