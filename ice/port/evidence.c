/* evidence.c - whether the timers of a port may be judged. */
#include "evidence.h"

#include "port.h"
#include "share.h"

#define LATE      SKIFF_MSEC(1000)    /* no busy loop is: the process was paused */
#define LONGEST   SKIFF_MSEC(1000)    /* that others are waited for */
#define ASK_EVERY SKIFF_MSEC(10)

static skiff_time due(const skiff_port *port)
{
    return MIN(skiff_context_deadline(port->config.shared), skf_port_next_silence(port));
}

static bool is_late(const skiff_port *port, skiff_time since)
{
    return since != SKIFF_NEVER && port->now > since && port->now - since > LATE;
}

/* Others that have read after half of that time have woken from the pause as well. */
static bool others_have_read(skiff_port *port)
{
    skiff_time since = due(port), waits_since = port->evidence.waits_since;

    if (!is_late(port, since) || (waits_since != 0 && port->now - waits_since >= LONGEST))
        return true;
    return skf_share_have_read(port, since + LATE / 2);
}

void skf_evidence_begin(skiff_port *port)
{
    struct evidence *evidence = &port->evidence;

    evidence->others_have_read = port->config.group == NULL || others_have_read(port);
    if (evidence->others_have_read)
        evidence->waits_since = 0;
    else if (evidence->waits_since == 0)
        evidence->waits_since = port->now;
}

bool skf_evidence_is_read(skiff_port *port)
{
    struct evidence *evidence = &port->evidence;

    if (port->more && evidence->unjudged < skf_udp_backlog(port->udp))
        return false;
    evidence->unjudged = 0;
    skf_share_note_read(port);
    return evidence->others_have_read;
}

skiff_time skf_evidence_deadline(const skiff_port *port)
{
    return port->evidence.waits_since != 0 ? port->now + ASK_EVERY : SKIFF_NEVER;
}
