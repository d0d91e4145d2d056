/* cookie.c - stateless cookies: HMAC(secret, address, parameters of the hello). */
#include "association/cookie.h"

/* A secret serves so long, and as the one before for as long again. */
#define SECRET_SERVES SKIFF_MSEC(60000)

static bool turn_over(struct cookies *cookies, skiff_time now)
{
    if (cookies->made && (now < cookies->since || now - cookies->since < SECRET_SERVES))
        return true;

    bool stale = !cookies->made || now - cookies->since >= 2 * SECRET_SERVES;
    memcpy(cookies->secret[1], cookies->secret[0], COOKIE_SECRET);
    if (!skf_random(cookies->secret[0], COOKIE_SECRET)
        || (stale && !skf_random(cookies->secret[1], COOKIE_SECRET)))
        return false;
    cookies->made = true;
    cookies->since = now;
    return true;
}

static bool mac(const uint8_t *secret, const skiff_bytes *parts, size_t num,
                uint8_t cookie[COOKIE])
{
    uint8_t full[SKF_HASH_MAX];

    if (!skf_hmac(HASH_SHA256, (skiff_bytes){ secret, COOKIE_SECRET }, parts, num, full))
        return false;
    memcpy(cookie, full, COOKIE);
    return true;
}

bool skf_cookie_make(struct cookies *cookies, skiff_time now, const skiff_bytes *parts,
                     size_t num, uint8_t cookie[COOKIE])
{
    return turn_over(cookies, now) && mac(cookies->secret[0], parts, num, cookie);
}

bool skf_cookie_is_good(struct cookies *cookies, skiff_time now, const skiff_bytes *parts,
                        size_t num, skiff_bytes cookie)
{
    uint8_t expected[COOKIE];

    if (cookie.len != COOKIE || !turn_over(cookies, now))
        return false;
    for (int i = 0; i < 2; i++)
        if (mac(cookies->secret[i], parts, num, expected)
            && skf_same(expected, cookie.ptr, COOKIE))
            return true;
    return false;
}
