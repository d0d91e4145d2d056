/* transcript.c - the running hash of everything said. */
#include "dtls/transcript.h"

#include "wire/handshake.h"
#include "wire/numbers.h"

bool transcript_new(struct transcript *transcript)
{
    return skf_hash_new(&transcript->sha256) && skf_hash_new(&transcript->sha384);
}

void transcript_free(struct transcript *transcript)
{
    skf_hash_free(&transcript->sha256);
    skf_hash_free(&transcript->sha384);
}

bool transcript_start(struct transcript *transcript)
{
    transcript_keep(transcript, true, true);
    return skf_hash_start(&transcript->sha256, HASH_SHA256)
        && skf_hash_start(&transcript->sha384, HASH_SHA384);
}

void transcript_keep(struct transcript *transcript, bool sha256, bool sha384)
{
    transcript->keeps_sha256 = sha256;
    transcript->keeps_sha384 = sha384;
}

bool transcript_add(struct transcript *transcript, skiff_bytes bytes)
{
    return (!transcript->keeps_sha256 || skf_hash_add(&transcript->sha256, bytes))
        && (!transcript->keeps_sha384 || skf_hash_add(&transcript->sha384, bytes));
}

bool transcript_add_message(struct transcript *transcript, enum transcript_form form,
                            uint8_t type, uint16_t message_seq, skiff_bytes body)
{
    struct handshake_header header = { .msg_type = type, .length = (uint32_t)body.len,
                                       .message_seq = message_seq,
                                       .fragment_length = (uint32_t)body.len };
    uint8_t bytes[HANDSHAKE_HEADER];
    size_t size;

    if (!handshake_header_write(&header, bytes, sizeof bytes, &size))
        return false;
    if (form == TRANSCRIPT_13)
        size = HANDSHAKE_TYPE_AND_LENGTH;
    return transcript_add(transcript, (skiff_bytes){ bytes, size })
        && transcript_add(transcript, body);
}

bool transcript_collapse(struct transcript *transcript, enum skf_hash_alg alg)
{
    uint8_t digest[SKF_HASH_MAX];

    if (!transcript_digest(transcript, alg, digest) || !transcript_start(transcript))
        return false;
    transcript_keep(transcript, alg == HASH_SHA256, alg == HASH_SHA384);
    return transcript_add_message(transcript, TRANSCRIPT_13, HANDSHAKE_MESSAGE_HASH, 0,
                                  (skiff_bytes){ digest, skf_hash_len(alg) });
}

bool transcript_digest(const struct transcript *transcript, enum skf_hash_alg alg,
                       uint8_t *digest)
{
    if (alg == HASH_SHA256 && transcript->keeps_sha256)
        return skf_hash_so_far(&transcript->sha256, digest);
    if (alg == HASH_SHA384 && transcript->keeps_sha384)
        return skf_hash_so_far(&transcript->sha384, digest);
    return false;
}
