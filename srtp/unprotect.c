/* unprotect.c - SRTP and SRTCP packets are opened (RFC 3711 3.3): which of them libsrtp
 * gets, and what its result means. */
#include "srtp/session_state.h"

#include "srtp/kernel.h"
#include "srtp/media.h"

static enum srtp_opening opened_as(srtp_err_status_t status)
{
    if (status == srtp_err_status_ok)
        return SRTP_OPENED;
    if (status == srtp_err_status_replay_fail || status == srtp_err_status_replay_old
        || status == srtp_err_status_pkt_idx_old)
        return SRTP_REPLAYED;
    if (status == srtp_err_status_bad_param || status == srtp_err_status_parse_err)
        return SRTP_MALFORMED;
    if (status == srtp_err_status_alloc_fail)
        return SRTP_SSRC_REFUSED;
    if (skf_kernel_pop_failure()) /* also where libsrtp returns that the tag is wrong */
        return SRTP_FAILED;
    return status == srtp_err_status_auth_fail ? SRTP_FORGED : SRTP_FAILED;
}

/* The kind of a packet whose headers end before its trailer begins. */
static enum media_kind sealed_kind(const struct profile *profile,
                                   const skiff_packet *packet)
{
    uint32_t len = packet->len;

    if (len < 2)
        return MEDIA_NONE;
    uint32_t trailer =
        skiff_is_rtcp(packet->data[1]) ? profile->rtcp_trailer : profile->rtp_trailer;
    return len > trailer ? media_kind(packet->data, len - trailer) : MEDIA_NONE;
}

/* The E flag and the index of a protected RTCP packet are before the tag (RFC 3711 3.4), or
 * last, where the tag is a part of the ciphertext (RFC 7714 10.2). */
static uint32_t rtcp_flag_and_index(const struct profile *profile,
                                    const skiff_packet *packet)
{
    enum { INDEX_LEN = 4 };
    uint32_t behind = profile->aead ? INDEX_LEN : profile->rtcp_trailer;

    return media_u32(packet->data + packet->len - behind);
}

static uint32_t rtcp_index(const struct profile *profile, const skiff_packet *packet)
{
    return rtcp_flag_and_index(profile, packet) & 0x7fffffff;
}

/* All four profiles encrypt RTCP, and plain RTCP must not be accepted (RFC 8827 6.5):
 * libsrtp would accept it with AES-GCM and refuse it with AES-CM. */
static bool is_in_the_clear(const struct profile *profile, enum media_kind kind,
                            const skiff_packet *packet)
{
    return kind == MEDIA_RTCP && rtcp_flag_and_index(profile, packet) >> 31 == 0;
}

/* One packet that is to be opened. `alive` is NULL if its SSRC is not alive, and `removed`
 * if it was never removed. */
struct received_packet {
    enum media_kind kind;
    uint32_t ssrc;
    uint64_t index;
    struct incoming_ssrc *alive;
    struct incoming_removed *removed;
};

/* The index that libsrtp will find by the same rule, or that is set: see must_set_roc. */
static uint64_t index_of(const skiff_srtp *srtp, const struct received_packet *in,
                         const skiff_packet *packet)
{
    uint16_t sequence = (uint16_t)(packet->data[2] << 8 | packet->data[3]);

    if (in->kind == MEDIA_RTCP)
        return rtcp_index(srtp->profile, packet);
    if (in->alive != NULL && in->alive->roc != 0)
        return (uint64_t)in->alive->roc << 16 | sequence;
    if (in->alive != NULL)
        return incoming_packet_index(in->alive->rtp, sequence);
    return incoming_packet_index(in->removed != NULL ? in->removed->rtp : 0, sequence);
}

static struct received_packet parse_packet(skiff_srtp *srtp, enum media_kind kind,
                                           const skiff_packet *packet)
{
    uint32_t ssrc = media_ssrc(kind, packet->data);
    struct received_packet in = { .kind = kind,
                                  .ssrc = ssrc,
                                  .alive = incoming_lookup(&srtp->incoming, ssrc) };

    if (in.alive == NULL || srtp->incoming.num_removed > 0)
        in.removed = skf_incoming_removed(&srtp->incoming, ssrc);
    in.index = index_of(srtp, &in, packet);
    return in;
}

/* libsrtp's window does not hold what an SSRC had reached when it was removed. And the
 * index has 48 bits: after the last one libsrtp would begin again at the first (RFC
 * 3711 9.2). */
