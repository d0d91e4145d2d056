/* port_end.h - our end as a peer of a port that may be reached by TCP, too (RFC 6544). */
#ifndef TESTS_BROWSER_PORT_END_H
#define TESTS_BROWSER_PORT_END_H

#include <glib.h>
#include <skiff/port.h>

struct port_end;

/* What the port reports of the one peer; `user` is handed to both. */
struct port_end_listener {
    void *user;
    void (*on_media)(void *user, skiff_packet *packet, skiff_kind kind);
    void (*on_event)(void *user, skiff_dtls_event event, skiff_bytes bytes);
};

/* Opens the port at an address of this host that is not loopback. The context must outlive
 * it. NULL when there is none, or no port to be had. */
struct port_end *port_end_new(skiff_context *context, skiff_role role,
                              const struct port_end_listener *listener);
void port_end_free(struct port_end *end);

/* Names the browser, and writes what our SDP says; false when it is not to be had. */
bool port_end_set_remote(struct port_end *end, const char *ufrag,
                         const skiff_fingerprint *fingerprint);
void port_end_credentials(const struct port_end *end, const char **ufrag,
                          const char **password);

/* The values of its a=candidate lines; NULL after the last one. */
const char *port_end_candidate(const struct port_end *end, size_t number);

skiff_transport *port_end_transport(struct port_end *end);
skiff_port_counters port_end_counters(const struct port_end *end);
bool port_end_is_tcp(const struct port_end *end);

#endif
