/* stats_json.h - what media reports, as JSON: for the page, and for operators. Knows no
 * request. All texts are for the caller to free; NULL: no memory. */
#ifndef SAMPLES_SFU_STATS_JSON_H
#define SAMPLES_SFU_STATS_JSON_H

#include "media.h"

/* The list of streams. */
char *stats_json_streams(struct media *media);

/* One session. */
char *stats_json_session(const struct session_stats *stats);

/* The process with all its sessions. Of their ids there are 8 digits, for who knows all can
 * end the session. */
char *stats_json_all(struct media *media);

#endif
