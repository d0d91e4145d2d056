/* watcher_rtcp.h - RTCP of one watcher: what it reports and asks for, and our
 * SRs. Knows no worker and no publisher. */
#ifndef SAMPLES_SFU_WATCHER_RTCP_H
#define SAMPLES_SFU_WATCHER_RTCP_H

#include "watcher.h"

/* Microseconds between two reports. */
enum { WATCHER_REPORT = 1000000 };

/* Receives a compound packet. Returns a bit for each source of which a keyframe
 * is wanted.
 */
uint32_t watcher_rtcp(struct watcher *watcher, const struct feed *feed,
                      const skiff_packet *packet, skiff_time now);

/* Writes the SRs of all tracks, with the NTP times of the publisher (RFC 3550
 * section 6.4.1), so that sound and picture stay together. False: none is due.
 */
bool watcher_report(struct watcher *watcher, const struct feed *feed, skiff_time now,
                    struct bytes_out *out);

/* Writes a BYE for all tracks. */
bool watcher_bye(const struct watcher *watcher, struct bytes_out *out);

#endif
