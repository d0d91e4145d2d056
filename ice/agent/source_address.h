/* source_address.h - the local address from which the kernel would send. Knows no agent. */
#ifndef SKF_SOURCE_ADDRESS_H
#define SKF_SOURCE_ADDRESS_H

#include <nice/address.h>

#include <stdbool.h>

/* The source of a datagram to that address, with port 0; false if no route leads there.
 * Sends nothing. */
bool skf_source_address(const NiceAddress *to, NiceAddress *from);

#endif
