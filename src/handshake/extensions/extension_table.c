/* extension_table.c - the extensions that skiff knows, one row for each. */
#include "handshake/extensions/extensions.h"

#include "handshake/signature_scheme.h"
#include "wire/extension.h"

/* --- use_srtp (RFC 5764 section 4.1) -------------------------------------------------- */

static bool media_wanted(const struct handshake *hs, enum place place)
{
    return place == IN_CLIENT_HELLO || hs->srtp_profile != 0;
}

static void say_use_srtp(struct handshake *hs, enum place place, struct walk *w)
{
    uint8_t list[2 * PROFILE_COUNT];
    size_t num = place == IN_CLIENT_HELLO ? hs->settings->num_profiles : 1;
    struct use_srtp_data m = { .profiles = { list, 2 * num } };

    for (size_t i = 0; i < num; i++) {
        uint16_t profile =
            place == IN_CLIENT_HELLO ? hs->settings->profiles[i] : hs->srtp_profile;
        list[2 * i] = (uint8_t)(profile >> 8);
        list[2 * i + 1] = (uint8_t)profile;
    }
    use_srtp_data(w, &m);
}

static uint16_t first_common_profile(const struct handshake *hs, skiff_bytes offered)
{
    for (size_t i = 0; i < hs->settings->num_profiles; i++)
        if (u16_holds(offered, hs->settings->profiles[i]))
            return hs->settings->profiles[i];
    return 0;
}

static enum verdict hear_use_srtp(struct handshake *hs, enum place place, skiff_bytes body)
{
    struct use_srtp_data m;

    if (!use_srtp_data_read(&m, body))
        return DROPPED;
    hs->srtp_profile = first_common_profile(hs, m.profiles);
    if (place == IN_CLIENT_HELLO)
        return ACCEPTED; /* without a common one the caller decides */
    if (m.profiles.len != 2 || hs->srtp_profile == 0)
        return skf_refuse(hs, ALERT_ILLEGAL_PARAMETER,
                          "use_srtp: the server chose a profile that was not offered",
                          "RFC 5764 4.1.1");
    if (m.srtp_mki.len != 0)
        return skf_refuse(hs, ALERT_ILLEGAL_PARAMETER,
                          "use_srtp: the server chose an MKI that was not offered",
                          "RFC 5764 4.1.3");
    return ACCEPTED;
}

/* --- supported_groups, ec_point_formats (RFC 8422 section 5.1) ------------------------ */

static void say_groups(struct handshake *hs, enum place place, struct walk *w)
{
    uint8_t list[2 * GROUP_COUNT];
    struct u16_list m = { .list = { list, 0 } };

    (void)place;
    for (size_t i = 0; i < hs->settings->num_groups; i++) {
        uint16_t group = hs->settings->groups[i];
        if (group == GROUP_X25519MLKEM768 && !hs->settings->has_dtls13)
            continue; /* it is for 1.3 only */
        list[m.list.len++] = (uint8_t)(group >> 8);
        list[m.list.len++] = (uint8_t)group;
    }
    u16_list(w, &m);
}

/* A server may list its groups, and skiff as a server does not. */
static bool only_in_requests(const struct handshake *hs, enum place place)
{
    (void)hs;
    return place == IN_CLIENT_HELLO;
}

static enum verdict hear_groups(struct handshake *hs, enum place place, skiff_bytes body)
{
    struct u16_list m;

    if (!u16_list_read(&m, body))
        return DROPPED;
    if (place == IN_CLIENT_HELLO)
        hs->their_groups = m.list; /* what some servers list is of no meaning here */
    return ACCEPTED;
}

static void say_point_formats(struct handshake *hs, enum place place, struct walk *w)
{
    static const uint8_t formats[] = { POINT_UNCOMPRESSED };
    struct ec_point_format_list m = { .list = { formats, sizeof formats } };

    (void)hs;
    (void)place;
    ec_point_format_list(w, &m);
}

static enum verdict hear_point_formats(struct handshake *hs, enum place place,
                                       skiff_bytes body)
{
    struct ec_point_format_list m;

    (void)place;
    if (!ec_point_format_list_read(&m, body))
        return DROPPED;
    if (memchr(m.list.ptr, POINT_UNCOMPRESSED, m.list.len) == NULL)
        return skf_refuse(hs, ALERT_ILLEGAL_PARAMETER,
                          "ec_point_formats: without the uncompressed one",
                          "RFC 8422 5.1.2");
    return ACCEPTED;
}

/* --- signature_algorithms (RFC 5246 section 7.4.1.4.1) -------------------------------- */

