/* streams.c - the SSRCs of a session, and their roll-over counters. Knows no packets. */
#include "srtp/session_state.h"

#include "srtp/media.h"

/* --- SSRCs ---------------------------------------------------------------------------- */

static bool has_stream(const struct srtp_direction *direction, uint32_t ssrc)
{
    uint32_t roc;

    return srtp_get_stream_roc(direction->session, ssrc, &roc) == srtp_err_status_ok;
}

/* libsrtp has no call that makes a stream from the template. Its protect makes the stream
 * before it looks for the master key: with an MKI that does not exist it then fails, and no
 * index has moved and nothing is encrypted. */
skiff_status skf_stream_add(struct srtp_direction *direction, uint32_t ssrc)
{
    enum { NO_SUCH_KEY = 1 };
    uint8_t rtcp[RTCP_HEADER + SKIFF_TAIL] = {
        0x80,
        201,
        0,
        1,
        (uint8_t)(ssrc >> 24),
        (uint8_t)(ssrc >> 16),
        (uint8_t)(ssrc >> 8),
        (uint8_t)ssrc,
    };
    int len = RTCP_HEADER;

    if (has_stream(direction, ssrc))
        return SKIFF_OK;
    srtp_err_status_t status =
        srtp_protect_rtcp_mki(direction->session, rtcp, &len, true, NO_SUCH_KEY);
    if (status == srtp_err_status_alloc_fail)
        return SKIFF_ERR_MEMORY;
    return has_stream(direction, ssrc) ? SKIFF_OK : SKIFF_ERR_CRYPTO;
}

void skf_stream_remove(struct srtp_direction *direction, uint32_t ssrc)
{
    const uint8_t wire[] = { (uint8_t)(ssrc >> 24), (uint8_t)(ssrc >> 16),
                             (uint8_t)(ssrc >> 8), (uint8_t)ssrc };
    uint32_t network_order;

    memcpy(&network_order, wire,
           sizeof network_order); /* libsrtp 2 wants network order in this call alone */
    srtp_remove_stream(direction->session, network_order);
}

struct incoming_ssrc *skf_stream_admit(skiff_srtp *srtp, uint32_t ssrc)
{
    uint32_t evicted = 0;
    bool full = srtp->incoming.num == INCOMING_MAX;
    struct incoming_ssrc *added = skf_incoming_add(&srtp->incoming, ssrc, &evicted);

    if (full || added == NULL)
        skf_stream_remove(&srtp->receiving, evicted);
    return added;
}

static skiff_status add_incoming(skiff_srtp *srtp, uint32_t ssrc)
{
    if (skf_incoming_find(&srtp->incoming, ssrc) != NULL)
        return SKIFF_OK;
    if (skf_incoming_removed(&srtp->incoming, ssrc) == NULL
        && !skf_incoming_may_add(&srtp->incoming, ssrc))
        return skiff_fault_set(SKIFF_ERR_STATE,
                               "ssrc: refused, as it may be one that was removed");

    skiff_status status = skf_stream_add(&srtp->receiving, ssrc);
    if (status != SKIFF_OK)
        return status;
    return skf_stream_admit(srtp, ssrc) != NULL ? SKIFF_OK : SKIFF_ERR_MEMORY;
}

skiff_status skiff_srtp_add_stream(skiff_srtp *srtp, skiff_direction direction,
                                   uint32_t ssrc)
{
    return direction == SKIFF_INCOMING ? add_incoming(srtp, ssrc)
                                       : skf_stream_add(&srtp->sending, ssrc);
}

skiff_status skiff_srtp_forget_stream(skiff_srtp *srtp, skiff_direction direction,
                                      uint32_t ssrc)
{
    if (direction == SKIFF_OUTGOING) {
        skf_stream_remove(&srtp->sending, ssrc);
        return SKIFF_OK;
    }

    struct incoming_ssrc *alive = skf_incoming_find(&srtp->incoming, ssrc);
    if (alive == NULL)
        return SKIFF_OK;
    if (!skf_incoming_remove(&srtp->incoming, alive))
        return SKIFF_ERR_MEMORY;
    skf_stream_remove(&srtp->receiving, ssrc);
    return SKIFF_OK;
}

