/* size_limit_test.c - how much a protected record may hold (RFC 8449), said, honoured and
 * passed over. */
#include "../suite.h"

#include "association/context.h"
#include "plaintext.h"
#include "vector.h"

#define C CLIENT_END
#define S SERVER_END

enum { SMALLEST = 64, EXPLICIT_AND_TAG = 8 + 16 };

static bool is_13(void)
{
    return world_version() == SKIFF_DTLS_1_3;
}

static uint8_t reply_type(void)
{
    return is_13() ? HANDSHAKE_ENCRYPTED_EXTENSIONS : HANDSHAKE_SERVER_HELLO;
}

/* In 1.3 the byte of the type counts. */
static size_t most(size_t limit)
{
    return limit - (is_13() ? 1 : 0);
}

static struct skiff_dtls *end_of(struct story *s, int end)
{
    return s->world.ends[end].dtls;
}

/* --- what is said ------------------------------------------------------------------- */

static void both_state_that_they_accept_all_there_can_be(void)
{
    struct story s;

    story_prepare(&s);
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    CU_ASSERT_EQUAL(end_of(&s, C)->peer_identity.size_limit, is_13() ? 0x4001 : 0x4000);
    CU_ASSERT_EQUAL(end_of(&s, S)->peer_identity.size_limit, is_13() ? 0x4001 : 0x4000);
    story_end(&s);
}

/* A hello for both versions says what 1.3 allows, and its server what 1.2 does. */
static void in_1_2_the_larger_limit_of_a_hello_for_both_is_no_error(void)
{
    struct story s;

    story_prepare(&s);
    s.settings[C].max_version = SKIFF_DTLS_1_3;
    s.settings[S].max_version = SKIFF_DTLS_1_2;
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    CU_ASSERT_EQUAL(end_of(&s, S)->peer_identity.size_limit, 0x4001);
    CU_ASSERT_EQUAL(end_of(&s, C)->peer_identity.size_limit, 0x4000);
    CU_ASSERT_EQUAL(story_info(&s, C).version, SKIFF_DTLS_1_2);
    story_end(&s);
}

static void a_captured_firefox_states_what_it_accepts(void)
{
    struct vector v;
    struct story s;

    vector_read("firefox153-dtls12only-ch", &v);
    story_prepare(&s);
    s.settings[S].max_version = SKIFF_DTLS_1_2;
    story_begin(&s);
    CU_ASSERT_EQUAL(world_deliver(&s.world, S, v.lines[0].ptr, v.lines[0].len), SKIFF_OK);
    CU_ASSERT_EQUAL(end_of(&s, S)->peer_identity.size_limit, 0x4000);
    story_end(&s);
}

/* --- what is honoured --------------------------------------------------------------- */

/* Protected records as an end says them: the longest plaintext, and how many. */
struct seen {
    size_t longest[2];
    unsigned num[2];
};

