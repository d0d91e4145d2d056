/* loudest.c - who of many speaks loudest, by the audio levels of RFC 6464. */
#include "loudest.h"

#include <string.h>

enum {
    RANKED_EVERY = 200000, /* microseconds */
    RISE = 100000,         /* microseconds: the level follows louder audio quickly, */
    FALL = 800000          /* and softer audio slowly, for words have gaps */
};

/* As struct speaker counts them: who replaces another must speak, and be clearly louder. */
static const float speech_level = 127 - 55, clearly = 6;

void loudest_init(struct loudest *loudest, size_t count)
{
    memset(loudest, 0, sizeof *loudest);
    loudest->count = count;
}

static bool exists(const struct loudest *loudest, int number)
{
    return number >= 0 && number < LOUDEST_MAX && loudest->speaker[number].present;
}

static size_t num_chosen(const struct loudest *loudest)
{
    size_t chosen = 0;

    for (size_t i = 0; i < LOUDEST_MAX; i++)
        chosen += loudest->speaker[i].chosen;
    return chosen;
}

/* A source that sends nothing while it is silent (DTX) gets softer, too. */
static float level_of(const struct speaker *speaker, uint64_t now)
{
    uint64_t age = now > speaker->updated ? now - speaker->updated : 0;

    return speaker->level * FALL / (float)(FALL + age);
}

/* --- the choice ----------------------------------------------------------------------- */

/* Of two that are as loud, the one that spoke last is worth more. */
static bool is_louder(const struct speaker *a, const struct speaker *b, uint64_t now)
{
    float level_a = level_of(a, now), level_b = level_of(b, now);

    if (level_a >= speech_level || level_b >= speech_level)
        return level_a > level_b;
    return a->spoke > b->spoke;
}

/* The loudest of those that are not chosen, or the softest of those that are. */
static struct speaker *extreme(struct loudest *loudest, uint64_t now, bool chosen)
{
    struct speaker *best = NULL;

    for (size_t i = 0; i < LOUDEST_MAX; i++) {
        struct speaker *speaker = &loudest->speaker[i];

        if (!speaker->present || speaker->chosen != chosen)
            continue;
        if (best == NULL || is_louder(speaker, best, now) != chosen)
            best = speaker;
    }
    return best;
}

static bool exchange_one(struct loudest *loudest, uint64_t now)
{
    struct speaker *in = extreme(loudest, now, false), *out = extreme(loudest, now, true);

    if (in == NULL || out == NULL || level_of(in, now) < speech_level
        || level_of(in, now) < level_of(out, now) + clearly)
        return false;
    in->chosen = true;
    out->chosen = false;
    return true;
}

static bool fill(struct loudest *loudest, uint64_t now)
{
    struct speaker *in = extreme(loudest, now, false);

    if (in == NULL || (loudest->count != 0 && num_chosen(loudest) >= loudest->count))
        return false;
    in->chosen = true;
    return true;
}

/* --- who is there --------------------------------------------------------------------- */

int loudest_join(struct loudest *loudest, uint64_t now)
{
    int number = 0;

    while (number < LOUDEST_MAX && loudest->speaker[number].present)
        number++;
    if (number == LOUDEST_MAX)
        return -1;
    loudest->speaker[number] = (struct speaker){ .present = true, .updated = now };
    fill(loudest, now);
    return number;
}

void loudest_leave(struct loudest *loudest, int number, uint64_t now)
{
    if (!exists(loudest, number))
        return;
    memset(&loudest->speaker[number], 0, sizeof loudest->speaker[number]);
    fill(loudest, now);
}

static void smooth(struct speaker *speaker, uint64_t now, float level)
{
    float elapsed = now > speaker->updated ? (float)(now - speaker->updated) : 0;
    float slowness = level > speaker->level ? RISE : FALL;

    speaker->level += (level - speaker->level) * elapsed / (elapsed + slowness);
    speaker->updated = now;
}

bool loudest_level(struct loudest *loudest, int number, uint64_t now, uint8_t level,
                   bool voice)
{
    bool changed = false;

    if (!exists(loudest, number))
        return false;
    level = level > LOUDEST_SILENCE ? LOUDEST_SILENCE : level;
    smooth(&loudest->speaker[number], now, (float)(LOUDEST_SILENCE - level));
    if (voice || loudest->speaker[number].level >= speech_level)
        loudest->speaker[number].spoke = now;
    if (now - loudest->ranked < RANKED_EVERY)
        return false;
    loudest->ranked = now;
    for (size_t i = 0; i < loudest->count && exchange_one(loudest, now); i++)
        changed = true;
    return changed;
}

bool loudest_is_chosen(const struct loudest *loudest, int number)
{
    return exists(loudest, number) && loudest->speaker[number].chosen;
}
