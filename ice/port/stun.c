/* stun.c - a fence around libnice's STUN library. */
#include "stun.h"

#include <stun/usages/ice.h>

enum {
    HEADER = 20, ATTRIBUTE_HEADER = 4, COOKIE = 0x2112a442, BINDING_REQUEST = 0x0001,
    BINDING_SUCCESS = 0x0101, BINDING_ERROR = 0x0111,
    USERNAME = 0x0006, INTEGRITY = 0x0008, FINGERPRINT = 0x8028, INTEGRITY_SHA256 = 0x001c,
    PRIORITY = 0x0024, NOMINATION = 0xc001,       /* draft-thatcher-ice-renomination */
    INTEGRITY_LEN = 20, FINGERPRINT_LEN = 4, NUMBER_LEN = 4,
};

/* Others that must be understood are answered by 420 (RFC 8489 6.3.1). */
static const uint16_t known_attributes[] = {
    STUN_ATTRIBUTE_USERNAME, STUN_ATTRIBUTE_MESSAGE_INTEGRITY, STUN_ATTRIBUTE_PRIORITY,
    STUN_ATTRIBUTE_USE_CANDIDATE, INTEGRITY_SHA256, 0
};

void skf_stun_init(struct stun *stun)
{
    stun_agent_init(&stun->agent, known_attributes, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS
                        | STUN_AGENT_USAGE_USE_FINGERPRINT);
}

/* --- what may reach it ---------------------------------------------------------------- */

static uint16_t u16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t u32(const uint8_t *p)
{
    return (uint32_t)u16(p) << 16 | u16(p + 2);
}

/* RFC 8489 section 5: type, length of what follows, magic cookie, transaction id. */
static bool is_of_type(skiff_bytes datagram, uint16_t type)
{
    return datagram.len >= HEADER && u16(datagram.ptr) == type
           && u16(datagram.ptr + 2) == datagram.len - HEADER && datagram.len % 4 == 0
           && u32(datagram.ptr + 4) == COOKIE;
}

/* What a walk over the attributes has met. */
struct met {
    skiff_bytes username;
    skiff_bytes priority, nomination;
    bool        integrity, fingerprint;
};

/* What is not signed is not read, and of several the first counts (RFC 8489 14, 14.5). */
static void meet_number(const struct met *met, skiff_bytes *number, skiff_bytes value)
{
    if (!met->integrity && number->ptr == NULL && value.len == NUMBER_LEN)
        *number = value;
}

/* RFC 8489 14.5 and 14.7: the name is signed, and the fingerprint comes last. */
static bool meet(struct met *met, uint16_t type, skiff_bytes value)
{
    if (met->fingerprint)
        return false;
    switch (type) {
    case USERNAME:
        if (met->integrity || met->username.ptr != NULL || value.len > STUN_LONGEST_NAME)
            return false;
        met->username = value;
        return true;
    case INTEGRITY:
        if (met->integrity || value.len != INTEGRITY_LEN)
            return false;
        met->integrity = true;
        return true;
    case FINGERPRINT:
        met->fingerprint = true;
        return value.len == FINGERPRINT_LEN;
    case PRIORITY:
        meet_number(met, &met->priority, value);
        return true;
    case NOMINATION:
        meet_number(met, &met->nomination, value);
        return true;
    default:
        return true;
    }
}

static bool walk(skiff_bytes datagram, struct met *met)
{
    size_t at = HEADER;

    while (datagram.len - at >= ATTRIBUTE_HEADER) {
        size_t len = u16(datagram.ptr + at + 2), padded = (len + 3) / 4 * 4;
        skiff_bytes value = { datagram.ptr + at + ATTRIBUTE_HEADER, len };
        if (padded > datagram.len - at - ATTRIBUTE_HEADER
            || !meet(met, u16(datagram.ptr + at), value))
            return false;
        at += ATTRIBUTE_HEADER + padded;
    }
    return at == datagram.len && met->integrity && met->fingerprint;
}

/* RFC 8445 7.2.2: the name of who is asked, a colon, the name of who asks. */
static bool split(skiff_bytes username, struct stun_claim *claim)
{
    const uint8_t *colon = NULL;

    if (username.len > 0)
        colon = memchr(username.ptr, ':', username.len);
    if (colon == NULL)
        return false;
    size_t ours = (size_t)(colon - username.ptr);
    claim->ours = (skiff_bytes){ username.ptr, ours };
    claim->theirs = (skiff_bytes){ colon + 1, username.len - ours - 1 };
    return true;
}

