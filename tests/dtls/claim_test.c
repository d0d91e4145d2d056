/* claim_test.c - a context that somebody has for itself. */
#include "../suite.h"

#include "world/world.h"

static skiff_status make(skiff_context *context, skiff_dtls **dtls)
{
    return skiff_dtls_new(context, SKIFF_ROLE_PASSIVE, 0, dtls);
}

static void a_claimed_context_makes_handles_of_its_owner_alone(void)
{
    skiff_context *context = world_context(0, NULL);
    skiff_dtls *none = NULL, *owned = NULL;

    CU_ASSERT_EQUAL(skiff_context_claim(context), SKIFF_OK);
    CU_ASSERT_EQUAL(make(context, &none), SKIFF_ERR_STATE);
    CU_ASSERT_PTR_NULL(none);
    skiff_context_admit(context, true);
    CU_ASSERT_EQUAL(make(context, &owned), SKIFF_OK);
    skiff_context_admit(context, false);
    CU_ASSERT_EQUAL(make(context, &none), SKIFF_ERR_STATE);
    skiff_dtls_free(owned);
    skiff_context_unclaim(context);
    CU_ASSERT_EQUAL(make(context, &owned), SKIFF_OK);
    skiff_dtls_free(owned);
    skiff_context_free(context);
}

static void a_context_is_claimed_once_and_while_it_has_no_handle(void)
{
    skiff_context *context = world_context(0, NULL);
    skiff_dtls *dtls;

    CU_ASSERT_EQUAL(make(context, &dtls), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_context_claim(context), SKIFF_ERR_STATE);
    skiff_dtls_free(dtls);
    CU_ASSERT_EQUAL(skiff_context_claim(context), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_context_claim(context), SKIFF_ERR_STATE);
    skiff_context_unclaim(context);
    CU_ASSERT_EQUAL(skiff_context_claim(context), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_context_claim(NULL), SKIFF_ERR_ARGUMENT);
    skiff_context_free(context);
}

CU_TestInfo claim_tests[] = {
    TEST(a_claimed_context_makes_handles_of_its_owner_alone),
    TEST(a_context_is_claimed_once_and_while_it_has_no_handle),
    CU_TEST_INFO_NULL,
};
