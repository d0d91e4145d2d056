/* fingerprint_test.c - the text of a=fingerprint, written and read. */
#include "../suite.h"
#include "material.h"

#define HEX_32                                                                             \
  "4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:"                                       \
  "19:E5:7C:AB:3E:4B:65:2E:7D:46:3F:54:42:CD:54:F1"

static bool is_read(const char *text)
{
    skiff_fingerprint print;
    return skiff_fingerprint_parse(text, &print) == SKIFF_OK;
}

static void what_is_written_is_read_back(void)
{
    static const uint16_t hashes[] = { 256, 384, 512 };

    for (size_t h = 0; h < 3; h++) {
        skiff_fingerprint print = { .hash = hashes[h], .len = hashes[h] / 8 }, back;
        char text[SKIFF_FINGERPRINT_TEXT];

        for (size_t i = 0; i < print.len; i++)
            print.bytes[i] = (uint8_t)(i * 37 + 200);
        skiff_fingerprint_format(&print, text);
        CU_ASSERT_EQUAL(strlen(text), 8u + 3u * print.len - 1);
        CU_ASSERT_EQUAL(skiff_fingerprint_parse(text, &back), SKIFF_OK);
        CU_ASSERT_EQUAL(memcmp(&back, &print, sizeof print), 0);
    }
}

static void the_text_is_the_form_of_rfc_8122(void)
{
    skiff_fingerprint print;
    char text[SKIFF_FINGERPRINT_TEXT];

    CU_ASSERT_EQUAL(skiff_fingerprint_parse("sha-256 " HEX_32, &print), SKIFF_OK);
    CU_ASSERT_EQUAL(print.hash, 256);
    CU_ASSERT_EQUAL(print.len, 32);
    CU_ASSERT_EQUAL(print.bytes[0], 0x4a);
    CU_ASSERT_EQUAL(print.bytes[31], 0xf1);
    skiff_fingerprint_format(&print, text);
    CU_ASSERT_STRING_EQUAL(text, "sha-256 " HEX_32);
}

/* RFC 8122 5: the name of the hash is case-insensitive; old peers write small digits. */
static void case_does_not_matter(void)
{
    char text[] = "ShA-256 " HEX_32;

    CU_ASSERT_TRUE(is_read(text));
    for (char *c = text; *c != '\0'; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c + 32);
    CU_ASSERT_TRUE(is_read(text));
}

static skiff_status reads_as(const char *text)
{
    skiff_fingerprint print;
    return skiff_fingerprint_parse(text, &print);
}

/* So that a caller can leave it out, as RFC 8122 5.1 lets a peer offer several. */
static void a_hash_of_another_kind_is_distinguished_from_what_is_none(void)
{
    static const char *const others[] = {
        "sha-1 4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB",
        "md5 4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B",
        "a=fingerprint:MD2 4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B\r\n",
        "sha-224 " HEX_32,
        "sha256 " HEX_32,
        "sha3-512 " HEX_32 ":" HEX_32 ":" HEX_32,
    };
    static const char *const none[] = {
        "",
        " ",
        "sha-1",
        "sha-1 ",
        "sha-1 4A:",
        "sha-1 4A:A",
        "sha-1 nothing",
        HEX_32,
        "sha-1 4AADB9B1",
        "sha-384 " HEX_32,
        "sha-512 " HEX_32,
        "=1 4A:AD",
        "sha-1\n4A",
    };

    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        CU_ASSERT_EQUAL(reads_as(others[i]), SKIFF_ERR_UNSUPPORTED);
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        CU_ASSERT_EQUAL(reads_as(none[i]), SKIFF_ERR_ARGUMENT);
}

