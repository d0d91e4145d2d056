/* received_checks.c - the peer's checks, which a lite agent only observes. */
#include "received_checks.h"

#include "base/memory.h"
#include "ice/net/seeded_hash.h"
#include "ice/stun/check_replay.h"
#include "ice/stun/stun.h"

#include <glib.h>

struct received_checks {
    struct stun stun;
    struct check_replay replay;
    struct hash_key hash_key;
    char ufrag[256 + 1], password[256 + 1];
};

static uint64_t random_word(void)
{
    return (uint64_t)g_random_int() << 32 | g_random_int();
}

struct received_checks *skf_received_checks_new(const char *ufrag, const char *password)
{
    struct received_checks *made = g_try_new0(struct received_checks, 1);

    if (made == NULL)
        return NULL;
    if (!skf_stun_new(&made->stun)) {
        g_free(made);
        return NULL;
    }
    made->hash_key = (struct hash_key){ random_word(), random_word() };
    g_strlcpy(made->ufrag, ufrag, sizeof made->ufrag);
    g_strlcpy(made->password, password, sizeof made->password);
    return made;
}

void skf_received_checks_free(struct received_checks *checks)
{
    if (checks == NULL)
        return;
    skf_stun_free(&checks->stun);
    skf_wipe(checks, sizeof *checks);
    g_free(checks);
}

static bool is_own_ufrag(const struct received_checks *checks,
                         const struct stun_check *request)
{
    return request->ours.len == strlen(checks->ufrag)
        && memcmp(request->ours.ptr, checks->ufrag, request->ours.len) == 0;
}

/* libnice sends the response: the one that is written here is discarded. */
static bool has_integrity(struct received_checks *checks, const struct stun_check *request)
{
    static const union address unspecified = { .four = { .sin_family = AF_INET } };
    uint8_t buffer[STUN_MAX_RESPONSE];
    skiff_packet reply = { .data = buffer, .limit = STUN_MAX_RESPONSE };

    return skf_stun_respond(&checks->stun, request, checks->password, &unspecified, &reply)
        != STUN_WRONG_INTEGRITY;
}

bool skf_received_checks_read(struct received_checks *checks, skiff_bytes datagram)
{
    struct stun_check request;
    uint32_t mark;

    if (!skf_stun_read(datagram, &request) || !is_own_ufrag(checks, &request))
        return false;
    mark = check_replay_mark(seeded_hash(&checks->hash_key, request.id, STUN_ID));
    if (check_replay_find(&checks->replay, mark) != REPLAY_NONE
        || !has_integrity(checks, &request))
        return false;
    check_replay_add(&checks->replay, mark, 0);
    return true;
}
