/* codec_test.c - what has to hold for every struct of the wire, asked of each of them. */
#include "../suite.h"

#include <stdio.h>

#include "wire/auth.h"
#include "wire/control.h"
#include "wire/exchange.h"
#include "wire/extension.h"
#include "wire/handshake.h"
#include "wire/hello.h"
#include "wire/record.h"
#include "wire/ticket.h"

enum { SPACE = 256, CANARY = 0xa5, DAMAGED = 4000 };

/* One struct with a value of it, seen through functions that have the same shape for all.
 */
struct codec {
    const char *name;
    size_t tail; /* where an optional tail begins: a good end; 0: none */
    bool (*size)(size_t *size);
    bool (*write)(uint8_t *out, size_t cap, size_t *size);
    bool (*echo)(skiff_bytes in, uint8_t *out, size_t *size); /* reads and writes */
};

#define VALUE(name, value)                                                                 \
  static bool size_##name(size_t *size)                                                    \
  {                                                                                        \
    const struct name m = value;                                                           \
    return name##_size(&m, size);                                                          \
  }                                                                                        \
  static bool write_##name(uint8_t *out, size_t cap, size_t *size)                         \
  {                                                                                        \
    const struct name m = value;                                                           \
    return name##_write(&m, out, cap, size);                                               \
  }                                                                                        \
  static bool echo_##name(skiff_bytes in, uint8_t *out, size_t *size)                      \
  {                                                                                        \
    struct name m;                                                                         \
    return name##_read(&m, in) && name##_write(&m, out, SPACE, size);                      \
  }

#define BYTES(text)                                                                        \
  {                                                                                        \
    (const uint8_t *)(text), sizeof(text) - 1                                              \
  }
#define LIST(...)                                                                          \
  {                                                                                        \
    __VA_ARGS__                                                                            \
  }

VALUE(record_header, LIST(.type = 22, .version = 0xfefd, .epoch = 1,
                          .sequence_number = 0x0123456789ab, .length = 77))
VALUE(handshake_header, LIST(.msg_type = 11, .length = 0x012345, .message_seq = 3,
                             .fragment_offset = 0x001234, .fragment_length = 0x000321))
VALUE(client_hello,
      LIST(.client_version = 0xfefd, .random = { 1, 2, 3 }, .session_id = BYTES("session"),
           .cookie = BYTES("cookie"), .cipher_suites = BYTES("\xc0\x2b\xc0\x2f"),
           .compression_methods = BYTES("\0"), .has_extensions = true,
           .extensions = BYTES("\0\x17\0\0")))
VALUE(server_hello, LIST(.server_version = 0xfefd, .random = { 4, 5, 6 },
                         .session_id = BYTES("session"), .cipher_suite = 0xc02b,
                         .has_extensions = true, .extensions = BYTES("\0\x17\0\0")))
VALUE(hello_verify_request, LIST(.server_version = 0xfeff, .cookie = BYTES("cookie")))
VALUE(extension, LIST(.extension_type = 14, .extension_data = BYTES("data")))
VALUE(connection_id, LIST(.cid = BYTES("id")))
VALUE(new_connection_id, LIST(.cids = BYTES("\2id\1i"), .usage = 1))
VALUE(request_connection_id, LIST(.num_cids = 3))
VALUE(return_routability_check, LIST(.msg_type = 2, .cookie = { 1, 2, 3 }))
VALUE(u16_list, LIST(.list = BYTES("\0\x1d\0\x17")))
VALUE(ec_point_format_list, LIST(.list = BYTES("\0\1")))
VALUE(use_srtp_data, LIST(.profiles = BYTES("\0\7\0\1"), .srtp_mki = BYTES("mki")))
VALUE(record_size_limit, LIST(.limit = 0x4001))
VALUE(server_name, LIST(.name_type = 0, .name = BYTES("a.name")))
VALUE(server_name_list, LIST(.list = BYTES("\0\0\1a")))
VALUE(protocol_name, LIST(.name = BYTES("webrtc")))
VALUE(protocol_name_list, LIST(.list = BYTES("\6webrtc")))
VALUE(renegotiation_info, LIST(.renegotiated_connection = BYTES("verify data")))
VALUE(supported_versions, LIST(.versions = BYTES("\xfe\xfc\xfe\xfd")))
VALUE(certificate, LIST(.certificate_list = BYTES("\0\0\4der!")))
VALUE(asn1_cert, LIST(.der = BYTES("der!")))
VALUE(certificate_request, LIST(.certificate_types = BYTES("\x40\1"),
                                .supported_signature_algorithms = BYTES("\4\3\x08\4"),
                                .certificate_authorities = BYTES("\0\2cn")))