static void what_readers_of_sdp_leave_around_it_is_skipped(void)
{
    static const char *const texts[] = {
        "sha-256 " HEX_32 "\r",
        "sha-256 " HEX_32 "\r\n",
        "sha-256 " HEX_32 "\n",
        "sha-256 " HEX_32 " ",
        "sha-256 " HEX_32 " \t\r\n",
        " sha-256 " HEX_32,
        "\tsha-256 " HEX_32,
        "sha-256  " HEX_32,
        "sha-256\t" HEX_32,
        "a=fingerprint:sha-256 " HEX_32,
        "fingerprint:sha-256 " HEX_32,
        " a=fingerprint: SHA-256 \t" HEX_32 "\r\n",
        "A=Fingerprint:sha-256 " HEX_32,
    };
    skiff_fingerprint bare, print;

    CU_ASSERT_EQUAL(skiff_fingerprint_parse("sha-256 " HEX_32, &bare), SKIFF_OK);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        memset(&print, 0x77, sizeof print);
        CU_ASSERT_EQUAL(skiff_fingerprint_parse(texts[i], &print), SKIFF_OK);
        CU_ASSERT_EQUAL(memcmp(&print, &bare, sizeof print), 0);
    }
}

static void what_comes_behind_it_is_refused(void)
{
    CU_ASSERT_FALSE(is_read("sha-256 " HEX_32 "\r\na=setup:active"));
    CU_ASSERT_FALSE(is_read("sha-256 " HEX_32 " x"));
    CU_ASSERT_FALSE(is_read("sha-256 " HEX_32 " 00"));
    CU_ASSERT_FALSE(is_read("a=a=fingerprint:sha-256 " HEX_32));
    CU_ASSERT_FALSE(is_read("a=sha-256 " HEX_32));
    CU_ASSERT_FALSE(is_read("b=fingerprint:sha-256 " HEX_32));
    CU_ASSERT_FALSE(is_read("sha-256" HEX_32));
    CU_ASSERT_FALSE(is_read("sha-256\r\n" HEX_32));
}

static void every_other_length_is_refused(void)
{
    char text[] = "sha-256 " HEX_32;

    CU_ASSERT_FALSE(is_read("sha-256 " HEX_32 ":00"));
    CU_ASSERT_FALSE(is_read("sha-256 " HEX_32 ":"));
    CU_ASSERT_FALSE(is_read("sha-256 " HEX_32 ":" HEX_32 ":" HEX_32));
    CU_ASSERT_FALSE(is_read(""));
    for (size_t len = sizeof text - 2; len > 0; len--) {
        text[len] = '\0';
        CU_ASSERT_FALSE(is_read(text));
    }
}

static void every_wrong_character_is_refused(void)
{
    char text[] = "sha-256 " HEX_32;

    for (size_t i = 0; i < sizeof text - 1; i++) {
        char right = text[i];

        text[i] = 'g';
        CU_ASSERT_FALSE(is_read(text));
        text[i] = right;
    }
    CU_ASSERT_TRUE(is_read(text));
}

static void a_refused_text_changes_nothing(void)
{
    skiff_fingerprint print, before;

    memset(&print, 0x77, sizeof print);
    before = print;
    CU_ASSERT_EQUAL(skiff_fingerprint_parse("sha-256 4A:AD", &print), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(memcmp(&print, &before, sizeof print), 0);
    CU_ASSERT_EQUAL(skiff_fingerprint_parse(NULL, &print), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_fingerprint_parse("sha-256 " HEX_32, NULL), SKIFF_ERR_ARGUMENT);
}

static void a_fingerprint_of_no_known_hash_is_an_empty_text(void)
{
    skiff_fingerprint print = { .hash = 1, .len = 20 };
    char text[SKIFF_FINGERPRINT_TEXT] = "before";

    skiff_fingerprint_format(&print, text);
    CU_ASSERT_STRING_EQUAL(text, "");
}

CU_TestInfo fingerprint_tests[] = {
    TEST(what_is_written_is_read_back),
    TEST(the_text_is_the_form_of_rfc_8122),
    TEST(case_does_not_matter),
    TEST(a_hash_of_another_kind_is_distinguished_from_what_is_none),
    TEST(what_readers_of_sdp_leave_around_it_is_skipped),
    TEST(what_comes_behind_it_is_refused),
    TEST(every_other_length_is_refused),
    TEST(every_wrong_character_is_refused),
    TEST(a_refused_text_changes_nothing),
    TEST(a_fingerprint_of_no_known_hash_is_an_empty_text),
    CU_TEST_INFO_NULL,
};
