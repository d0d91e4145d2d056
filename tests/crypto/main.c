#include "../suite.h"

extern CU_TestInfo random_tests[];
extern CU_TestInfo hash_tests[];
extern CU_TestInfo hmac_tests[];
extern CU_TestInfo hkdf_tests[];
extern CU_TestInfo aead_tests[];
extern CU_TestInfo mask_tests[];
extern CU_TestInfo key_share_tests[];
extern CU_TestInfo kem_tests[];
extern CU_TestInfo signature_tests[];
extern CU_TestInfo der_tests[];
extern CU_TestInfo certificate_tests[];
extern CU_TestInfo self_signed_tests[];
extern CU_TestInfo pem_tests[];
extern CU_TestInfo fingerprint_tests[];
extern CU_TestInfo context_tests[];
extern CU_TestInfo broken_rule_tests[];

int main(int argc, char **argv)
{
    CU_SuiteInfo suites[] = {
        { "random", NULL, NULL, NULL, NULL, random_tests },
        { "hash", NULL, NULL, NULL, NULL, hash_tests },
        { "hmac", NULL, NULL, NULL, NULL, hmac_tests },
        { "hkdf", NULL, NULL, NULL, NULL, hkdf_tests },
        { "aead", NULL, NULL, NULL, NULL, aead_tests },
        { "mask", NULL, NULL, NULL, NULL, mask_tests },
        { "key_share", NULL, NULL, NULL, NULL, key_share_tests },
        { "kem", NULL, NULL, NULL, NULL, kem_tests },
        { "signature", NULL, NULL, NULL, NULL, signature_tests },
        { "der", NULL, NULL, NULL, NULL, der_tests },
        { "certificate", NULL, NULL, NULL, NULL, certificate_tests },
        { "self_signed", NULL, NULL, NULL, NULL, self_signed_tests },
        { "pem", NULL, NULL, NULL, NULL, pem_tests },
        { "fingerprint", NULL, NULL, NULL, NULL, fingerprint_tests },
        { "context", NULL, NULL, NULL, NULL, context_tests },
        { "broken_rule", NULL, NULL, NULL, NULL, broken_rule_tests },
        CU_SUITE_INFO_NULL,
    };
    return suite_main(suites, argc, argv);
}
