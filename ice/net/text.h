/* text.h - what each line of SDP is tested for. */
#ifndef SKF_TEXT_H
#define SKF_TEXT_H

#include <stdbool.h>
#include <string.h>

/* Of ASCII, whatever the locale of the program is. */
static inline char text_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static inline bool text_is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (text_lower(c) >= 'a' && text_lower(c) <= 'z');
}

/* Moves *text past a prefix, in upper or lower case, and returns whether it was there. */
static inline bool text_skip(const char **text, const char *prefix)
{
    const char *at = *text;

    for (; *prefix != '\0'; at++, prefix++)
        if (text_lower(*at) != text_lower(*prefix))
            return false;
    *text = at;
    return true;
}

/* Whether the first `len` are letters, digits and characters of `others`. */
static inline bool text_made_of(const char *text, size_t len, const char *others)
{
    for (size_t i = 0; i < len; i++)
        if (!text_is_alnum(text[i]) && (text[i] == '\0' || !strchr(others, text[i])))
            return false;
    return true;
}

/* Whether a ufrag or password of the peer is acceptable. RFC 8839 5.4 has 4*256 and 22*256
 * letters, digits, "+" and "/". Peers also send "-", "_", "=" and "#", which Chromium
 * accepts on purpose, and others check nothing at all. So each visible character will do,
 * except ":", which ends a ufrag in USERNAME (RFC 8445 7.2.2). */
static inline bool text_is_credential(const char *text, size_t least)
{
    size_t len = text != NULL ? strlen(text) : 0;

    for (size_t i = 0; i < len; i++)
        if (text[i] <= ' ' || text[i] > '~' || text[i] == ':')
            return false;
    return len >= least && len <= 256;
}

#endif
