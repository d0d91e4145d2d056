/* errors.h - what skiff says when something goes wrong, as one line for people. */
#ifndef SAMPLES_ERRORS_H
#define SAMPLES_ERRORS_H

#include <skiff/base.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Whether a call has worked. If not, prints what was tried, what the status means and,
 * where a rule was broken, which one. */
static inline bool worked(skiff_status status, const char *tried)
{
    bool has_fault = status == SKIFF_ERR_ARGUMENT || status == SKIFF_ERR_STATE
                  || status == SKIFF_ERR_SPACE || status == SKIFF_ERR_UNSUPPORTED;

    if (status != SKIFF_OK)
        fprintf(stderr, "%s: %s%s%s\n", tried, skiff_status_text(status),
                has_fault ? ": " : "", has_fault ? skiff_fault() : "");
    return status == SKIFF_OK;
}

/* As worked, for a call that opens a port. If the system has refused it, errno says why. */
static inline bool port_worked(skiff_status status, const char *address)
{
    if (status != SKIFF_OK)
        fprintf(stderr, "%s: %s: %s\n", address, skiff_fault(), strerror(errno));
    return status == SKIFF_OK;
}

/* Why an association has ended. */
static inline void print_failure(const skiff_failure *failure)
{
    fprintf(stderr, "failed: %s (%s)", failure->what, failure->spec);
    if (failure->alert >= 0)
        fprintf(stderr, ", alert %d %s", failure->alert,
                failure->from_peer ? "from the peer" : "sent");
    fputc('\n', stderr);
}

#endif
