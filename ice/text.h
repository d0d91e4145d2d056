/* text.h - two questions that every line of SDP asks. */
#ifndef SKF_TEXT_H
#define SKF_TEXT_H

#include <glib.h>

#include <stdbool.h>
#include <string.h>

/* Moves *text past a prefix, letters of either case, and says whether it was there. */
static inline bool text_eat(const char **text, const char *prefix)
{
    size_t len = strlen(prefix);

    if (g_ascii_strncasecmp(*text, prefix, len) != 0)
        return false;
    *text += len;
    return true;
}

/* Whether the first `len` are letters, digits and what `others` names. */
static inline bool text_made_of(const char *text, size_t len, const char *others)
{
    for (size_t i = 0; i < len; i++)
        if (!g_ascii_isalnum(text[i]) && (text[i] == '\0' || !strchr(others, text[i])))
            return false;
    return true;
}

#endif
