/* load.h - all ends of a run and their loop: sockets, timers, the publisher's clock. */
#ifndef SFU_LOAD_LOAD_H
#define SFU_LOAD_LOAD_H

#include "end.h"
#include "options.h"
#include "service.h"
#include "stream.h"

struct load;

/* NULL: a line on stderr has the reason. */
struct load *load_new(const struct options *options);
void load_free(struct load *load);

/* Opens the publisher, then each watcher. False: one of them could not be opened. */
bool load_open(struct load *load);

/* Runs the loop until that time. The first call begins to publish: a server that is busy
 * with media would open the ends more slowly. */
void load_run(struct load *load, skiff_time until);

/* Ends all associations. */
void load_close(struct load *load);

/* From now on, or until now, the packets that are published count. Returns the number of
 * the next one. */
uint64_t load_begin_window(struct load *load);
uint64_t load_end_window(struct load *load);

const struct arrivals *load_arrivals(const struct load *load);

/* Datagrams that this process was too slow for: its sockets were full. */
uint64_t load_drops(const struct load *load);

/* Watchers that have received media. */
uint32_t load_watching(const struct load *load);

#endif
