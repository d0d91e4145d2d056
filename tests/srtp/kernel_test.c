/* kernel_test.c - our ciphers against published vectors, called as libsrtp calls them. */
#include "suite.h"

#include "srtp/kernel.h"

#include <stdlib.h>
#include <string.h>

static srtp_cipher_t *cipher_of(const srtp_cipher_type_t *type, int key_len, int tag_len,
                                const uint8_t *key)
{
    srtp_cipher_t *cipher = NULL;

    skf_kernel_prepare();
    if (type->alloc(&cipher, key_len, tag_len) != srtp_err_status_ok)
        return NULL;
    if (type->init(cipher->state, key) != srtp_err_status_ok) {
        type->dealloc(cipher);
        return NULL;
    }
    return cipher;
}

/* --- counter mode --------------------------------------------------------------------- */

static bool key_stream(srtp_cipher_t *cipher, uint8_t iv[16], uint8_t *out, unsigned len)
{
    memset(out, 0, len);
    return cipher->type->set_iv(cipher->state, iv, srtp_direction_encrypt) == 0
        && cipher->type->encrypt(cipher->state, out, &len) == 0;
}

static void the_long_key_stream_of_rfc_3711_b_2_is_ours(void)
{
    static const uint8_t key[] =
        "\x2b\x7e\x15\x16\x28\xae\xd2\xa6\xab\xf7\x15\x88\x09\xcf\x4f\x3c"
        "\xf0\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9\xfa\xfb\xfc\xfd";
    static const uint8_t begins[] =
        "\xe0\x3e\xad\x09\x35\xc9\x5e\x80\xe1\x66\xb1\x6d\xd9\x2b\x4e\xb4"
        "\xd2\x35\x13\x16\x2b\x02\xd0\xf7\x2a\x43\xa2\xfe\x4a\x5f\x97\xab"
        "\x41\xe9\x5b\x3b\xb0\xa2\xe8\xdd\x47\x79\x01\xe4\xfc\xa8\x94\xc0";
    static const uint8_t ends[] =
        "\xec\x8c\xdf\x73\x98\x60\x7c\xb0\xf2\xd2\x16\x75\xea\x9e\xa1\xe4"
        "\x36\x2b\x7c\x3c\x67\x73\x51\x63\x18\xa0\x77\xd7\xfc\x50\x73\xae"
        "\x6a\x2c\xc3\x78\x78\x89\x37\x4f\xbe\xb4\xc8\x1b\x17\xba\x6c\x44";
    enum { LEN = 1044512 };
    uint8_t iv[16] = { 0 };
    uint8_t *stream = malloc(LEN);
    srtp_cipher_t *cipher = cipher_of(&skf_icm_128, 30, 0, key);

    CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
    CU_ASSERT_PTR_NOT_NULL_FATAL(cipher);
    CU_ASSERT_TRUE(key_stream(cipher, iv, stream, LEN));
    CU_ASSERT_EQUAL(memcmp(stream, begins, 48), 0);
    CU_ASSERT_EQUAL(memcmp(stream + LEN - 48, ends, 48), 0);
    cipher->type->dealloc(cipher);
    free(stream);
}

