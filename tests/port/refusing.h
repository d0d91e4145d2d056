/* refusing.h - calls to the system that a port makes, and one of them that fails. */
#ifndef TEST_PORT_REFUSING_H
#define TEST_PORT_REFUSING_H

/* From now on calls of this name fail with EMFILE, but for the first `good`; NULL: none. */
void refuse_calls(const char *name, unsigned good);

#endif
