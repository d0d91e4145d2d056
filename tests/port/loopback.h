/* loopback.h - when the kernel has delivered what was sent. Knows no datagrams but its own.
 *
 * What is sent on loopback waits in a queue of the processor that sends, which is mostly
 * empty before the call returns. Where the kernel is busy it is emptied later, in order. */
#ifndef TESTS_PORT_LOOPBACK_H
#define TESTS_PORT_LOOPBACK_H

/* The calling thread, and those that it makes, have one processor: so one queue. */
void loopback_stay(void);

/* And this one any again. */
void loopback_roam(void);

/* Waits until all is delivered that the calling thread has sent since it stays. */
void loopback_wait(void);

#endif
