/* fault.c - which rule the last call of each thread broke. Knows no rule.
 *
 * The only variable of the engine that is neither const nor of a handle: a constructor that
 * fails has no handle to keep a sentence. Each thread has its own, so nothing is locked.
 */
#include <skiff/base.h>

enum { VALUE_MAX = 64, SENTENCE_MAX = 256, GROUP = 3 };

struct fault {
    const char *sentence;    /* NULL: no rule was broken yet */
    char made[SENTENCE_MAX]; /* what it is where it has a value */
};

static _Thread_local struct fault last;

const char *skiff_fault(void)
{
    return last.sentence != NULL ? last.sentence : "";
}

skiff_status skiff_fault_set(skiff_status status, const char *sentence)
{
    last.sentence = sentence;
    return status;
}

/* Text that does not fit is left out. */
static void append(size_t *len, const char *text)
{
    while (*text != '\0' && *len + 1 < SENTENCE_MAX)
        last.made[(*len)++] = *text++;
    last.made[*len] = '\0';
}

/* A value may come from the network. A line of a log must stay one line. */
static void append_value(size_t *len, const char *value)
{
    char shown[VALUE_MAX + 1];
    size_t num = 0;

    for (; num < VALUE_MAX && value[num] != '\0'; num++)
        shown[num] = value[num] >= ' ' && value[num] <= '~' ? value[num] : '?';
    shown[num] = '\0';
    append(len, shown);
    if (num == VALUE_MAX && value[num] != '\0')
        append(len, "...");
}

skiff_status skiff_fault_set_text(skiff_status status, const char *before,
                                  const char *value, const char *after)
{
    size_t len = 0;

    append(&len, before);
    append_value(&len, value != NULL ? value : "NULL");
    append(&len, after);
    return skiff_fault_set(status, last.made);
}

skiff_status skiff_fault_set_number(skiff_status status, const char *before,
                                    uint64_t number, const char *after)
{
    char digits[32];
    size_t at = sizeof digits, len = 0, written = 0;

    digits[--at] = '\0';
    do {
        if (written > 0 && written % GROUP == 0)
            digits[--at] = ',';
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
        written++;
    } while (number > 0);
    append(&len, before);
    append(&len, digits + at);
    append(&len, after);
    return skiff_fault_set(status, last.made);
}
