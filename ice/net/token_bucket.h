/* token_bucket.h - a token bucket as one time (the GCRA of ITU-T I.371): how often
 * something may happen. Zeros are a full bucket. Knows no events. */
#ifndef SKF_TOKEN_BUCKET_H
#define SKF_TOKEN_BUCKET_H

#include <skiff/base.h>

/* So many a second, and as many at once. */
struct rate {
    skiff_time interval; /* of one token */
    skiff_time depth;    /* of all tokens of a full bucket */
};

struct bucket {
    skiff_time full; /* when it will be full, or was */
};

/* From 1 to 1,000,000 a second. */
static inline struct rate rate_of(uint32_t a_second)
{
    skiff_time interval = SKIFF_MSEC(1000) / a_second;

    return (struct rate){ interval, interval * a_second };
}

static inline bool bucket_has_token(const struct bucket *bucket, const struct rate *rate,
                                    skiff_time now)
{
    return bucket->full + rate->interval <= now + rate->depth;
}

static inline void bucket_spend(struct bucket *bucket, const struct rate *rate,
                                skiff_time now)
{
    bucket->full = (bucket->full > now ? bucket->full : now) + rate->interval;
}

#endif
