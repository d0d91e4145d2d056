/* sdp.c - the SDP of one end of one video stream. */
#define _GNU_SOURCE
#include "sdp.h"

#include <arpa/inet.h>
#include <gst/sdp/gstsdpmessage.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 320 };

/* --- writing ----------------------------------------------------------------------- */

static void put_ice(GstSDPMedia *media, const struct sdp_local *local)
{
    static const char host[] = "1 1 udp 2130706431 %s %u typ host";
    char line[LINE], address[INET_ADDRSTRLEN];
    struct in_addr in = { htonl(local->address) };

    inet_ntop(AF_INET, &in, address, sizeof address);
    snprintf(line, sizeof line, host, address, (unsigned)local->port);
    gst_sdp_media_add_attribute(media, "ice-ufrag", local->ufrag);
    gst_sdp_media_add_attribute(media, "ice-pwd", local->password);
    gst_sdp_media_add_attribute(media, "fingerprint", local->fingerprint);
    gst_sdp_media_add_attribute(media, "candidate", line);
    gst_sdp_media_add_attribute(media, "end-of-candidates", NULL);
}

static void put_codec(GstSDPMedia *media, uint8_t payload_type)
{
    static const char *const lines[][2] = {
        { "rtpmap", "%u H264/90000" },
        { "rtcp-fb", "%u nack" },
        { "rtcp-fb", "%u nack pli" },
        { "fmtp",
          "%u level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f" },
    };

    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        gchar *value = g_strdup_printf(lines[i][1], (unsigned)payload_type);
        gst_sdp_media_add_attribute(media, lines[i][0], value);
        g_free(value);
    }
}

static void put_source(GstSDPMedia *media, uint32_t ssrc)
{
    char line[LINE];

    snprintf(line, sizeof line, "%u cname:load", (unsigned)ssrc);
    gst_sdp_media_add_attribute(media, "msid", "load video");
    gst_sdp_media_add_attribute(media, "ssrc", line);
}

static void put_media(GstSDPMedia *media, const struct sdp_local *local)
{
    static const char *const setups[] = { "actpass", "active", "passive" };
    char format[8];

    snprintf(format, sizeof format, "%u", (unsigned)local->payload_type);
    gst_sdp_media_set_media(media, "video");
    gst_sdp_media_set_port_info(media, 9, 0);
    gst_sdp_media_set_proto(media, "UDP/TLS/RTP/SAVPF");
    gst_sdp_media_add_format(media, format);
    gst_sdp_media_add_connection(media, "IN", "IP4", "0.0.0.0", 0, 0);
    gst_sdp_media_add_attribute(media, "mid", local->mid);
    gst_sdp_media_add_attribute(media, local->sends ? "sendonly" : "recvonly", NULL);
    gst_sdp_media_add_attribute(media, "rtcp-mux", NULL);
    gst_sdp_media_add_attribute(media, "setup", setups[local->setup]);
    put_codec(media, local->payload_type);
    put_ice(media, local);
    if (local->sends)
        put_source(media, local->ssrc);
}

/* What stands before the media section. */
static GstSDPMessage *new_session(const char *mid)
{
    static const char text[] = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";
    gchar *bundle = g_strdup_printf("BUNDLE %s", mid);
    GstSDPMessage *message;

    gst_sdp_message_new_from_text(text, &message);
    gst_sdp_message_add_attribute(message, "group", bundle);
    g_free(bundle);
    return message;
}

char *sdp_write(const struct sdp_local *local)
{
    GstSDPMessage *message = new_session(local->mid);
    GstSDPMedia *media;

    gst_sdp_media_new(&media);
    put_media(media, local);
    gst_sdp_message_add_media(message, media);
    gchar *made = gst_sdp_message_as_text(message);
    char *text = strdup(made);
    g_free(made);
    gst_sdp_media_free(media);
    gst_sdp_message_free(message);
    return text;
}

/* --- reading ----------------------------------------------------------------------- */