static size_t longer(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Looks into 1.3; in 1.2 the length is there to be seen. */
static void watch(struct world *world, struct world_datagram *d)
{
    struct seen *seen = world->config.user;
    struct story_record record = { .end = 0 };
    struct opened_record sealed;
    size_t at = 0;

    while (is_13() && plaintext_next(world, d, &at, &sealed))
        if (sealed.sealed) {
            seen->longest[d->from] = longer(seen->longest[d->from], sealed.len + 1);
            seen->num[d->from]++;
        }
    while (!is_13() && story_next_record(d->bytes, d->len, &record))
        if (record.header.epoch > 0) {
            seen->longest[d->from] =
                longer(seen->longest[d->from], record.header.length - EXPLICIT_AND_TAG);
            seen->num[d->from]++;
        }
}

static void no_protected_record_is_longer_than_the_peer_accepts(void)
{
    for (uint16_t limit = SMALLEST; limit <= 256; limit += 48) {
        struct seen seen = { .num = { 0 } };
        struct story s;
        story_prepare(&s);
        s.settings[C].max_record = s.settings[S].max_record = limit;
        s.network.meddler = watch;
        s.network.user = &seen;
        story_begin(&s);
        CU_ASSERT_TRUE(story_connects(&s));
        for (int i = 0; i < 2; i++) {
            CU_ASSERT_TRUE(seen.num[i] > 0 && seen.longest[i] <= limit);
            CU_ASSERT_TRUE(!is_13() || seen.longest[i] == limit); /* and uses it up */
        }
        story_end(&s);
    }
}

static void only_an_end_that_signalled_it_gets_short_records(void)
{
    struct seen seen = { .num = { 0 } };
    struct story s;

    story_prepare(&s);
    s.settings[C].max_record = SMALLEST;
    s.network.meddler = watch;
    s.network.user = &seen;
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    CU_ASSERT_TRUE(seen.longest[S] <= SMALLEST);
    CU_ASSERT_TRUE(!is_13() || seen.longest[C] > SMALLEST);
    story_end(&s);
}

static void short_records_get_through_a_lossy_network(void)
{
    unsigned rounds = suite_rounds(100);

    for (unsigned seed = 1; seed <= rounds; seed++) {
        struct story s;
        story_prepare(&s);
        for (int i = 0; i < 2; i++) {
            s.settings[i].max_record = SMALLEST;
            s.settings[i].identity = vector_identity("rsa2048");
        }
        s.network.seed = seed;
        s.network.loss = s.network.reorder = 150;
        story_begin(&s);
        CU_ASSERT_TRUE(story_connects(&s));
        story_end(&s);
    }
}

static void data_is_sent_up_to_the_limit_and_not_beyond(void)
{
    static const uint8_t data[SMALLEST + 1] = { 1 };
    struct story s;

    story_prepare(&s);
    s.settings[S].max_record = SMALLEST;
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    CU_ASSERT_EQUAL(world_send(&s.world, C, data, most(SMALLEST) + 1), SKIFF_ERR_SPACE);
    CU_ASSERT_EQUAL(world_send(&s.world, C, data, most(SMALLEST)), SKIFF_OK);
    CU_ASSERT_EQUAL(world_send(&s.world, S, data, sizeof data), SKIFF_OK);
    world_pass(&s.world, SKIFF_MSEC(50));
    CU_ASSERT_EQUAL(s.world.ends[S].data_len, most(SMALLEST));
    CU_ASSERT_EQUAL(s.world.ends[C].data_len, sizeof data);
    story_end(&s);
}

/* RFC 9146 section 4: with a connection id the type is protected in 1.2 too. */
static void with_connection_ids_the_type_counts_in_both_versions(void)
{
    static const uint8_t data[SMALLEST] = { 1 };
    struct story s;

    story_prepare(&s);
    for (int i = 0; i < 2; i++) {
        s.settings[i].max_record = SMALLEST;
        s.settings[i].connection_ids = true;
        s.settings[i].connection_id_len = 4;
    }
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(world_send(&s.world, i, data, SMALLEST), SKIFF_ERR_SPACE);
        CU_ASSERT_EQUAL(world_send(&s.world, i, data, SMALLEST - 1), SKIFF_OK);
        world_pass(&s.world, SKIFF_MSEC(50));
        CU_ASSERT_EQUAL(s.world.ends[1 - i].data_len, SMALLEST - 1);
    }
    story_end(&s);
}

/* RFC 6347 section 4.1, RFC 8446 section 5.1: whatever the MTU. */
static void no_record_holds_more_than_16_kilobytes(void)
{
    static uint8_t bytes[SKIFF_HEAD + CONTENT_MAX + 1 + SKIFF_TAIL];
    struct story s;

    story_prepare(&s);
    s.settings[C].mtu = LARGEST_MTU;
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    for (int over = 1; over >= 0; over--) {
        skiff_packet packet = { .data = bytes + SKIFF_HEAD,
                                .head = SKIFF_HEAD,
                                .limit = CONTENT_MAX + 1,
                                .len = CONTENT_MAX + (unsigned)over };
        CU_ASSERT_EQUAL(skiff_dtls_send(end_of(&s, C), s.world.now, &packet),
                        over ? SKIFF_ERR_SPACE : SKIFF_OK);
    }
    story_end(&s);
}

/* --- what is refused ---------------------------------------------------------------- */

static void connected_with(struct story *s, uint16_t limit)
{
    story_prepare(s);
    s->settings[C].max_record = limit;
    story_begin(s);
    CU_ASSERT_TRUE(story_connects(s));
}

static void client_overflows(struct story *s)
{
    CU_ASSERT_TRUE(s->world.ends[C].failed);
    CU_ASSERT_EQUAL(story_failure(s, C).alert, ALERT_RECORD_OVERFLOW);
    CU_ASSERT_FALSE(story_failure(s, C).from_peer);
    world_pass(&s->world, SKIFF_MSEC(50));
    CU_ASSERT_EQUAL(story_failure(s, S).alert, ALERT_RECORD_OVERFLOW);
    CU_ASSERT_TRUE(story_failure(s, S).from_peer);
}

