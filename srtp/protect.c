/* protect.c - RTP becomes SRTP, and RTCP becomes SRTCP (RFC 3711 3.3). */
#include "srtp/session_state.h"

#include "srtp/kernel.h"
#include "srtp/media.h"

/* libsrtp uses a counter that was set until a packet lies half the sequence space ahead of
 * the last one. Until then it would undo the next roll-over. So it is cleared as soon as
 * one packet was sent with it. */
static void clear_roc(struct srtp_direction *direction, enum media_kind kind, uint32_t ssrc)
{
    if (direction->roc_was_set && kind == MEDIA_RTP)
        srtp_set_stream_roc(direction->session, ssrc, 0);
}

/* The index has 48 bits, and after the last one libsrtp would begin again at the first
 * (RFC 3711 9.2). No session lasts so long without a counter that was set. */
static bool is_exhausted(const struct srtp_direction *direction, enum media_kind kind,
                         uint32_t ssrc)
{
    uint32_t roc;

    if (!direction->roc_was_set || kind != MEDIA_RTP)
        return false;
    return srtp_get_stream_roc(direction->session, ssrc, &roc) == srtp_err_status_ok
        && roc == UINT32_MAX;
}

static skiff_status refuse_as_no_media(void)
{
    return skiff_fault_set(SKIFF_ERR_ARGUMENT, "packet: not RTP or RTCP");
}

/* Why it was not protected. */
static skiff_status failure_of(srtp_err_status_t status)
{
    if (skf_kernel_pop_failure())
        return SKIFF_ERR_CRYPTO;
    if (status == srtp_err_status_replay_fail || status == srtp_err_status_replay_old
        || status == srtp_err_status_pkt_idx_old || status == srtp_err_status_key_expired)
        return skiff_fault_set(SKIFF_ERR_STATE,
                               "packet: its index was used, or the key is used up");
    if (status == srtp_err_status_bad_param || status == srtp_err_status_parse_err)
        return refuse_as_no_media();
    return status == srtp_err_status_alloc_fail ? SKIFF_ERR_MEMORY : SKIFF_ERR_CRYPTO;
}

skiff_status skiff_srtp_protect(skiff_srtp *srtp, skiff_packet *packet)
{
    if (packet->len > packet->limit)
        return skiff_fault_set(SKIFF_ERR_SPACE, "packet: len is over limit");

    enum media_kind kind = media_kind(packet->data, packet->len);
    if (kind == MEDIA_NONE)
        return refuse_as_no_media();

    struct srtp_direction *direction = &srtp->sending;
    uint32_t ssrc = media_ssrc(kind, packet->data);
    if (is_exhausted(direction, kind, ssrc))
        return skiff_fault_set(SKIFF_ERR_STATE,
                               "packet: its roll-over counter is the last (RFC 3711 9.2)");

    int len = (int)packet->len;
    srtp_err_status_t status = kind == MEDIA_RTCP
                                 ? srtp_protect_rtcp(direction->session, packet->data, &len)
                                 : srtp_protect(direction->session, packet->data, &len);
    if (status != srtp_err_status_ok)
        return failure_of(status);
    clear_roc(direction, kind, ssrc);
    srtp->last_sent = ssrc;
    packet->len = (uint32_t)len;
    return SKIFF_OK;
}

skiff_status skiff_srtp_protect_to(skiff_srtp *srtp, const skiff_packet *plain,
                                   skiff_packet *out)
{
    if (plain->len > out->limit)
        return skiff_fault_set(SKIFF_ERR_SPACE, "out: its limit is under the plain length");

    skiff_packet copy = *out;
    memmove(copy.data, plain->data, plain->len);
    copy.len = plain->len;

    skiff_status status = skiff_srtp_protect(srtp, &copy);
    if (status == SKIFF_OK)
        out->len = copy.len;
    return status;
}
