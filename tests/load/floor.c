/* floor.c - ECDSA P-256 and a key exchange by EVP, each in the shape that libcrypto does it
 * fastest: keys are loaded and contexts prepared before. No handshake has it so good. */
#include "floor.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

enum { DIGEST = 32, SIGNATURE = 80, SECRET = 32 };

struct floor {
    enum key_share share;
    EVP_PKEY_CTX *sign, *verify, *keygen, *derive;
    uint8_t digest[DIGEST], signature[SIGNATURE];
    size_t signature_len;
};

static bool sign(struct floor *floor)
{
    uint8_t signature[SIGNATURE];
    size_t len = sizeof signature;

    return EVP_PKEY_sign(floor->sign, signature, &len, floor->digest, DIGEST) == 1;
}

static bool verify(struct floor *floor)
{
    return EVP_PKEY_verify(floor->verify, floor->signature, floor->signature_len,
                           floor->digest, DIGEST)
        == 1;
}

static bool keygen_x25519(void)
{
    uint8_t private_half[SECRET], public_half[SECRET];
    size_t len = sizeof public_half;

    if (RAND_bytes(private_half, sizeof private_half) != 1)
        return false;
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, private_half,
                                                 sizeof private_half);
    bool ok = key != NULL && EVP_PKEY_get_raw_public_key(key, public_half, &len) == 1;
    EVP_PKEY_free(key);
    return ok;
}

static bool keygen(struct floor *floor)
{
    EVP_PKEY *key = NULL;

    if (floor->share == SHARE_X25519)
        return keygen_x25519();
    bool ok = EVP_PKEY_keygen(floor->keygen, &key) == 1;
    EVP_PKEY_free(key);
    return ok;
}

static bool derive(struct floor *floor)
{
    uint8_t secret[SECRET];
    size_t len = sizeof secret;

    return EVP_PKEY_derive(floor->derive, secret, &len) == 1;
}

bool floor_run(struct floor *floor, enum floor_op op)
{
    switch (op) {
    case FLOOR_SIGN:
        return sign(floor);
    case FLOOR_VERIFY:
        return verify(floor);
    case FLOOR_KEYGEN:
        return keygen(floor);
    case FLOOR_DERIVE:
        return derive(floor);
    case FLOOR_OPS:
        break;
    }
    return false;
}

/* A signature to verify, with the key it was made by. */
static bool prepare_signatures(struct floor *floor)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");

    if (key == NULL)
        return false;
    memset(floor->digest, 9, sizeof floor->digest);
    floor->signature_len = sizeof floor->signature;
    floor->sign = EVP_PKEY_CTX_new(key, NULL);
    floor->verify = EVP_PKEY_CTX_new(key, NULL);
    EVP_PKEY_free(key);
    return floor->sign != NULL && floor->verify != NULL
        && EVP_PKEY_sign_init(floor->sign) == 1 && EVP_PKEY_verify_init(floor->verify) == 1
        && EVP_PKEY_sign(floor->sign, floor->signature, &floor->signature_len,
                         floor->digest, DIGEST)
               == 1;
}

static EVP_PKEY *share_of(enum key_share share)
{
    return share == SHARE_X25519 ? EVP_PKEY_Q_keygen(NULL, NULL, "X25519")
                                 : EVP_EC_gen("P-256");
}

static bool prepare_keygen(struct floor *floor)
{
    if (floor->share == SHARE_X25519)
        return true;
    floor->keygen = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    return floor->keygen != NULL && EVP_PKEY_keygen_init(floor->keygen) == 1
        && EVP_PKEY_CTX_set_group_name(floor->keygen, "P-256") == 1;
}

static bool prepare_exchange(struct floor *floor)
{
    EVP_PKEY *ours = share_of(floor->share), *theirs = share_of(floor->share);

    floor->derive = ours != NULL ? EVP_PKEY_CTX_new(ours, NULL) : NULL;
    bool ok = theirs != NULL && floor->derive != NULL
           && EVP_PKEY_derive_init(floor->derive) == 1
           && EVP_PKEY_derive_set_peer(floor->derive, theirs) == 1 && prepare_keygen(floor);
    EVP_PKEY_free(ours);
    EVP_PKEY_free(theirs);
    return ok;
}

struct floor *floor_new(enum key_share share)
{
    struct floor *floor = calloc(1, sizeof *floor);

    if (floor == NULL)
        return NULL;
    floor->share = share;
    if (prepare_signatures(floor) && prepare_exchange(floor))
        return floor;
    floor_free(floor);
    return NULL;
}

void floor_free(struct floor *floor)
{
    if (floor == NULL)
        return;
    EVP_PKEY_CTX_free(floor->sign);
    EVP_PKEY_CTX_free(floor->verify);
    EVP_PKEY_CTX_free(floor->keygen);
    EVP_PKEY_CTX_free(floor->derive);
    free(floor);
}
