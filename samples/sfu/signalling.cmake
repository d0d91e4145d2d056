# signalling.cmake - the SFU's signalling as a library: for the program, and for the tests and
# fuzzers, which are also built without samples.
include_guard(GLOBAL)

pkg_check_modules(SFU_SDP IMPORTED_TARGET GLOBAL gstreamer-sdp-1.0)
pkg_check_modules(SFU_JSON IMPORTED_TARGET GLOBAL jansson)
pkg_check_modules(SFU_HTTP IMPORTED_TARGET GLOBAL libmicrohttpd)
pkg_check_modules(SFU_CRYPTO IMPORTED_TARGET GLOBAL libcrypto)

set(missing "")
foreach(module SFU_SDP:gstreamer-sdp-1.0 SFU_JSON:jansson SFU_HTTP:libmicrohttpd)
  string(REPLACE ":" ";" module ${module})
  list(GET module 0 found)
  if(NOT ${found}_FOUND)
    list(GET module 1 module)
    list(APPEND missing ${module})
  endif()
endforeach()
if(NOT TARGET skiff-port)
  list(APPEND missing "the port")
endif()
if(missing)
  list(JOIN missing ", " missing)
  message(STATUS "The SFU is left out, for these are missing: ${missing}")
  return()
endif()

set(folder ${PROJECT_SOURCE_DIR}/samples/sfu)
add_library(sfu-signalling STATIC EXCLUDE_FROM_ALL
  ${folder}/http.c ${folder}/http_server.c ${folder}/limits.c ${folder}/metrics.c
  ${folder}/pages.c ${folder}/problem.c ${folder}/sdp_answer.c ${folder}/sdp_fragment.c
  ${folder}/sdp_offer.c ${folder}/sdp_registry.c ${folder}/sdp_section.c ${folder}/sdp_text.c
  ${folder}/sessions.c ${folder}/site.c ${folder}/stats_json.c ${folder}/token.c
  ${folder}/trace_stream.c ${folder}/whip.c ${PROJECT_SOURCE_DIR}/samples/common/trace_file.c)
target_link_libraries(sfu-signalling PUBLIC skiff::port PkgConfig::SFU_SDP
  PkgConfig::SFU_JSON PkgConfig::SFU_HTTP PkgConfig::SFU_CRYPTO skiff_warnings)
target_compile_definitions(sfu-signalling PRIVATE _GNU_SOURCE)
