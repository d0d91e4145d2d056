/* lean/prices.c - what groups cost with the lean calls, as docs/crypto.md has measured. */
#include "crypto/crypto.h"

/* OpenSSL's P-256 has code of its own for amd64, and a server's part of it costs less than
 * that of X25519. Nobody has measured that elsewhere. */
#ifdef __x86_64__
enum { CHEAPEST = GROUP_SECP256R1, NEXT_CHEAPEST = GROUP_X25519 };
#else
enum { CHEAPEST = GROUP_X25519, NEXT_CHEAPEST = GROUP_SECP256R1 };
#endif

const uint16_t skf_groups_by_price[SKF_GROUPS] = { GROUP_X25519MLKEM768, CHEAPEST,
                                                   NEXT_CHEAPEST, GROUP_SECP384R1 };