VALUE(certificate_verify, LIST(.algorithm = 0x0403, .signature = BYTES("signature")))
VALUE(server_ecdh_params, LIST(.curve_type = 3, .named_curve = 29, .point = BYTES("point")))
VALUE(server_key_exchange, LIST(.params = { 3, 29, BYTES("point") }, .algorithm = 0x0403,
                                .signature = BYTES("signature")))
VALUE(client_key_exchange, LIST(.point = BYTES("point")))
VALUE(alert, LIST(.level = 2, .description = 40))
VALUE(change_cipher_spec, LIST(.type = 1))

VALUE(psk_key_exchange_modes, LIST(.ke_modes = BYTES("\1\0")))
VALUE(psk_identity, LIST(.identity = BYTES("ticket"), .obfuscated_ticket_age = 0xfedcba98))
VALUE(psk_binder_entry, LIST(.binder = BYTES("a binder has thirty-two bytes or more")))
VALUE(offered_psks, LIST(.identities = BYTES("\0\1x\0\0\0\0"),
                         .binders = BYTES("a list of binders has 33 bytes or more")))
VALUE(selected_psk, LIST(.selected_identity = 3))
VALUE(new_session_ticket, LIST(.ticket_lifetime = 604800, .ticket_age_add = 0xfedcba98,
                               .ticket_nonce = BYTES("nonce"), .ticket = BYTES("ticket"),
                               .extensions = BYTES("\0\x2a\0\4\0\0\0\0")))

#define ROW(name, tail)                                                                    \
  {                                                                                        \
#    name, tail, size_##name, write_##name, echo_##name                                    \
  }

static const struct codec codecs[] = {
    ROW(record_header, 0),
    ROW(handshake_header, 0),
    ROW(client_hello, 2 + 32 + 8 + 7 + 6 + 2),
    ROW(server_hello, 2 + 32 + 8 + 2 + 1),
    ROW(hello_verify_request, 0),
    ROW(extension, 0),
    ROW(connection_id, 0),
    ROW(new_connection_id, 0),
    ROW(request_connection_id, 0),
    ROW(return_routability_check, 0),
    ROW(u16_list, 0),
    ROW(ec_point_format_list, 0),
    ROW(use_srtp_data, 0),
    ROW(record_size_limit, 0),
    ROW(server_name, 0),
    ROW(server_name_list, 0),
    ROW(protocol_name, 0),
    ROW(protocol_name_list, 0),
    ROW(renegotiation_info, 0),
    ROW(supported_versions, 0),
    ROW(certificate, 0),
    ROW(asn1_cert, 0),
    ROW(certificate_request, 0),
    ROW(certificate_verify, 0),
    ROW(server_ecdh_params, 0),
    ROW(server_key_exchange, 0),
    ROW(client_key_exchange, 0),
    ROW(alert, 0),
    ROW(change_cipher_spec, 0),
    ROW(psk_key_exchange_modes, 0),
    ROW(psk_identity, 0),
    ROW(psk_binder_entry, 0),
    ROW(offered_psks, 0),
    ROW(selected_psk, 0),
    ROW(new_session_ticket, 0),
};
enum { CODECS = sizeof codecs / sizeof *codecs };

