/* sdp_text.h - SDP text that gstreamer-sdp splits into lines, and the words of one value.
 * Knows what is too long to be read, and no attribute by name. */
#ifndef SAMPLES_SFU_SDP_TEXT_H
#define SAMPLES_SFU_SDP_TEXT_H

#include "problem.h"

#include <skiff/base.h>

#include <gst/sdp/gstsdpmessage.h>

/* The longest offer of a browser that was seen has 7 KB and 180 lines. */
enum { SDP_BYTES = 64 * 1024, SDP_LINES = 2000, SDP_LINE = 4096 };

/* Splits a text into lines and sections, for the caller to free by gst_sdp_message_free.
 * NULL: the problem says what is wrong. */
GstSDPMessage *sdp_text_parse(skiff_bytes text, struct problem *problem);

/* The next word of a value, up to one of the characters of `ends`, which is skipped, and
 * blanks before it. *value moves on. False: there is none, or it is too long for `word`,
 * which is as it was. */
SKIFF_MUST_USE bool sdp_word(const char **value, const char *ends, char *word, size_t size);

/* The next word, which is a decimal number of at most `most`. */
SKIFF_MUST_USE bool sdp_number(const char **value, uint32_t most, uint32_t *number);

/* One parameter of a list such as "profile-id=2; x=1". False: there is none of this name,
 * or it is too long for `value`, which is as it was. */
SKIFF_MUST_USE bool sdp_parameter(const char *list, const char *name, char *value,
                                  size_t size);

/* The same word, whatever the case of its letters. */
bool sdp_is(const char *word, const char *other);

#endif
