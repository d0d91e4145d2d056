/* capture13_test.c - handshakes of DTLS 1.3 between browsers, opened with their key logs.
 */
#include "../suite.h"

#include "handshake/reassembly.h"
#include "handshake/messages.h"
#include "record/record.h"
#include "handshake/schedule13.h"
#include "handshake/suite.h"
#include "vector.h"
#include "wire/control.h"
#include "world/world.h"

enum { MESSAGE_MAX = 4096, FIRST_EPOCH = 2, EPOCHS = 2, SECRET = 32 };

/* What one end of the capture has said. */
struct capture_writer {
    struct opening epochs[EPOCHS];
    uint8_t traffic[SECRET];      /* of epoch 2: the base key of Finished */
    struct reassembly reassembly; /* the message that comes */
    uint16_t next_seq;
    uint8_t space[MESSAGE_MAX];
};

/* Somebody who listens on the wire, reads along and has the key log. It hears as the other
 * end does: `hs` changes its role with each datagram. */
struct capture_reader {
    struct handshake hs;
    struct settings settings;
    skiff_failure failure;
    struct peer_identity peer;
    union expectation stored;
    struct skf_crypto *crypto;
    struct capture_writer ends[2];
    uint8_t bytes[VECTOR_BYTES];
    unsigned certificates, signatures, finished, fragments;
    unsigned data, acknowledged, failed, opened[EPOCHS];
};

static void read_secret(struct capture_reader *l, const char *log, const char *label,
                        enum role who, size_t epoch)
{
    uint8_t secret[SECRET];

    vector_secret(log, label, secret, SECRET);
    CU_ASSERT_TRUE(skf_traffic_keys(HASH_SHA256, AEAD_AES_128_GCM, secret,
                                    &l->ends[who].epochs[epoch].keys));
    if (epoch == 0)
        memcpy(l->ends[who].traffic, secret, SECRET);
}

static void reader_begin(struct capture_reader *l, const char *log)
{
    memset(l, 0, sizeof *l);
    CU_ASSERT_EQUAL_FATAL(skf_crypto_new(NULL, world_identity(0), &l->crypto), SKIFF_OK);
    CU_ASSERT_TRUE_FATAL(skf_transcript_new(&l->hs.transcript));
    CU_ASSERT_TRUE(skf_transcript_start(&l->hs.transcript));
    l->peer.stored = &l->stored;
    l->hs.crypto = l->crypto;
    l->hs.settings = &l->settings;
    l->hs.failure = &l->failure;
    l->hs.peer_identity = &l->peer;
    read_secret(l, log, "CLIENT_HANDSHAKE_TRAFFIC_SECRET", CLIENT, 0);
    read_secret(l, log, "SERVER_HANDSHAKE_TRAFFIC_SECRET", SERVER, 0);
    read_secret(l, log, "CLIENT_TRAFFIC_SECRET_0", CLIENT, 1);
    read_secret(l, log, "SERVER_TRAFFIC_SECRET_0", SERVER, 1);
}

static void reader_end(struct capture_reader *l)
{
    skf_transcript_free(&l->hs.transcript);
    skf_crypto_free(l->crypto);
}

/* --- messages ------------------------------------------------------------------------- */

static void read_server(struct capture_reader *l, skiff_bytes body)
{
    struct server_hello m;

    CU_ASSERT_TRUE_FATAL(server_hello_read(&m, body));
    l->hs.suite = skf_suite_find(m.cipher_suite);
    CU_ASSERT_PTR_NOT_NULL_FATAL(l->hs.suite);
    CU_ASSERT_EQUAL_FATAL(l->hs.suite->number, AES_128_GCM_SHA256);
}

static void read_body(struct capture_reader *l, uint8_t type, skiff_bytes body)
{
    if (type == HANDSHAKE_SERVER_HELLO)
        read_server(l, body);
    if (type == HANDSHAKE_CERTIFICATE)
        l->certificates += skf_hear_certificate13(&l->hs, body) == ACCEPTED;
    if (type == HANDSHAKE_CERTIFICATE_VERIFY)
        l->signatures += skf_hear_certificate_verify13(&l->hs, body) == ACCEPTED;
    if (type == HANDSHAKE_FINISHED)
        l->finished += skf_hear_finished13(&l->hs, body) == ACCEPTED;
}

/* What each end says comes in order in these captures. */
static void read_fragment(struct capture_reader *l, struct capture_writer *who,
                          const struct fragment *f)
{
    struct reassembly *reassembly = &who->reassembly;

    CU_ASSERT_EQUAL_FATAL(f->header.message_seq, who->next_seq);
    CU_ASSERT_TRUE_FATAL(reassembly_size(f->header.length) <= MESSAGE_MAX);
    if (!reassembly->begun)
        skf_reassembly_begin(reassembly, f, who->space);
    CU_ASSERT_TRUE(reassembly_agrees(reassembly, f));
    skf_reassembly_add(reassembly, f);
    l->fragments += !fragment_is_whole(f);
    if (!reassembly_is_whole(reassembly))
        return;
    skiff_bytes body = { reassembly->body, reassembly->length };
    read_body(l, reassembly->msg_type, body);
    CU_ASSERT_TRUE(skf_transcript_add_message(&l->hs.transcript, TRANSCRIPT_13,
                                              reassembly->msg_type, reassembly->message_seq,
                                              body));
    *reassembly = (struct reassembly){ .begun = false };
    who->next_seq++;
}

/* --- records -------------------------------------------------------------------------- */