/* The PRF is counter mode over the master key, with the label in octet 7 (RFC 3711 4.3). */
static void the_keys_of_rfc_3711_b_3_are_derived(void)
{
    static const uint8_t master[] =
        "\xe1\xf9\x7a\x0d\x3e\x01\x8b\xe0\xd6\x4f\xa3\x2c\x06\xde\x41\x39"
        "\x0e\xc6\x75\xad\x49\x8a\xfe\xeb\xb6\x96\x0b\x3a\xab\xe6";
    static const struct {
        uint8_t label;
        unsigned len;
        const char *key;
    } derived[] = {
        { 0, 16, "\xc6\x1e\x7a\x93\x74\x4f\x39\xee\x10\x73\x4a\xfe\x3f\xf7\xa0\x87" },
        { 2, 14, "\x30\xcb\xbc\x08\x86\x3d\x8c\x85\xd4\x9d\xb3\x4a\x9a\xe1" },
        { 1, 94,
          "\xce\xbe\x32\x1f\x6f\xf7\x71\x6b\x6f\xd4\xab\x49\xaf\x25\x6a\x15"
          "\x6d\x38\xba\xa4\x8f\x0a\x0a\xcf\x3c\x34\xe2\x35\x9e\x6c\xdb\xce"
          "\xe0\x49\x64\x6c\x43\xd9\x32\x7a\xd1\x75\x57\x8e\xf7\x22\x70\x98"
          "\x63\x71\xc1\x0c\x9a\x36\x9a\xc2\xf9\x4a\x8c\x5f\xbc\xdd\xdc\x25"
          "\x6d\x6e\x91\x9a\x48\xb6\x10\xef\x17\xc2\x04\x1e\x47\x40\x35\x76"
          "\x6b\x68\x64\x2c\x59\xbb\xfc\x2f\x34\xdb\x60\xdb\xdf\xb2" },
    };
    srtp_cipher_t *prf = cipher_of(&skf_icm_128, 30, 0, master);

    CU_ASSERT_PTR_NOT_NULL_FATAL(prf);
    for (size_t i = 0; i < sizeof derived / sizeof derived[0]; i++) {
        uint8_t x[16] = { 0 }, key[94];

        x[7] = derived[i].label;
        CU_ASSERT_TRUE(key_stream(prf, x, key, derived[i].len));
        CU_ASSERT_EQUAL(memcmp(key, derived[i].key, derived[i].len), 0);
    }
    prf->type->dealloc(prf);
}

/* --- GCM: whole packets of RFC 7714 --------------------------------------------------- */

struct sealed {
    const srtp_cipher_type_t *type;
    int key_len;
    const char *nonce, *aad, *plain, *sealed; /* sealed has the tag behind it */
    unsigned aad_len, plain_len;
};

#define RTP_NONCE   "\x51\x75\x3c\x65\x80\xc2\x72\x6f\x20\x71\x84\x14"
#define RTCP_NONCE  "\x51\x75\x24\x05\x52\x03\x72\x6f\x20\x71\x70\xbb"
#define RTP_HEADER  "\x80\x40\xf1\x7b\x80\x41\xf8\xd3\x55\x01\xa0\xb2"
#define RTP_PAYLOAD "Gallia est omnis divisa in partes tres"
#define RTCP_HEAD   "\x81\xc8\x00\x0d\x4d\x61\x72\x73"
#define RTCP_BODY                                                                          \
  "\x4e\x54\x50\x31\x4e\x54\x50\x32\x52\x54\x50\x20\x00\x00\x04\x2a"                       \
  "\x00\x00\xe9\x30\x4c\x75\x6e\x61\xde\xad\xbe\xef\xde\xad\xbe\xef"                       \
  "\xde\xad\xbe\xef\xde\xad\xbe\xef\xde\xad\xbe\xef"