/* RFC 8449 section 4. */
static void a_record_longer_than_our_limit_is_record_overflow(void)
{
    static const uint8_t data[SMALLEST + 1] = { 1 };
    struct story s;

    connected_with(&s, SMALLEST);
    CU_ASSERT_EQUAL(
        plaintext_send_record(&s.world, S, CONTENT_APPLICATION_DATA, data, most(SMALLEST)),
        SKIFF_OK);
    CU_ASSERT_EQUAL(s.world.ends[C].data_len, most(SMALLEST));
    (void)!plaintext_send_record(&s.world, S, CONTENT_APPLICATION_DATA, data,
                                 most(SMALLEST) + 1);
    CU_ASSERT_EQUAL(s.world.ends[C].data_count, 1);
    client_overflows(&s);
    story_end(&s);
}

/* Content, type, and what looks like padding: the edit puts a type of 0 behind them. */
static void padding_counts(void)
{
    uint8_t text[SMALLEST] = { 'x' };
    struct story s;

    if (!is_13())
        return;
    connected_with(&s, SMALLEST);
    text[40] = CONTENT_APPLICATION_DATA;
    CU_ASSERT_EQUAL(plaintext_send_record(&s.world, S, 0, text, SMALLEST - 1), SKIFF_OK);
    CU_ASSERT_EQUAL(s.world.ends[C].data_len, 40);
    (void)!plaintext_send_record(&s.world, S, 0, text, SMALLEST);
    client_overflows(&s);
    story_end(&s);
}

static void an_end_that_has_not_received_our_limit_may_pass_it(void)
{
    static const uint8_t data[SMALLEST + 1] = { 1 };
    struct story s;

    connected_with(&s, SMALLEST);
    end_of(&s, C)->peer_identity.size_limit = 0; /* as if nobody had answered */
    CU_ASSERT_EQUAL(
        plaintext_send_record(&s.world, S, CONTENT_APPLICATION_DATA, data, sizeof data),
        SKIFF_OK);
    CU_ASSERT_EQUAL(s.world.ends[C].data_len, sizeof data);
    story_end(&s);
}

/* A datagram of the server's, too long for the world. */
static skiff_dtls_event receives_content(struct story *s, size_t len)
{
    static uint8_t data[CONTENT_MAX + 1], bytes[SKIFF_HEAD + CONTENT_MAX + 64];
    skiff_packet packet = { .data = bytes + SKIFF_HEAD,
                            .head = SKIFF_HEAD,
                            .limit = CONTENT_MAX + 64 };
    struct skiff_dtls *server = end_of(s, S);
    skiff_packet reply = *s->world.packet;
    skiff_bytes view;

    packet.len =
        (uint32_t)plaintext_seal(server, server->write_epoch, CONTENT_APPLICATION_DATA,
                                 (skiff_bytes){ data, len }, packet.data);
    (void)!skiff_dtls_receive(end_of(s, C), s->world.now, &packet);
    return skiff_dtls_poll(end_of(s, C), s->world.now, &reply, &view);
}

/* RFC 8446 section 5.2, RFC 5246 section 6.2.3. */
static void more_than_16_kilobytes_are_record_overflow_always(void)
{
    struct story s;

    connected_with(&s, 0);
    world_pass(&s.world, SKIFF_MSEC(50));
    CU_ASSERT_EQUAL(receives_content(&s, CONTENT_MAX), SKIFF_DTLS_DATA);
    CU_ASSERT_EQUAL(receives_content(&s, CONTENT_MAX + 1), SKIFF_DTLS_SEND);
    CU_ASSERT_EQUAL(story_failure(&s, C).alert, ALERT_RECORD_OVERFLOW);
    story_end(&s);
}

static struct message_edit edit_extension(int from, uint8_t type, const char *bytes,
                                          size_t len)
{
    return (struct message_edit){ .from = from,
                                  .type = type,
                                  .change = SET_EXTENSION,
                                  .at = EXT_RECORD_SIZE_LIMIT,
                                  .bytes = bytes,
                                  .len = len,
                                  .most = 1 };
}

static void story_with(struct story *s, struct message_edit *edit)
{
    story_prepare(s);
    s->network.meddler = plaintext_send_edited;
    s->network.user = edit;
    story_begin(s);
}

/* RFC 8449 section 4. */
static void a_limit_below_64_is_illegal_parameter(void)
{
    for (int from = 0; from < 2; from++) {
        struct message_edit edit = edit_extension(
            from, from == C ? HANDSHAKE_CLIENT_HELLO : reply_type(), BYTES("\0\x3f"));
        struct story s;
        story_with(&s, &edit);
        world_pass(&s.world, SKIFF_MSEC(1200));
        CU_ASSERT_TRUE(s.world.ends[0].failed && s.world.ends[1].failed);
        CU_ASSERT_EQUAL(story_failure(&s, 1 - from).alert, ALERT_ILLEGAL_PARAMETER);
        CU_ASSERT_FALSE(story_failure(&s, 1 - from).from_peer);
        CU_ASSERT_EQUAL(story_failure(&s, from).alert, ALERT_ILLEGAL_PARAMETER);
        story_end(&s);
    }
}

