/* group_choice_test.c - which group a server chooses of those that a client lists and
 * shares.
 */
#include "../suite.h"

#include "handshake/version.h"
#include "wire/extension.h"
#include "world/world.h"

enum { HELLO = 4096, NUM_MAX = 4 };

/* A list of groups that ends with 0. */
typedef uint16_t group_list[NUM_MAX + 1];

static const group_list x25519_first = { GROUP_X25519, GROUP_SECP256R1 };
static const group_list p256_first = { GROUP_SECP256R1, GROUP_X25519 };
static const group_list x25519 = { GROUP_X25519 }, p256 = { GROUP_SECP256R1 };
static const group_list p384 = { GROUP_SECP384R1 };

struct end {
    struct settings settings;
    struct skf_crypto *crypto;
    skiff_failure failure;
    struct handshake hs;
};

static void end_begin(struct end *end, enum role role, bool speaks_13)
{
    static const struct verified_cookie none;
    skiff_context_config config = skiff_context_defaults();

    memset(end, 0, sizeof *end);
    config.identity = world_identity(role);
    config.max_version = speaks_13 ? SKIFF_DTLS_1_3 : SKIFF_DTLS_1_2;
    CU_ASSERT_EQUAL_FATAL(skf_settings_from(&config, &end->settings), SKIFF_OK);
    CU_ASSERT_EQUAL_FATAL(skf_crypto_new(NULL, config.identity, &end->crypto), SKIFF_OK);
    CU_ASSERT_TRUE_FATAL(skf_transcript_new(&end->hs.transcript));
    end->hs.settings = &end->settings;
    end->hs.crypto = end->crypto;
    end->hs.failure = &end->failure;
    end->hs.role = role;
    end->hs.protocol = &skf_dtls12;
    end->hs.verified_cookie = &none;
    end->hs.position = (struct script_position){ .role = role, .facts = &end->hs.facts };
    skf_reset_protocol(&end->hs);
}

static void end_free(struct end *end)
{
    skf_transcript_free(&end->hs.transcript);
    for (int i = 0; i < OFFERED_KEY_SHARES; i++)
        skf_share_wipe(&end->hs.key_shares[i]);
    skf_crypto_free(end->crypto);
}

static void write_key_share(struct walk *w, struct skf_crypto *crypto, uint16_t group)
{
    struct skf_share share = { 0 };
    uint8_t point[SKF_SHARE_MAX];
    struct key_share_entry entry = { .group = group, .key_exchange = { point, 0 } };

    CU_ASSERT_TRUE_FATAL(
        skf_share_make(crypto, group, &share, point, &entry.key_exchange.len));
    key_share_entry(w, &entry);
    skf_share_wipe(&share);
}

/* The shares of a hello, in the order of the list. */
static size_t write_key_shares(struct skf_crypto *crypto, const uint16_t *groups,
                               uint8_t *to)
{
    uint8_t entries[HELLO];
    struct walk w = walk_writer(entries, sizeof entries), list = walk_writer(to, HELLO);

    for (; *groups != 0; groups++)
        write_key_share(&w, crypto, *groups);
    struct key_share_list all = { { entries, w.at } };
    key_share_list(&list, &all);
    CU_ASSERT_FALSE(list.failed);
    return list.at;
}

/* The client's extensions, with other shares and the four groups listed. */
static size_t write_extensions(struct end *client, skiff_bytes before,
                               const uint16_t *offered, uint8_t *to)
{
    static const uint8_t listed[] = { 0, 8, 0x11, 0xec, 0, 0x1d, 0, 0x17, 0, 0x18 };
    uint8_t list[HELLO];
    struct walk in = walk_reader(before), out = walk_writer(to, HELLO);

    while (!in.failed && in.at < in.end) {
        struct extension e = { 0 };
        extension(&in, &e);
        if (e.extension_type == EXT_SUPPORTED_GROUPS)
            e.extension_data = (skiff_bytes){ listed, sizeof listed };
        if (e.extension_type == EXT_KEY_SHARE)
            e.extension_data =
                (skiff_bytes){ list, write_key_shares(client->crypto, offered, list) };
        extension(&out, &e);
    }
    CU_ASSERT_FALSE(in.failed || out.failed);
    return out.at;
}

/* What a server does with such a hello. */
struct choice {
    uint16_t group; /* 0: it refused */
    bool retry;
};

/* `order` is the server's; NULL: its default. */
static struct choice choose(bool speaks_13, const uint16_t *offered, const uint16_t *order)
{
    uint8_t sent[HELLO], extensions[HELLO], body[HELLO];
    struct walk w = walk_writer(sent, sizeof sent);
    struct end client, server;
    struct client_hello m;
    size_t size;

