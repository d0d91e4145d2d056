/* forged.c - writes what anybody can write: records, fragments, and what is no DTLS. */
#include "forged.h"

#include <string.h>

/* RFC 6347 section 4.1, RFC 9146 section 4, RFC 9147 sections 4 and 4.1. */
enum {
    CONTENT_CHANGE_CIPHER_SPEC = 20,
    CONTENT_ALERT = 21,
    CONTENT_HANDSHAKE = 22,
    CONTENT_APPLICATION_DATA = 23,
    CONTENT_TLS12_CID = 25,
    CONTENT_ACK = 26,
    DTLS_1_2 = 0xfefd,
    RECORD_HEADER = 13,
    HANDSHAKE_HEADER = 12,
    HANDSHAKE_HELLO_VERIFY_REQUEST = 3,
    ALERT_WARNING = 1,
    UNIFIED = 0x20,
    UNIFIED_HAS_ID = 0x10,
    UNIFIED_HAS_LENGTH = 0x04,
    UNIFIED_EPOCH = 0x03
};

enum {
    FAR = 0x4000, /* numbers that have not been seen */
    TAG = 16,
    EXPLICIT = 8,
    ANY_TYPE = 99,
    LONGEST = 16000,
    AHEAD = 7,
    MOST_PIECES = 100
};

/* Where the next byte goes. */
struct pen {
    uint8_t *out;
    size_t at;
};

static size_t bytes_left(const struct pen *pen)
{
    return FORGED_LEN - pen->at;
}

static void put(struct pen *pen, uint64_t value, unsigned width)
{
    for (unsigned i = width; i-- > 0; pen->at++)
        pen->out[pen->at] = (uint8_t)(value >> 8 * i);
}

static void fill(struct pen *pen, size_t len)
{
    for (size_t i = 0; i < len; i++)
        put(pen, 0x55 ^ i, 1);
}

/* --- records -------------------------------------------------------------------------- */

struct record {
    uint8_t type;
    uint16_t version, epoch;
    const uint8_t *id; /* NULL: none */
};

static void head(struct pen *pen, const struct record *record, size_t len)
{
    put(pen, record->type, 1);
    put(pen, record->version, 2);
    put(pen, record->epoch, 2);
    put(pen, FAR + pen->at, 6);
    for (size_t i = 0; record->id != NULL && i < FORGED_ID; i++)
        put(pen, record->id[i], 1);
    put(pen, len, 2);
}

/* As many as fit, each with the same body. */
static size_t records(uint8_t *out, const struct record *record, const uint8_t *body,
                      size_t len)
{
    struct pen pen = { .out = out };
    size_t whole = RECORD_HEADER + (record->id != NULL ? (size_t)FORGED_ID : 0) + len;

    while (bytes_left(&pen) >= whole) {
        head(&pen, record, len);
        for (size_t i = 0; i < len; i++)
            put(&pen, body != NULL ? body[i] : 0x55, 1);
    }
    return pen.at;
}

static size_t unified(const struct forged_target *target, uint8_t *out, uint8_t flags,
                      size_t len)
{
    bool has_cid = (flags & UNIFIED_HAS_ID) != 0;
    struct pen pen = { .out = out };

    while (bytes_left(&pen) >= 4 + (has_cid ? (size_t)FORGED_ID : 0) + len) {
        put(&pen, UNIFIED | UNIFIED_HAS_LENGTH | flags, 1);
        for (size_t i = 0; has_cid && i < FORGED_ID; i++)
            put(&pen, target->id[i], 1);
        put(&pen, pen.at, 1);
        put(&pen, len, 2);
        fill(&pen, len);
    }
    return pen.at;
}

/* Records as the target hears them, of `len` bytes behind the header. */
static size_t of_its_own(const struct forged_target *target, uint8_t *out, size_t len)
{
    const struct record record = { .type = target->has_id ? CONTENT_TLS12_CID
                                                          : CONTENT_APPLICATION_DATA,
                                   .version = DTLS_1_2,
                                   .epoch = target->epoch != 0 ? target->epoch : 1,
                                   .id = target->has_id ? target->id : NULL };
    uint8_t flags = (uint8_t)((target->has_id ? UNIFIED_HAS_ID : 0)
                              | ((target->epoch != 0 ? target->epoch : 2) & UNIFIED_EPOCH));

    return target->is_13 ? unified(target, out, flags, len)
                         : records(out, &record, NULL, len);
}

static size_t write_empty(const struct forged_target *target, uint8_t *out)
{
    return of_its_own(target, out, 0);
}

static size_t write_short(const struct forged_target *target, uint8_t *out)
{
    return of_its_own(target, out, TAG - 1);
}

static size_t write_least(const struct forged_target *target, uint8_t *out)
{
    return of_its_own(target, out, target->is_13 ? 1 + TAG : EXPLICIT + TAG);
}