/* RFC 8449 section 4: a server must not mind. */
static void a_limit_beyond_what_there_is_is_accepted(void)
{
    struct message_edit edit = edit_extension(C, HANDSHAKE_CLIENT_HELLO, BYTES("\xff\xff"));
    struct story s;

    story_with(&s, &edit);
    world_pass(&s.world, SKIFF_MSEC(15));
    CU_ASSERT_PTR_NOT_NULL(end_of(&s, S)->slot);
    CU_ASSERT_EQUAL(end_of(&s, S)->peer_identity.size_limit, 0xffff);
    story_end(&s);
}

static void a_malformed_limit_leaves_no_trace(void)
{
    static const struct {
        const char *bytes;
        size_t len;
    } malformed[] = {
        { BYTES("") },
        { BYTES("\x40") },
        { BYTES("\x40\0\0") },
    };

    for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++) {
        struct message_edit edit =
            edit_extension(C, HANDSHAKE_CLIENT_HELLO, malformed[i].bytes, malformed[i].len);
        struct story s;
        story_with(&s, &edit);
        CU_ASSERT_TRUE(story_connects(&s));
        CU_ASSERT_EQUAL(story_counters(&s, S).drop_malformed, 1);
        story_end(&s);
    }
}

/* --- the arithmetic ----------------------------------------------------------------- */

static void the_longest_content_is_that_of_the_limit_or_the_version(void)
{
    static const struct keys of_12 = { .aead = AEAD_AES_128_GCM },
                             of_13 = { .aead = AEAD_AES_128_GCM, .unified = true };

    CU_ASSERT_EQUAL(skf_record_max_content(NULL, 0, 64),
                    CONTENT_MAX); /* unprotected: no limit */
    CU_ASSERT_EQUAL(skf_record_max_content(&of_12, 0, 0), CONTENT_MAX);
    CU_ASSERT_EQUAL(skf_record_max_content(&of_13, 0, 0), CONTENT_MAX);
    CU_ASSERT_EQUAL(skf_record_max_content(&of_12, 0, 64), 64);
    CU_ASSERT_EQUAL(skf_record_max_content(&of_13, 0, 64), 63);
    CU_ASSERT_EQUAL(skf_record_max_content(&of_12, 4, 64),
                    63); /* RFC 9146: a type inside */
    CU_ASSERT_EQUAL(skf_record_max_content(&of_13, 4, 64), 63);
    CU_ASSERT_EQUAL(skf_record_max_content(&of_12, 0, CONTENT_MAX), CONTENT_MAX);
    CU_ASSERT_EQUAL(skf_record_max_content(&of_13, 0, CONTENT_MAX), CONTENT_MAX - 1);
    CU_ASSERT_EQUAL(skf_record_max_content(&of_12, 0, CONTENT_MAX + 1), CONTENT_MAX);
    CU_ASSERT_EQUAL(skf_record_max_content(&of_13, 0, CONTENT_MAX + 1), CONTENT_MAX);
    CU_ASSERT_EQUAL(skf_record_max_content(&of_13, 0, UINT16_MAX), CONTENT_MAX);
}

CU_TestInfo size_limit_tests[] = {
    TEST(both_state_that_they_accept_all_there_can_be),
    TEST(in_1_2_the_larger_limit_of_a_hello_for_both_is_no_error),
    TEST(a_captured_firefox_states_what_it_accepts),
    TEST(no_protected_record_is_longer_than_the_peer_accepts),
    TEST(only_an_end_that_signalled_it_gets_short_records),
    TEST(short_records_get_through_a_lossy_network),
    TEST(data_is_sent_up_to_the_limit_and_not_beyond),
    TEST(with_connection_ids_the_type_counts_in_both_versions),
    TEST(no_record_holds_more_than_16_kilobytes),
    TEST(a_record_longer_than_our_limit_is_record_overflow),
    TEST(padding_counts),
    TEST(an_end_that_has_not_received_our_limit_may_pass_it),
    TEST(more_than_16_kilobytes_are_record_overflow_always),
    TEST(a_limit_below_64_is_illegal_parameter),
    TEST(a_limit_beyond_what_there_is_is_accepted),
    TEST(a_malformed_limit_leaves_no_trace),
    TEST(the_longest_content_is_that_of_the_limit_or_the_version),
    CU_TEST_INFO_NULL,
};
