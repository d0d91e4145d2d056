/* sent_checks.c - checks of the pair that is in use, and their responses. */
#include "sent_checks.h"

#include "base/memory.h"
#include "ice/stun/stun.h"

#include <glib.h>
#include <stun/usages/ice.h>

/* Of libnice's library: what it may read behind a message whose attributes are complete,
 * and how long a response may be to be given to it. */
enum { SLACK = 32, LONGEST = 1280 };

struct check {
    StunAgent agent; /* has the ids, and the password by its address */
    struct check_sent sent[CHECKS];
    unsigned next;
    uint32_t priority;
    bool controlling;
    char username[2 * 256 + 2], password[256 + 1];
};

/* The attributes that a response may have. Others that are comprehension-required are
 * errors (RFC 8489 6.3.3). */
static const uint16_t known_attributes[] = { STUN_ATTRIBUTE_MAPPED_ADDRESS,
                                             STUN_ATTRIBUTE_XOR_MAPPED_ADDRESS,
                                             STUN_ATTRIBUTE_ERROR_CODE,
                                             STUN_ATTRIBUTE_UNKNOWN_ATTRIBUTES,
                                             STUN_ATTRIBUTE_MESSAGE_INTEGRITY,
                                             STUN_ATTRIBUTE_USERNAME,
                                             0 };

struct check *skf_check_new(const struct check_credentials *credentials)
{
    struct check *made = g_try_new0(struct check, 1);

    if (made == NULL)
        return NULL;
    stun_agent_init(&made->agent, known_attributes, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS
                        | STUN_AGENT_USAGE_USE_FINGERPRINT);
    g_snprintf(made->username, sizeof made->username, "%s:%s", credentials->theirs,
               credentials->ours);
    g_strlcpy(made->password, credentials->password, sizeof made->password);
    made->priority = credentials->priority;
    made->controlling = credentials->controlling;
    return made;
}

void skf_check_free(struct check *check)
{
    if (check == NULL)
        return;
    skf_wipe(check, sizeof *check);
    g_free(check);
}

static void forget(struct check *check, struct check_sent *sent)
{
    StunTransactionId id = { 0x21, 0x12, 0xa4, 0x42 }; /* it begins with the magic cookie */

    if (!sent->valid)
        return;
    memcpy(id + sizeof id - sizeof sent->id, sent->id, sizeof sent->id);
    (void)stun_agent_forget_transaction(&check->agent, id);
    sent->valid = false;
}

static struct check_sent *next_entry(struct check *check)
{
    struct check_sent *entry = &check->sent[check->next];

    check->next = (check->next + 1) % CHECKS;
    forget(check, entry);
    return entry;
}

/* A controlling agent sends USE-CANDIDATE, as libnice's own checks of a pair in use do: the
 * pair is the nominated one, and a peer that has forgotten that learns it again. The
 * tie-breakers make the peer the winner of every conflict (RFC 8445 7.3.1.1). */
static size_t write_request(struct check *check, StunMessage *message, uint8_t *bytes)
{
    return stun_usage_ice_conncheck_create(
        &check->agent, message, bytes, CHECK_LIMIT, (const uint8_t *)check->username,
        strlen(check->username), (const uint8_t *)check->password, strlen(check->password),
        check->controlling, check->controlling, check->priority,
        check->controlling ? 0 : UINT64_MAX, NULL, STUN_USAGE_ICE_COMPATIBILITY_RFC5245);
}

bool skf_check_write(struct check *check, skiff_time now, uint16_t target,
                     skiff_packet *packet)
{
    struct check_sent *sent = next_entry(check);
    StunMessage message;

    packet->len = (uint32_t)write_request(check, &message, packet->data);
    if (packet->len == 0)
        return false;
    memcpy(sent->id, packet->data + 8, sizeof sent->id);
    sent->target = target;
    sent->at = now;
    sent->valid = true;
    return true;
}

void skf_check_forget(struct check *check, skiff_time before)
{
    for (unsigned i = 0; i < CHECKS; i++)
        if (check->sent[i].at < before)
            forget(check, &check->sent[i]);
}

void skf_check_on_response(struct check *check, const struct check_sent *sent)
{
    for (unsigned i = 0; i < CHECKS; i++)
        if (check->sent[i].target == sent->target && check->sent[i].at <= sent->at)
            forget(check, &check->sent[i]);
}

bool skf_check_is_pending(const struct check *check)
{
    for (unsigned i = 0; i < CHECKS; i++)
        if (check->sent[i].valid)
            return true;
    return false;
}

static struct check_sent *find(struct check *check, const uint8_t *id)
{
    for (unsigned i = 0; i < CHECKS; i++)
        if (check->sent[i].valid && memcmp(check->sent[i].id, id, STUN_ID) == 0)
            return &check->sent[i];
    return NULL;
}

/* What the response is, if it is the peer's. Nothing else is given to the library, which
 * accepts some errors without integrity, and then forgets the transaction. */
static enum check_response classify(const StunMessage *message)
{
    int code = 0;

    if (stun_message_get_class(message) == STUN_RESPONSE)
        return CHECK_GOOD;
    if (stun_message_find_error(message, &code) != STUN_MESSAGE_RETURN_SUCCESS)
        return CHECK_NOTHING;
    return code == STUN_ERROR_ROLE_CONFLICT ? CHECK_CONFLICT
         : code == STUN_ERROR_FORBIDDEN     ? CHECK_FORBIDDEN
                                            : CHECK_NOTHING;
}

static bool is_authentic(struct check *check, const uint8_t *bytes, size_t len)
{
    StunMessage message;

    return stun_agent_validate(&check->agent, &message, bytes, len, NULL, NULL)
            == STUN_VALIDATION_SUCCESS
        && message.key != NULL;
}

enum check_response skf_check_read(struct check *check, skiff_bytes datagram,
                                   struct check_sent *sent)
{
    uint8_t copy[LONGEST + SLACK] = { 0 };
    struct check_sent *found = NULL;
    const uint8_t *id;

    if (datagram.len <= LONGEST && skf_stun_is_response(datagram, &id))
        found = find(check, id);
    if (found == NULL)
        return CHECK_NOTHING;
    memcpy(copy, datagram.ptr, datagram.len);
    StunMessage message = { .buffer = copy, .buffer_len = datagram.len };
    enum check_response response = classify(&message);
    if (response == CHECK_NOTHING || !is_authentic(check, copy, datagram.len))
        return CHECK_NOTHING;
    *sent = *found;
    found->valid = false;
    if (response == CHECK_CONFLICT)
        check->controlling = !check->controlling;
    return response;
}