static size_t write_of_other_epochs(const struct forged_target *target, uint8_t *out)
{
    const struct record record = { .type = CONTENT_APPLICATION_DATA,
                                   .version = DTLS_1_2,
                                   .epoch = 7 };
    uint8_t bits = (uint8_t)((target->epoch + 1) & UNIFIED_EPOCH);

    return target->is_13 ? unified(target, out, bits, 0) : records(out, &record, NULL, 0);
}

static size_t write_of_other_versions(const struct forged_target *target, uint8_t *out)
{
    const struct record record = { .type = CONTENT_HANDSHAKE, .version = 0x0303 };

    (void)target;
    return records(out, &record, NULL, 0);
}

static size_t write_with_ids(const struct forged_target *target, uint8_t *out)
{
    const struct record record = { .type = CONTENT_TLS12_CID,
                                   .version = DTLS_1_2,
                                   .epoch = 1,
                                   .id = (const uint8_t *)"nobody's" };

    (void)target;
    return records(out, &record, NULL, 0);
}

static size_t write_unified_with_ids(const struct forged_target *target, uint8_t *out)
{
    struct forged_target other = *target;

    memcpy(other.id, "nobody's", FORGED_ID);
    return unified(&other, out, (uint8_t)(UNIFIED_HAS_ID | (target->epoch & UNIFIED_EPOCH)),
                   0);
}

/* --- in plaintext --------------------------------------------------------------------- */

static size_t plain(uint8_t *out, uint8_t type, const uint8_t *body, size_t len)
{
    return records(out, &(struct record){ .type = type, .version = DTLS_1_2 }, body, len);
}

static size_t write_plain_data(const struct forged_target *target, uint8_t *out)
{
    (void)target;
    return plain(out, CONTENT_APPLICATION_DATA, NULL, 0);
}

static size_t write_plain_of_any_type(const struct forged_target *target, uint8_t *out)
{
    (void)target;
    return plain(out, ANY_TYPE, NULL, 0);
}

static size_t write_plain_empty(const struct forged_target *target, uint8_t *out)
{
    (void)target;
    return plain(out, CONTENT_HANDSHAKE, NULL, 0);
}

static size_t write_alerts(const struct forged_target *target, uint8_t *out)
{
    (void)target;
    return plain(out, CONTENT_ALERT, (const uint8_t[]){ ALERT_WARNING, 90 }, 2);
}

static size_t write_changes(const struct forged_target *target, uint8_t *out)
{
    (void)target;
    return plain(out, CONTENT_CHANGE_CIPHER_SPEC, (const uint8_t[]){ 1 }, 1);
}

static size_t write_acks(const struct forged_target *target, uint8_t *out)
{
    (void)target;
    return plain(out, CONTENT_ACK, (const uint8_t[]){ 0, 0 }, 2);
}

/* RFC 9147 section 7: 16 bytes for each record that it names. */
static size_t write_long_ack(const struct forged_target *target, uint8_t *out)
{
    struct pen pen = { .out = out };
    size_t len = (FORGED_LEN - RECORD_HEADER - 2) / 16 * 16;

    (void)target;
    head(&pen, &(struct record){ .type = CONTENT_ACK, .version = DTLS_1_2 }, 2 + len);
    put(&pen, len, 2);
    while (len > 0) {
        put(&pen, 0, 8);
        put(&pen, len / 16 % 4, 8);
        len -= 16;
    }
    return pen.at;
}

/* --- fragments ------------------------------------------------------------------------ */

struct piece {
    uint8_t type;
    uint32_t length;
    uint16_t seq;
    uint32_t at, len;
};

static void put_piece(struct pen *pen, const struct piece *piece)
{
    put(pen, piece->type, 1);
    put(pen, piece->length, 3);
    put(pen, piece->seq, 2);
    put(pen, piece->at, 3);
    put(pen, piece->len, 3);
    fill(pen, piece->len);
}

/* The i-th fragment of a datagram. */
typedef struct piece piece_of(const struct forged_target *target, uint32_t i);

static size_t pieces(const struct forged_target *target, uint8_t *out, piece_of *nth_piece,
                     bool apart)
{
    const struct record record = { .type = CONTENT_HANDSHAKE, .version = DTLS_1_2 };
    struct pen pen = { .out = out };
    size_t first = 0;
    uint32_t i = 0;

    for (;; i++) {
        struct piece piece = nth_piece(target, i);
        size_t len = HANDSHAKE_HEADER + piece.len;
        bool begins = apart || i == 0;
        if (bytes_left(&pen) < len + (begins ? RECORD_HEADER : 0))
            break;
        if (begins) {
            first = pen.at;
            head(&pen, &record, len);
        }
        put_piece(&pen, &piece);
    }
    if (!apart) {
        struct pen again = { .out = out, .at = first };
        head(&again, &record, pen.at - RECORD_HEADER);
    }
    return pen.at;
}

