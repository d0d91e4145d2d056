/* highest.c - a list of SSRCs, searched from the one that was found last. */
#include "srtp/highest.h"

#include "srtp/block.h"

enum { HALF = 0x8000 };        /* of the sequence numbers */

void skf_highest_clear(struct highest *highest)
{
    skf_block_release(highest->memory, highest->more,
                      highest->space * sizeof *highest->more);
    *highest = (struct highest){ .memory = highest->memory };
}

static struct highest_of *all_of(struct highest *highest)
{
    return highest->more != NULL ? highest->more : highest->few;
}

static bool make_space(struct highest *highest)
{
    uint32_t space = highest->more != NULL ? highest->space : HIGHEST_AT_FIRST;

    if (highest->num < space)
        return true;
    struct highest_of *more =
        skf_block_acquire(highest->memory, 2 * space * sizeof *more);
    if (more == NULL)
        return false;
    memcpy(more, all_of(highest), highest->num * sizeof *more);
    skf_block_release(highest->memory, highest->more,
                      highest->space * sizeof *highest->more);
    highest->more = more;
    highest->space = 2 * space;
    return true;
}

struct highest_of *skf_highest_find(struct highest *highest, uint32_t ssrc)
{
    struct highest_of *all = all_of(highest);

    if (highest->num > 0 && all[highest->last].ssrc == ssrc)
        return &all[highest->last];
    for (highest->last = 0; highest->last < highest->num; highest->last++)
        if (all[highest->last].ssrc == ssrc)
            return &all[highest->last];
    highest->last = 0;
    if (!make_space(highest))
        return NULL;
    highest->last = highest->num++;
    all = all_of(highest);
    all[highest->last].ssrc = ssrc;
    return &all[highest->last];
}

static bool reach(struct highest_of *of, uint64_t index)
{
    if (index < of->rtp)                        /* of->rtp is one more than the highest */
        return false;
    of->rtp = index + 1;
    return true;
}

bool skf_highest_rtp_any(struct highest_of *of, uint16_t sequence)
{
    uint64_t highest = of->rtp != 0 ? of->rtp - 1 : 0;
    uint64_t index = (highest & ~UINT64_C(0xffff)) | sequence;

    if (highest > HALF && index + HALF < highest)
        index += 0x10000;
    else if (highest > HALF && index > highest + HALF)
        return false;                           /* from before the last roll-over */
    return reach(of, index);
}

bool skf_highest_rtp_of(struct highest_of *of, uint32_t roc, uint16_t sequence)
{
    uint64_t highest = of->rtp != 0 ? of->rtp - 1 : 0;

    if (roc == (uint32_t)(highest >> 16))
        return skf_highest_rtp(of, sequence);
    return reach(of, (uint64_t)roc << 16 | sequence);
}

bool skf_highest_rtcp(struct highest_of *of, uint32_t index)
{
    if (index < of->rtcp)
        return false;
    of->rtcp = index + 1;
    return true;
}
