/* oracle.c - libnice's STUN library as an ICE-lite agent. */
#include "oracle.h"

#include <stun/usages/ice.h>

#include <string.h>

/* Others that must be understood are answered by 420 (RFC 8489 6.3.1). */
static const uint16_t known_attributes[] = {
    STUN_ATTRIBUTE_USERNAME, STUN_ATTRIBUTE_MESSAGE_INTEGRITY,
    STUN_ATTRIBUTE_PRIORITY, STUN_ATTRIBUTE_USE_CANDIDATE,
    STUN_INTEGRITY_SHA256,   0
};

void oracle_init(struct oracle *oracle)
{
    stun_agent_init(&oracle->agent, known_attributes, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS
                        | STUN_AGENT_USAGE_USE_FINGERPRINT);
}

/* An empty password would make every signature a good one. */
static bool find_password(StunAgent *agent, StunMessage *message, uint8_t *username,
                          uint16_t username_len, uint8_t **password, size_t *password_len,
                          void *user)
{
    (void)agent, (void)message, (void)username, (void)username_len;
    *password = user;
    *password_len = strlen(user);
    return *password_len > 0;
}

static enum stun_verdict refuse_attributes(struct oracle *oracle, StunMessage *request,
                                           skiff_packet *reply)
{
    StunMessage message;

    reply->len = (uint32_t)stun_agent_build_unknown_attributes_error(
        &oracle->agent, &message, reply->data, STUN_MAX_RESPONSE, request);
    return STUN_REFUSED;
}

static enum stun_verdict refuse_role(struct oracle *oracle, StunMessage *request,
                                     skiff_packet *reply)
{
    StunMessage message;

    if (!stun_agent_init_error(&oracle->agent, &message, reply->data, STUN_MAX_RESPONSE,
                               request, STUN_ERROR_ROLE_CONFLICT))
        return STUN_WRONG_INTEGRITY;
    reply->len = (uint32_t)stun_agent_finish_message(&oracle->agent, &message, NULL, 0);
    return STUN_REFUSED;
}

static enum stun_verdict reply_to(struct oracle *oracle, StunMessage *request,
                                  const union address *source, skiff_packet *reply)
{
    struct sockaddr_storage from = { 0 };
    size_t len = STUN_MAX_RESPONSE;
    bool controlling = false; /* with tie 0 it never becomes it */
    StunMessage message;

    memcpy(&from, source, sizeof *source);
    StunUsageIceReturn made = stun_usage_ice_conncheck_create_reply(
        &oracle->agent, request, &message, reply->data, &len, &from, sizeof from,
        &controlling, 0, STUN_USAGE_ICE_COMPATIBILITY_RFC5245);
    reply->len = (uint32_t)len;
    if (controlling) /* but where the peer says 0 as well */
        return refuse_role(oracle, request, reply);
    if (made == STUN_USAGE_ICE_RETURN_ROLE_CONFLICT)
        return STUN_REFUSED;
    if (made != STUN_USAGE_ICE_RETURN_SUCCESS)
        return STUN_WRONG_INTEGRITY;
    return stun_usage_ice_conncheck_use_candidate(request) ? STUN_NOMINATING : STUN_GOOD;
}

enum stun_verdict oracle_respond(struct oracle *oracle, skiff_bytes datagram,
                                 const char *password, const union address *source,
                                 skiff_packet *reply)
{
    StunMessage request;

    reply->len = 0;
    StunValidationStatus status =
        stun_agent_validate(&oracle->agent, &request, datagram.ptr, datagram.len,
                            find_password, (void *)(uintptr_t)password);
    if (status == STUN_VALIDATION_SUCCESS)
        return reply_to(oracle, &request, source, reply);
    if (status == STUN_VALIDATION_UNKNOWN_REQUEST_ATTRIBUTE)
        return refuse_attributes(oracle, &request, reply);
    return STUN_WRONG_INTEGRITY;
}

/* --- replies -------------------------------------------------------------------------- */

/* The next attribute that counts; false: there is none. */
static bool next(struct walk *w, struct stun_attribute *attribute)
{
    while (!w->failed && w->at < w->end) {
        *attribute = (struct stun_attribute){ 0 };
        stun_attribute(w, attribute);
        if (!w->failed && attribute->type != STUN_USERNAME
            && attribute->type != STUN_INTEGRITY && attribute->type != STUN_FINGERPRINT)
            return true;
    }
    return false;
}

/* The reason of an error is for people; its characters are large in one and small in the
 * other. */
static bool is_same(const struct stun_attribute *a, const struct stun_attribute *b)
{
    size_t len = a->type == STUN_ERROR_CODE && a->value.len > 4 ? 4 : a->value.len;

    return a->type == b->type && a->value.len == b->value.len
        && (len == 0 || memcmp(a->value.ptr, b->value.ptr, len) == 0);
}

bool oracle_agrees(skiff_bytes ours, skiff_bytes theirs)
{
    struct walk a = walk_reader(ours), b = walk_reader(theirs);
    struct stun_header of_a = { 0 }, of_b = { 0 };
    struct stun_attribute from_a, from_b;
    bool more = true;

    stun_header(&a, &of_a);
    stun_header(&b, &of_b);
    if (a.failed || b.failed || of_a.type != of_b.type
        || of_a.length != ours.len - STUN_HEADER || memcmp(of_a.id, of_b.id, STUN_ID) != 0)
        return false;
    while (more) {
        more = next(&a, &from_a);
        if (more != next(&b, &from_b) || (more && !is_same(&from_a, &from_b)))
            return false;
    }
    return !a.failed && !b.failed;
}