static void read_ack(struct capture_reader *l, skiff_bytes body)
{
    struct ack m;

    CU_ASSERT_TRUE_FATAL(ack_read(&m, body));
    for (size_t at = 0; at < m.record_numbers.len; at += RECORD_NUMBER) {
        struct record_number n;
        CU_ASSERT_TRUE(record_number_read(
            &n, (skiff_bytes){ m.record_numbers.ptr + at, RECORD_NUMBER }));
        CU_ASSERT_TRUE(n.epoch <= FIRST_EPOCH);
        l->acknowledged++;
    }
}

static void read_content(struct capture_reader *l, struct capture_writer *who,
                         const struct incoming *record)
{
    skiff_bytes payload = { record->body, record->len };
    struct fragment f = { .epoch = record->epoch };

    l->data += record->type == CONTENT_APPLICATION_DATA;
    if (record->type == CONTENT_ACK)
        read_ack(l, payload);
    if (record->type != CONTENT_HANDSHAKE)
        return;
    while (payload.len > 0 && skf_fragment_read(&payload, &f))
        read_fragment(l, who, &f);
    CU_ASSERT_EQUAL(payload.len, 0);
}

static void read_record(struct capture_reader *l, struct capture_writer *who,
                        struct incoming *record)
{
    if (!record->unified) {
        read_content(l, who, record);
        return;
    }
    CU_ASSERT_TRUE_FATAL(record->epoch >= FIRST_EPOCH);
    size_t epoch = record->epoch - (size_t)FIRST_EPOCH;
    if (skf_record_open(l->crypto, &who->epochs[epoch], record) != RECORD_OPENED) {
        l->failed++;
        return;
    }
    l->opened[epoch]++;
    read_content(l, who, record);
}

static void read_capture(struct capture_reader *l, const struct vector *v)
{
    struct incoming record;

    for (size_t i = 0; i < v->num; i++) {
        uint8_t *at = l->bytes;
        size_t left = v->lines[i].len;
        enum role who = v->owner[i] == 'C' ? CLIENT : SERVER;
        l->hs.role = who == CLIENT ? SERVER : CLIENT;
        memcpy(l->hs.their_traffic, l->ends[who].traffic, SECRET);
        memcpy(at, v->lines[i].ptr, left);
        while (left > 0 && skf_record_parse(&at, &left, 0, &record))
            read_record(l, &l->ends[who], &record);
        CU_ASSERT_EQUAL(left, 0);
    }
}

/* --- what is in the captures ---------------------------------------------------------- */

static const char *const logs[] = { "cf-default", "ff-default" };
static const char *const captures[] = { "cf-default.transcript", "ff-default.transcript" };
enum { CAPTURES = sizeof logs / sizeof *logs };

static struct capture_reader *read_capture_number(size_t i)
{
    static struct vector v;
    static struct capture_reader l;

    vector_read(captures[i], &v);
    reader_begin(&l, logs[i]);
    read_capture(&l, &v);
    return &l;
}

static void every_record_of_browsers_opens_in_both_epochs(void)
{
    for (size_t i = 0; i < CAPTURES; i++) {
        struct capture_reader *l = read_capture_number(i);
        CU_ASSERT_EQUAL(l->failed, 0);
        CU_ASSERT_TRUE(l->opened[0] >= 2);
        CU_ASSERT_TRUE(l->opened[1] > 10);
        CU_ASSERT_TRUE(l->data > 10);
        reader_end(l);
    }
}

static void both_signatures_are_over_our_transcript(void)
{
    for (size_t i = 0; i < CAPTURES; i++) {
        struct capture_reader *l = read_capture_number(i);
        CU_ASSERT_EQUAL(l->certificates, 2);
        CU_ASSERT_EQUAL(l->signatures, 2);
        reader_end(l);
    }
}

static void both_finished_are_what_we_would_send(void)
{
    for (size_t i = 0; i < CAPTURES; i++) {
        struct capture_reader *l = read_capture_number(i);
        CU_ASSERT_EQUAL(l->finished, 2);
        reader_end(l);
    }
}

static void what_a_server_acknowledges_are_records_of_the_last_flight(void)
{
    for (size_t i = 0; i < CAPTURES; i++) {
        struct capture_reader *l = read_capture_number(i);
        CU_ASSERT_TRUE(l->acknowledged >= 1);
        reader_end(l);
    }
}

static void a_hello_with_a_hybrid_share_arrives_in_fragments(void)
{
    for (size_t i = 0; i < CAPTURES; i++) {
        struct capture_reader *l = read_capture_number(i);
        CU_ASSERT_TRUE(l->fragments >= 2);
        reader_end(l);
    }
}

/* The other capture's secrets fit in form, and in nothing else. */
static void with_the_secrets_of_others_no_record_opens(void)
{
    static struct vector v;
    static struct capture_reader l;

    for (size_t i = 0; i < CAPTURES; i++) {
        vector_read(captures[i], &v);
        reader_begin(&l, logs[1 - i]);
        read_capture(&l, &v);
        CU_ASSERT_EQUAL(l.opened[0] + l.opened[1] + l.finished, 0);
        CU_ASSERT_TRUE(l.failed > 10);
        reader_end(&l);
    }
}

CU_TestInfo capture13_tests[] = {
    TEST(every_record_of_browsers_opens_in_both_epochs),
    TEST(both_signatures_are_over_our_transcript),
    TEST(both_finished_are_what_we_would_send),
    TEST(what_a_server_acknowledges_are_records_of_the_last_flight),
    TEST(a_hello_with_a_hybrid_share_arrives_in_fragments),
    TEST(with_the_secrets_of_others_no_record_opens),
    CU_TEST_INFO_NULL,
};