/* Attributes of ICE and DTLS are in the media section or hold for the whole session. */
static const char *value_of(const GstSDPMessage *message, const char *name)
{
    const char *value =
        gst_sdp_media_get_attribute_val(gst_sdp_message_get_media(message, 0), name);

    return value != NULL ? value : gst_sdp_message_get_attribute_val(message, name);
}

static bool copy_token(const GstSDPMessage *message, const char *name, char out[SDP_TOKEN])
{
    const char *value = value_of(message, name);

    if (value == NULL || strlen(value) >= SDP_TOKEN)
        return false;
    strcpy(out, value);
    return true;
}

static bool read_fingerprint(const GstSDPMessage *message, struct sdp_remote *remote)
{
    const char *value = value_of(message, "fingerprint");

    remote->num_fingerprints = 1;
    return value != NULL
        && skiff_fingerprint_parse(value, &remote->fingerprints[0]) == SKIFF_OK;
}

static bool read_setup(const GstSDPMessage *message, struct sdp_remote *remote)
{
    const char *value = value_of(message, "setup");

    if (value == NULL)
        return false;
    remote->setup = strcmp(value, "active") == 0  ? SETUP_ACTIVE
                  : strcmp(value, "passive") == 0 ? SETUP_PASSIVE
                                                  : SETUP_ACTPASS;
    return true;
}

/* RFC 8839 section 5.1: foundation, component, transport, priority, address, port. */
static bool read_candidate(const char *value, struct sdp_remote *remote)
{
    char protocol[8], address[64];
    unsigned component, port;
    struct in_addr in;

    if (sscanf(value, "%*s %u %7s %*u %63s %u", &component, protocol, address, &port) != 4
        || component != 1 || strcasecmp(protocol, "udp") != 0 || port > UINT16_MAX
        || inet_pton(AF_INET, address, &in) != 1)
        return false;
    remote->address = ntohl(in.s_addr);
    remote->port = (uint16_t)port;
    return true;
}

static bool read_candidates(const GstSDPMessage *message, struct sdp_remote *remote)
{
    const GstSDPMedia *media = gst_sdp_message_get_media(message, 0);
    const char *value;

    for (guint i = 0;
         (value = gst_sdp_media_get_attribute_val_n(media, "candidate", i)) != NULL; i++)
        if (read_candidate(value, remote))
            return true;
    return false;
}

static bool read_codec(const GstSDPMessage *message, struct sdp_remote *remote)
{
    const GstSDPMedia *media = gst_sdp_message_get_media(message, 0);
    const char *value;
    unsigned payload_type;
    char codec[32];

    for (guint i = 0;
         (value = gst_sdp_media_get_attribute_val_n(media, "rtpmap", i)) != NULL; i++)
        if (sscanf(value, "%u %31s", &payload_type, codec) == 2 && payload_type < 128
            && strcasecmp(codec, "H264/90000") == 0) {
            remote->payload_type = (uint8_t)payload_type;
            return true;
        }
    return false;
}

static const char *find_missing(const GstSDPMessage *message, struct sdp_remote *remote)
{
    if (gst_sdp_message_medias_len(message) == 0)
        return "m=";
    if (!copy_token(message, "ice-ufrag", remote->ufrag))
        return "a=ice-ufrag";
    if (!copy_token(message, "ice-pwd", remote->password))
        return "a=ice-pwd";
    if (!copy_token(message, "mid", remote->mid))
        return "a=mid";
    if (!read_fingerprint(message, remote))
        return "a=fingerprint";
    if (!read_setup(message, remote))
        return "a=setup";
    if (!read_codec(message, remote))
        return "a=rtpmap of H264";
    return read_candidates(message, remote) ? NULL : "a=candidate of UDP and IPv4";
}

bool sdp_read(const char *text, struct sdp_remote *remote, const char **missing)
{
    GstSDPMessage *message;

    *remote = (struct sdp_remote){ 0 };
    *missing = "SDP";
    if (gst_sdp_message_new_from_text(text, &message) != GST_SDP_OK)
        return false;
    *missing = find_missing(message, remote);
    gst_sdp_message_free(message);
    return *missing == NULL;
}