static void holds(bool truth, const struct codec *c, size_t at)
{
    CU_ASSERT_TRUE(truth);
    if (!truth)
        fprintf(stderr, "  %s, at %zu\n", c->name, at);
}

static void its_size_is_what_it_writes(void)
{
    uint8_t out[SPACE];
    size_t size = 0, wrote = 0;

    for (const struct codec *c = codecs; c < codecs + CODECS; c++) {
        holds(c->size(&size), c, 0);
        holds(c->write(out, size, &wrote) && wrote == size, c, wrote);
    }
}

static bool untouched(const uint8_t *from, const uint8_t *end)
{
    while (from < end && *from == CANARY)
        from++;
    return from == end;
}

static void with_too_little_space_it_fails_and_touches_nothing_behind(void)
{
    uint8_t out[SPACE];
    size_t size, wrote;

    for (const struct codec *c = codecs; c < codecs + CODECS; c++) {
        holds(c->size(&size), c, 0);
        for (size_t cap = 0; cap < size; cap++) {
            memset(out, CANARY, sizeof out);
            holds(!c->write(out, cap, &wrote), c, cap);
            holds(wrote <= cap && untouched(out + cap, out + SPACE), c, cap);
        }
    }
}

static void what_it_wrote_it_reads_and_writes_again(void)
{
    uint8_t out[SPACE], again[SPACE];
    size_t size, wrote;

    for (const struct codec *c = codecs; c < codecs + CODECS; c++) {
        holds(c->write(out, sizeof out, &size), c, 0);
        holds(c->echo((skiff_bytes){ out, size }, again, &wrote), c, 0);
        holds(wrote == size && memcmp(out, again, size) == 0, c, wrote);
    }
}

static void it_reads_no_part_of_itself(void)
{
    uint8_t out[SPACE], again[SPACE];
    size_t size, wrote;

    for (const struct codec *c = codecs; c < codecs + CODECS; c++) {
        holds(c->write(out, sizeof out, &size), c, 0);
        for (size_t len = 0; len < size; len++) {
            bool good = c->echo((skiff_bytes){ out, len }, again, &wrote);
            holds(good == (len != 0 && len == c->tail), c, len);
        }
    }
}

static void it_leaves_no_byte_unread(void)
{
    uint8_t out[SPACE + 1] = { 0 }, again[SPACE];
    size_t size, wrote;

    for (const struct codec *c = codecs; c < codecs + CODECS; c++) {
        holds(c->write(out, SPACE, &size), c, 0);
        out[size] = 0;
        holds(!c->echo((skiff_bytes){ out, size + 1 }, again, &wrote), c, size);
    }
}

/* Marsaglia's xorshift: the same damage in every run. */
static uint32_t chance(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static void whatever_it_reads_it_writes_back_byte_for_byte(void)
{
    uint8_t out[SPACE], again[SPACE];
    uint32_t seed = 20261123;
    size_t size, wrote;

    for (const struct codec *c = codecs; c < codecs + CODECS; c++)
        for (int round = 0; round < DAMAGED; round++) {
            holds(c->write(out, sizeof out, &size), c, 0);
            for (uint32_t i = chance(&seed) % 4; i > 0; i--)
                out[chance(&seed) % size] = (uint8_t)chance(&seed);
            skiff_bytes in = { out, chance(&seed) % 4 == 0 ? chance(&seed) % size : size };
            if (c->echo(in, again, &wrote))
                holds(wrote == in.len && memcmp(out, again, in.len) == 0, c, wrote);
        }
}

CU_TestInfo codec_tests[] = {
    TEST(its_size_is_what_it_writes),
    TEST(with_too_little_space_it_fails_and_touches_nothing_behind),
    TEST(what_it_wrote_it_reads_and_writes_again),
    TEST(it_reads_no_part_of_itself),
    TEST(it_leaves_no_byte_unread),
    TEST(whatever_it_reads_it_writes_back_byte_for_byte),
    CU_TEST_INFO_NULL,
};
