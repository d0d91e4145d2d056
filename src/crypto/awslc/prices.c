/* awslc/prices.c - what groups cost with AWS-LC, as docs/crypto.md has measured. */
#include "crypto/crypto.h"

const uint16_t skf_groups_by_price[SKF_GROUPS] = { GROUP_X25519MLKEM768, GROUP_X25519,
                                                   GROUP_SECP256R1, GROUP_SECP384R1 };
