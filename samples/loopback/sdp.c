/* sdp.c - what two ends signal to each other before they connect, as text (RFC 8866). */
#define _POSIX_C_SOURCE 200809L
#include "sdp.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const char *setup_name(skiff_role role)
{
    return role == SKIFF_ROLE_ACTIVE  ? "active"
         : role == SKIFF_ROLE_PASSIVE ? "passive"
                                      : "actpass";
}

void sdp_write(const struct description *description, char text[SDP_MOST])
{
    char fingerprint[SKIFF_FINGERPRINT_TEXT];

    skiff_fingerprint_format(&description->fingerprints[0], fingerprint);
    snprintf(text, SDP_MOST,
             "v=0\n"
             "o=- 1 1 IN IP4 127.0.0.1\n"
             "s=-\n"
             "t=0 0\n"
             "m=audio 9 UDP/TLS/RTP/SAVPF %d\n"
             "c=IN IP4 0.0.0.0\n"
             "a=rtpmap:%d opus/48000/2\n"
             "a=rtcp-mux\n"
             "a=ice-options:trickle\n"
             "a=ice-ufrag:%s\n"
             "a=ice-pwd:%s\n"
             "a=fingerprint:%s\n"
             "a=setup:%s\n"
             "a=ssrc:%" PRIu32 " cname:%s\n",
             PAYLOAD_TYPE, PAYLOAD_TYPE, description->ufrag, description->pwd, fingerprint,
             setup_name(description->setup), description->ssrc, description->cname);
}

static bool read_fingerprint(struct description *description, const char *value)
{
    skiff_fingerprint *next = &description->fingerprints[description->num_fingerprints];

    if (description->num_fingerprints == SDP_FINGERPRINTS)
        return false; /* any one of them may be what counts */

    skiff_status status = skiff_fingerprint_parse(value, next);
    if (status == SKIFF_OK)
        description->num_fingerprints++;
    return status == SKIFF_OK || status == SKIFF_ERR_UNSUPPORTED;
}

static bool read_setup(struct description *description, const char *value)
{
    static const skiff_role roles[] = { SKIFF_ROLE_ACTIVE, SKIFF_ROLE_PASSIVE,
                                        SKIFF_ROLE_ACTPASS };

    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (strcmp(value, setup_name(roles[i])) == 0) {
            description->setup = roles[i];
            return true;
        }
    return false;
}

static bool read_ssrc(struct description *description, const char *value)
{
    return sscanf(value, "%" SCNu32 " cname:%63s", &description->ssrc, description->cname)
        == 2;
}

static bool read_text(char *out, const char *value)
{
    return snprintf(out, SDP_CREDENTIAL, "%s", value) < SDP_CREDENTIAL;
}

static const char *after(const char *line, const char *prefix)
{
    size_t len = strlen(prefix);

    return strncmp(line, prefix, len) == 0 ? line + len : NULL;
}

static bool read_line(struct description *description, const char *line)
{
    const char *value;

    if ((value = after(line, "a=ice-ufrag:")) != NULL)
        return read_text(description->ufrag, value);
    if ((value = after(line, "a=ice-pwd:")) != NULL)
        return read_text(description->pwd, value);
    if ((value = after(line, "a=fingerprint:")) != NULL)
        return read_fingerprint(description, value);
    if ((value = after(line, "a=setup:")) != NULL)
        return read_setup(description, value);
    if ((value = after(line, "a=ssrc:")) != NULL)
        return read_ssrc(description, value);
    return true;
}

bool sdp_read(struct description *description, const char *text)
{
    char copy[SDP_MOST], *rest = NULL;

    memset(description, 0, sizeof *description);
    if (snprintf(copy, sizeof copy, "%s", text) >= (int)sizeof copy)
        return false;
    for (char *line = strtok_r(copy, "\r\n", &rest); line != NULL;
         line = strtok_r(NULL, "\r\n", &rest))
        if (!read_line(description, line))
            return false;
    return description->ufrag[0] != '\0' && description->pwd[0] != '\0'
        && description->num_fingerprints > 0 && description->setup != 0;
}
