#include "suite.h"

#include "srtp/cipher_kernel.h"

extern CU_TestInfo broken_rule_tests[];
extern CU_TestInfo media_tests[];
extern CU_TestInfo kernel_tests[];
extern CU_TestInfo cipher_kernel_tests[];
extern CU_TestInfo provider_tests[];
extern CU_TestInfo schedules_tests[];
extern CU_TestInfo session_tests[];
extern CU_TestInfo roc_tests[];
extern CU_TestInfo stream_tests[];
extern CU_TestInfo failure_tests[];
extern CU_TestInfo fault_tests[];
extern CU_TestInfo hostile_tests[];
extern CU_TestInfo heap_tests[];
extern CU_TestInfo coexistence_tests[];
extern CU_TestInfo transport_tests[];
extern CU_TestInfo path_tests[];
extern CU_TestInfo early_tests[];
extern CU_TestInfo renewal_tests[];
extern CU_TestInfo renewal_loss_tests[];
extern CU_TestInfo wipe_tests[];
extern CU_TestInfo newest_tests[];
extern CU_TestInfo trace_tests[];

/* Where libipsec-mb runs, its fallback runs as well. */
static int use_libcrypto(void)
{
    skf_cipher_kernel_use(&skf_libcrypto);
    return 0;
}

/* A provider may be called without EVP, and then both ways run. */
static int use_provider(void)
{
    skf_cipher_kernel_use(skf_provider_kernel());
    return 0;
}

static int use_chosen(void)
{
    skf_cipher_kernel_use(NULL);
    return 0;
}

/* Those of the provider are the last ones of the list. */
static void leave_out_provider(CU_SuiteInfo *suites)
{
    while (suites->pInitFunc != use_provider)
        suites++;
    *suites = (CU_SuiteInfo)CU_SUITE_INFO_NULL;
}

int main(int argc, char **argv)
{
    CU_SuiteInfo suites[] = {
        { "broken_rule", NULL, NULL, NULL, NULL, broken_rule_tests },
        { "media", NULL, NULL, NULL, NULL, media_tests },
        { "kernel", NULL, NULL, NULL, NULL, kernel_tests },
        { "kernel_libcrypto", use_libcrypto, use_chosen, NULL, NULL, kernel_tests },
        { "cipher_kernel", NULL, NULL, NULL, NULL, cipher_kernel_tests },
        { "provider", NULL, NULL, NULL, NULL, provider_tests },
        { "schedules", NULL, NULL, NULL, NULL, schedules_tests },
        { "session", NULL, NULL, NULL, NULL, session_tests },
        { "session_libcrypto", use_libcrypto, use_chosen, NULL, NULL, session_tests },
        { "roc", NULL, NULL, NULL, NULL, roc_tests },
        { "stream", NULL, NULL, NULL, NULL, stream_tests },
        { "failure", NULL, NULL, NULL, NULL, failure_tests },
        { "fault", NULL, NULL, NULL, NULL, fault_tests },
        { "hostile", NULL, NULL, NULL, NULL, hostile_tests },
        { "hostile_libcrypto", use_libcrypto, use_chosen, NULL, NULL, hostile_tests },
        { "heap", NULL, NULL, NULL, NULL, heap_tests },
        { "heap_libcrypto", use_libcrypto, use_chosen, NULL, NULL, heap_tests },
        { "coexistence", NULL, NULL, NULL, NULL, coexistence_tests },
        { "coexistence_libcrypto", use_libcrypto, use_chosen, NULL, NULL,
          coexistence_tests },
        { "transport", NULL, NULL, NULL, NULL, transport_tests },
        { "path", NULL, NULL, NULL, NULL, path_tests },
        { "early", NULL, NULL, NULL, NULL, early_tests },
        { "renewal", NULL, NULL, NULL, NULL, renewal_tests },
        { "renewal_loss", NULL, NULL, NULL, NULL, renewal_loss_tests },
        { "wipe", NULL, NULL, NULL, NULL, wipe_tests },
        { "newest", NULL, NULL, NULL, NULL, newest_tests },
        { "trace", NULL, NULL, NULL, NULL, trace_tests },
        { "kernel_provider", use_provider, use_chosen, NULL, NULL, kernel_tests },
        { "session_provider", use_provider, use_chosen, NULL, NULL, session_tests },
        { "hostile_provider", use_provider, use_chosen, NULL, NULL, hostile_tests },
        { "heap_provider", use_provider, use_chosen, NULL, NULL, heap_tests },
        { "coexistence_provider", use_provider, use_chosen, NULL, NULL, coexistence_tests },
        CU_SUITE_INFO_NULL,
    };

    if (skf_provider_kernel() == NULL)
        leave_out_provider(suites);
    return suite_main(suites, argc, argv);
}
