/* credential.c - certificates and keys for both ends, made by libcrypto. */
#include "credential.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <string.h>

enum { ENDS = 2, CHAIN = 6 };

const char *const credential_names[CREDENTIAL_KINDS] = {
    [P256] = "P-256",
    [P384] = "P-384",
    [RSA_2048] = "RSA-2048",
    [RSA_CHAIN] = "RSA chain",
};

/* A certificate that is being made: whose key it holds, and whose signs it. */
struct order {
    EVP_PKEY *key, *issuer;
    int subject_number, issuer_number;
};

static EVP_PKEY *make_key(enum credential_kind kind)
{
    switch (kind) {
    case P256:
        return EVP_EC_gen("P-256");
    case P384:
        return EVP_EC_gen("P-384");
    case RSA_2048:
    case RSA_CHAIN:
        return EVP_RSA_gen(2048);
    case CREDENTIAL_KINDS:
        break;
    }
    return NULL;
}

/* Sets one of the names, which `set` copies. */
static bool set_name(X509 *x, int (*set)(X509 *x, const X509_NAME *name), int number)
{
    X509_NAME *name = X509_NAME_new();
    char text[32];

    snprintf(text, sizeof text, "interop %d", number);
    bool good = name != NULL
             && X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                           (const unsigned char *)text, -1, -1, 0)
                    == 1
             && set(x, name) == 1;
    X509_NAME_free(name);
    return good;
}

static bool set_ca(X509 *x, bool is_ca)
{
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints,
                                            is_ca ? "critical,CA:TRUE" : "CA:FALSE");
    bool good = e != NULL && X509_add_ext(x, e, -1) == 1;

    X509_EXTENSION_free(e);
    return good;
}

static X509 *make_certificate(const struct order *order)
{
    X509 *x = X509_new();

    if (x != NULL && X509_set_version(x, X509_VERSION_3) == 1
        && ASN1_INTEGER_set(X509_get_serialNumber(x), 1 + order->subject_number) == 1
        && ASN1_TIME_set_string(X509_getm_notBefore(x), "20200101000000Z") == 1
        && ASN1_TIME_set_string(X509_getm_notAfter(x), "20491231235959Z") == 1
        && set_name(x, X509_set_subject_name, order->subject_number)
        && set_name(x, X509_set_issuer_name, order->issuer_number)
        && X509_set_pubkey(x, order->key) == 1 && set_ca(x, order->subject_number > 0)
        && X509_sign(x, order->issuer, EVP_sha256()) > 0)
        return x;
    X509_free(x);
    return NULL;
}

/* Writes one certificate behind those before it. */
static bool add_certificate(struct credential *made, BIO *chain, const struct order *order)
{
    X509 *x = make_certificate(order);
    bool good = x != NULL && PEM_write_bio_X509(chain, x) == 1;

    if (good && made->num == 0)
        good = X509_digest(x, EVP_sha256(), made->sha256, NULL) == 1;
    if (good) {
        made->num++;
        made->der_len += (size_t)i2d_X509(x, NULL);
    }
    X509_free(x);
    return good;
}

/* The leaf, and for a chain those above it, which share one key; the last signs itself. */
static bool write_chain(struct credential *made, BIO *chain, EVP_PKEY *key, size_t num)
{
    EVP_PKEY *above = num > 1 ? make_key(RSA_2048) : NULL;
    bool good = num == 1 || above != NULL;

    for (size_t i = 0; good && i < num; i++) {
        int number = (int)i;
        struct order order = { .key = i == 0 ? key : above,
                               .issuer = num == 1 ? key : above,
                               .subject_number = number,
                               .issuer_number = i + 1 < num ? number + 1 : number };
        good = add_certificate(made, chain, &order);
    }
    EVP_PKEY_free(above);
    return good;
}

/* Takes the text out of a memory BIO and ends it. */
static char *text_of(BIO *bio)
{
    char *bytes = NULL;
    long len = BIO_get_mem_data(bio, &bytes);

    return OPENSSL_strndup(bytes, (size_t)len);
}

static bool make(struct credential *made, enum credential_kind kind)
{
    EVP_PKEY *key = make_key(kind);
    BIO *chain = BIO_new(BIO_s_mem()), *secret = BIO_new(BIO_s_mem());
    bool good = key != NULL && chain != NULL && secret != NULL
             && write_chain(made, chain, key, kind == RSA_CHAIN ? CHAIN : 1)
             && PEM_write_bio_PrivateKey(secret, key, NULL, NULL, 0, NULL, NULL) == 1;

    if (good) {
        made->chain = text_of(chain);
        made->key = text_of(secret);
    }
    BIO_free(secret);
    BIO_free(chain);
    EVP_PKEY_free(key);
    return good && made->chain != NULL && made->key != NULL;
}

const struct credential *credential_of(enum credential_kind kind, int end)
{
    static struct credential kept[CREDENTIAL_KINDS][ENDS];
    struct credential *credential = &kept[kind][end];

    if (credential->key == NULL && !make(credential, kind))
        return NULL;
    return credential;
}
