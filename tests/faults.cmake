# faults.cmake - the functions of libcrypto that stand behind taps: taps_openssl.c, taps_awslc.c.
set(taps_openssl
  SHA1_Init SHA1_Update SHA1_Final SHA256_Init SHA256_Update SHA256_Final SHA384_Init
  SHA384_Update SHA384_Final SHA512_Init SHA512_Update SHA512_Final EVP_CipherInit_ex
  EVP_CipherUpdate EVP_CipherFinal_ex EVP_EncryptInit_ex EVP_EncryptUpdate EVP_DecryptUpdate
  EVP_EncryptFinal_ex EVP_CIPHER_CTX_get_params EVP_CIPHER_CTX_set_params EVP_CIPHER_CTX_new
  RAND_bytes EC_KEY_generate_key EC_KEY_priv2oct EC_KEY_oct2priv EC_KEY_oct2key
  EC_POINT_point2oct ECDH_compute_key ECDSA_sign ECDSA_verify EVP_PKEY_CTX_new_from_pkey EVP_PKEY_CTX_new
  EVP_PKEY_CTX_new_from_name EVP_PKEY_generate EVP_PKEY_get_raw_public_key
  EVP_PKEY_set1_encoded_public_key EVP_PKEY_derive_init EVP_PKEY_derive_set_peer_ex
  EVP_PKEY_derive EVP_PKEY_sign_init EVP_PKEY_sign EVP_PKEY_verify_init EVP_PKEY_verify
  EVP_MD_CTX_new EVP_DigestInit_ex EVP_DigestUpdate EVP_DigestFinal_ex EVP_MD_CTX_copy_ex
  EVP_MAC_CTX_new EVP_MAC_init EVP_MAC_update EVP_MAC_final EVP_KDF_CTX_new EVP_KDF_derive
  EVP_PKEY_new_raw_public_key EVP_PKEY_derive_set_peer EVP_PKEY_get_octet_string_param
  EVP_PKEY_fromdata_init EVP_PKEY_fromdata BN_bin2bn OSSL_PARAM_BLD_new
  OSSL_PARAM_BLD_to_param EVP_CIPHER_fetch EVP_KEYMGMT_fetch OSSL_PROVIDER_query_operation)
set(taps_awslc
  SHA1_Init SHA1_Update SHA1_Final SHA256_Init SHA256_Update SHA256_Final SHA384_Init
  SHA384_Update SHA384_Final SHA512_Init SHA512_Update SHA512_Final EVP_CipherInit_ex
  EVP_CipherUpdate EVP_CipherFinal_ex EVP_EncryptInit_ex EVP_EncryptUpdate EVP_DecryptUpdate
  EVP_EncryptFinal_ex EVP_CIPHER_CTX_ctrl EVP_CIPHER_CTX_new AES_set_encrypt_key RAND_bytes
  EC_KEY_new_by_curve_name EC_KEY_generate_key EC_KEY_set_private_key EC_KEY_set_public_key
  BN_bn2bin_padded BN_bin2bn EC_POINT_oct2point EC_POINT_point2oct ECDH_compute_key ECDSA_sign
  ECDSA_verify RSA_new_public_key EVP_PKEY_new EVP_PKEY_CTX_new EVP_PKEY_CTX_new_id
  EVP_PKEY_CTX_kem_set_params EVP_PKEY_keygen_init EVP_PKEY_keygen EVP_PKEY_get_raw_public_key
  EVP_PKEY_kem_new_raw_public_key EVP_PKEY_decapsulate EVP_PKEY_sign_init EVP_PKEY_sign
  EVP_PKEY_verify_init EVP_PKEY_verify)
list(TRANSFORM taps_awslc PREPEND ${aws_lc_symbols}_)
list(APPEND taps_awslc skf_cipher_is_available skf_mask_is_available
  skf_keys_are_available skf_cipher_context)

set(taps ${taps_${libcrypto}})
list(TRANSFORM taps PREPEND -Wl,--wrap=)

add_library(faults STATIC faults.c taps_${libcrypto}.c)
if(NOT aws_lc)
  target_sources(faults PRIVATE taps_provider.c)
endif()
target_link_libraries(faults PRIVATE skiff_warnings suite PUBLIC PkgConfig::CRYPTO)
target_link_options(faults INTERFACE ${taps})
if(aws_lc)
  target_include_directories(faults SYSTEM BEFORE PRIVATE ${aws_lc}/include)
  target_include_directories(faults PRIVATE ${PROJECT_SOURCE_DIR}/src
    ${PROJECT_SOURCE_DIR}/include)
endif()
