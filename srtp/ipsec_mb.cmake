# ipsec_mb.cmake - whether GCM and counter mode are libipsec-mb's. Sets ipsec_mb to the folder with
# the kernel, and ipsec_mb_library and ipsec_mb_include to what it is built with. Debian's package
# has no .pc file.
set(SKIFF_IPSEC_MB AUTO CACHE STRING "AES of SRTP by libipsec-mb: AUTO, ON or OFF")
set_property(CACHE SKIFF_IPSEC_MB PROPERTY STRINGS AUTO ON OFF)

set(ipsec_mb srtp/no_ipsec_mb)
set(ipsec_mb_library "")
set(ipsec_mb_include "")
if(NOT SKIFF_IPSEC_MB MATCHES "^(AUTO|ON|OFF)$")
  message(FATAL_ERROR "SKIFF_IPSEC_MB is AUTO, ON or OFF, and not ${SKIFF_IPSEC_MB}.")
endif()
if(SKIFF_CRYPTO_EVP AND SKIFF_IPSEC_MB STREQUAL "ON")
  message(FATAL_ERROR "SKIFF_IPSEC_MB=ON and EVP calls alone (SKIFF_CRYPTO_EVP=ON) contradict each "
    "other: libipsec-mb is no provider of libcrypto.")
endif()
if(SKIFF_CRYPTO_EVP OR SKIFF_IPSEC_MB STREQUAL "OFF")
  return()
endif()

# What is found may be for another processor, or too old: 1.3 has a self test.
include(CheckCSourceCompiles)
find_library(SKIFF_IPSEC_MB_LIBRARY IPSec_MB)
find_path(SKIFF_IPSEC_MB_INCLUDE intel-ipsec-mb.h)
mark_as_advanced(SKIFF_IPSEC_MB_LIBRARY SKIFF_IPSEC_MB_INCLUDE)
if(SKIFF_IPSEC_MB_LIBRARY AND SKIFF_IPSEC_MB_INCLUDE)
  set(ipsec_mb_checked "${SKIFF_IPSEC_MB_LIBRARY};${SKIFF_IPSEC_MB_INCLUDE}")
  if(NOT SKIFF_IPSEC_MB_LINKS OR NOT "${SKIFF_IPSEC_MB_CHECKED}" STREQUAL "${ipsec_mb_checked}")
    unset(SKIFF_IPSEC_MB_LINKS CACHE)    # of another library, or of the one before it
    set(SKIFF_IPSEC_MB_CHECKED "${ipsec_mb_checked}" CACHE INTERNAL "")
  endif()
  set(CMAKE_REQUIRED_LIBRARIES ${SKIFF_IPSEC_MB_LIBRARY})
  set(CMAKE_REQUIRED_INCLUDES ${SKIFF_IPSEC_MB_INCLUDE})
  check_c_source_compiles("#include <intel-ipsec-mb.h>
    int main(void) { return alloc_mb_mgr(0) != 0 && IMB_FEATURE_SELF_TEST_PASS != 0; }"
    SKIFF_IPSEC_MB_LINKS)
  unset(CMAKE_REQUIRED_LIBRARIES)
  unset(CMAKE_REQUIRED_INCLUDES)
endif()
if(SKIFF_IPSEC_MB_LINKS)
  set(ipsec_mb srtp/ipsec_mb)
  set(ipsec_mb_library ${SKIFF_IPSEC_MB_LIBRARY})
  set(ipsec_mb_include ${SKIFF_IPSEC_MB_INCLUDE})
elseif(SKIFF_IPSEC_MB STREQUAL "ON")
  message(FATAL_ERROR "SKIFF_IPSEC_MB=ON needs libipsec-mb 1.3 (Debian's libipsec-mb-dev) for this "
    "processor, which is not here. AUTO builds without it.")
endif()
