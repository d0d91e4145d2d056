/* certificate.c - a certificate and its key are read by libcrypto, and compared. */
#include "certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>

/* Without it libcrypto asks for a pass phrase at the terminal. */
static int no_pass_phrase(char *text, int size, int writes, void *user)
{
    (void)text;
    (void)size;
    (void)writes;
    (void)user;
    return -1;
}

static X509 *read_certificate(const char *text)
{
    BIO *bio = BIO_new_mem_buf(text, -1);
    X509 *read = bio != NULL ? PEM_read_bio_X509(bio, NULL, no_pass_phrase, NULL) : NULL;

    BIO_free(bio);
    return read;
}

static EVP_PKEY *read_key(const char *text)
{
    BIO *bio = BIO_new_mem_buf(text, -1);
    EVP_PKEY *read =
        bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, no_pass_phrase, NULL) : NULL;

    BIO_free(bio);
    return read;
}

bool certificate_fits(const char *certificate, const char *key)
{
    X509 *certified = read_certificate(certificate);
    EVP_PKEY *own = read_key(key);
    bool fits =
        certified != NULL && own != NULL && X509_check_private_key(certified, own) == 1;

    X509_free(certified);
    EVP_PKEY_free(own);
    ERR_clear_error();
    return fits;
}
