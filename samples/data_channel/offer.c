/* offer.c - what a browser's offer of data channels says (RFC 8841). */
#include "offer.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>

enum { SCTP_PORT = 5000 }; /* where the offer names none */

static bool read_text(char *out, size_t size, const char *value)
{
    return g_strlcpy(out, value, size) < size;
}

/* BUNDLE makes all sections one transport, so what the last one says of it will do. */
static bool read_line(struct offer *offer, const char *line)
{
    if (g_str_has_prefix(line, "m="))
        offer->has_channels = g_str_has_prefix(line, "m=application ");
    if (g_str_has_prefix(line, "a=fingerprint:"))
        return skiff_fingerprint_parse(line + 14, &offer->fingerprint) == SKIFF_OK;
    if (g_str_has_prefix(line, "a=ice-ufrag:"))
        return read_text(offer->ufrag, sizeof offer->ufrag, line + 12);
    if (g_str_has_prefix(line, "a=ice-pwd:"))
        return read_text(offer->pwd, sizeof offer->pwd, line + 10);
    if (g_str_has_prefix(line, "a=mid:"))
        return read_text(offer->mid, sizeof offer->mid, line + 6);
    if (g_str_has_prefix(line, "a=sctp-port:"))
        offer->sctp_port = (uint16_t)strtoul(line + 12, NULL, 10);
    return true;
}

bool offer_read(struct offer *offer)
{
    char line[1024];
    bool good = true;

    offer->sctp_port = SCTP_PORT;
    while (good && fgets(line, sizeof line, stdin) != NULL && *g_strchomp(line) != '\0')
        good = read_line(offer, line);
    return good && offer->has_channels && offer->fingerprint.len > 0
        && offer->ufrag[0] != '\0' && offer->pwd[0] != '\0' && offer->mid[0] != '\0'
        && offer->sctp_port != 0;
}