static void say_schemes(struct handshake *hs, enum place place, struct walk *w)
{
    uint8_t list[2 * SCHEME_COUNT];
    struct u16_list m = { .list = { list, sizeof list } };

    (void)hs;
    (void)place;
    for (size_t i = 0; i < SCHEME_COUNT; i++) {
        list[2 * i] = (uint8_t)(skf_signature_schemes[i] >> 8);
        list[2 * i + 1] = (uint8_t)skf_signature_schemes[i];
    }
    u16_list(w, &m);
}

static enum verdict hear_schemes(struct handshake *hs, enum place place, skiff_bytes body)
{
    struct u16_list m;

    if (!u16_list_read(&m, body))
        return DROPPED;
    hs->their_schemes = m.list;
    if (place == IN_CERTIFICATE_REQUEST)
        hs->scheme =
            skf_scheme_choose_13(skf_identity_kind(hs->settings->identity), m.list);
    return ACCEPTED;
}

/* --- extended_master_secret (RFC 7627), renegotiation_info (RFC 5746) ----------------- */

static void say_nothing(struct handshake *hs, enum place place, struct walk *w)
{
    (void)hs;
    (void)place;
    (void)w;
}

static enum verdict hear_extended_master_secret(struct handshake *hs, enum place place,
                                                skiff_bytes body)
{
    (void)place;
    if (body.len != 0)
        return DROPPED;
    hs->extended_master_secret = true;
    return ACCEPTED;
}

static void say_renegotiation_info(struct handshake *hs, enum place place, struct walk *w)
{
    struct renegotiation_info m = { .renegotiated_connection = { NULL, 0 } };

    (void)hs;
    (void)place;
    renegotiation_info(w, &m);
}

static enum verdict hear_renegotiation_info(struct handshake *hs, enum place place,
                                            skiff_bytes body)
{
    struct renegotiation_info m;

    (void)place;
    if (!renegotiation_info_read(&m, body))
        return DROPPED;
    if (m.renegotiated_connection.len != 0)
        return skf_refuse(hs, ALERT_HANDSHAKE_FAILURE,
                          "renegotiation_info: not empty in a first handshake",
                          "RFC 5746 3.4");
    return ACCEPTED;
}

/* --- supported_versions (RFC 8446 section 4.2.1) -------------------------------------- */

static bool offers_dtls12(const struct handshake *hs, enum place place)
{
    return place != IN_CLIENT_HELLO || hs->settings->has_dtls12;
}

static bool offers_dtls13(const struct handshake *hs, enum place place)
{
    (void)place;
    return hs->settings->has_dtls13;
}

static void say_versions(struct handshake *hs, enum place place, struct walk *w)
{
    static const uint8_t both[] = { DTLS_1_3 >> 8, DTLS_1_3 & 0xff, DTLS_1_2 >> 8,
                                    DTLS_1_2 & 0xff };
    struct supported_versions m = { .versions = { both,
                                                  hs->settings->has_dtls12 ? 4 : 2 } };
    struct selected_version chosen = { .selected = DTLS_1_3 };

    if (place == IN_CLIENT_HELLO)
        supported_versions(w, &m);
    else
        selected_version(w, &chosen);
}

static enum verdict hear_versions(struct handshake *hs, enum place place, skiff_bytes body)
{
    struct supported_versions m;
    struct selected_version chosen;

    if (place != IN_CLIENT_HELLO) /* version.c has looked at it */
        return selected_version_read(&chosen, body) ? ACCEPTED : DROPPED;
    if (!supported_versions_read(&m, body))
        return DROPPED;
    hs->has_supported_versions = true;
    hs->offers_12 = u16_holds(m.versions, DTLS_1_2);
    hs->offers_13 = u16_holds(m.versions, DTLS_1_3);
    return ACCEPTED;
}

/* --- cookie (RFC 8446 section 4.2.2) -------------------------------------------------- */

static bool cookie_wanted(const struct handshake *hs, enum place place)
{
    return hs->cookie_len > 0 && (place == IN_HELLO_RETRY_REQUEST || hs->facts.retry_seen);
}

static void say_cookie(struct handshake *hs, enum place place, struct walk *w)
{
    struct cookie_extension m = { .cookie = { hs->cookie, hs->cookie_len } };

    (void)place;
    cookie_extension(w, &m);
}

static enum verdict hear_cookie(struct handshake *hs, enum place place, skiff_bytes body)
{
    struct cookie_extension m;