/* Of a type that is due to nobody, so that nothing is taken for what it says; before there
 * is a handshake only a ClientHello is heard. */
static uint8_t type_for(const struct forged_target *target)
{
    return target->due == HANDSHAKE_CLIENT_HELLO ? HANDSHAKE_CLIENT_HELLO : ANY_TYPE;
}

/* A byte that was not there before, and of a message that is not what it was when all of
 * them were. */
static struct piece one_byte(const struct forged_target *target, uint32_t i)
{
    uint32_t n = target->nth * MOST_PIECES + i;

    return (struct piece){ type_for(target), LONGEST - n / LONGEST % 2, target->next,
                           n % (LONGEST - 1), 1 };
}

static struct piece nothing(const struct forged_target *target, uint32_t i)
{
    return (struct piece){ type_for(target), LONGEST, target->next, i, 0 };
}

static struct piece another_length(const struct forged_target *target, uint32_t i)
{
    return (struct piece){ type_for(target), LONGEST - i % 2, target->next, i, 1 };
}

static struct piece another_ahead(const struct forged_target *target, uint32_t i)
{
    return (struct piece){ type_for(target), LONGEST / AHEAD - (target->nth + i) % 32,
                           (uint16_t)(target->next + i % AHEAD), i, 1 };
}

static struct piece far_ahead(const struct forged_target *target, uint32_t i)
{
    return (struct piece){ type_for(target), LONGEST, (uint16_t)(target->next + 100 + i), 0,
                           1 };
}

static struct piece of_before(const struct forged_target *target, uint32_t i)
{
    return (struct piece){ type_for(target), LONGEST, (uint16_t)(target->next - 1), i, 1 };
}

static struct piece no_body(const struct forged_target *target, uint32_t i)
{
    (void)i;
    return (struct piece){ type_for(target), 0, target->next, 0, 0 };
}

static struct piece of_the_due_type(const struct forged_target *target, uint32_t i)
{
    (void)i;
    return (struct piece){ target->due, 8, target->next, 0, 8 };
}

static struct piece too_long(const struct forged_target *target, uint32_t i)
{
    return (struct piece){ type_for(target), 0xffffff - i % 2, target->next, 0, 1 };
}

#define PIECES(name, piece, apart)                                                         \
  static size_t name(const struct forged_target *target, uint8_t *out)                     \
  {                                                                                        \
    return pieces(target, out, piece, apart);                                              \
  }
PIECES(write_fragments, one_byte, false)
PIECES(write_fragments_apart, one_byte, true)
PIECES(write_empty_fragments, nothing, false)
PIECES(write_contradictions, another_length, false)
PIECES(write_fragments_ahead, another_ahead, false)
PIECES(write_fragments_far_ahead, far_ahead, false)
PIECES(write_repeated_fragments, of_before, false)
PIECES(write_messages, no_body, false)
PIECES(write_malformed_messages, of_the_due_type, false)
PIECES(write_too_long_messages, too_long, false)

/* RFC 6347 section 4.2.1: each with a cookie of its own. */
static size_t write_verify_requests(const struct forged_target *target, uint8_t *out)
{
    struct pen pen = { .out = out };

    head(&pen, &(struct record){ .type = CONTENT_HANDSHAKE, .version = DTLS_1_2 }, 0);
    for (uint32_t i = 0; bytes_left(&pen) >= HANDSHAKE_HEADER + 5; i++) {
        put_piece(&pen, &(struct piece){ HANDSHAKE_HELLO_VERIFY_REQUEST, 5, 0, 0, 0 });
        pen.out[pen.at - 1] = 5;
        put(&pen, DTLS_1_2, 2);
        put(&pen, 2, 1);
        put(&pen, i, 2);
    }
    (void)target;
    struct pen again = { .out = out };
    head(&again, &(struct record){ .type = CONTENT_HANDSHAKE, .version = DTLS_1_2 },
         pen.at - RECORD_HEADER);
    return pen.at;
}

/* RFC 6347 section 4.2.2, RFC 5246 sections 7.4.1.2, 7.4.1.3 and 7.4.2: hellos with as many
 * extensions as fit, certificates of a byte each, and in the end a byte too few. */
