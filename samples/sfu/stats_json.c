/* stats_json.c - what media reports, as JSON. */
#include "stats_json.h"

#include "sdp_registry.h"

#include <jansson.h>

enum { SHORT_ID = 8 };

static json_t *milliseconds(skiff_time time)
{
    return time == SKIFF_NEVER ? json_null() : json_real((double)time / 1000);
}

static char *dump(json_t *json)
{
    char *text =
        json != NULL ? json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;

    json_decref(json);
    return text;
}

/* --- what was negotiated ------------------------------------------------------------ */

struct registry_row {
    uint16_t number;
    const char *name;
};

/* clang-format off */
static const struct registry_row suites[] = {
    { 0x1301, "TLS_AES_128_GCM_SHA256" },
    { 0x1302, "TLS_AES_256_GCM_SHA384" },
    { 0x1303, "TLS_CHACHA20_POLY1305_SHA256" },
    { 0xC02B, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256" },
    { 0xC02C, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384" },
    { 0xCCA9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256" },
    { 0, NULL },
};

static const struct registry_row groups[] = {
    { 0x0017, "secp256r1" },
    { 0x0018, "secp384r1" },
    { 0x001D, "X25519" },
    { 0x11EC, "X25519MLKEM768" },
    { 0, NULL },
};

static const struct registry_row profiles[] = {
    { SKIFF_SRTP_AES128_CM_SHA1_80, "AES128_CM_SHA1_80" },
    { SKIFF_SRTP_AES128_CM_SHA1_32, "AES128_CM_SHA1_32" },
    { SKIFF_SRTP_AEAD_AES_128_GCM,  "AEAD_AES_128_GCM" },
    { SKIFF_SRTP_AEAD_AES_256_GCM,  "AEAD_AES_256_GCM" },
    { 0, NULL },
};
/* clang-format on */

/* 0 is not known yet; a number that has no name here is shown as it is. */
static json_t *registered(const struct registry_row *table, uint16_t number)
{
    if (number == 0)
        return json_null();
    for (; table->name != NULL; table++)
        if (table->number == number)
            return json_string(table->name);
    return json_sprintf("0x%04X", number);
}

static json_t *version_json(uint16_t version)
{
    if (version == 0)
        return json_null();
    return json_string(version == SKIFF_DTLS_1_3 ? "1.3" : "1.2");
}

/* --- a session ---------------------------------------------------------------------- */

static const char *state_text(enum session_state state)
{
    switch (state) {
    case SESSION_WAITING:
        return "waiting";
    case SESSION_CHECKED:
        return "checked";
    case SESSION_HANDSHAKE:
        return "handshake";
    case SESSION_UP:
        return "connected";
    case SESSION_LOST:
        return "lost";
    }
    return "";
}

static void add_drop(json_t *drops, const char *name, uint64_t count)
{
    static const char prefix[] = "drop_";

    if (count > 0 && strncmp(name, prefix, sizeof prefix - 1) == 0)
        json_object_set_new(drops, name + sizeof prefix - 1,
                            json_integer((json_int_t)count));
}

static json_t *drops_of(const skiff_counters *counters)
{
    json_t *drops = json_object();

#define X(name, text) add_drop(drops, #name, counters->name);
    SKIFF_COUNTER_LIST(X)
#undef X
    return drops;
}

static json_t *track_json(const struct track_stats *track)
{
    return json_pack(
        "{s:s, s:s, s:s, s:o, s:I, s:I, s:I, s:I, s:f, s:i, s:i, s:i, s:b}", "mid",
        track->mid, "kind", track->kind == MEDIA_AUDIO ? "audio" : "video", "codec",
        codec_name(track->codec), "rid",
        *track->rid != '\0' ? json_string(track->rid) : json_null(), "ssrc",
        (json_int_t)track->ssrc, "packets", (json_int_t)track->packets, "bytes",
        (json_int_t)track->bytes, "lost", (json_int_t)track->lost, "jitter_ms",
        track->jitter_ms, "nacks", (int)track->nacks, "plis", (int)track->plis,
        "retransmitted", (int)track->retransmitted, "active", (int)track->active);
}

static json_t *tracks_json(const struct session_stats *stats)
{
    json_t *tracks = json_array();

    for (size_t i = 0; i < stats->num_tracks; i++)
        json_array_append_new(tracks, track_json(&stats->tracks[i]));
    return tracks;
}

static json_t *path_json(const struct session_stats *stats)
{
    return json_pack(
        "{s:o, s:b, s:i, s:o}", "remote",
        *stats->peer.remote != '\0' ? json_string(stats->peer.remote) : json_null(), "tcp",
        (int)stats->peer.tcp, "moves", (int)stats->moves, "round_trip_ms",
        milliseconds(stats->peer.round_trip != 0 ? stats->peer.round_trip : SKIFF_NEVER));
}

static json_t *stages_json(const struct session_stages *stages)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "check", milliseconds(stages->check),
                     "client_hello", milliseconds(stages->client_hello), "keys",
                     milliseconds(stages->keys), "first_media",
                     milliseconds(stages->first_media));
}

static json_t *traffic_json(uint64_t packets, uint64_t bytes)
{
    return json_pack("{s:I, s:I}", "packets", (json_int_t)packets, "bytes",
                     (json_int_t)bytes);
}

static json_t *session_json(const struct session_stats *stats, int id_len)
{
    json_t *json = json_pack(
        "{s:o, s:s, s:s, s:s, s:f, s:o, s:o}", "id",
        json_stringn(stats->id, (size_t)id_len), "kind",
        stats->publisher ? "publisher" : "watcher", "stream", stats->stream, "state",
        state_text(stats->state), "age_s", (double)stats->age / 1e6, "stages_ms",
        stages_json(&stats->stages), "share_ms", milliseconds(stats->share));

    if (json == NULL)
        return NULL;
    json_object_set_new(json, "dtls",
                        json_pack("{s:o, s:o, s:o}", "version",
                                  version_json(stats->dtls.version), "group",
                                  registered(groups, stats->dtls.group), "cipher",
                                  registered(suites, stats->dtls.cipher_suite)));
    json_object_set_new(
        json, "srtp",
        json_pack("{s:o}", "profile", registered(profiles, stats->dtls.srtp_profile)));
    json_object_set_new(json, "path", path_json(stats));
    json_object_set_new(json, "sent",
                        traffic_json(stats->peer.packets_sent, stats->peer.bytes_sent));
    json_object_set_new(
        json, "received",
        traffic_json(stats->peer.packets_received, stats->peer.bytes_received));
    json_object_set_new(json, "estimate_bps",
                        json_integer((json_int_t)stats->estimate_bps));
    json_object_set_new(json, "drops", drops_of(&stats->counters));
    json_object_set_new(json, "tracks", tracks_json(stats));
    json_object_set_new(json, "watchers", json_integer(stats->watchers));
    return json;
}

char *stats_json_session(const struct session_stats *stats)
{
    return dump(session_json(stats, SESSION_ID));
}

/* --- streams ------------------------------------------------------------------------ */

static json_t *codec_json(enum codec codec)
{
    return codec != CODEC_NONE ? json_string(codec_name(codec)) : json_null();
}

static void add_stream(void *user, const struct stream_stats *stream)
{
    json_array_append_new(
        user, json_pack("{s:s, s:f, s:i, s:o, s:o, s:i, s:b, s:b}", "name", stream->name,
                        "since_s", stream->since_s, "watchers", (int)stream->watchers,
                        "audio", codec_json(stream->audio), "video",
                        codec_json(stream->video), "layers", (int)stream->layers, "data",
                        (int)stream->data, "orphaned", (int)stream->orphaned));
}

char *stats_json_streams(struct media *media)
{
    json_t *streams = json_array();

    media_each_stream(media, add_stream, streams);
    return dump(streams);
}

/* --- all ---------------------------------------------------------------------------- */

static void add_session(void *user, const struct session_stats *stats)
{
    json_array_append_new(user, session_json(stats, SHORT_ID));
}

static json_t *counters_json(const struct media_counters *counters)
{
    json_t *json = json_object();

#define X(name, text)                                                                      \
  json_object_set_new(json, #name, json_integer((json_int_t)counters->name));
    MEDIA_COUNTER_LIST(X)
#undef X
    return json;
}

static json_t *port_json(const skiff_port_counters *counters)
{
    json_t *json = json_object();

#define X(name, text)                                                                      \
  json_object_set_new(json, #name, json_integer((json_int_t)counters->name));
    SKIFF_PORT_COUNTER_LIST(X)
#undef X
    return json;
}

char *stats_json_all(struct media *media)
{
    json_t *sessions = json_array(), *streams = json_array();
    struct media_totals totals;

    media_get_totals(media, &totals);
    media_each(media, add_session, sessions);
    media_each_stream(media, add_stream, streams);
    return dump(json_pack("{s:s, s:i, s:o, s:o, s:o, s:o}", "address", media_address(media),
                          "workers", (int)totals.workers, "counters",
                          counters_json(&totals.counters), "port", port_json(&totals.port),
                          "streams", streams, "sessions", sessions));
}