    if (!cookie_extension_read(&m, body))
        return DROPPED;
    if (place == IN_CLIENT_HELLO) { /* a cookie was checked by check_hello13.c */
        hs->has_valid_cookie =
            m.cookie.len == hs->verified_cookie->len
            && memcmp(m.cookie.ptr, hs->verified_cookie->cookie, m.cookie.len) == 0;
        hs->has_wrong_cookie = !hs->has_valid_cookie;
        return ACCEPTED;
    }
    if (m.cookie.len > COOKIE_MAX)
        return skf_refuse(hs, ALERT_HANDSHAKE_FAILURE, "cookie: longer than we keep",
                          "RFC 8446 4.2.2");
    memcpy(hs->cookie, m.cookie.ptr, m.cookie.len);
    hs->cookie_len = (uint16_t)m.cookie.len;
    return ACCEPTED;
}

/* --- the table, in the shape of RFC 8446 section 4.2 ---------------------------------- */

struct rule {
    uint16_t type;
    uint8_t allowed;                                              /* enum place, as bits */
    bool (*wanted)(const struct handshake *hs, enum place place); /* NULL: always */
    void (*say)(struct handshake *hs, enum place place, struct walk *w);
    enum verdict (*hear)(struct handshake *hs, enum place place, skiff_bytes body);
};

enum {
    CH = IN_CLIENT_HELLO,
    SH2 = IN_SERVER_HELLO_12,
    SH3 = IN_SERVER_HELLO_13,
    HRR = IN_HELLO_RETRY_REQUEST,
    EE = IN_ENCRYPTED_EXTENSIONS,
    CR = IN_CERTIFICATE_REQUEST
};

/* clang-format off */
static const struct rule rules[] = {
    /* type                         allowed          wanted            say, hear */
    { EXT_RENEGOTIATION_INFO,       CH | SH2,        offers_dtls12,
      say_renegotiation_info,       hear_renegotiation_info },
    { EXT_EXTENDED_MASTER_SECRET,   CH | SH2,        offers_dtls12,
      say_nothing,                  hear_extended_master_secret },
    { EXT_SUPPORTED_VERSIONS,       CH | SH3 | HRR,  offers_dtls13,
      say_versions,                 hear_versions },
    { EXT_SUPPORTED_GROUPS,         CH | SH2 | EE,   only_in_requests,
      say_groups,                   hear_groups },
    { EXT_EC_POINT_FORMATS,         CH | SH2,        offers_dtls12,
      say_point_formats,            hear_point_formats },
    { EXT_SIGNATURE_ALGORITHMS,     CH | CR,         NULL,
      say_schemes,                  hear_schemes },
    { EXT_USE_SRTP,                 CH | SH2 | EE,   media_wanted,
      say_use_srtp,                 hear_use_srtp },
    { EXT_RECORD_SIZE_LIMIT,        CH | SH2 | EE,   NULL,
      skf_say_size_limit,               skf_hear_size_limit },
    { EXT_SERVER_NAME,              CH | SH2 | EE,   skf_server_name_wanted,
      skf_say_server_name,              skf_hear_server_name },
    { EXT_ALPN,                     CH | SH2 | EE,   skf_alpn_wanted,
      skf_say_alpn,                     skf_hear_alpn },
    { EXT_CONNECTION_ID,            CH | SH2 | SH3,  skf_connection_id_wanted,
      skf_say_connection_id,            skf_hear_connection_id },
    { EXT_RRC,                      CH | SH2 | SH3,  skf_rrc_wanted,
      say_nothing,                  skf_hear_rrc },
    { EXT_COOKIE,                   CH | HRR,        cookie_wanted,
      say_cookie,                   hear_cookie },
    { EXT_KEY_SHARE,                CH | SH3 | HRR,  skf_key_share_wanted,
      skf_say_key_share,                skf_hear_key_share },
    { EXT_PSK_KEY_EXCHANGE_MODES,   CH,              skf_modes_wanted,
      skf_say_modes,                    skf_hear_modes },
    /* RFC 8446 section 4.2.11: always the last */
    { EXT_PRE_SHARED_KEY,           CH | SH3,        skf_psk_wanted,
      skf_say_psk,                      skf_hear_psk },
};
/* clang-format on */
enum { RULE_COUNT = sizeof rules / sizeof *rules, PRE_SHARED_KEY_RULE = RULE_COUNT - 1 };

static size_t rule_of(uint16_t type)
{
    size_t i = 0;

    while (i < RULE_COUNT && rules[i].type != type)
        i++;
    return i;
}

static void say_one(struct handshake *hs, const struct rule *r, enum place place,
                    struct walk *w)
{
    uint16_t type = r->type;

