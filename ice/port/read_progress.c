/* read_progress.c - whether the timers of a port may expire. */
#include "read_progress.h"

#include "port_state.h"
#include "forwarding.h"

#define LATE_TIMER SKIFF_MSEC(1000) /* later than any busy loop: the process was paused */
#define LONGEST    SKIFF_MSEC(1000) /* how long others are waited for */
#define READ_EVERY SKIFF_MSEC(10)

static skiff_time due(const skiff_port *port)
{
    return MIN(skiff_context_deadline(port->config.context),
               skf_port_consent_deadline(port));
}

static bool is_late(const skiff_port *port, skiff_time since)
{
    return since != SKIFF_NEVER && port->now > since && port->now - since > LATE_TIMER;
}

/* Threads that have read after half of that time have woken from the pause as well. */
static bool others_have_read(skiff_port *port)
{
    skiff_time since = due(port), waits_since = port->read_progress.waits_since;

    if (!is_late(port, since) || (waits_since != 0 && port->now - waits_since >= LONGEST))
        return true;
    return skf_forward_all_read(port, since + LATE_TIMER / 2);
}

void skf_read_progress_begin(skiff_port *port)
{
    struct read_progress *progress = &port->read_progress;

    progress->all_read = port->config.group == NULL || others_have_read(port);
    if (progress->all_read)
        progress->waits_since = 0;
    else if (progress->waits_since == 0)
        progress->waits_since = port->now;
}

bool skf_read_progress_is_complete(skiff_port *port)
{
    struct read_progress *progress = &port->read_progress;

    if (port->has_unread && progress->num_read < skf_udp_backlog(port->udp))
        return false;
    progress->num_read = 0;
    skf_forward_set_read(port);
    return progress->all_read;
}

skiff_time skf_read_progress_deadline(const skiff_port *port)
{
    return port->read_progress.waits_since != 0 ? port->now + READ_EVERY : SKIFF_NEVER;
}
