/* provider_test.c - no functions of a provider are called here. */
#include "suite.h"

#include "srtp/cipher_kernel.h"

static void no_provider_is_called_without_evp(void)
{
    CU_ASSERT_PTR_NULL(skf_provider_kernel());
}

CU_TestInfo provider_tests[] = {
    TEST(no_provider_is_called_without_evp),
    CU_TEST_INFO_NULL,
};
