/* port_restart_test.c - new credentials for a peer of a port: what is good before the other
 * side has heard of them, and what they end. */
#include "suite.h"

#include "pairs.h"

#include <string.h>
#include <unistd.h>

enum { HIGH = 2130706431 };

static const struct pairs_check plain = { .priority = HIGH },
                                nominate = { .use = true, .priority = HIGH };

/* Credentials of a peer as they were at some time. */
struct kept_credentials {
    char username[32], pwd[32];
};

static struct kept_credentials keep(const struct pairs *pairs)
{
    struct kept_credentials kept;
    const char *ufrag, *password;

    skiff_peer_credentials(pairs->fixture.caller.peer, &ufrag, &password);
    strcat(strcpy(kept.username, ufrag), ":them");
    strcpy(kept.pwd, password);
    return kept;
}

static void use(struct pairs *pairs, const struct kept_credentials *kept)
{
    strcpy(pairs->fixture.caller.username, kept->username);
    pairs->fixture.caller.pwd = kept->pwd;
}

static struct kept_credentials restart(struct pairs *pairs)
{
    skiff_peer *peer = pairs->fixture.caller.peer;

    CU_ASSERT_EQUAL(skiff_peer_restart(peer), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_peer_set_remote(peer, "them", NULL, 0), SKIFF_OK);
    return keep(pairs);
}

static void the_old_ufrag_gets_responses_until_a_check_under_the_new_one_is_good(void)
{
    struct pairs pairs;

    pairs_connect(&pairs, 1);
    struct kept_credentials old = keep(&pairs), new = restart(&pairs);
    for (int i = 0; i < 60; i++) { /* the answer is lost for 3 minutes */
        use(&pairs, &old);
        CU_ASSERT_TRUE(pairs_check(&pairs, 0, i % 2 == 0 ? plain : nominate));
        CU_ASSERT_EQUAL(pairs_receive(&pairs), 0);
        pairs_pass(&pairs, SKIFF_MSEC(3000));
    }
    CU_ASSERT_EQUAL(pairs.fixture.server.events.events[SKIFF_PEER_CONSENT_LOST], 0);
    use(&pairs, &new);
    CU_ASSERT_TRUE(pairs_check(&pairs, 0, plain));
    use(&pairs, &old);
    CU_ASSERT_FALSE(pairs_check(&pairs, 0, plain));
    CU_ASSERT_EQUAL(pairs_counters(&pairs).drop_ufrag, 1);
    CU_ASSERT_EQUAL(pairs_receive(&pairs), 0);
    pairs_end(&pairs);
}

static void a_check_under_the_new_ufrag_with_the_old_password_ends_nothing(void)
{
    struct pairs pairs;

    pairs_connect(&pairs, 1);
    struct kept_credentials old = keep(&pairs), new = restart(&pairs), mixed = new;
    strcpy(mixed.pwd, old.pwd);
    use(&pairs, &mixed);
    CU_ASSERT_FALSE(pairs_check(&pairs, 0, plain));
    CU_ASSERT_EQUAL(pairs_counters(&pairs).drop_integrity, 1);
    use(&pairs, &old);
    CU_ASSERT_TRUE(pairs_check(&pairs, 0, plain));
    use(&pairs, &new);
    CU_ASSERT_TRUE(pairs_check(&pairs, 0, plain));
    pairs_end(&pairs);
}

static void each_ufrag_is_asked_by_the_other_of_its_time(void)
{
    struct pairs pairs;

    pairs_connect(&pairs, 1);
    struct kept_credentials old = keep(&pairs);
    CU_ASSERT_EQUAL(skiff_peer_restart(pairs.fixture.caller.peer), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_peer_set_remote(pairs.fixture.caller.peer, "anew", NULL, 0),
                    SKIFF_OK);
    struct kept_credentials new = keep(&pairs);
    use(&pairs, &new);
    CU_ASSERT_FALSE(pairs_check(&pairs, 0, plain));
    use(&pairs, &old);
    CU_ASSERT_TRUE(pairs_check(&pairs, 0, plain));
    strcpy(strchr(new.username, ':'), ":anew");
    use(&pairs, &new);
    CU_ASSERT_TRUE(pairs_check(&pairs, 0, plain));
    pairs_end(&pairs);
}

