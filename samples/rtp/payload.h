/* payload.h - is this packet the start of a keyframe, for the formats of browsers: VP8 (RFC
 * 7741), H.264 (RFC 6184), VP9 (RFC 9628) and AV1 (its RTP specification 1.0). Decodes
 * nothing. */
#ifndef RTP_PAYLOAD_H
#define RTP_PAYLOAD_H

#include "bytes.h"

enum payload_format { PAYLOAD_OTHER, PAYLOAD_VP8, PAYLOAD_H264, PAYLOAD_VP9, PAYLOAD_AV1 };

/* Whether a decoder can begin with this packet. For H.264 that is a sequence parameter set,
 * and the first slice of an IDR picture: where they are in packets of their own, both begin
 * one, with the same timestamp. For VP9 with spatial layers it is the lowest layer.
 * PAYLOAD_OTHER: always, as for audio. An empty or malformed payload begins nothing. */
bool payload_starts_keyframe(enum payload_format format, struct bytes payload);

#endif