static const struct sealed packets[] = {
    /* 16.1.1 */
    { &skf_gcm_128, 28, RTP_NONCE, RTP_HEADER, RTP_PAYLOAD,
      "\xf2\x4d\xe3\xa3\xfb\x34\xde\x6c\xac\xba\x86\x1c\x9d\x7e\x4b\xca"
      "\xbe\x63\x3b\xd5\x0d\x29\x4e\x6f\x42\xa5\xf4\x7a\x51\xc7\xd1\x9b"
      "\x36\xde\x3a\xdf\x88\x33\x89\x9d\x7f\x27\xbe\xb1\x6a\x91\x52\xcf"
      "\x76\x5e\xe4\x39\x0c\xce",
      12, 38 },
    /* 16.1.3: nothing encrypted, all of it authenticated */
    { &skf_gcm_128, 28, RTP_NONCE, RTP_HEADER RTP_PAYLOAD, "",
      "\x22\x49\x3f\x82\xd2\xbc\xe3\x97\xe9\xd7\x9e\x3b\x19\xaa\x42\x16", 50, 0 },
    /* 16.2.1 */
    { &skf_gcm_256, 44, RTP_NONCE, RTP_HEADER, RTP_PAYLOAD,
      "\x32\xb1\xde\x78\xa8\x22\xfe\x12\xef\x9f\x78\xfa\x33\x2e\x33\xaa"
      "\xb1\x80\x12\x38\x9a\x58\xe2\xf3\xb5\x0b\x2a\x02\x76\xff\xae\x0f"
      "\x1b\xa6\x37\x99\xb8\x7b\x7a\xa3\xdb\x36\xdf\xff\xd6\xb0\xf9\xbb"
      "\x78\x78\xd7\xa7\x6c\x13",
      12, 38 },
    /* 17.1: header and ESRTCP word are authenticated */
    { &skf_gcm_128, 28, RTCP_NONCE, RTCP_HEAD "\x80\x00\x05\xd4", RTCP_BODY,
      "\x63\xe9\x48\x85\xdc\xda\xb6\x7c\xa7\x27\xd7\x66\x2f\x6b\x7e\x99"
      "\x7f\xf5\xc0\xf7\x6c\x06\xf3\x2d\xc6\x76\xa5\xf1\x73\x0d\x6f\xda"
      "\x4c\xe0\x9b\x46\x86\x30\x3d\xed\x0b\xb9\x27\x5b\xc8\x4a\xa4\x58"
      "\x96\xcf\x4d\x2f\xc5\xab\xf8\x72\x45\xd9\xea\xde",
      12, 44 },
    /* 17.2 */
    { &skf_gcm_256, 44, RTCP_NONCE, RTCP_HEAD "\x80\x00\x05\xd4", RTCP_BODY,
      "\xd5\x0a\xe4\xd1\xf5\xce\x5d\x30\x4b\xa2\x97\xe4\x7d\x47\x0c\x28"
      "\x2c\x3e\xce\x5d\xbf\xfe\x0a\x50\xa2\xea\xa5\xc1\x11\x05\x55\xbe"
      "\x84\x15\xf6\x58\xc6\x1d\xe0\x47\x6f\x1b\x6f\xad\x1d\x1e\xb3\x0c"
      "\x44\x46\x83\x9f\x57\xff\x6f\x6c\xb2\x6a\xc3\xbe",
      12, 44 },
    /* 17.3 */
    { &skf_gcm_128, 28, RTCP_NONCE, RTCP_HEAD RTCP_BODY "\x00\x00\x05\xd4", "",
      "\x84\x1d\xd9\x68\x3d\xd7\x8e\xc9\x2a\xe5\x87\x90\x12\x5f\x62\xb3", 56, 0 },
    /* 17.4 */
    { &skf_gcm_256, 44, RTCP_NONCE, RTCP_HEAD RTCP_BODY "\x00\x00\x05\xd4", "",
      "\x91\xdb\x4a\xfb\xfe\xee\x5a\x97\x8f\xab\x43\x93\xed\x26\x15\xfe", 56, 0 },
};

enum { PACKETS = sizeof packets / sizeof packets[0], TAG = 16 };

/* 00 01 02 ... 1f, as all of RFC 7714 16 and 17. */
static srtp_cipher_t *gcm_of(const struct sealed *packet)
{
    uint8_t key[44] = { 0 };

    for (uint8_t i = 0; i < 32; i++)
        key[i] = i;
    return cipher_of(packet->type, packet->key_len, TAG, key);
}

static bool begin(srtp_cipher_t *cipher, const struct sealed *packet,
                  srtp_cipher_direction_t direction)
{
    uint8_t nonce[12];

    memcpy(nonce, packet->nonce, sizeof nonce);
    return cipher->type->set_iv(cipher->state, nonce, direction) == 0
        && cipher->type->set_aad(cipher->state, (const uint8_t *)packet->aad,
                                 packet->aad_len)
               == 0;
}

