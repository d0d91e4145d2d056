/* check_hello13.h - what DTLS 1.3 adds to the check of a first hello. */
#ifndef SKF_CHECK_HELLO13_H
#define SKF_CHECK_HELLO13_H

#include "association/hello_reply.h"

/* The reply to a hello for which DTLS 1.3 is chosen. */
skiff_hello_verdict skf_judge_for_13(skiff_context *context,
                                     const struct first_datagram *first, skiff_bytes body,
                                     skiff_packet *reply);

#endif