static bool is_replayed(const struct received_packet *in)
{
    if (in->index >> 48 != 0)
        return true;
    if (in->removed == NULL)
        return false;
    return in->index < (in->kind == MEDIA_RTCP ? in->removed->rtcp : in->removed->rtp);
}

/* Whether the counter must be set in libsrtp: the caller has set it, or the SSRC is back
 * and libsrtp begins anew. */
static bool must_set_roc(const struct received_packet *in)
{
    if (in->kind != MEDIA_RTP)
        return false;
    if (in->alive != NULL && in->alive->roc != 0)
        return true;
    return in->removed != NULL && (in->alive == NULL || in->alive->rtp == in->removed->rtp);
}

static srtp_err_status_t unprotect(struct srtp_direction *direction,
                                   const struct received_packet *in, skiff_packet *packet)
{
    int len = (int)packet->len;
    bool sets_roc = must_set_roc(in);

    if (sets_roc)
        srtp_set_stream_roc(direction->session, in->ssrc, (uint32_t)(in->index >> 16));
    srtp_err_status_t status =
        in->kind == MEDIA_RTCP ? srtp_unprotect_rtcp(direction->session, packet->data, &len)
                               : srtp_unprotect(direction->session, packet->data, &len);
    if (status != srtp_err_status_ok)
        return status;
    if (sets_roc)
        srtp_set_stream_roc(direction->session, in->ssrc,
                            0); /* as clear_roc of protect.c */
    packet->len = (uint32_t)len;
    return status;
}

/* False without memory for one more SSRC: then nothing has changed. */
static bool note_opened(skiff_srtp *srtp, struct received_packet *in)
{
    if (in->alive == NULL)
        in->alive = skf_stream_admit(srtp, in->ssrc);
    if (in->alive == NULL)
        return false;

    bool newest = in->kind == MEDIA_RTCP
                    ? incoming_update_rtcp(&srtp->incoming, in->alive, (uint32_t)in->index)
                    : incoming_update_rtp(&srtp->incoming, in->alive, in->index);
    if (in->kind == MEDIA_RTP)
        in->alive->roc = 0;
    srtp->newest_count += newest ? 1 : 0;
    return true;
}

uint32_t skf_srtp_newest_count(const skiff_srtp *srtp)
{
    return srtp->newest_count;
}

/* An SSRC that was removed needs a stream in which its counter can be set. The stream is
 * made before the packet has verified, and removed if it does not verify. */
static enum srtp_opening open_readmitted(skiff_srtp *srtp, const struct received_packet *in,
                                         skiff_packet *packet)
{
    if (skf_stream_add(&srtp->receiving, in->ssrc) != SKIFF_OK)
        return SRTP_SSRC_REFUSED;

    enum srtp_opening opening = opened_as(unprotect(&srtp->receiving, in, packet));
    if (opening != SRTP_OPENED)
        skf_stream_remove(&srtp->receiving, in->ssrc);
    return opening;
}

enum srtp_opening skf_srtp_open(skiff_srtp *srtp, skiff_packet *packet)
{
    enum media_kind kind = sealed_kind(srtp->profile, packet);
    if (kind == MEDIA_NONE || is_in_the_clear(srtp->profile, kind, packet))
        return SRTP_MALFORMED;

    struct received_packet in = parse_packet(srtp, kind, packet);
    if (is_replayed(&in))
        return SRTP_REPLAYED;
    if (in.alive == NULL && in.removed == NULL
        && !skf_incoming_may_add(&srtp->incoming, in.ssrc))
        return SRTP_SSRC_REFUSED;

    enum srtp_opening opening = in.alive == NULL && in.removed != NULL
                                  ? open_readmitted(srtp, &in, packet)
                                  : opened_as(unprotect(&srtp->receiving, &in, packet));
    if (opening == SRTP_OPENED && !note_opened(srtp, &in))
        return SRTP_SSRC_REFUSED;
    return opening;
}

skiff_status skiff_srtp_open(skiff_srtp *srtp, skiff_packet *packet)
{
    enum srtp_opening opening = skf_srtp_open(srtp, packet);

    if (opening == SRTP_FAILED)
        return SKIFF_ERR_CRYPTO;
    return opening == SRTP_OPENED ? SKIFF_OK : SKIFF_ERR_DROPPED;
}