    end_begin(&client, CLIENT, speaks_13);
    end_begin(&server, SERVER, speaks_13);
    for (size_t i = 0; order != NULL && (i == 0 || order[i - 1] != 0); i++) {
        server.settings.server_groups[i] = order[i];
        server.settings.num_groups = i;
    }
    CU_ASSERT_TRUE_FATAL(skf_say_client_hello(&client.hs, &w));
    CU_ASSERT_TRUE_FATAL(client_hello_read(&m, (skiff_bytes){ sent, w.at }));
    m.extensions = (skiff_bytes){ extensions, write_extensions(&client, m.extensions,
                                                               offered, extensions) };
    CU_ASSERT_TRUE_FATAL(client_hello_write(&m, body, sizeof body, &size));
    enum verdict verdict = skf_hear_client_hello(&server.hs, (skiff_bytes){ body, size });
    struct choice choice = { verdict == ACCEPTED ? server.hs.group : 0,
                             server.hs.facts.retry_wanted };
    end_free(&server);
    end_free(&client);
    return choice;
}

static bool chooses(struct choice choice, uint16_t group)
{
    return choice.group == group && !choice.retry;
}

static bool asks_for(struct choice choice, uint16_t group)
{
    return choice.group == group && choice.retry;
}

static void of_two_offers_the_server_chooses_the_first_of_its_order(void)
{
    CU_ASSERT_TRUE(chooses(choose(true, x25519_first, p256_first), GROUP_SECP256R1));
    CU_ASSERT_TRUE(chooses(choose(true, p256_first, p256_first), GROUP_SECP256R1));
    CU_ASSERT_TRUE(chooses(choose(true, x25519_first, x25519_first), GROUP_X25519));
    CU_ASSERT_TRUE(chooses(choose(true, p256_first, x25519_first), GROUP_X25519));
}

/* RFC 8446 4.1.4: a HelloRetryRequest is for a client that shared nothing of use. */
static void one_key_share_is_chosen_though_another_group_were_cheaper(void)
{
    CU_ASSERT_TRUE(chooses(choose(true, x25519, p256_first), GROUP_X25519));
    CU_ASSERT_TRUE(chooses(choose(true, p256, x25519_first), GROUP_SECP256R1));
    CU_ASSERT_TRUE(chooses(choose(true, p384, NULL), GROUP_SECP384R1));
}

static void without_a_key_share_of_use_the_first_of_the_order_is_asked_for(void)
{
    CU_ASSERT_TRUE(asks_for(choose(true, p384, p256_first), GROUP_SECP256R1));
    CU_ASSERT_TRUE(asks_for(choose(true, p384, x25519_first), GROUP_X25519));
}

static void dtls_1_2_chooses_the_first_of_the_order_that_is_listed(void)
{
    CU_ASSERT_TRUE(chooses(choose(false, x25519, p256_first), GROUP_SECP256R1));
    CU_ASSERT_TRUE(chooses(choose(false, x25519, x25519_first), GROUP_X25519));
    CU_ASSERT_TRUE(chooses(choose(false, x25519, p384), GROUP_SECP384R1));
}

static void without_a_list_the_cheapest_offer_is_chosen(void)
{
    uint16_t cheapest = skf_groups_by_price[1];

    CU_ASSERT_TRUE(chooses(choose(true, x25519_first, NULL), cheapest));
    CU_ASSERT_TRUE(chooses(choose(true, p256_first, NULL), cheapest));
    CU_ASSERT_TRUE(chooses(choose(false, x25519, NULL), cheapest));
}

static void the_hybrid_comes_before_what_is_cheaper(void)
{
    static const group_list hybrid_last = { GROUP_SECP256R1, GROUP_X25519,
                                            GROUP_X25519MLKEM768 };

    if (skf_group_is_available(GROUP_X25519MLKEM768))
        CU_ASSERT_TRUE(chooses(choose(true, hybrid_last, NULL), GROUP_X25519MLKEM768));
}

CU_TestInfo group_choice_tests[] = {
    TEST(of_two_offers_the_server_chooses_the_first_of_its_order),
    TEST(one_key_share_is_chosen_though_another_group_were_cheaper),
    TEST(without_a_key_share_of_use_the_first_of_the_order_is_asked_for),
    TEST(dtls_1_2_chooses_the_first_of_the_order_that_is_listed),
    TEST(without_a_list_the_cheapest_offer_is_chosen),
    TEST(the_hybrid_comes_before_what_is_cheaper),
    CU_TEST_INFO_NULL,
};