static uint32_t number_of(skiff_bytes attribute)
{
    return attribute.ptr != NULL ? u32(attribute.ptr) : 0;
}

bool skf_stun_read(skiff_bytes datagram, struct stun_claim *claim)
{
    struct met met = { 0 };

    if (!is_of_type(datagram, BINDING_REQUEST) || !walk(datagram, &met))
        return false;
    claim->id = datagram.ptr + HEADER - STUN_ID;
    claim->priority = number_of(met.priority);
    claim->nomination = number_of(met.nomination);
    claim->renominates = met.nomination.ptr != NULL;
    return split(met.username, claim);
}

bool skf_stun_is_answer(skiff_bytes datagram, const uint8_t **id)
{
    struct met met = { 0 };

    if (!is_of_type(datagram, BINDING_SUCCESS) && !is_of_type(datagram, BINDING_ERROR))
        return false;
    *id = datagram.ptr + HEADER - STUN_ID;
    return walk(datagram, &met);
}

/* --- what it answers ------------------------------------------------------------------ */

/* An empty password would make every signature a good one. */
static bool give_password(StunAgent *agent, StunMessage *message, uint8_t *username,
                          uint16_t username_len, uint8_t **password, size_t *password_len,
                          void *user)
{
    (void)agent, (void)message, (void)username, (void)username_len;
    *password = user;
    *password_len = strlen(user);
    return *password_len > 0;
}

static enum stun_verdict refuse_attributes(struct stun *stun, StunMessage *request,
                                           skiff_packet *reply)
{
    StunMessage message;

    reply->len = (uint32_t)stun_agent_build_unknown_attributes_error(
        &stun->agent, &message, reply->data, STUN_REPLY, request);
    return STUN_REFUSED;
}

/* RFC 8445 7.3.1.1: who answers only is controlled, and stays so. */
static enum stun_verdict refuse_role(struct stun *stun, StunMessage *request,
                                     skiff_packet *reply)
{
    StunMessage message;

    if (!stun_agent_init_error(&stun->agent, &message, reply->data, STUN_REPLY, request,
                               STUN_ERROR_ROLE_CONFLICT))
        return STUN_UNSIGNED;
    reply->len = (uint32_t)stun_agent_finish_message(&stun->agent, &message, NULL, 0);
    return STUN_REFUSED;
}

static enum stun_verdict reply_to(struct stun *stun, StunMessage *request,
                                  const union address *source, skiff_packet *reply)
{
    struct sockaddr_storage from = { 0 };
    size_t len = STUN_REPLY;
    bool controlling = false;                     /* with tie 0 we never become it */
    StunMessage message;

    memcpy(&from, source, sizeof *source);
    StunUsageIceReturn made = stun_usage_ice_conncheck_create_reply(
        &stun->agent, request, &message, reply->data, &len, &from, sizeof from,
        &controlling, 0, STUN_USAGE_ICE_COMPATIBILITY_RFC5245);
    reply->len = (uint32_t)len;
    if (controlling)                              /* but where the peer says 0 as well */
        return refuse_role(stun, request, reply);
    if (made == STUN_USAGE_ICE_RETURN_ROLE_CONFLICT)
        return STUN_REFUSED;
    if (made != STUN_USAGE_ICE_RETURN_SUCCESS)
        return STUN_UNSIGNED;
    return stun_usage_ice_conncheck_use_candidate(request) ? STUN_NOMINATING : STUN_GOOD;
}

enum stun_verdict skf_stun_answer(struct stun *stun, skiff_bytes datagram,
                                  const char *password, const union address *source,
                                  skiff_packet *reply)
{
    StunMessage request;

    reply->len = 0;
    switch (stun_agent_validate(&stun->agent, &request, datagram.ptr, datagram.len,
                                give_password, (void *)(uintptr_t)password)) {
    case STUN_VALIDATION_SUCCESS:
        return reply_to(stun, &request, source, reply);
    case STUN_VALIDATION_UNKNOWN_REQUEST_ATTRIBUTE:
        return refuse_attributes(stun, &request, reply);
    case STUN_VALIDATION_NOT_STUN:
    case STUN_VALIDATION_INCOMPLETE_STUN:
    case STUN_VALIDATION_BAD_REQUEST:
    case STUN_VALIDATION_UNAUTHORIZED_BAD_REQUEST:
    case STUN_VALIDATION_UNAUTHORIZED:
    case STUN_VALIDATION_UNMATCHED_RESPONSE:
    case STUN_VALIDATION_UNKNOWN_ATTRIBUTE:
    case STUN_VALIDATION_FORBIDDEN:
        break;
    }
    return STUN_UNSIGNED;
}
