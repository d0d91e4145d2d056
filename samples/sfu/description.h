/* description.h - what an SDP offer or answer contains, in plain values. Knows no SDP text:
 * sdp_offer reads it, sdp_answer writes it. */
#ifndef SAMPLES_SFU_DESCRIPTION_H
#define SAMPLES_SFU_DESCRIPTION_H

#include <skiff/identity.h>

enum {
    MAX_SECTIONS = 8,
    MAX_LAYERS = 3,
    MAX_FINGERPRINTS = 4,
    MAX_TOKEN = 32,
    MAX_FMTP = 256,
    MAX_UFRAG = 257,
};

enum media_kind { MEDIA_AUDIO, MEDIA_VIDEO, MEDIA_DATA };

enum codec {
    CODEC_NONE,
    CODEC_OPUS,
    CODEC_VP8,
    CODEC_H264,
    CODEC_VP9,
    CODEC_AV1,
    NUM_CODECS
};

/* The header extensions that we know (RFC 8285). An id of 0 means "not negotiated". */
enum header_extension {
    EXT_MID,
    EXT_RID,
    EXT_REPAIRED_RID,
    EXT_AUDIO_LEVEL,
    EXT_ABS_SEND_TIME,
    EXT_TRANSPORT_CC,
    EXT_TOFFSET,
    EXT_ORIENTATION,
    EXT_PLAYOUT_DELAY,
    NUM_EXTENSIONS
};

enum setup { SETUP_ACTPASS, SETUP_ACTIVE, SETUP_PASSIVE };

/* One m= section, with the one codec that was chosen for it. All ids and payload types are
 * those of the browser's offer. Of the feedback there is what was offered for this codec.
 */
struct media_section {
    enum media_kind kind;
    char mid[MAX_TOKEN];
    /* Nothing is sent or received: the answer has port 0, or says inactive if the offer
     * bundles on this section. No field below has a meaning then. */
    bool rejected;

    enum codec codec;
    uint8_t payload_type;
    /* A section without a codec of ours: its payload type needs no a=rtpmap (RFC 3551). */
    bool is_static;
    /* 0: RTX (RFC 4588) is not negotiated. */
    uint8_t rtx_payload_type;
    uint32_t clock_rate;
    uint8_t channels;
    /* The parameters of the offer, without the payload type; "" for none. */
    char fmtp[MAX_FMTP];
    bool nack, pli, fir, remb, transport_cc;
    uint8_t extension[NUM_EXTENSIONS];
    /* Bits of those that were offered for the direction of this media alone, so that the
     * answer must name it (RFC 8285 section 7). */
    uint16_t one_way;

    /* A publisher's simulcast layers, in the order of a=simulcast (RFC 8853). */
    char rid[MAX_LAYERS][MAX_TOKEN];
    size_t num_rids;
    /* Those of a=ssrc and a=ssrc-group:FID; an rtx_ssrc of 0 is not known. For a watcher
     * they are ours, and media fills them in. */
    uint32_t ssrc[MAX_LAYERS], rtx_ssrc[MAX_LAYERS];
    size_t num_ssrcs;
    /* What we send to a watcher has; "" in an offer. The msid is "STREAM TRACK". */
    char cname[MAX_TOKEN], msid[2 * MAX_TOKEN + 1];

    /* MEDIA_DATA alone (RFC 8841). A max_message_size of 0 means "any". */
    uint16_t sctp_port;
    uint32_t max_message_size;
};

/* A rejected section whose payload type both ends know stays in the bundle and is inactive.
 */
static inline bool section_is_bundled(const struct media_section *section)
{
    return !section->rejected || section->codec != CODEC_NONE || section->is_static;
}

struct description {
    struct media_section sections[MAX_SECTIONS];
    size_t num_sections;
    char ufrag[MAX_UFRAG], password[MAX_UFRAG];
    skiff_fingerprint fingerprints[MAX_FINGERPRINTS];
    size_t num_fingerprints;
    enum setup setup;
    bool renomination, trickle;
};

#endif
