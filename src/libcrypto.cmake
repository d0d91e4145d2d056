# libcrypto.cmake - which libcrypto skiff calls, and how: the folders of src/crypto, srtp and ice/stun
# that hold those calls, and what a library of skiff that makes them is linked with.
#
#   libcrypto         openssl or awslc
#   crypto_folders    of src/crypto
#   hmac_calls        the folder of srtp and of ice/stun
#   provider_calls    the folder of srtp that calls a provider's functions, or has none
#   libcrypto_module  what pkg-config is to know, or nothing
#   aws_lc            the prefix of AWS-LC, or nothing; aws_lc_library and aws_lc_symbols in it

set(SKIFF_CRYPTO openssl CACHE STRING "The libcrypto: openssl, openssl-evp (EVP calls alone), aws-lc")
set_property(CACHE SKIFF_CRYPTO PROPERTY STRINGS openssl openssl-evp aws-lc)
option(SKIFF_CRYPTO_EVP "The same as SKIFF_CRYPTO=openssl-evp" OFF)
set(SKIFF_AWS_LC "" CACHE PATH "The prefix in which AWS-LC is installed, for SKIFF_CRYPTO=aws-lc")

# skiff_find_aws_lc(): a static library whose symbols have a prefix, so that it stands beside an
# OpenSSL in one process: that of libsrtp2, of libnice, of the program.
function(skiff_find_aws_lc)
  set(headers ${SKIFF_AWS_LC}/include/openssl)
  if(NOT SKIFF_AWS_LC)
    message(FATAL_ERROR "SKIFF_CRYPTO=aws-lc needs SKIFF_AWS_LC, the prefix in which AWS-LC is installed.")
  endif()
  find_library(aws_lc_library libcrypto.a PATHS ${SKIFF_AWS_LC} PATH_SUFFIXES lib lib64
    NO_DEFAULT_PATH NO_CACHE)
  if(NOT aws_lc_library OR NOT EXISTS ${headers}/base.h)
    message(FATAL_ERROR "SKIFF_AWS_LC: there is no AWS-LC in ${SKIFF_AWS_LC}, which has not both "
      "include/openssl/base.h and libcrypto.a in lib or lib64.")
  endif()
  file(STRINGS ${headers}/base.h is_aws_lc REGEX "define OPENSSL_IS_AWSLC")
  if(NOT is_aws_lc)
    message(FATAL_ERROR "SKIFF_AWS_LC: the headers in ${headers} are not those of AWS-LC.")
  endif()
  file(STRINGS ${headers}/nid.h has_kem REGEX "define NID_MLKEM768 ")
  if(NOT has_kem)
    message(FATAL_ERROR "SKIFF_AWS_LC: the AWS-LC in ${SKIFF_AWS_LC} is too old: it has no ML-KEM-768.")
  endif()
  set(symbols "")
  if(EXISTS ${headers}/boringssl_prefix_symbols.h)    # a build without a prefix installs none
    file(STRINGS ${headers}/boringssl_prefix_symbols.h symbols REGEX "define BORINGSSL_PREFIX ")
  endif()
  string(REGEX REPLACE ".*BORINGSSL_PREFIX +" "" symbols "${symbols}")
  if(NOT symbols)
    message(FATAL_ERROR "SKIFF_AWS_LC: the symbols of the AWS-LC in ${SKIFF_AWS_LC} have no prefix "
      "(BORINGSSL_PREFIX). In a program they would take the place of an OpenSSL's.")
  endif()
  set(aws_lc ${SKIFF_AWS_LC} PARENT_SCOPE)
  set(aws_lc_library ${aws_lc_library} PARENT_SCOPE)
  set(aws_lc_symbols ${symbols} PARENT_SCOPE)
endfunction()

if(SKIFF_CRYPTO_EVP AND SKIFF_CRYPTO STREQUAL "aws-lc")
  message(FATAL_ERROR "SKIFF_CRYPTO_EVP asks for OpenSSL's providers, which aws-lc has not.")
endif()
if(SKIFF_CRYPTO_EVP)
  if(NOT SKIFF_CRYPTO STREQUAL "openssl-evp")
    message(STATUS "SKIFF_CRYPTO_EVP=ON: SKIFF_CRYPTO is openssl-evp, and not ${SKIFF_CRYPTO}")
  endif()
  set(SKIFF_CRYPTO openssl-evp)
endif()

set(libcrypto_module libcrypto>=3.0)
set(hmac_calls lean)
set(provider_calls srtp/no_provider)
set(libcrypto openssl)
set(aws_lc "")
if(SKIFF_CRYPTO STREQUAL "openssl")
  set(crypto_folders states openssl lean)
  set(provider_calls srtp/provider)
elseif(SKIFF_CRYPTO STREQUAL "openssl-evp")
  set(SKIFF_CRYPTO_EVP ON)
  set(crypto_folders openssl evp)
  set(hmac_calls evp)
elseif(SKIFF_CRYPTO STREQUAL "aws-lc")
  set(libcrypto awslc)
  set(crypto_folders states awslc)
  set(libcrypto_module "")
  skiff_find_aws_lc()
else()
  message(FATAL_ERROR "SKIFF_CRYPTO is openssl, openssl-evp or aws-lc, not \"${SKIFF_CRYPTO}\".")
endif()
list(TRANSFORM crypto_folders PREPEND src/crypto/)
