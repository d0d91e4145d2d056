#include "ice/net/address.h"

#include "suite.h"

#include <arpa/inet.h>

static void an_address_is_written_as_it_was_read(void)
{
    static const char *const texts[] = {
        "192.0.2.1:5000", "0.0.0.0:0", "[2001:db8::1]:65535", "[::]:0", "[fe80::1%lo]:9",
    };
    union address address;
    char text[ADDRESS_TEXT];

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        CU_ASSERT_TRUE(skf_address_read(texts[i], &address));
        skf_address_write(&address, text);
        CU_ASSERT_STRING_EQUAL(text, texts[i]);
    }
}

static void what_is_no_address_is_refused(void)
{
    static const char *const texts[] = {
        "",
        ":",
        "192.0.2.1",
        "192.0.2.1:",
        ":5000",
        "192.0.2.1:65536",
        "192.0.2.1:-1",
        "192.0.2.1:5000 ",
        "192.0.2:5000",
        "2001:db8::1:5000",
        "[2001:db8::1]",
        "[]:1",
        "[192.0.2.1]:5000",
        "[fe80::1%nowhere9]:1",
        "localhost:80",
        "192.0.2.1:000080",
    };
    union address address;

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        CU_ASSERT_FALSE(skf_address_read(texts[i], &address));
}

static void an_address_longer_than_any_is_refused(void)
{
    char text[400];
    union address address;

    memset(text, '1', sizeof text);
    memcpy(text + sizeof text - 6, ":5000", 6);
    CU_ASSERT_FALSE(skf_address_read(text, &address));
}

static void a_mapped_address_becomes_plain(void)
{
    union address mapped, plain;

    CU_ASSERT_TRUE(skf_address_read("[::ffff:192.0.2.1]:5000", &mapped));
    CU_ASSERT_TRUE(skf_address_read("192.0.2.1:5000", &plain));
    CU_ASSERT_TRUE(address_equal(&mapped, &plain));
}

static void a_plain_address_is_mapped_for_a_socket_of_both(void)
{
    union address plain, name, back;

    CU_ASSERT_TRUE(skf_address_read("192.0.2.1:5000", &plain));
    CU_ASSERT_EQUAL(skf_address_to_sockaddr(&plain, AF_INET6, &name), sizeof name.six);
    CU_ASSERT_TRUE(IN6_IS_ADDR_V4MAPPED(&name.six.sin6_addr));
    CU_ASSERT_TRUE(skf_address_from_sockaddr(&name, &back));
    CU_ASSERT_TRUE(address_equal(&back, &plain));
    CU_ASSERT_EQUAL(skf_address_to_sockaddr(&plain, AF_INET, &name), sizeof name.four);
    CU_ASSERT_TRUE(address_equal(&name, &plain));
}

static void the_same_address_is_always_the_same_bytes(void)
{
    union address noisy, converted, read;

    memset(&noisy, 0xa5, sizeof noisy);
    noisy.four.sin_family = AF_INET;
    noisy.four.sin_port = htons(5000);
    noisy.four.sin_addr.s_addr = htonl(0xc0000201);
    CU_ASSERT_TRUE(skf_address_from_sockaddr(&noisy, &converted));
    CU_ASSERT_TRUE(skf_address_read("192.0.2.1:5000", &read));
    CU_ASSERT_TRUE(address_equal(&converted, &read));
}

static void no_address_is_written_as_nothing(void)
{
    union address none;
    struct sockaddr local = { .sa_family = AF_UNIX };
    char text[ADDRESS_TEXT] = "?";

    CU_ASSERT_FALSE(skf_address_from_sockaddr(&local, &none));
    skf_address_write(&none, text);
    CU_ASSERT_STRING_EQUAL(text, "");
}

CU_TestInfo address_tests[] = {
    TEST(an_address_is_written_as_it_was_read),
    TEST(what_is_no_address_is_refused),
    TEST(an_address_longer_than_any_is_refused),
    TEST(a_mapped_address_becomes_plain),
    TEST(a_plain_address_is_mapped_for_a_socket_of_both),
    TEST(the_same_address_is_always_the_same_bytes),
    TEST(no_address_is_written_as_nothing),
    CU_TEST_INFO_NULL,
};
