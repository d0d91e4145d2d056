/* session.c - one SRTP and SRTCP session: two libsrtp sessions, one for each direction.
 *
 * Each has a template from which libsrtp makes the stream of an SSRC: sending, at its first
 * packet or at add_ssrc; receiving, once its first packet has verified. All streams share
 * the template's ciphers. Knows no transport and no DTLS.
 */
#include "srtp/session.h"

#include "base/memory.h"
#include "srtp/incoming.h"
#include "srtp/kernel.h"
#include "srtp/media.h"
#include "srtp/profile.h"

enum { WINDOW_DEFAULT = 128, WINDOW_MIN = 64, WINDOW_MAX = 0x7fff };

/* One direction. */
struct srtp_direction {
    srtp_t session;
    bool roc_was_set; /* sending only, of any SSRC, ever: see clear_roc */
};

struct skiff_srtp {
    const skiff_allocator *memory;
    const struct profile *profile;
    struct srtp_direction sending, receiving;
    struct incoming incoming;
    uint32_t newest_count; /* packets newer than all before them */
};

/* --- making --------------------------------------------------------------------------- */

static skiff_status open_direction(const skiff_srtp *srtp, const skiff_srtp_config *config,
                                   srtp_ssrc_type_t which, const uint8_t *key,
                                   struct srtp_direction *direction)
{
    srtp_policy_t policy = {
        .ssrc = { .type = which },
        .key = (unsigned char *)key, /* libsrtp reads it */
        .window_size = config->window != 0 ? config->window : WINDOW_DEFAULT,
        .allow_repeat_tx = config->allow_repeat && !srtp->profile->aead,
    };

    srtp->profile->rtp(&policy.rtp);
    srtp->profile->rtcp(&policy.rtcp);
    return skf_kernel_session(&policy, srtp->profile->parts, &direction->session);
}

static skiff_status open_both(skiff_srtp *srtp, const skiff_srtp_config *config,
                              const skiff_srtp_keys *keys)
{
    skiff_status status =
        open_direction(srtp, config, ssrc_any_outbound, keys->ours, &srtp->sending);

    if (status != SKIFF_OK)
        return status;
    return open_direction(srtp, config, ssrc_any_inbound, keys->theirs, &srtp->receiving);
}

skiff_status skf_srtp_config_check(const skiff_srtp_config *config)
{
    if (config->size != sizeof *config)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT,
                               "size: not what skiff_srtp_defaults sets");
    if (config->window != 0 && (config->window < WINDOW_MIN || config->window > WINDOW_MAX))
        return skiff_fault_set_number(SKIFF_ERR_ARGUMENT, "window: ", config->window,
                                      " is outside 64..32,767");
    return SKIFF_OK;
}

skiff_status skiff_srtp_new(const skiff_srtp_config *config, const skiff_srtp_keys *keys,
                            skiff_srtp **srtp)
{
    if (config == NULL || keys == NULL || srtp == NULL)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "config, keys, srtp: must not be NULL");

    skiff_status status = skf_srtp_config_check(config);
    if (status != SKIFF_OK)
        return status;

    const struct profile *profile = skf_profile(keys->profile);
    if (profile == NULL || keys->len != profile->len)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT,
                               "keys: no known profile, or a length that is not its");

    skiff_srtp *made = skf_acquire(config->memory, sizeof *made);
    if (made == NULL)
        return SKIFF_ERR_MEMORY;
    made->memory = config->memory;
    made->incoming.memory = config->memory;
    made->profile = profile;

    status = open_both(made, config, keys);
    if (status != SKIFF_OK) {
        skiff_srtp_free(made);
        return status;
    }
    *srtp = made;
    return SKIFF_OK;
}

void skiff_srtp_free(skiff_srtp *srtp)
{
    if (srtp == NULL)
        return;
    if (srtp->sending.session != NULL)
        srtp_dealloc(srtp->sending.session);
    if (srtp->receiving.session != NULL)
        srtp_dealloc(srtp->receiving.session);
    skf_incoming_clear(&srtp->incoming);
    skf_release(srtp->memory, srtp, sizeof *srtp);
}

/* --- SSRCs ---------------------------------------------------------------------------- */

