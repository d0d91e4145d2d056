/* agent.h - one agent: what its calls (agent.c) and its main context (drive.c) share. */
#ifndef SKF_AGENT_H
#define SKF_AGENT_H

#include "split.h"

#include <skiff/ice.h>

/* The longest datagram of DTLS while the pool is dry. */
enum { POLLED = 1500 };

struct skiff_ice {
    skiff_ice_config     config;         /* its lists and texts are not kept              */
    GMainContext        *loop;
    GSource             *timer;          /* runs the drive when something is due          */
    NiceAgent           *agent;
    guint                stream;
    skiff_transport     *transport;
    skiff_packet        *lent;           /* a held packet while on_media has it           */

    gchar               *ufrag, *pwd;
    skiff_fingerprint   *expected;
    size_t               num_expected;
    bool                 told;           /* who the peer is                               */
    skiff_time           told_at;
    skiff_time           path_time;      /* from then to the first path                   */
    skiff_time           give_up;        /* on a path; SKIFF_NEVER while none is sought   */

    NiceComponentState   state;          /* the last that libnice said                    */
    struct split         split;          /* the path without libnice, where it can be     */
    bool                 moved;          /* the state or the selected pair may have       */
    bool                 open;           /* there is a path                               */
    bool                 proven;         /* DTLS is connected                             */
    bool                 gathering;      /* was begun                                     */
    bool                 gathered;       /* the last local candidate was said             */
    bool                 repeat;         /* the local candidates are to be said again     */
    bool                 relays;         /* TURN servers were asked                       */
    bool                 woken;          /* the drive is to run, whatever is due          */
    uint32_t             said;           /* events, a bit each                            */
    const skiff_failure *failure;        /* of ICE                                        */
    skiff_ice_counters   counters;

    unsigned             depth;          /* calls from the main context that are running  */
    bool                 freed;          /* by one of them                                */

    uint8_t              polled[POLLED + SKIFF_TAIL];  /* where the pool is dry */
};

/* The clock of the main context. */
static inline skiff_time skf_ice_now(void)
{
    return (skiff_time)g_get_monotonic_time();
}

/* Hooks the handle to its agent and its main context. */
void skf_ice_attach(skiff_ice *ice);

/* Unhooks it: from here on nothing is called back. */
void skf_ice_detach(skiff_ice *ice);

/* Whether media and DTLS leave on a socket of our own, now. */
bool skf_ice_is_split(const skiff_ice *ice);

/* Sends all packets, by whom it must be; the answer is how many went out. */
size_t skf_ice_carry(skiff_ice *ice, skiff_packet *const *packets, size_t num);

/* Tells what is not DTLS's. May free the handle, as every callback: only where drive.c may
 * tell, and with ice->freed looked at afterwards. */
void skf_ice_tell(skiff_ice *ice, const skiff_ice_event *event);

/* Sends what the transport has to send now, and nothing else. */
void skf_ice_flush(skiff_ice *ice, skiff_time now);

/* Lets go of libnice and the handle; never to be called from libnice. */
void skf_ice_finish(skiff_ice *ice);

#endif
