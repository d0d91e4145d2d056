/* pem.c - an identity read from PEM text (RFC 7468): certificates, ours first, and its key. */
#include <limits.h>
#include <openssl/pem.h>

#include "crypto/keep.h"

struct chain {
    skiff_bytes    certificates[CHAIN_MAX];
    unsigned char *blocks[CHAIN_MAX];          /* the same, as libcrypto wants them freed    */
    size_t         num;
};

/* libcrypto would ask the terminal. A key that is locked is no key for us. */
static int no_password(char *buffer, int size, int writing, void *user)
{
    (void)buffer;
    (void)size;
    (void)writing;
    (void)user;
    return -1;
}

static BIO *bio_over(skiff_bytes text)
{
    return text.ptr != NULL && text.len <= INT_MAX ? BIO_new_mem_buf(text.ptr, (int)text.len)
                                                  : NULL;
}

/* Takes the next block of the text, which must be a certificate and have a place. */
static bool read_certificate(BIO *bio, struct chain *chain)
{
    char *name = NULL, *header = NULL;
    unsigned char *block = NULL;
    long len = 0;

    if (PEM_read_bio(bio, &name, &header, &block, &len) != 1)
        return false;
    bool ok = chain->num < CHAIN_MAX && strcmp(name, PEM_STRING_X509) == 0;
    if (ok) {
        chain->certificates[chain->num] = (skiff_bytes){ block, (size_t)len };
        chain->blocks[chain->num++] = block;
    } else {
        OPENSSL_free(block);
    }
    OPENSSL_free(name);
    OPENSSL_free(header);
    return ok;
}

/* False when the text has no certificate, too many, or something that is none. */
static bool read_chain(skiff_bytes text, struct chain *chain)
{
    BIO *bio = bio_over(text);
    if (bio == NULL)
        return false;

    ERR_clear_error();
    while (read_certificate(bio, chain))
        continue;
    bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    BIO_free(bio);
    return at_end && chain->num > 0;
}

static void free_chain(struct chain *chain)
{
    for (size_t i = 0; i < chain->num; i++)
        OPENSSL_free(chain->blocks[i]);
}

/* A private key whose two halves belong together. */
static EVP_PKEY *read_key(skiff_bytes text)
{
    BIO *bio = bio_over(text);
    EVP_PKEY *key = bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL) : NULL;
    EVP_PKEY_CTX *ctx = key != NULL ? EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL) : NULL;
    bool pair = ctx != NULL && EVP_PKEY_pairwise_check(ctx) == 1;

    EVP_PKEY_CTX_free(ctx);
    BIO_free(bio);
    if (pair)
        return key;
    EVP_PKEY_free(key);
    return NULL;
}

skiff_status skiff_identity_from_pem(skiff_bytes chain, skiff_bytes key,
                                     skiff_identity **identity)
{
    if (identity == NULL)
        return SKIFF_ERR_ARGUMENT;

    struct chain read = { .num = 0 };
    bool well = read_chain(chain, &read);
    EVP_PKEY *private_key = well ? read_key(key) : NULL;
    skiff_status status = SKIFF_ERR_ARGUMENT;
    if (private_key != NULL)
        status = skf_identity_make(private_key, read.certificates, read.num, identity);
    EVP_PKEY_free(private_key);
    free_chain(&read);
    (void)settled(status == SKIFF_OK);
    return status;
}
