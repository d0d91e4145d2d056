/* limits.c - what one address may ask for, and all of them together. */
#include "limits.h"

#include "source_address.h"

#include <stdlib.h>

/* A bucket of requests: `level` of them are left, in millionths, and it fills with time. */
struct bucket {
    uint64_t level;
    skiff_time filled;
};

struct source {
    uint8_t address[16];
    bool known;
    unsigned sessions;
    struct bucket bucket;
};

struct limits {
    struct limits_config config;
    unsigned sessions;
    struct bucket all;
    struct source sources[LIMITS_SOURCES];
};

struct limits *limits_new(const struct limits_config *config)
{
    struct limits *limits = calloc(1, sizeof *limits);

    if (limits == NULL)
        return NULL;
    limits->config = *config;
    limits->all.level = UINT64_C(1000000) * LIMITS_POSTS_ALL;
    if (limits->config.posts_each == 0)
        limits->config.posts_each = LIMITS_POSTS_EACH;
    if (limits->config.sessions_each == 0)
        limits->config.sessions_each = LIMITS_SESSIONS_EACH;
    if (limits->config.sessions == 0)
        limits->config.sessions = LIMITS_SESSIONS;
    return limits;
}

void limits_free(struct limits *limits)
{
    free(limits);
}

static struct source *find_source(struct limits *limits, const uint8_t address[16])
{
    uint8_t wanted[16];

    source_address(address, wanted);
    for (size_t i = 0; i < LIMITS_SOURCES; i++)
        if (limits->sources[i].known
            && memcmp(limits->sources[i].address, wanted, sizeof wanted) == 0)
            return &limits->sources[i];
    return NULL;
}

/* The place of a source without sessions that has been quiet for the longest. NULL: all
 * have sessions. */
static struct source *oldest_source(struct limits *limits)
{
    struct source *oldest = NULL;

    for (size_t i = 0; i < LIMITS_SOURCES; i++) {
        struct source *at = &limits->sources[i];

        if (!at->known)
            return at;
        if (at->sessions == 0
            && (oldest == NULL || at->bucket.filled < oldest->bucket.filled))
            oldest = at;
    }
    return oldest;
}

static struct source *source_of(struct limits *limits, const uint8_t address[16],
                                skiff_time now)
{
    struct source *source = find_source(limits, address);

    if (source != NULL)
        return source;
    source = oldest_source(limits);
    if (source == NULL)
        return NULL;
    *source = (struct source){ .known = true, .bucket.filled = now };
    source->bucket.level =
        UINT64_C(1000000)
        * (limits->config.posts_each > LIMITS_POSTS_AT_ONCE ? limits->config.posts_each
                                                            : LIMITS_POSTS_AT_ONCE);
    source_address(address, source->address);
    return source;
}

/* With one per second and microsecond as the unit, elapsed time is what has been added. */
static bool draw(struct bucket *bucket, unsigned rate, unsigned most, skiff_time now)
{
    uint64_t full = UINT64_C(1000000) * most;
    uint64_t elapsed = now > bucket->filled ? now - bucket->filled : 0;

    bucket->filled = now;
    bucket->level = elapsed > full / rate ? full : bucket->level + elapsed * rate;
    if (bucket->level > full)
        bucket->level = full;
    if (bucket->level < 1000000)
        return false;
    bucket->level -= 1000000;
    return true;
}

static bool full(struct problem *problem)
{
    return problem_set(problem, 503,
                       "All places for sessions are in use. Try again later.");
}

bool limits_admit_request(struct limits *limits, const uint8_t address[16], skiff_time now,
                          struct problem *problem)
{
    struct source *source = source_of(limits, address, now);
    unsigned rate = limits->config.posts_each;

    if (source == NULL)
        return full(problem);
    if (!draw(&source->bucket, rate,
              rate > LIMITS_POSTS_AT_ONCE ? rate : LIMITS_POSTS_AT_ONCE, now))
        return problem_set(problem, 429,
                           "More than %u requests a second came from this address. Wait "
                           "some seconds.",
                           rate);
    if (rate <= LIMITS_POSTS_ALL
        && !draw(&limits->all, LIMITS_POSTS_ALL, LIMITS_POSTS_ALL, now))
        return problem_set(problem, 503,
                           "Too many requests come from everywhere. Wait "
                           "some seconds.");
    return true;
}

bool limits_admit(struct limits *limits, const uint8_t address[16], skiff_time now,
                  struct problem *problem)
{
    const struct source *source;

    if (!limits_admit_request(limits, address, now, problem))
        return false;
    if (limits->sessions >= limits->config.sessions)
        return full(problem);
    source = find_source(limits, address);
    return source == NULL || source->sessions < limits->config.sessions_each
        || problem_set(problem, 429,
                       "This address has %u sessions, which is the most. End one of them.",
                       source->sessions);
}

void limits_begin(struct limits *limits, const uint8_t address[16], skiff_time now)
{
    struct source *source = source_of(limits, address, now);

    limits->sessions++;
    if (source != NULL)
        source->sessions++;
}

void limits_end(struct limits *limits, const uint8_t address[16])
{
    struct source *source = find_source(limits, address);

    limits->sessions -= limits->sessions > 0;
    if (source != NULL)
        source->sessions -= source->sessions > 0;
}
