/* agree_test.c - suites, groups, certificates and profiles that both ends can have. */
#include "../suite.h"

#include "agree.h"
#include "story.h"

static void a_handshake_ends_with_the_same_keys(void)
{
    CU_ASSERT_TRUE(agree_both_ways((struct setup){ 0 }));
}

static void every_suite_for_ecdsa_is_used(void)
{
    CU_ASSERT_TRUE(agree_both_ways((struct setup){ .suite = 0xc02b }));
    CU_ASSERT_TRUE(agree_both_ways((struct setup){ .suite = 0xc02c }));
    CU_ASSERT_TRUE(agree_both_ways((struct setup){ .suite = 0xcca9 }));
}

static void ccm_is_used_where_skiff_was_asked_to(void)
{
    CU_ASSERT_TRUE(agree_both_ways((struct setup){ .suite = 0xc0ac, .one_suite = true }));
    CU_ASSERT_TRUE(agree_both_ways((struct setup){ .suite = 0xc0ae, .one_suite = true }));
}

static void every_suite_for_rsa_is_used(void)
{
    struct setup setup = { .ours = RSA_2048, .theirs = RSA_2048, .suite = 0xc02f };

    CU_ASSERT_TRUE(agree_both_ways(setup));
    setup.suite = 0xc030;
    CU_ASSERT_TRUE(agree_both_ways(setup));
    setup.suite = 0xcca8;
    CU_ASSERT_TRUE(agree_both_ways(setup));
}

static void every_group_is_agreed_on(void)
{
    CU_ASSERT_TRUE(agree_both_ways((struct setup){ .group = 29 }));
    CU_ASSERT_TRUE(agree_both_ways((struct setup){ .group = 23 }));
    CU_ASSERT_TRUE(
        agree_both_ways((struct setup){ .group = 24, .ours = P384, .theirs = P384 }));
}

static bool is_rsa(enum credential_kind kind)
{
    return kind == RSA_2048 || kind == RSA_CHAIN;
}

/* RFC 5246 section 7.4.4: a client of ours shows no certificate of another kind than is
 * asked for. */
static bool meet(struct setup setup)
{
    if (is_rsa(setup.ours) == is_rsa(setup.theirs) || (peer.can & CAN_ASK_ANY) != 0)
        return agree_both_ways(setup);

    bool as_server = agree_on(&setup);
    setup.skiff_calls = true;
    return as_server && !agree_on(&setup);
}

static void certificates_of_all_kinds_meet(void)
{
    for (int ours = 0; ours < CREDENTIAL_KINDS; ours++)
        for (int theirs = 0; theirs < CREDENTIAL_KINDS; theirs++)
            CU_ASSERT_TRUE(meet((struct setup){ .ours = (enum credential_kind)ours,
                                                .theirs = (enum credential_kind)theirs }));
}

static void a_chain_of_more_than_4_kilobytes_is_accepted(void)
{
    const struct credential *chain = credential_of(RSA_CHAIN, 1);

    CU_ASSERT_PTR_NOT_NULL_FATAL(chain);
    CU_ASSERT_TRUE(chain->der_len > 4096);
    CU_ASSERT_TRUE(
        agree_both_ways((struct setup){ .ours = RSA_CHAIN, .theirs = RSA_CHAIN }));
}

static void the_profiles_of_aes_cm_are_agreed_on(void)
{
    CU_ASSERT_TRUE(agree_both_ways((struct setup){ .profile = 1 }));
}

static void the_profiles_of_aead_are_agreed_on(void)
{
    CU_ASSERT_TRUE(agree_both_ways((struct setup){ .profile = 7 }));
    CU_ASSERT_TRUE(agree_both_ways((struct setup){ .profile = 8 }));
}

static void a_protocol_is_agreed_on(void)
{
    CU_ASSERT_TRUE(agree_both_ways((struct setup){ .protocol = "webrtc" }));
}

static void a_peer_that_likes_tickets_gets_on_without(void)
{
    CU_ASSERT_TRUE(agree_both_ways((struct setup){ .tickets = true }));
}

static void a_server_may_want_no_certificate_of_ours(void)
{
    CU_ASSERT_TRUE(agree_on(&(struct setup){ .skiff_calls = true, .asks_nobody = true }));
}

static void a_peer_without_extended_master_secret_is_accepted_where_allowed(void)
{
    CU_ASSERT_TRUE(
        agree_both_ways((struct setup){ .without_ems = true, .allow_no_ems = true }));
}

const struct story agree_stories[] = {
    STORY(a_handshake_ends_with_the_same_keys, 0),
    STORY(every_suite_for_ecdsa_is_used, 0),
    STORY(ccm_is_used_where_skiff_was_asked_to, CAN_CCM),
    STORY(every_suite_for_rsa_is_used, 0),
    STORY(every_group_is_agreed_on, 0),
    STORY(certificates_of_all_kinds_meet, 0),
    STORY(a_chain_of_more_than_4_kilobytes_is_accepted, 0),
    STORY(the_profiles_of_aes_cm_are_agreed_on, CAN_SRTP),
    STORY(the_profiles_of_aead_are_agreed_on, CAN_SRTP_GCM),
    STORY(a_protocol_is_agreed_on, CAN_ALPN),
    STORY(a_peer_that_likes_tickets_gets_on_without, 0),
    STORY(a_server_may_want_no_certificate_of_ours, 0),
    STORY(a_peer_without_extended_master_secret_is_accepted_where_allowed, CAN_OMIT_EMS),
    STORIES_END,
};
