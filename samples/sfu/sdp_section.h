/* sdp_section.h - the attributes of one m= section, or of the session, as they were
 * offered: all its codecs, and the transport. Knows no rule of WHIP, and chooses nothing.
 */
#ifndef SAMPLES_SFU_SDP_SECTION_H
#define SAMPLES_SFU_SDP_SECTION_H

#include "description.h"
#include "sdp_text.h"

enum { PAYLOAD_TYPES = 128 };

/* What a=rtpmap, a=fmtp and a=rtcp-fb contain about one payload type. */
struct sdp_format {
    enum codec codec;
    bool rtx;
    uint8_t channels;
    uint32_t clock_rate;
    /* Of RTX: the payload type that it repeats (RFC 4588). */
    uint8_t apt;
    const char *fmtp; /* in the GstSDPMessage; NULL: none */
    bool nack, pli, fir, remb, transport_cc;
};

struct sdp_transport {
    char ufrag[MAX_UFRAG], password[MAX_UFRAG];
    skiff_fingerprint fingerprints[MAX_FINGERPRINTS];
    size_t num_fingerprints;
    enum setup setup;
    bool has_setup;
    bool renomination, trickle;
};

struct sdp_section {
    /* What needs no choice: kind, mid, extension, rid, ssrc, sctp_port. */
    struct media_section values;
    struct sdp_transport transport;
    uint8_t types[PAYLOAD_TYPES]; /* in the order of the m= line */
    size_t num_types;
    struct sdp_format formats[PAYLOAD_TYPES];
    /* Bits of header extensions that were offered for one direction. */
    uint16_t send_only, receive_only;
    bool has_direction; /* else the one of the session, or sendrecv */
    bool sends, receives, rtcp_mux, bundle_only, end_of_candidates;
    unsigned port;
    unsigned num_candidates;
};

/* The m= section `media`, or the session's own attributes where it is NULL. */
bool sdp_section_read(const GstSDPMessage *message, const GstSDPMedia *media,
                      struct sdp_section *section, struct problem *problem);

/* The attributes below a pseudo m= line of a fragment, of which the rest means nothing (RFC
 * 8840 section 4.4). */
bool sdp_section_read_pseudo(const GstSDPMedia *media, struct sdp_section *section,
                             struct problem *problem);

#endif
