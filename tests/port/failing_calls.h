/* failing_calls.h - calls to the system that a port makes, and one of them that fails. */
#ifndef TESTS_PORT_FAILING_CALLS_H
#define TESTS_PORT_FAILING_CALLS_H

/* From now on calls of this name fail with EMFILE, but for the first `good`; NULL: none. */
void refuse_calls(const char *name, unsigned good);

#endif
