/* asked.c - the peer's checks, as a lite agent sees them go by. */
#include "asked.h"

#include "port/memory.h"
#include "port/mix.h"
#include "port/seen.h"
#include "port/stun.h"

#include <glib.h>

struct asked {
    struct stun stun;
    struct seen seen;
    struct mix  mix;
    char        ufrag[256 + 1], password[256 + 1];
};

static uint64_t random_word(void)
{
    return (uint64_t)g_random_int() << 32 | g_random_int();
}

struct asked *skf_asked_new(const char *ufrag, const char *password)
{
    struct asked *made = g_try_new0(struct asked, 1);

    if (made == NULL)
        return NULL;
    if (!skf_stun_new(&made->stun)) {
        g_free(made);
        return NULL;
    }
    made->mix = (struct mix){ random_word(), random_word() };
    g_strlcpy(made->ufrag, ufrag, sizeof made->ufrag);
    g_strlcpy(made->password, password, sizeof made->password);
    return made;
}

void skf_asked_free(struct asked *asked)
{
    if (asked == NULL)
        return;
    skf_stun_free(&asked->stun);
    skf_ice_wipe(asked, sizeof *asked);
    g_free(asked);
}

static bool is_for_us(const struct asked *asked, const struct stun_claim *claim)
{
    return claim->ours.len == strlen(asked->ufrag)
           && memcmp(claim->ours.ptr, asked->ufrag, claim->ours.len) == 0;
}

/* The reply is libnice's to send: it is written, and forgotten. */
static bool is_signed(struct asked *asked, const struct stun_claim *claim)
{
    static const union address nobody = { .four = { .sin_family = AF_INET } };
    uint8_t room[STUN_REPLY];
    skiff_packet reply = { .data = room, .limit = STUN_REPLY };

    return skf_stun_answer(&asked->stun, claim, asked->password, &nobody, &reply)
           != STUN_UNSIGNED;
}

bool skf_asked_read(struct asked *asked, skiff_bytes datagram)
{
    struct stun_claim claim;
    uint32_t mark;

    if (!skf_stun_read(datagram, &claim) || !is_for_us(asked, &claim))
        return false;
    mark = seen_mark(mix_bytes(&asked->mix, claim.id, STUN_ID));
    if (seen_find(&asked->seen, mark) != SEEN_NOT || !is_signed(asked, &claim))
        return false;
    seen_add(&asked->seen, mark, 0, 0);
    return true;
}