static void the_packets_of_rfc_7714_are_sealed(void)
{
    for (int i = 0; i < PACKETS; i++) {
        const struct sealed *packet = &packets[i];
        srtp_cipher_t *cipher = gcm_of(packet);
        uint8_t bytes[64];
        unsigned len = packet->plain_len;
        uint32_t tag_len = 0;

        CU_ASSERT_PTR_NOT_NULL_FATAL(cipher);
        memcpy(bytes, packet->plain, len);
        CU_ASSERT_TRUE(begin(cipher, packet, srtp_direction_encrypt));
        CU_ASSERT_EQUAL(cipher->type->encrypt(cipher->state, bytes, &len), 0);
        CU_ASSERT_EQUAL(cipher->type->get_tag(cipher->state, bytes + len, &tag_len), 0);
        CU_ASSERT_EQUAL(len, packet->plain_len);
        CU_ASSERT_EQUAL(tag_len, TAG);
        CU_ASSERT_EQUAL(memcmp(bytes, packet->sealed, len + TAG), 0);
        cipher->type->dealloc(cipher);
    }
}

static void the_packets_of_rfc_7714_are_opened(void)
{
    for (int i = 0; i < PACKETS; i++) {
        const struct sealed *packet = &packets[i];
        srtp_cipher_t *cipher = gcm_of(packet);
        uint8_t bytes[64];
        unsigned len = packet->plain_len + TAG;

        CU_ASSERT_PTR_NOT_NULL_FATAL(cipher);
        memcpy(bytes, packet->sealed, len);
        CU_ASSERT_TRUE(begin(cipher, packet, srtp_direction_decrypt));
        CU_ASSERT_EQUAL(cipher->type->decrypt(cipher->state, bytes, &len), 0);
        CU_ASSERT_EQUAL(len, packet->plain_len);
        CU_ASSERT_EQUAL(memcmp(bytes, packet->plain, len), 0);
        cipher->type->dealloc(cipher);
    }
}

/* No plaintext is left of what did not verify. */
static void a_tag_with_a_changed_bit_is_refused(void)
{
    static const uint8_t zeros[64];

    for (unsigned bit = 0; bit < PACKETS * TAG * 8; bit++) {
        const struct sealed *packet = &packets[bit / (TAG * 8)];
        srtp_cipher_t *cipher = gcm_of(packet);
        uint8_t bytes[64];
        unsigned len = packet->plain_len + TAG;

        CU_ASSERT_PTR_NOT_NULL_FATAL(cipher);
        memcpy(bytes, packet->sealed, len);
        bytes[packet->plain_len + bit / 8 % TAG] ^= (uint8_t)(1 << bit % 8);
        CU_ASSERT_TRUE(begin(cipher, packet, srtp_direction_decrypt));
        CU_ASSERT_EQUAL(cipher->type->decrypt(cipher->state, bytes, &len),
                        srtp_err_status_auth_fail);
        CU_ASSERT_EQUAL(memcmp(bytes, zeros, packet->plain_len), 0);
        cipher->type->dealloc(cipher);
    }
}

static void what_is_shorter_than_a_tag_is_refused(void)
{
    srtp_cipher_t *cipher = gcm_of(&packets[0]);
    uint8_t bytes[TAG] = { 0 };
    unsigned len = TAG - 1;

    CU_ASSERT_PTR_NOT_NULL_FATAL(cipher);
    CU_ASSERT_TRUE(begin(cipher, &packets[0], srtp_direction_decrypt));
    CU_ASSERT_EQUAL(cipher->type->decrypt(cipher->state, bytes, &len),
                    srtp_err_status_bad_param);
    cipher->type->dealloc(cipher);
}

/* --- HMAC-SHA1 ------------------------------------------------------------------------ */

