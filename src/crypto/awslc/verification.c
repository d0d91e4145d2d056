/* awslc/verification.c - what a result of AWS-LC means for a signature: 1, or 0 for all
 * that is not right. Its queue says whose fault it is. */
#include "crypto/internal.h"

static enum verification by_queue(int result)
{
    if (result == 1)
        return SIGNATURE_RIGHT;
    return skf_blames_input() ? SIGNATURE_WRONG : SIGNATURE_UNKNOWN;
}

enum verification skf_verification_ec(int result, skiff_bytes signature)
{
    (void)signature;
    return by_queue(result);
}

enum verification skf_verification_rsa(int result)
{
    return by_queue(result);
}
