/* sdp_registry.h - how SDP spells codecs and header extensions, and when two ends mean the
 * same codec. Knows no section. */
#ifndef SAMPLES_SFU_SDP_REGISTRY_H
#define SAMPLES_SFU_SDP_REGISTRY_H

#include "description.h"

/* "VP8"; "" for CODEC_NONE. */
const char *codec_name(enum codec codec);

/* The codec of an encoding name of a=rtpmap; CODEC_NONE: we do not know it. */
enum codec codec_find(const char *name);

/* The kind of its m= section: MEDIA_AUDIO or MEDIA_VIDEO. */
enum media_kind codec_kind(enum codec codec);

/* How well a stream with the parameters `sent` can be decoded by an end that offers
 * `offered`: 0 means not at all, and more is better. Without a stream, `sent` is NULL. */
unsigned codec_fit(enum codec codec, const char *offered, const char *sent);

/* The a=fmtp of the answer to `offered`; "" for none. It repeats what identifies the
 * format, but not what limits the end that offers: such a limit is that of the end that
 * states it, and we have none. */
void codec_fmtp(enum codec codec, const char *offered, char fmtp[MAX_FMTP]);

/* The URI of a=extmap. */
const char *extension_uri(enum header_extension extension);

/* NUM_EXTENSIONS: we do not know it. */
enum header_extension extension_of_uri(const char *uri);

#endif