static size_t write_long_message(const struct forged_target *target, uint8_t *out)
{
    bool is_client_hello = target->due == HANDSHAKE_CLIENT_HELLO;
    uint32_t len = FORGED_LEN - RECORD_HEADER - HANDSHAKE_HEADER;
    struct pen pen = { .out = out };

    if (!is_client_hello && target->due != HANDSHAKE_CERTIFICATE)
        return 0;
    head(&pen, &(struct record){ .type = CONTENT_HANDSHAKE, .version = DTLS_1_2 },
         HANDSHAKE_HEADER + len);
    put_piece(&pen, &(struct piece){ target->due, len, target->next, 0, len });
    pen.at -= len;
    if (!is_client_hello) {
        put(&pen, len - 3, 3);
        while (bytes_left(&pen) > 4)
            put(&pen, 0x100, 4);
        return FORGED_LEN;
    }
    put(&pen, DTLS_1_2, 2);
    pen.at += 32;
    put(&pen, 0, 1);
    put(&pen, 0, 1);
    put(&pen, 0x0002c02b, 4);
    put(&pen, 0x0100, 2);
    put(&pen, bytes_left(&pen) - 2, 2);
    for (uint32_t i = 0; bytes_left(&pen) >= 4; i++)
        put(&pen, (0xf000 + i) << 16, 4);
    out[FORGED_LEN - 1] = 1;
    return FORGED_LEN;
}

/* Records that came from the peer himself. */
static size_t write_copies(const struct forged_target *target, uint8_t *out)
{
    size_t at = 0;

    for (; target->copy_len > 0 && FORGED_LEN - at >= target->copy_len;
         at += target->copy_len)
        memcpy(out + at, target->copy, target->copy_len);
    return at;
}

static size_t write_long(const struct forged_target *target, uint8_t *out)
{
    struct pen pen = { .out = out };
    size_t len = FORGED_LEN - RECORD_HEADER;

    if (target->epoch != 0)
        return of_its_own(target, out, FORGED_LEN - RECORD_HEADER - FORGED_ID);
    head(&pen, &(struct record){ .type = CONTENT_HANDSHAKE, .version = DTLS_1_2 }, len);
    len -= HANDSHAKE_HEADER;
    put_piece(&pen, &(struct piece){ type_for(target), LONGEST - target->nth / 13 % 2,
                                     target->next, target->nth % 13 * (uint32_t)len,
                                     (uint32_t)len });
    return pen.at;
}

/* --- what is no DTLS ------------------------------------------------------------------ */

static size_t beginning_with(uint8_t *out, uint32_t first, size_t len)
{
    struct pen pen = { .out = out };

    put(&pen, first, 4);
    fill(&pen, len - pen.at);
    return len;
}

static size_t write_noise(const struct forged_target *target, uint8_t *out)
{
    (void)target;
    return beginning_with(out, 0x17feff00, FORGED_LEN);
}

static size_t write_stun(const struct forged_target *target, uint8_t *out)
{
    (void)target;
    return beginning_with(out, 0x00010000 + FORGED_LEN - 20, FORGED_LEN);
}

static size_t write_rtp(const struct forged_target *target, uint8_t *out)
{
    (void)target;
    return beginning_with(out, 0x80600001, FORGED_LEN);
}

static size_t write_short_rtp(const struct forged_target *target, uint8_t *out)
{
    (void)target;
    return beginning_with(out, 0x80600001, 12 + TAG);
}

static size_t write_rtcp(const struct forged_target *target, uint8_t *out)
{
    (void)target;
    return beginning_with(out, 0x80c80006, FORGED_LEN);
}

/* clang-format off */
const struct forged_kind forged_kinds[] = {
    { "long",                write_long },
    { "empty",               write_empty },
    { "short",               write_short },
    { "least",               write_least },
    { "other_epoch",         write_of_other_epochs },
    { "other_version",       write_of_other_versions },
    { "other_id",            write_with_ids },
    { "other_unified_id",    write_unified_with_ids },
    { "plain_data",          write_plain_data },
    { "plain_any_type",      write_plain_of_any_type },
    { "plain_empty",         write_plain_empty },
    { "alerts",              write_alerts },
    { "changes",             write_changes },
    { "acks",                write_acks },
    { "long_ack",            write_long_ack },
    { "fragments",           write_fragments },
    { "fragments_apart",     write_fragments_apart },
    { "fragments_empty",     write_empty_fragments },
    { "fragments_contrary",  write_contradictions },
    { "fragments_ahead",     write_fragments_ahead },
    { "fragments_far_ahead", write_fragments_far_ahead },
    { "fragments_again",     write_repeated_fragments },
    { "messages",            write_messages },
    { "messages_malformed",  write_malformed_messages },
    { "messages_too_long",   write_too_long_messages },
    { "verify_requests",     write_verify_requests },
    { "message_long",        write_long_message },
    { "copies",              write_copies },
    { "noise",               write_noise },
    { "stun",                write_stun },
    { "rtp",                 write_rtp },
    { "rtp_short",           write_short_rtp },
    { "rtcp",                write_rtcp },
};
/* clang-format on */
const size_t forged_num = sizeof forged_kinds / sizeof *forged_kinds;
