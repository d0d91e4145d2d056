/* certificate.c - finds the public key in an X.509 certificate (RFC 5280 section 4.1).
 *
 * Checks every length on the way and nothing else: the fingerprint identifies the peer.
 * Allocates nothing, calls nothing, and costs less than a hundredth of d2i_X509.
 */
#include "crypto/crypto.h"
#include "crypto/der.h"

enum { VERSION = 0xa0, ISSUER_ID = 0x81, SUBJECT_ID = 0x82, EXTENSIONS = 0xa3 };
enum { RSA_BYTES_MIN = 256, RSA_BYTES_MAX = 512 };

static const uint8_t ec_public_key[] = { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01 };
static const uint8_t prime256v1[] = { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07 };
static const uint8_t secp384r1[] = { 0x2b, 0x81, 0x04, 0x00, 0x22 };
static const uint8_t rsa_encryption[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7,
                                          0x0d, 0x01, 0x01, 0x01 };

#define IS(oid, known)                                                                     \
  ((oid).len == sizeof(known) && memcmp((oid).ptr, known, sizeof(known)) == 0)

static const char NOT_DER[] = "Certificate: not a well formed X.509 certificate";

/* TBSCertificate; v1 is the default and leaves its version out. */
static bool tbs_certificate(struct der *tbs, struct der *key_info)
{
    skf_der_skip_optional(tbs, VERSION);
    skf_der_read(tbs, DER_INTEGER);               /* serialNumber */
    skf_der_read(tbs, DER_SEQUENCE);              /* signature */
    skf_der_read(tbs, DER_SEQUENCE);              /* issuer */
    skf_der_read(tbs, DER_SEQUENCE);              /* validity */
    skf_der_read(tbs, DER_SEQUENCE);              /* subject */
    *key_info = skf_der_enter(tbs, DER_SEQUENCE); /* subjectPublicKeyInfo */
    skf_der_skip_optional(tbs, ISSUER_ID);
    skf_der_skip_optional(tbs, SUBJECT_ID);
    skf_der_skip_optional(tbs, EXTENSIONS);
    return skf_der_ended(tbs);
}

static bool certificate(skiff_bytes bytes, struct der *key_info)
{
    struct der all = { bytes, false };
    struct der cert = skf_der_enter(&all, DER_SEQUENCE);
    struct der tbs = skf_der_enter(&cert, DER_SEQUENCE);

    skf_der_read(&cert, DER_SEQUENCE);   /* signatureAlgorithm */
    skf_der_read(&cert, DER_BIT_STRING); /* signatureValue */
    return skf_der_ended(&all) && skf_der_ended(&cert) && tbs_certificate(&tbs, key_info);
}

/* RFC 5480 2.1.1 and 2.2 */
static const char *ec_key(struct der *algorithm, skiff_bytes point,
                          struct skf_public_key *key)
{
    skiff_bytes curve = skf_der_read(algorithm, DER_OID);

    if (!skf_der_ended(algorithm))
        return "Certificate: the curve has no name";
    if (IS(curve, prime256v1))
        *key = (struct skf_public_key){ .kind = KEY_P256, .len = 65 };
    else if (IS(curve, secp384r1))
        *key = (struct skf_public_key){ .kind = KEY_P384, .len = 97 };
    else
        return "Certificate: the curve is neither P-256 nor P-384";
    if (point.len != key->len || point.ptr[0] != 4)
        return "Certificate: the key is not an uncompressed point of its curve";
    memcpy(key->bytes, point.ptr, point.len);
    return NULL;
}

static uint32_t exponent_of(skiff_bytes bytes)
{
    uint32_t exponent = 0;

    if (bytes.len > sizeof exponent)
        return 0;
    for (size_t i = 0; i < bytes.len; i++)
        exponent = exponent << 8 | bytes.ptr[i];
    return exponent;
}

/* RFC 3279 2.3.1 */
static const char *rsa_key(struct der *algorithm, skiff_bytes bytes,
                           struct skf_public_key *key)
{
    skiff_bytes null = skf_der_read(algorithm, DER_NULL);
    struct der all = { bytes, false };
    struct der pair = skf_der_enter(&all, DER_SEQUENCE);
    skiff_bytes modulus = skf_der_read_positive(&pair);
    skiff_bytes exponent = skf_der_read_positive(&pair);

    if (null.len != 0 || !skf_der_ended(algorithm) || !skf_der_ended(&all)
        || !skf_der_ended(&pair))
        return "Certificate: the RSA key is not well formed";
    if (modulus.len < RSA_BYTES_MIN || modulus.len > RSA_BYTES_MAX
        || (modulus.len == RSA_BYTES_MIN && modulus.ptr[0] < 0x80))
        return "Certificate: the RSA key has not 2048 to 4096 bits";

    *key = (struct skf_public_key){ .kind = KEY_RSA, .len = (uint16_t)modulus.len };
    key->exponent = exponent_of(exponent);
    if (key->exponent < 3 || key->exponent % 2 == 0
        || modulus.ptr[modulus.len - 1] % 2 == 0)
        return "Certificate: the RSA modulus or exponent is none";
    memcpy(key->bytes, modulus.ptr, modulus.len);
    return NULL;
}

static const char *public_key(struct der *key_info, struct skf_public_key *key)
{
    struct der algorithm = skf_der_enter(key_info, DER_SEQUENCE);
    skiff_bytes bytes = skf_der_read_octets(key_info);
    skiff_bytes oid = skf_der_read(&algorithm, DER_OID);

    if (!skf_der_ended(key_info) || algorithm.failed)
        return NOT_DER;
    if (IS(oid, ec_public_key))
        return ec_key(&algorithm, bytes, key);
    if (IS(oid, rsa_encryption))
        return rsa_key(&algorithm, bytes, key);
    return "Certificate: the key is neither ECDSA nor RSA";
}

bool skf_certificate_key(skiff_bytes der, struct skf_public_key *key, const char **why)
{
    struct der key_info = { { NULL, 0 }, true };
    struct skf_public_key found;
    const char *wrong =
        certificate(der, &key_info) ? public_key(&key_info, &found) : NOT_DER;

    if (wrong != NULL) {
        *why = wrong;
        return false;
    }
    *key = found;
    return true;
}
