/* certificate_test.c - what PEER_CERTIFICATE shows: the same bytes in both versions. */
#include "../suite.h"

#include "crypto/crypto.h"
#include "story.h"
#include "vector.h"

static bool is_shown(const struct story *s, int end)
{
    const struct world_end *e = &s->world.ends[end];
    skiff_bytes end_entity = skf_identity_certificate(s->settings[1 - end].identity, 0);

    return e->certificates == 1 && e->certificate_len == end_entity.len
        && memcmp(e->certificate, end_entity.ptr, end_entity.len) == 0;
}

static void it_is_the_der_that_the_fingerprint_is_of(void)
{
    struct story s;

    story_prepare(&s);
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    CU_ASSERT_TRUE(is_shown(&s, CLIENT_END));
    CU_ASSERT_TRUE(is_shown(&s, SERVER_END));
    story_end(&s);
}

static void of_a_chain_it_is_the_first(void)
{
    for (int end = 0; end < 2; end++) {
        struct story s;
        story_prepare(&s);
        s.settings[end].identity = vector_identity("chain");
        CU_ASSERT_PTR_NOT_NULL(skf_identity_certificate(s.settings[end].identity, 1).ptr);
        story_begin(&s);
        CU_ASSERT_TRUE(story_connects(&s));
        CU_ASSERT_TRUE(is_shown(&s, 1 - end));
        story_end(&s);
    }
}

CU_TestInfo certificate_tests[] = {
    TEST(it_is_the_der_that_the_fingerprint_is_of),
    TEST(of_a_chain_it_is_the_first),
    CU_TEST_INFO_NULL,
};