/* RFC 2202 section 3: the cases whose keys libsrtp could ask for. */
static void the_macs_of_rfc_2202_are_ours(void)
{
    static const struct {
        int key_len, len;
        const char *key, *text, *mac;
    } cases[] = {
        { 20, 8,
          "\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"
          "\x0b\x0b\x0b\x0b",
          "Hi There",
          "\xb6\x17\x31\x86\x55\x05\x72\x64\xe2\x8b\xc0\xb6\xfb\x37\x8c\x8e"
          "\xf1\x46\xbe\x00" },
        { 4, 28, "Jefe", "what do ya want for nothing?",
          "\xef\xfc\xdf\x6a\xe5\xeb\x2f\xa2\xd2\x74\x16\xd5\xf1\x84\xdf\x9c"
          "\x25\x9a\x7c\x79" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        srtp_auth_t *auth = NULL;
        const uint8_t *text = (const uint8_t *)cases[i].text;
        uint8_t mac[20];

        CU_ASSERT_EQUAL_FATAL(skf_hmac_sha1.alloc(&auth, cases[i].key_len, 20), 0);
        CU_ASSERT_EQUAL(skf_hmac_sha1.init(auth->state, (const uint8_t *)cases[i].key,
                                           cases[i].key_len),
                        0);
        for (int cut = 0; cut <= cases[i].len; cut++) {
            CU_ASSERT_EQUAL(skf_hmac_sha1.start(auth->state), 0);
            CU_ASSERT_EQUAL(skf_hmac_sha1.update(auth->state, text, cut), 0);
            CU_ASSERT_EQUAL(
                skf_hmac_sha1.compute(auth->state, text + cut, cases[i].len - cut, 20, mac),
                0);
            CU_ASSERT_EQUAL(memcmp(mac, cases[i].mac, sizeof mac), 0);
        }
        skf_hmac_sha1.dealloc(auth);
    }
}

static void sizes_that_srtp_does_not_have_are_refused(void)
{
    srtp_cipher_t *cipher = NULL;
    srtp_auth_t *auth = NULL;

    CU_ASSERT_EQUAL(skf_icm_128.alloc(&cipher, 46, 0), srtp_err_status_bad_param);
    CU_ASSERT_EQUAL(skf_icm_192.alloc(&cipher, 30, 0), srtp_err_status_bad_param);
    CU_ASSERT_EQUAL(skf_icm_256.alloc(&cipher, 30, 0), srtp_err_status_bad_param);
    CU_ASSERT_EQUAL(skf_gcm_128.alloc(&cipher, 44, 16), srtp_err_status_bad_param);
    CU_ASSERT_EQUAL(skf_gcm_128.alloc(&cipher, 28, 12), srtp_err_status_bad_param);
    CU_ASSERT_EQUAL(skf_gcm_256.alloc(&cipher, 28, 16), srtp_err_status_bad_param);
    CU_ASSERT_EQUAL(skf_hmac_sha1.alloc(&auth, 21, 10), srtp_err_status_bad_param);
    CU_ASSERT_EQUAL(skf_hmac_sha1.alloc(&auth, 20, 21), srtp_err_status_bad_param);
}

static void an_object_without_a_key_does_nothing(void)
{
    const srtp_cipher_type_t *types[] = { &skf_icm_128, &skf_gcm_128 };
    uint8_t iv[16] = { 0 }, mac[20];
    srtp_auth_t *auth = NULL;

    skf_kernel_prepare();
    for (int i = 0; i < 2; i++) {
        srtp_cipher_t *cipher = NULL;

        CU_ASSERT_EQUAL_FATAL(types[i]->alloc(&cipher, i == 0 ? 30 : 28, 16), 0);
        CU_ASSERT_NOT_EQUAL(types[i]->set_iv(cipher->state, iv, srtp_direction_encrypt), 0);
        types[i]->dealloc(cipher);
    }
    CU_ASSERT_EQUAL_FATAL(skf_hmac_sha1.alloc(&auth, 20, 10), 0);
    CU_ASSERT_NOT_EQUAL(skf_hmac_sha1.compute(auth->state, iv, sizeof iv, 20, mac), 0);
    skf_hmac_sha1.dealloc(auth);
    CU_ASSERT_TRUE(skf_kernel_pop_failure());
}

CU_TestInfo kernel_tests[] = {
    TEST(the_long_key_stream_of_rfc_3711_b_2_is_ours),
    TEST(the_keys_of_rfc_3711_b_3_are_derived),
    TEST(the_packets_of_rfc_7714_are_sealed),
    TEST(the_packets_of_rfc_7714_are_opened),
    TEST(a_tag_with_a_changed_bit_is_refused),
    TEST(what_is_shorter_than_a_tag_is_refused),
    TEST(the_macs_of_rfc_2202_are_ours),
    TEST(sizes_that_srtp_does_not_have_are_refused),
    TEST(an_object_without_a_key_does_nothing),
    CU_TEST_INFO_NULL,
};