static void of_two_restarts_that_were_not_responded_to_the_last_counts(void)
{
    struct pairs pairs;

    pairs_connect(&pairs, 1);
    struct kept_credentials old = keep(&pairs), never = restart(&pairs),
                            new = restart(&pairs);
    use(&pairs, &never);
    CU_ASSERT_FALSE(pairs_check(&pairs, 0, plain));
    use(&pairs, &old);
    CU_ASSERT_TRUE(pairs_check(&pairs, 0, plain));
    use(&pairs, &new);
    CU_ASSERT_TRUE(pairs_check(&pairs, 0, plain));
    use(&pairs, &old);
    CU_ASSERT_FALSE(pairs_check(&pairs, 0, plain));
    struct kept_credentials next = restart(&pairs);
    use(&pairs, &new);
    CU_ASSERT_TRUE(pairs_check(&pairs, 0, plain));
    use(&pairs, &next);
    CU_ASSERT_TRUE(pairs_check(&pairs, 0, plain));
    pairs_end(&pairs);
}

static void chosen_credentials_are_kept_in_the_same_way(void)
{
    static const struct kept_credentials one = { "first:them", "apasswordof22characters" },
                                         two = { "second:them",
                                                 "anotherpasswordof22chars" };
    const skiff_credentials ones = { "first", one.pwd }, twos = { "second", two.pwd };
    struct pairs pairs;
    skiff_peer *other;

    pairs_connect(&pairs, 1);
    skiff_peer *peer = pairs.fixture.caller.peer;
    struct kept_credentials made = keep(&pairs);
    CU_ASSERT_EQUAL(skiff_peer_restart_with(peer, &ones), SKIFF_OK);
    use(&pairs, &made);
    CU_ASSERT_TRUE(pairs_check(&pairs, 0, plain));
    use(&pairs, &one);
    CU_ASSERT_TRUE(pairs_check(&pairs, 0, plain));
    CU_ASSERT_EQUAL(skiff_peer_restart_with(peer, &twos), SKIFF_OK);
    CU_ASSERT_TRUE(pairs_check(&pairs, 0, plain));
    CU_ASSERT_EQUAL(skiff_peer_new_with(pairs.fixture.server.port, SKIFF_ROLE_PASSIVE,
                                        &ones, pairs.fixture.server.now, &other),
                    SKIFF_ERR_STATE);
    use(&pairs, &two);
    CU_ASSERT_TRUE(pairs_check(&pairs, 0, plain));
    use(&pairs, &one);
    CU_ASSERT_FALSE(pairs_check(&pairs, 0, plain));
    CU_ASSERT_EQUAL(skiff_peer_new_with(pairs.fixture.server.port, SKIFF_ROLE_PASSIVE,
                                        &ones, pairs.fixture.server.now, &other),
                    SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_peer_restart(peer), SKIFF_OK);
    use(&pairs, &two);
    CU_ASSERT_TRUE(pairs_check(&pairs, 0, plain));
    pairs_end(&pairs);
}

static void the_same_fingerprints_are_accepted_after_a_restart_and_others_are_not(void)
{
    struct pairs pairs;
    skiff_fingerprint both[2], swapped[2];

    pairs_begin(&pairs, 1);
    server_open(&pairs.fixture.server);
    caller_new_without_remote(&pairs.fixture.caller, &pairs.fixture.server,
                              SKIFF_ROLE_PASSIVE);
    pairs.fd[0] = pairs.fixture.caller.fd;
    pairs.attacker = stranger_open(&pairs.fixture.caller);
    both[0] = swapped[1] = pairs.fixture.server.fingerprint;
    both[1] = swapped[0] = both[0];
    both[1].bytes[0] ^= 1;
    swapped[0] = both[1];
    const skiff_fingerprint repeated[] = { both[0], both[0], both[1] };
    skiff_peer *peer = pairs.fixture.caller.peer;
    CU_ASSERT_EQUAL(skiff_peer_set_remote(peer, "them", both, 2), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_peer_set_remote(peer, "them", both, 2), SKIFF_ERR_STATE);
    CU_ASSERT_EQUAL(skiff_peer_restart(peer), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_peer_set_remote(peer, "them", both, 1), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_peer_set_remote(peer, "them", swapped, 2), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_peer_restart(peer), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_peer_set_remote(peer, "them", repeated, 3), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_peer_restart(peer), SKIFF_OK);
    both[1].bytes[1] ^= 1;
    CU_ASSERT_EQUAL(skiff_peer_set_remote(peer, "them", both, 2), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_peer_set_remote(peer, "them", NULL, 0), SKIFF_OK);
    pairs_end(&pairs);
}

