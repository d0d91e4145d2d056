/* capture_test.c - a handshake between two browsers, opened with its key log. */
#include "../suite.h"

#include "handshake/reassembly.h"
#include "handshake/messages.h"
#include "record/record.h"
#include "handshake/suite.h"
#include "vector.h"
#include "wire/handshake.h"
#include "world/world.h"

#define CAPTURE "cf-ffmax12.transcript"
#define KEY_LOG "cf-ffmax12"

/* Somebody who listens on the wire, reads along and has the key log. */
struct capture_reader {
    struct handshake hs;
    struct skf_crypto *crypto;
    struct keys keys[2];
    uint8_t bytes[VECTOR_BYTES];
    unsigned finished, data, failed;
};

static void reader_begin(struct capture_reader *l)
{
    memset(l, 0, sizeof *l);
    CU_ASSERT_EQUAL_FATAL(skf_crypto_new(NULL, world_identity(0), &l->crypto), SKIFF_OK);
    CU_ASSERT_TRUE_FATAL(skf_transcript_new(&l->hs.transcript));
    CU_ASSERT_TRUE(skf_transcript_start(&l->hs.transcript));
    vector_secret(KEY_LOG, "CLIENT_RANDOM", l->hs.master_secret, MASTER_SECRET);
}

static void reader_end(struct capture_reader *l)
{
    skf_transcript_free(&l->hs.transcript);
    skf_crypto_free(l->crypto);
}

/* RFC 5246 section 6.3, written down a second time: keys first, then IVs. */
static void make_keys(struct capture_reader *l)
{
    uint8_t block[2 * (SKF_KEY_MAX + SKF_NONCE)];
    size_t key = skf_aead_key_len(l->hs.suite->aead), iv = 4;
    struct skf_prf12 prf = { .alg = l->hs.suite->hash,
                             .secret = { l->hs.master_secret, MASTER_SECRET },
                             .label = "key expansion",
                             .seed = { { l->hs.server_random, RANDOM },
                                       { l->hs.client_random, RANDOM } } };

    CU_ASSERT_NOT_EQUAL(l->hs.suite->aead, AEAD_CHACHA20_POLY1305);
    CU_ASSERT_TRUE(skf_prf12(&prf, block, 2 * (key + iv)));
    for (size_t who = 0; who < 2; who++) {
        l->keys[who].aead = l->hs.suite->aead;
        memcpy(l->keys[who].key, block + who * key, key);
        memcpy(l->keys[who].iv, block + 2 * key + who * iv, iv);
    }
}

static void read_server_hello(struct capture_reader *l, uint8_t type, skiff_bytes body)
{
    struct client_hello client;
    struct server_hello server;

    if (type == HANDSHAKE_CLIENT_HELLO && client_hello_read(&client, body))
        memcpy(l->hs.client_random, client.random, RANDOM);
    if (type != HANDSHAKE_SERVER_HELLO || !server_hello_read(&server, body))
        return;
    memcpy(l->hs.server_random, server.random, RANDOM);
    l->hs.suite = skf_suite_find(server.cipher_suite);
    CU_ASSERT_PTR_NOT_NULL_FATAL(l->hs.suite);
    make_keys(l);
}

static void read_finished_of(struct capture_reader *l, enum role who, skiff_bytes body)
{
    uint8_t expected[VERIFY_DATA];

    CU_ASSERT_TRUE(skf_schedule12_verify_data(&l->hs, who, expected));
    CU_ASSERT_EQUAL(body.len, VERIFY_DATA);
    CU_ASSERT_EQUAL(memcmp(expected, body.ptr, VERIFY_DATA), 0);
    l->finished++;
}

/* Every message of this capture came in one piece. */
static void read_messages(struct capture_reader *l, enum role who, skiff_bytes payload)
{
    struct fragment f;

    while (payload.len > 0 && skf_fragment_read(&payload, &f)) {
        skiff_bytes body = { f.bytes, f.header.length };
        CU_ASSERT_TRUE(fragment_is_whole(&f));
        read_server_hello(l, f.header.msg_type, body);
        if (f.header.msg_type == HANDSHAKE_FINISHED)
            read_finished_of(l, who, body);
        skiff_bytes whole = { f.bytes - HANDSHAKE_HEADER, HANDSHAKE_HEADER + body.len };
        CU_ASSERT_TRUE(skf_transcript_add(&l->hs.transcript, whole));
    }
    CU_ASSERT_EQUAL(payload.len, 0);
}

static void read_record(struct capture_reader *l, enum role who, struct incoming *record)
{
    struct opening theirs = { .keys = l->keys[who] };

    if (record->epoch > 0 && skf_record_open(l->crypto, &theirs, record) != RECORD_OPENED) {
        l->failed++;
        return;
    }
    if (record->type == CONTENT_HANDSHAKE)
        read_messages(l, who, (skiff_bytes){ record->body, record->len });
    l->data += record->type == CONTENT_APPLICATION_DATA;
}

static unsigned read_capture(struct capture_reader *l, const struct vector *v)
{
    unsigned records = 0;

    for (size_t i = 0; i < v->num; i++) {
        uint8_t *at = l->bytes;
        size_t left = v->lines[i].len;
        struct incoming record;
        memcpy(at, v->lines[i].ptr, left);
        for (; left > 0 && skf_record_parse(&at, &left, 0, &record); records++)
            read_record(l, v->owner[i] == 'C' ? CLIENT : SERVER, &record);
        CU_ASSERT_EQUAL(left, 0);
    }
    return records;
}

static void both_finished_of_two_browsers_are_what_we_would_send(void)
{
    static struct vector v;
    static struct capture_reader l;

    vector_read(CAPTURE, &v);
    reader_begin(&l);
    CU_ASSERT_TRUE(read_capture(&l, &v) > v.num);
    CU_ASSERT_EQUAL(l.finished, 2);
    CU_ASSERT_EQUAL(l.failed, 0);
    reader_end(&l);
}

static void every_record_of_theirs_opens(void)
{
    static struct vector v;
    static struct capture_reader l;

    vector_read(CAPTURE, &v);
    reader_begin(&l);
    (void)read_capture(&l, &v);
    CU_ASSERT_TRUE(l.data > 10);
    CU_ASSERT_EQUAL(l.failed, 0);
    reader_end(&l);
}

static void with_another_master_secret_none_opens(void)
{
    static struct vector v;
    static struct capture_reader l;

    vector_read(CAPTURE, &v);
    reader_begin(&l);
    l.hs.master_secret[0] ^= 1;
    (void)read_capture(&l, &v);
    CU_ASSERT_EQUAL(l.data + l.finished, 0);
    CU_ASSERT_TRUE(l.failed > 10);
    reader_end(&l);
}

CU_TestInfo capture_tests[] = {
    TEST(both_finished_of_two_browsers_are_what_we_would_send),
    TEST(every_record_of_theirs_opens),
    TEST(with_another_master_secret_none_opens),
    CU_TEST_INFO_NULL,
};