static bool has_stream(const struct srtp_direction *direction, uint32_t ssrc)
{
    uint32_t roc;

    return srtp_get_stream_roc(direction->session, ssrc, &roc) == srtp_err_status_ok;
}

/* libsrtp has no call that makes a stream from the template. But asked to protect with a
   master key that does not exist, it makes the stream first and then refuses: no index
   moves and nothing is encrypted. */
static skiff_status add_stream(struct srtp_direction *direction, uint32_t ssrc)
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

static void remove_stream(struct srtp_direction *direction, uint32_t ssrc)
{
    const uint8_t wire[] = { (uint8_t)(ssrc >> 24), (uint8_t)(ssrc >> 16),
                             (uint8_t)(ssrc >> 8), (uint8_t)ssrc };
    uint32_t network_order;

    memcpy(&network_order, wire,
           sizeof network_order); /* libsrtp 2 wants it so, here alone */
    srtp_remove_stream(direction->session, network_order);
}

/* An SSRC that libsrtp has a stream of becomes alive, in the place of the idlest one if
   need be; without memory the stream goes again. */
static struct incoming_ssrc *add_entry(skiff_srtp *srtp, uint32_t ssrc)
{
    uint32_t evicted = 0;
    bool full = srtp->incoming.num == INCOMING_MAX;
    struct incoming_ssrc *added = skf_incoming_add(&srtp->incoming, ssrc, &evicted);

    if (full || added == NULL)
        remove_stream(&srtp->receiving, evicted);
    return added;
}

static skiff_status add_incoming(skiff_srtp *srtp, uint32_t ssrc)
{
    if (skf_incoming_find(&srtp->incoming, ssrc) != NULL)
        return SKIFF_OK;
    if (skf_incoming_removed(&srtp->incoming, ssrc) == NULL
        && !skf_incoming_may_add(&srtp->incoming, ssrc))
        return skiff_fault_set(SKIFF_ERR_STATE,
                               "ssrc: refused, as it may be one that has gone");

    skiff_status status = add_stream(&srtp->receiving, ssrc);
    if (status != SKIFF_OK)
        return status;
    return add_entry(srtp, ssrc) != NULL ? SKIFF_OK : SKIFF_ERR_MEMORY;
}

skiff_status skiff_srtp_add_stream(skiff_srtp *srtp, skiff_direction direction,
                                   uint32_t ssrc)
{
    return direction == SKIFF_INCOMING ? add_incoming(srtp, ssrc)
                                       : add_stream(&srtp->sending, ssrc);
}

skiff_status skiff_srtp_forget_stream(skiff_srtp *srtp, skiff_direction direction,
                                      uint32_t ssrc)
{
    if (direction == SKIFF_OUTGOING) {
        remove_stream(&srtp->sending, ssrc);
        return SKIFF_OK;
    }

    struct incoming_ssrc *alive = skf_incoming_find(&srtp->incoming, ssrc);
    if (alive == NULL)
        return SKIFF_OK;
    if (!skf_incoming_remove(&srtp->incoming, alive))
        return SKIFF_ERR_MEMORY;
    remove_stream(&srtp->receiving, ssrc);
    return SKIFF_OK;
}

skiff_status skiff_srtp_add_ssrc(skiff_srtp *srtp, uint32_t ssrc)
{
    return add_stream(&srtp->sending, ssrc);
}

void skiff_srtp_remove_ssrc(skiff_srtp *srtp, uint32_t ssrc)
{
    remove_stream(&srtp->sending, ssrc);
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
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "ssrc: none that is alive comes in");
    *roc = roc_of(alive->rtp);
    return SKIFF_OK;
}

static skiff_status get_outgoing_roc(const struct srtp_direction *direction, uint32_t ssrc,
                                     uint32_t *roc)
{
    if (srtp_get_stream_roc(direction->session, ssrc, roc) != srtp_err_status_ok)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "ssrc: none that is known goes out");
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
                               "roc: less than that of a packet that has come");

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

    skiff_status status = add_stream(direction, ssrc);
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

/* libsrtp uses a counter that was set until a packet lies half the sequence space ahead of
   the last one, which may be never: it would then undo the next roll-over. So it is taken
   back as soon as a packet has gone by it. */
