/* gate.h - our end as a peer of a port that may be reached by TCP, too (RFC 6544). */
#ifndef BROWSER_GATE_H
#define BROWSER_GATE_H

#include <glib.h>
#include <skiff/port.h>

struct gate;

/* What the port tells of the one peer; `user` is handed to both. */
struct gate_listener {
    void *user;
    void (*on_media)(void *user, skiff_packet *packet, skiff_kind kind);
    void (*on_event)(void *user, skiff_dtls_event event, skiff_bytes bytes);
};

/* Opens the port at an address of this host that is not loopback. The context must outlive
 * it. NULL when there is none, or no port to be had. */
struct gate *gate_new(skiff_context *context, skiff_role role,
                      const struct gate_listener *listener);
void         gate_free(struct gate *gate);

/* Names the browser, and writes what our SDP says; false when it is not to be had. */
bool gate_take(struct gate *gate, const char *ufrag, const skiff_fingerprint *fingerprint);
void gate_credentials(const struct gate *gate, const char **ufrag, const char **pwd);

/* The values of its a=candidate lines; NULL after the last one. */
const char *gate_candidate(const struct gate *gate, size_t number);

skiff_transport    *gate_transport(struct gate *gate);
skiff_port_counters gate_counters(const struct gate *gate);
bool                gate_is_tcp(const struct gate *gate);

#endif
