/*
 * probe.h - asks one STUN or TURN server once, on a socket of its own, to learn what
 * libnice does not tell: whether it answers, and with which error. Knows no agent.
 *
 * What a TURN server allocates is given back at once (RFC 8656 section 8). A server that
 * has an allocation for the port already (437) is asked from another, three times in all.
 */
#ifndef SKF_PROBE_H
#define SKF_PROBE_H

#include <skiff/base.h>

#include <nice/agent.h>

enum probe_result { PROBE_GOOD, PROBE_REFUSED, PROBE_SILENT, PROBE_UNREACHABLE };

struct probe_question {
    GMainContext *loop;
    NiceAddress   server;
    NiceAddress   from;                 /* port 0; of no family: what the kernel takes    */
    bool          turn, tcp;
    const char   *user, *password;      /* of turn; must outlive the probe                */

    /* Once, while the loop is iterated; `code` is that of a refusal, or 0. */
    void        (*done)(void *context, enum probe_result result, uint16_t code);
    void         *context;
};

struct probe;

/* Asks. NULL without memory. */
struct probe *skf_probe_new(const struct probe_question *question);

/* Stops asking; allowed in done. NULL is allowed. */
void skf_probe_free(struct probe *probe);

#endif
