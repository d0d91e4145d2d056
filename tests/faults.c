/* faults.c - which call of libcrypto is to fail, and what nobody is to have. Knows no
 * libcrypto: the taps of the one that skiff calls ask here. */
#include "faults.h"

#include "suite.h"
#include "taps.h"

#include <string.h>

static uint64_t calls, fails;
static const char *struck;
static bool key_waits;

static const char *const *hidden;
static enum taps_lack lack;

void faults_at(uint64_t n)
{
    calls = 0;
    fails = n;
    struck = NULL;
}

uint64_t faults_step(uint64_t n, uint64_t all)
{
    unsigned rounds = suite_rounds((unsigned)all);

    return n > 0 && rounds > 0 && rounds < all ? all / rounds : 1;
}

uint64_t faults_calls(void)
{
    return calls;
}

const char *faults_struck(void)
{
    return struck;
}

void faults_next_key(void)
{
    key_waits = true;
}

bool faults_key_waits(void)
{
    return key_waits;
}

void faults_hide(const char *const *names)
{
    hidden = names;
    lack = TAPS_ABSENT;
}

void faults_starve(const char *const *names)
{
    hidden = names;
    lack = TAPS_NO_MEMORY;
}

enum taps_lack taps_lack(const char *name)
{
    for (size_t i = 0; hidden != NULL && hidden[i] != NULL; i++)
        if (strcmp(hidden[i], name) == 0)
            return lack;
    return TAPS_THERE;
}

bool taps_strike(const char *name)
{
    if (++calls != fails)
        return false;
    struck = name;
    return true;
}

bool taps_strike_key(bool has_key)
{
    bool waited = key_waits && has_key;

    key_waits = key_waits && !waited;
    return waited;
}
