/* check_hello13.h - what DTLS 1.3 adds to the check of a first hello. */
#ifndef SKF_CHECK_HELLO13_H
#define SKF_CHECK_HELLO13_H

#include "association/hello_reply.h"

/* Whether a hello offers DTLS 1.3, and the reply to it if it does. */
bool skf_hello_offers_13(skiff_bytes extensions);
skiff_hello_verdict skf_judge_for_13(skiff_context *context,
                                     const struct first_datagram *first, skiff_bytes body,
                                     skiff_packet *reply);

#endif
