/* transcript.c - the running hash of all messages of a handshake. */
#include "handshake/transcript.h"

#include "wire/handshake.h"
#include "wire/numbers.h"

bool skf_transcript_new(struct transcript *transcript)
{
    return skf_hash_new(&transcript->sha256) && skf_hash_new(&transcript->sha384);
}

void skf_transcript_free(struct transcript *transcript)
{
    skf_hash_free(&transcript->sha256);
    skf_hash_free(&transcript->sha384);
}

bool skf_transcript_start(struct transcript *transcript)
{
    skf_transcript_select(transcript, true, true);
    return skf_hash_start(&transcript->sha256, HASH_SHA256)
        && skf_hash_start(&transcript->sha384, HASH_SHA384);
}

void skf_transcript_select(struct transcript *transcript, bool sha256, bool sha384)
{
    transcript->has_sha256 = sha256;
    transcript->has_sha384 = sha384;
}

bool skf_transcript_add(struct transcript *transcript, skiff_bytes bytes)
{
    return (!transcript->has_sha256 || skf_hash_add(&transcript->sha256, bytes))
        && (!transcript->has_sha384 || skf_hash_add(&transcript->sha384, bytes));
}

/* What stands before a body in the transcript; how many bytes it has, 0: it has none. */
static size_t write_head(enum transcript_form form, uint8_t type, uint16_t message_seq,
                         size_t len, uint8_t head[HANDSHAKE_HEADER])
{
    struct handshake_header header = { .msg_type = type,
                                       .length = (uint32_t)len,
                                       .message_seq = message_seq,
                                       .fragment_length = (uint32_t)len };
    size_t size;

    if (!handshake_header_write(&header, head, HANDSHAKE_HEADER, &size))
        return 0;
    return form == TRANSCRIPT_13 ? HANDSHAKE_TYPE_AND_LENGTH : size;
}

bool skf_transcript_add_message(struct transcript *transcript, enum transcript_form form,
                                uint8_t type, uint16_t message_seq, skiff_bytes body)
{
    uint8_t head[HANDSHAKE_HEADER];
    size_t size = write_head(form, type, message_seq, body.len, head);

    return size > 0 && skf_transcript_add(transcript, (skiff_bytes){ head, size })
        && skf_transcript_add(transcript, body);
}

bool skf_transcript_collapse(struct transcript *transcript, enum skf_hash_alg alg)
{
    uint8_t digest[SKF_HASH_MAX];

    if (!skf_transcript_digest(transcript, alg, digest)
        || !skf_transcript_start(transcript))
        return false;
    skf_transcript_select(transcript, alg == HASH_SHA256, alg == HASH_SHA384);
    return skf_transcript_add_message(transcript, TRANSCRIPT_13, HANDSHAKE_MESSAGE_HASH, 0,
                                      (skiff_bytes){ digest, skf_hash_len(alg) });
}

static const struct skf_hash *selected_hash(const struct transcript *transcript,
                                            enum skf_hash_alg alg)
{
    if (alg == HASH_SHA256 && transcript->has_sha256)
        return &transcript->sha256;
    return alg == HASH_SHA384 && transcript->has_sha384 ? &transcript->sha384 : NULL;
}

bool skf_transcript_digest(const struct transcript *transcript, enum skf_hash_alg alg,
                           uint8_t *digest)
{
    const struct skf_hash *hash = selected_hash(transcript, alg);

    return hash != NULL && skf_hash_so_far(hash, digest);
}

bool skf_transcript_digest_cut(const struct transcript *transcript, enum skf_hash_alg alg,
                               skiff_bytes hello, size_t upto, uint8_t *digest)
{
    const struct skf_hash *hash = selected_hash(transcript, alg);
    uint8_t head[HANDSHAKE_HEADER];
    size_t size = write_head(TRANSCRIPT_13, HANDSHAKE_CLIENT_HELLO, 0, hello.len, head);
    const skiff_bytes parts[] = { { head, size }, { hello.ptr, upto } };

    return hash != NULL && size > 0 && skf_hash_with(hash, parts, 2, digest);
}