static void what_was_nominated_before_counts_no_more(void)
{
    static const struct pairs_check seven = { .renominates = true, .value = 7 },
                                    one = { .renominates = true, .value = 1 };
    struct pairs pairs;

    pairs_begin(&pairs, 3);
    pairs.fixture.server.config.renomination = true;
    pairs_open(&pairs);
    CU_ASSERT_TRUE(pairs_check(&pairs, 0, seven));
    CU_ASSERT_TRUE(pairs_check(&pairs, 1, one));
    CU_ASSERT_EQUAL(pairs_where(&pairs), 0);
    struct kept_credentials old = keep(&pairs), new = restart(&pairs);
    use(&pairs, &old);
    CU_ASSERT_TRUE(pairs_check(&pairs, 1, one));
    CU_ASSERT_EQUAL(pairs_where(&pairs), 0);
    use(&pairs, &new);
    CU_ASSERT_TRUE(pairs_check(&pairs, 1, one));
    CU_ASSERT_EQUAL(pairs_where(&pairs), 1);
    pairs_end(&pairs);
}

static void a_hold_ends_with_a_restart(void)
{
    struct pairs pairs;
    struct captured nomination;

    pairs_connect(&pairs, 2);
    pairs_write(&pairs, nominate, &nomination);
    CU_ASSERT_TRUE(pairs_replay(&pairs, &nomination));
    pairs_pass(&pairs, SKIFF_MSEC(2000));
    pairs_send_media(&pairs, 0);
    CU_ASSERT_TRUE(pairs_check(&pairs, 1, nominate));
    CU_ASSERT_EQUAL(pairs_receive(&pairs), 0);
    struct kept_credentials new = restart(&pairs);
    use(&pairs, &new);
    CU_ASSERT_TRUE(pairs_check(&pairs, 1, nominate));
    CU_ASSERT_EQUAL(pairs_receive(&pairs), 1);
    pairs_end(&pairs);
}

static void a_restart_from_another_network_moves_the_peer(void)
{
    struct pairs pairs;

    pairs_connect(&pairs, 2);
    struct kept_credentials new = restart(&pairs);
    use(&pairs, &new);
    CU_ASSERT_TRUE(pairs_check(&pairs, 1, plain));
    CU_ASSERT_EQUAL(pairs_receive(&pairs), 0);
    CU_ASSERT_TRUE(pairs_check(&pairs, 1, nominate));
    CU_ASSERT_EQUAL(pairs_receive(&pairs), 1);
    pairs_send_media(&pairs, 1);
    pairs_pass(&pairs, SKIFF_MSEC(3000));
    CU_ASSERT_EQUAL(pairs_receive(&pairs), 1);
    pairs_end(&pairs);
}

CU_TestInfo port_restart_tests[] = {
    TEST(the_old_ufrag_gets_responses_until_a_check_under_the_new_one_is_good),
    TEST(a_check_under_the_new_ufrag_with_the_old_password_ends_nothing),
    TEST(each_ufrag_is_asked_by_the_other_of_its_time),
    TEST(of_two_restarts_that_were_not_responded_to_the_last_counts),
    TEST(chosen_credentials_are_kept_in_the_same_way),
    TEST(the_same_fingerprints_are_accepted_after_a_restart_and_others_are_not),
    TEST(what_was_nominated_before_counts_no_more),
    TEST(a_hold_ends_with_a_restart),
    TEST(a_restart_from_another_network_moves_the_peer),
    CU_TEST_INFO_NULL
};
