/* pem.c - an identity read from PEM (RFC 7468): certificates, ours first, and a key. */
#include <limits.h>
#include <openssl/pem.h>

#include "crypto/internal.h"

struct chain {
    skiff_bytes certificates[CHAIN_MAX];
    unsigned char *blocks[CHAIN_MAX]; /* the same, as libcrypto wants them freed */
    size_t num;
    bool refused; /* a block is no certificate, or one too many */
};

/* Without this libcrypto would ask the terminal. An encrypted key is refused. */
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
    return text.ptr != NULL && text.len <= INT_MAX
             ? BIO_new_mem_buf(text.ptr, (int)text.len)
             : NULL;
}

/* Reads the next block of the text. */
static bool read_certificate(BIO *bio, struct chain *chain)
{
    char *name = NULL, *header = NULL;
    unsigned char *block = NULL;
    long len = 0;

    if (PEM_read_bio(bio, &name, &header, &block, &len) != 1)
        return false;
    chain->refused = chain->num == CHAIN_MAX || strcmp(name, PEM_STRING_X509) != 0;
    if (chain->refused) {
        OPENSSL_free(block);
    } else {
        chain->certificates[chain->num] = (skiff_bytes){ block, (size_t)len };
        chain->blocks[chain->num++] = block;
    }
    OPENSSL_free(name);
    OPENSSL_free(header);
    return !chain->refused;
}

/* The text must end where no block begins, not inside of one. */
static bool read_chain(skiff_bytes text, struct chain *chain)
{
    BIO *bio = bio_over(text);
    if (bio == NULL)
        return false;

    while (read_certificate(bio, chain))
        continue;
    BIO_free(bio);
    return !chain->refused && chain->num > 0
        && ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
}

static void free_chain(struct chain *chain)
{
    for (size_t i = 0; i < chain->num; i++)
        OPENSSL_free(chain->blocks[i]);
}

static EVP_PKEY *read_key(skiff_bytes text)
{
    BIO *bio = bio_over(text);
    EVP_PKEY *key =
        bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL) : NULL;

    BIO_free(bio);
    return key;
}

static skiff_status make_identity(skiff_bytes chain, EVP_PKEY *private_key,
                                  skiff_identity **identity)
{
    struct chain read = { .num = 0 };
    bool is_chain = read_chain(chain, &read);
    skiff_status status =
        is_chain
            ? skf_identity_make(private_key, read.certificates, read.num, identity)
            : skiff_fault_set(SKIFF_ERR_ARGUMENT, "chain: not 1 to 8 certificates in PEM");

    free_chain(&read);
    return status;
}

static skiff_status read_identity(skiff_bytes chain, skiff_bytes key,
                                  skiff_identity **identity)
{
    EVP_PKEY *private_key = read_key(key);
    if (private_key == NULL)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT,
                               "key: not a private key in PEM without a password");

    skiff_status status = make_identity(chain, private_key, identity);
    EVP_PKEY_free(private_key);
    return status;
}

skiff_status skiff_identity_from_pem(skiff_bytes chain, skiff_bytes key,
                                     skiff_identity **identity)
{
    if (identity == NULL)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "identity: must not be NULL");

    /* For libcrypto the end of the text is an error too, and never the program's. */
    ERR_set_mark();
    skiff_status status = read_identity(chain, key, identity);
    ERR_pop_to_mark();
    return status;
}
