/* source_address.h - from which of our addresses the kernel would send. Knows no agent. */
#ifndef SKF_SOURCE_ADDRESS_H
#define SKF_SOURCE_ADDRESS_H

#include <nice/address.h>

#include <stdbool.h>

/* The source of a datagram to that address, port 0; false where no route leads. Sends
 * nothing. */
bool skf_source_address(const NiceAddress *to, NiceAddress *from);

#endif
