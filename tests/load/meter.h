/* meter.h - what a process costs: time, CPU, heap, resident memory; and what the bare
 * public-key calls of a handshake cost beside it. */
#ifndef LOAD_METER_H
#define LOAD_METER_H

#include "../../samples/common/clock.h"

/* Nanoseconds of CPU that this process has used, its system calls included. */
uint64_t meter_cpu(void);

/* Bytes that malloc has handed out, as it rounds them, with what it maps for large blocks;
 * 0 where malloc is not glibc's. And bytes that are resident, or that could still be. */
uint64_t meter_heap(void);
uint64_t meter_rss(void);
uint64_t meter_available(void);

/* One signature, one verification, one key pair and one agreement by X25519, all of the
 * shape that libcrypto does fastest, timed again and again while the run goes on. */
struct floor_meter;

struct floor_meter *floor_meter_new(void);
void floor_meter_free(struct floor_meter *floor_meter);

/* Times a few; false when libcrypto refused. */
bool floor_meter_measure(struct floor_meter *floor_meter);

/* What a set of four took in the mean, and all the time spent here; nanoseconds of CPU. The
 * mean, as what it is compared with is a sum: it has the same share of whatever the machine
 * does meanwhile. */
uint64_t floor_meter_floor(const struct floor_meter *floor_meter);
uint64_t floor_meter_spent(const struct floor_meter *floor_meter);

#endif
