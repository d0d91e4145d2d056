/* sdp_registry.c - how SDP spells codecs and header extensions. */
#include "sdp_registry.h"

#include "sdp_text.h"

static const char *const names[NUM_CODECS] = {
    [CODEC_NONE] = "",     [CODEC_OPUS] = "opus", [CODEC_VP8] = "VP8",
    [CODEC_H264] = "H264", [CODEC_VP9] = "VP9",   [CODEC_AV1] = "AV1",
};

#define TRANSPORT_CC                                                                       \
  "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"

/* clang-format off */
static const char *const uris[NUM_EXTENSIONS] = {
    [EXT_MID]           = "urn:ietf:params:rtp-hdrext:sdes:mid",
    [EXT_RID]           = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
    [EXT_REPAIRED_RID]  = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
    [EXT_AUDIO_LEVEL]   = "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
    [EXT_ABS_SEND_TIME] = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
    [EXT_TRANSPORT_CC]  = TRANSPORT_CC,
    [EXT_TOFFSET]       = "urn:ietf:params:rtp-hdrext:toffset",
    [EXT_ORIENTATION]   = "urn:3gpp:video-orientation",
    [EXT_PLAYOUT_DELAY] = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
};
/* clang-format on */

const char *codec_name(enum codec codec)
{
    return names[codec];
}

enum codec codec_find(const char *name)
{
    for (unsigned codec = CODEC_OPUS; codec < NUM_CODECS; codec++)
        if (sdp_is(name, names[codec]))
            return (enum codec)codec;
    return CODEC_NONE;
}

enum media_kind codec_kind(enum codec codec)
{
    return codec == CODEC_OPUS ? MEDIA_AUDIO : MEDIA_VIDEO;
}

static bool same_parameter(const char *key, const char *standard, const char *offered,
                           const char *sent)
{
    char ours[MAX_TOKEN], theirs[MAX_TOKEN];

    if (!sdp_parameter(offered, key, theirs, sizeof theirs))
        g_strlcpy(theirs, standard, sizeof theirs);
    if (!sdp_parameter(sent, key, ours, sizeof ours))
        g_strlcpy(ours, standard, sizeof ours);
    return sdp_is(ours, theirs);
}

/* RFC 6184 section 8.1: a packetization mode that is not offered is mode 0, which has no
 * fragments. A publisher of mode 0 sends none, and all watchers can read that. Watchers
 * that offer mode 0 alone join fragments, in general, so that it is better than nothing.
 * Decoders take other profiles than the one of the offer, in general, so that the profile
 * only sets an order. */
static unsigned h264_fit(const char *offered, const char *sent)
{
    const unsigned same =
        sent != NULL && same_parameter("profile-level-id", "420010", offered, sent);

    if (same_parameter("packetization-mode", "0", offered, "packetization-mode=1"))
        return 3 + same;
    return same_parameter("packetization-mode", "0", offered, "packetization-mode=0")
             ? 1 + same
             : 0;
}

unsigned codec_fit(enum codec codec, const char *offered, const char *sent)
{
    switch (codec) {
    case CODEC_NONE:
    case NUM_CODECS:
        return 0;
    case CODEC_OPUS:
    case CODEC_VP8:
        return 1;
    case CODEC_H264:
        return h264_fit(offered, sent);
    case CODEC_VP9:
        return same_parameter("profile-id", "0", offered, sent != NULL ? sent : "");
    case CODEC_AV1:
        return same_parameter("profile", "0", offered, sent != NULL ? sent : "");
    }
    return 0;
}

/* RFC 7741 section 6.1 and RFC 9628 have max-fs and max-fr, RFC 6184 section 8.1 has max-fs
 * and more. The level of AV1 stays: without it a lower one is meant. */
static bool identifies_format(enum codec codec, const char *parameter)
{
    switch (codec) {
    case CODEC_NONE:
    case NUM_CODECS:
    case CODEC_VP8:
        return false;
    case CODEC_H264:
        return sdp_is(parameter, "profile-level-id")
            || sdp_is(parameter, "packetization-mode")
            || sdp_is(parameter, "level-asymmetry-allowed");
    case CODEC_VP9:
        return sdp_is(parameter, "profile-id");
    case CODEC_OPUS:
    case CODEC_AV1:
        return true;
    }
    return false;
}

void codec_fmtp(enum codec codec, const char *offered, char fmtp[MAX_FMTP])
{
    char whole[MAX_FMTP], name[MAX_TOKEN];

    fmtp[0] = '\0';
    while (*offered != '\0') {
        const char *at = whole;

        if (!sdp_word(&offered, ";", whole, sizeof whole)
            || !sdp_word(&at, "= \t", name, sizeof name) || !identifies_format(codec, name))
            continue;
        g_strlcat(fmtp, *fmtp != '\0' ? ";" : "", MAX_FMTP);
        g_strlcat(fmtp, whole, MAX_FMTP);
    }
}

const char *extension_uri(enum header_extension extension)
{
    return uris[extension];
}

enum header_extension extension_of_uri(const char *uri)
{
    unsigned extension = 0;

    while (extension < NUM_EXTENSIONS && strcmp(uri, uris[extension]) != 0)
        extension++;
    return (enum header_extension)extension;
}