skiff_status skiff_srtp_add_ssrc(skiff_srtp *srtp, uint32_t ssrc)
{
    return skf_stream_add(&srtp->sending, ssrc);
}

void skiff_srtp_remove_ssrc(skiff_srtp *srtp, uint32_t ssrc)
{
    skf_stream_remove(&srtp->sending, ssrc);
}

/* --- roll-over counters --------------------------------------------------------------- */

static uint32_t roc_of(uint64_t next_index)
{
    return next_index != 0 ? (uint32_t)((next_index - 1) >> 16) : 0;
}

static skiff_status get_incoming_roc(const struct incoming *incoming, uint32_t ssrc,
                                     uint32_t *roc)
{
    const struct incoming_ssrc *alive = skf_incoming_find_const(incoming, ssrc);

    if (alive == NULL)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT,
                               "ssrc: no incoming one is alive under this number");
    *roc = roc_of(alive->rtp);
    return SKIFF_OK;
}

static skiff_status get_outgoing_roc(const struct srtp_direction *direction, uint32_t ssrc,
                                     uint32_t *roc)
{
    if (srtp_get_stream_roc(direction->session, ssrc, roc) != srtp_err_status_ok)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT,
                               "ssrc: no outgoing one is known under this number");
    return SKIFF_OK;
}

skiff_status skiff_srtp_get_stream_roc(const skiff_srtp *srtp, skiff_direction direction,
                                       uint32_t ssrc, uint32_t *roc)
{
    return direction == SKIFF_INCOMING ? get_incoming_roc(&srtp->incoming, ssrc, roc)
                                       : get_outgoing_roc(&srtp->sending, ssrc, roc);
}

skiff_status skiff_srtp_get_roc(const skiff_srtp *srtp, uint32_t ssrc, uint32_t *roc)
{
    if (get_incoming_roc(&srtp->incoming, ssrc, roc) == SKIFF_OK)
        return SKIFF_OK;
    return get_outgoing_roc(&srtp->sending, ssrc, roc);
}

static skiff_status set_incoming_roc(skiff_srtp *srtp, uint32_t ssrc, uint32_t roc)
{
    struct incoming_ssrc *alive = skf_incoming_find(&srtp->incoming, ssrc);
    struct incoming_removed *removed = skf_incoming_removed(&srtp->incoming, ssrc);

    if ((alive != NULL && roc < roc_of(alive->rtp))
        || (removed != NULL && roc < roc_of(removed->rtp)))
        return skiff_fault_set(SKIFF_ERR_STATE,
                               "roc: less than that of a packet that was received");

    skiff_status status = add_incoming(srtp, ssrc);
    if (status != SKIFF_OK)
        return status;
    alive = skf_incoming_find(&srtp->incoming, ssrc);
    alive->roc = roc;
    return SKIFF_OK;
}

static skiff_status set_outgoing_roc(struct srtp_direction *direction, uint32_t ssrc,
                                     uint32_t roc)
{
    uint32_t now = 0;

    if (srtp_get_stream_roc(direction->session, ssrc, &now) == srtp_err_status_ok
        && roc < now)
        return skiff_fault_set(SKIFF_ERR_STATE,
                               "roc: less than that of a packet that was sent");

    skiff_status status = skf_stream_add(direction, ssrc);
    if (status != SKIFF_OK)
        return status;
    direction->roc_was_set = true;
    srtp_set_stream_roc(direction->session, ssrc, roc);
    return SKIFF_OK;
}

skiff_status skiff_srtp_set_stream_roc(skiff_srtp *srtp, skiff_direction direction,
                                       uint32_t ssrc, uint32_t roc)
{
    if (roc == UINT32_MAX)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "roc: the last one is not used");
    return direction == SKIFF_INCOMING ? set_incoming_roc(srtp, ssrc, roc)
                                       : set_outgoing_roc(&srtp->sending, ssrc, roc);
}

skiff_status skiff_srtp_set_roc(skiff_srtp *srtp, uint32_t ssrc, uint32_t roc)
{
    bool outgoing = skf_incoming_find(&srtp->incoming, ssrc) == NULL
                 && has_stream(&srtp->sending, ssrc);

    return skiff_srtp_set_stream_roc(srtp, outgoing ? SKIFF_OUTGOING : SKIFF_INCOMING, ssrc,
                                     roc);
}