    walk_u16(w, &type);
    struct walk_block body = walk_open(w, 2);
    r->say(hs, place, w);
    walk_close(w, body);
}

/* A request has what we want; a reply has only what was requested. */
static bool is_request(enum place place)
{
    return place == IN_CLIENT_HELLO || place == IN_CERTIFICATE_REQUEST;
}

/* Only a HelloRetryRequest may bring what was not offered: its cookie. */
static bool may_reply(const struct handshake *hs, enum place place, size_t i)
{
    return i < RULE_COUNT
        && ((hs->offered >> i & 1) != 0
            || (place == IN_HELLO_RETRY_REQUEST && rules[i].type == EXT_COOKIE));
}

void skf_say_extensions(struct handshake *hs, enum place place, struct walk *w)
{
    struct walk_block list = walk_open(w, 2);

    if (place == IN_CLIENT_HELLO)
        hs->offered = 0;
    for (size_t i = 0; i < RULE_COUNT; i++) {
        const struct rule *r = &rules[i];
        bool may = is_request(place) || may_reply(hs, place, i);
        if (!may || (r->allowed & place) == 0
            || (r->wanted != NULL && !r->wanted(hs, place)))
            continue;
        say_one(hs, r, place, w);
        if (place == IN_CLIENT_HELLO)
            hs->offered |= 1u << i;
    }
    walk_close(w, list);
}

/* So many unknown types are remembered, so that the same one is not accepted twice. Each is
 * compared with those before it, and anybody can send a ClientHello: so there are few. */
enum { UNKNOWN_REMEMBERED = 16 };

struct seen_extensions {
    uint32_t known; /* a bit for each rule */
    uint16_t unknown[UNKNOWN_REMEMBERED];
    size_t num_unknown;
};

static const char same_twice[] = "extension: the same one twice";

static enum verdict hear_unknown(struct handshake *hs, uint16_t type,
                                 struct seen_extensions *seen)
{
    if (seen->num_unknown == UNKNOWN_REMEMBERED)
        return ACCEPTED;
    for (size_t i = 0; i < seen->num_unknown; i++)
        if (seen->unknown[i] == type)
            return skf_refuse(hs, ALERT_ILLEGAL_PARAMETER, same_twice, "RFC 8446 4.2");
    seen->unknown[seen->num_unknown++] = type;
    return ACCEPTED;
}

static enum verdict hear_one(struct handshake *hs, enum place place,
                             const struct extension *e, struct seen_extensions *seen)
{
    size_t i = rule_of(e->extension_type);

    if (place == IN_CLIENT_HELLO && (seen->known >> PRE_SHARED_KEY_RULE & 1) != 0)
        return skf_refuse(hs, ALERT_ILLEGAL_PARAMETER,
                          "pre_shared_key: not the last extension", "RFC 8446 4.2.11");
    if (i == RULE_COUNT && is_request(place))
        return hear_unknown(hs, e->extension_type, seen);
    if (!is_request(place) && !may_reply(hs, place, i))
        return skf_refuse(hs, ALERT_UNSUPPORTED_EXTENSION, "extension: it was not offered",
                          "RFC 8446 4.2");
    if ((rules[i].allowed & place) == 0)
        return skf_refuse(hs, ALERT_ILLEGAL_PARAMETER,
                          "extension: it has no place in this message", "RFC 8446 4.2");
    if ((seen->known >> i & 1) != 0)
        return skf_refuse(hs, ALERT_ILLEGAL_PARAMETER, same_twice, "RFC 8446 4.2");
    seen->known |= 1u << i;
    return rules[i].hear(hs, place, e->extension_data);
}

enum verdict skf_hear_extensions(struct handshake *hs, enum place place, skiff_bytes list)
{
    struct walk w = walk_reader(list);
    struct extension e = { 0 };
    struct seen_extensions seen = { .known = 0 };
    enum verdict v = ACCEPTED;

    while (v == ACCEPTED && w.at < w.end) {
        extension(&w, &e);
        if (w.failed)
            return DROPPED;
        v = hear_one(hs, place, &e, &seen);
    }
    if (place == IN_CLIENT_HELLO)
        hs->offered = seen.known;
    return v;
}

void skf_forget_negotiated(struct handshake *hs)
{
    hs->srtp_profile = 0;
    hs->extended_master_secret = false;
    hs->size_limit = 0;
    hs->alpn = 0;
    hs->server_name[0] = '\0';
}

void skf_note_offered_extension(struct handshake *hs, uint16_t type)
{
    size_t i = rule_of(type);

    if (i < RULE_COUNT)
        hs->offered |= 1u << i;
}