static void clear_roc(struct srtp_direction *direction, enum media_kind kind, uint32_t ssrc)
{
    if (direction->roc_was_set && kind == MEDIA_RTP)
        srtp_set_stream_roc(direction->session, ssrc, 0);
}

/* The index has 48 bits, and after the last one libsrtp would begin again at the first
   (RFC 3711 9.2). Who never set a counter has no time to get there. */
static bool is_exhausted(const struct srtp_direction *direction, enum media_kind kind,
                         uint32_t ssrc)
{
    uint32_t roc;

    if (!direction->roc_was_set || kind != MEDIA_RTP)
        return false;
    return srtp_get_stream_roc(direction->session, ssrc, &roc) == srtp_err_status_ok
        && roc == UINT32_MAX;
}

/* --- packets -------------------------------------------------------------------------- */

static skiff_status refuse_as_no_media(void)
{
    return skiff_fault_set(SKIFF_ERR_ARGUMENT, "packet: not RTP or RTCP");
}

static skiff_status protected_as(srtp_err_status_t status)
{
    if (skf_kernel_pop_failure())
        return SKIFF_ERR_CRYPTO;
    if (status == srtp_err_status_ok)
        return SKIFF_OK;
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
        return protected_as(status);
    clear_roc(direction, kind, ssrc);
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
    if (skf_kernel_pop_failure()) /* also where libsrtp says that the tag is wrong */
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

/* The E flag and the index of a sealed RTCP packet lie before the tag (RFC 3711 3.4), or
   last, where the tag is a part of the ciphertext (RFC 7714 10.2). */
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

/* All four profiles encrypt RTCP, and nothing else may come (RFC 8827 6.5): libsrtp would
   take it by AES-GCM and refuse it by AES-CM. */
static bool is_in_the_clear(const struct profile *profile, enum media_kind kind,
                            const skiff_packet *packet)
{
    return kind == MEDIA_RTCP && rtcp_flag_and_index(profile, packet) >> 31 == 0;
}

/* One packet that is to be opened. `alive` is NULL for an SSRC that is not, and `gone`
   for one that never went. */
struct received_packet {
    enum media_kind kind;
    uint32_t ssrc;
    uint64_t index;
    struct incoming_ssrc *alive;
    struct incoming_removed *removed;
};

/* The index that libsrtp will find by the same rule, or be told: see must_set_roc. */
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

    if (in.alive == NULL || in.alive->readmitted)
        in.removed = skf_incoming_removed(&srtp->incoming, ssrc);
    in.index = index_of(srtp, &in, packet);
    return in;
}

/* What an SSRC had reached when it went is not in libsrtp's window. And the index has 48
   bits: after the last one libsrtp would begin again at the first (RFC 3711 9.2). */
static bool is_replayed(const struct received_packet *in)
{
    if (in->index >> 48 != 0)
        return true;
    if (in->removed == NULL)
        return false;
    return in->index < (in->kind == MEDIA_RTCP ? in->removed->rtcp : in->removed->rtp);
}

/* Whether libsrtp has to be told the counter: it was set, or the SSRC is back and libsrtp
   begins anew. */
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
        srtp_set_stream_roc(direction->session, in->ssrc, 0); /* as in clear_roc */
    packet->len = (uint32_t)len;
    return status;
}

/* False when there is no memory for one more SSRC: then nothing has changed. */
static bool note_opened(skiff_srtp *srtp, struct received_packet *in)
{
    if (in->alive == NULL)
        in->alive = add_entry(srtp, in->ssrc);
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

/* One that went needs a stream that can be told its counter. It is made before the packet
   has verified, and goes again where it does not. */
static enum srtp_opening open_readmitted(skiff_srtp *srtp, const struct received_packet *in,
                                         skiff_packet *packet)
{
    if (add_stream(&srtp->receiving, in->ssrc) != SKIFF_OK)
        return SRTP_SSRC_REFUSED;

    enum srtp_opening opening = opened_as(unprotect(&srtp->receiving, in, packet));
    if (opening != SRTP_OPENED)
        remove_stream(&srtp->receiving, in->ssrc);
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
