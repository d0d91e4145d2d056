/* sample.h - the sample of data channels in the place of our end, as another process. */
#ifndef BROWSER_SAMPLE_H
#define BROWSER_SAMPLE_H

#include <glib.h>
#include <stdbool.h>

struct sample;

/* Nothing is started before the offer; `agent` asks it to use one, instead of a port. */
struct sample *sample_new(const char *program, bool agent);
void sample_free(struct sample *sample);

/* Gives it the offer and reads its answer; false when it has none. */
bool sample_set_offer(struct sample *sample, const char *offer, GString *answer);

/* It has ended; and how, as members of a JSON object. */
bool sample_has_ended(const struct sample *sample);
void sample_report(const struct sample *sample, GString *json);

#endif
