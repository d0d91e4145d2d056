# library.cmake - how a library of skiff is made, linked and installed. Knows none by its name.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

# For another processor, or half of this one (-m32), the pkg-config of this machine tells of the
# wrong libraries. Debian names the right one by its triplet.
set(for_another FALSE)
if(CMAKE_CROSSCOMPILING OR CMAKE_SIZEOF_VOID_P EQUAL 4)
  set(for_another TRUE)
endif()
if(for_another AND CMAKE_LIBRARY_ARCHITECTURE AND NOT DEFINED ENV{PKG_CONFIG})
  find_program(PKG_CONFIG_EXECUTABLE NAMES ${CMAKE_LIBRARY_ARCHITECTURE}-pkg-config)
endif()
find_package(PkgConfig REQUIRED)

# skiff_check_target(MODULES): a static library would be made, and no program could be linked.
function(skiff_check_target modules)
  include(CheckCSourceCompiles)
  set(CMAKE_REQUIRED_LIBRARIES PkgConfig::${modules})
  check_c_source_compiles("int main(void) { return 0; }" ${modules}_LINKS)
  if(NOT ${modules}_LINKS)
    message(FATAL_ERROR "${PKG_CONFIG_EXECUTABLE} tells of libraries that are not for "
      "${CMAKE_C_COMPILER} ${CMAKE_C_FLAGS}: PKG_CONFIG_LIBDIR says where those of the target are.")
  endif()
endfunction()

# Until 1.0 a minor version may change the interface, so each has a SONAME of its own.
set(soversion ${PROJECT_VERSION_MAJOR})
if(PROJECT_VERSION_MAJOR EQUAL 0)
  string(APPEND soversion .${PROJECT_VERSION_MINOR})
endif()

# Installed libraries find each other where they lie, in whatever prefix.
set(rpath $<IF:$<BOOL:${APPLE}>,@loader_path,$ORIGIN> ${CMAKE_INSTALL_RPATH})

# A prefix may be moved with all that is in it: a .pc file knows the way from its own folder.
set(pc_prefix ${CMAKE_INSTALL_PREFIX})
if(NOT IS_ABSOLUTE ${CMAKE_INSTALL_LIBDIR})
  cmake_path(RELATIVE_PATH pc_prefix BASE_DIRECTORY ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig)
  string(PREPEND pc_prefix "\${pcfiledir}/")
endif()
set(pc_libdir "\${prefix}")
cmake_path(APPEND pc_libdir ${CMAKE_INSTALL_LIBDIR})
set(pc_includedir "\${prefix}")
cmake_path(APPEND pc_includedir ${CMAKE_INSTALL_INCLUDEDIR})
set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/skiff)

# skiff_pc(NAME DESCRIPTION REQUIRES...): NAME.pc.
function(skiff_pc name description)
  list(TRANSFORM ARGN REPLACE "([<>=]+)" " \\1 ")
  list(JOIN ARGN ", " requires)
  configure_file(src/skiff.pc.in ${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${name}.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()

# skiff_sources(OUT FOLDER...): the C files of each folder. A folder without any is an error, so that
# a library cannot be built with less in it than it should have.
function(skiff_sources out)
  set(sources "")
  foreach(folder ${ARGN})
    file(GLOB found CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.c)
    if(NOT found)
      message(FATAL_ERROR "${folder} has no C files: this copy of skiff is not complete.")
    endif()
    list(APPEND sources ${found})
  endforeach()
  set(${out} ${sources} PARENT_SCOPE)
endfunction()

# What skiffConfig.cmake is to know: the components in the order in which they stand on each
# other, and lines of each.
set(components "")
set(component_lines "")

# skiff_check_modules(NAME COMPONENT MODULE...)
function(skiff_check_modules name component)
  pkg_check_modules(SKIFF_${component} IMPORTED_TARGET GLOBAL ${ARGN})
  if(NOT SKIFF_${component}_FOUND)
    list(JOIN ARGN ", " modules)
    message(FATAL_ERROR "${name} needs ${modules}: not all of it is known to pkg-config. "
      "SKIFF_ICE=OFF and SKIFF_SRTP=OFF build less.")
  endif()
  if(for_another)
    skiff_check_target(SKIFF_${component})
  endif()
  target_link_libraries(${name} PRIVATE PkgConfig::SKIFF_${component})
endfunction()

# skiff_link_aws_lc(NAME): a shared library has its own copy inside, and shows nothing of it.
function(skiff_link_aws_lc name)
  target_include_directories(${name} SYSTEM BEFORE PRIVATE ${aws_lc}/include)
  target_link_libraries(${name} PRIVATE ${aws_lc_library})
  target_link_options(${name} PRIVATE -Wl,--exclude-libs,libcrypto.a)
endfunction()

# skiff_library(NAME COMPONENT DESCRIPTION TEXT [NEEDS COMPONENT] [LIBCRYPTO] MODULES MODULE...
#   [LIBRARIES FILE...] HEADERS HEADER... SOURCES FILE...): libNAME, which others link as
# skiff::COMPONENT. NEEDS is the library that its headers name, MODULES are what pkg-config knows
# and its headers do not, and LIBRARIES are what pkg-config does not know either.
function(skiff_library name component)
  cmake_parse_arguments(PARSE_ARGV 2 arg "LIBCRYPTO" "DESCRIPTION;NEEDS"
    "MODULES;LIBRARIES;HEADERS;SOURCES")
  add_library(${name} ${arg_SOURCES})
  add_library(skiff::${component} ALIAS ${name})
  target_link_libraries(${name} PRIVATE $<BUILD_INTERFACE:skiff_warnings>)
  if(arg_MODULES)
    skiff_check_modules(${name} ${component} ${arg_MODULES})
  endif()
  set(pc_libs "")
  if(arg_LIBCRYPTO AND aws_lc)
    skiff_link_aws_lc(${name})
    set(pc_libs ${aws_lc_library})
  endif()
  target_include_directories(${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  set_target_properties(${name} PROPERTIES EXPORT_NAME ${component}
    VERSION ${PROJECT_VERSION} SOVERSION ${soversion} INSTALL_RPATH "${rpath}")
  set(below "")
  if(arg_NEEDS)
    target_link_libraries(${name} PUBLIC skiff::${arg_NEEDS})
    get_target_property(below skiff::${arg_NEEDS} ALIASED_TARGET)
    string(APPEND below =${PROJECT_VERSION})
  endif()
  foreach(library ${arg_LIBRARIES})          # installed, by its name
    cmake_path(GET library STEM stem)
    string(REGEX REPLACE "^lib" "" stem ${stem})
    target_link_libraries(${name} PRIVATE $<BUILD_INTERFACE:${library}> $<INSTALL_INTERFACE:${stem}>)
    string(APPEND pc_libs " -l${stem}")
  endforeach()
  if(NOT SKIFF_INSTALL)
    return()
  endif()

  # A program links the modules that a static library calls; a shared one has them inside.
  if(BUILD_SHARED_LIBS)
    set(arg_MODULES "")
    set(pc_libs "")
  endif()
  skiff_pc(${name} "${arg_DESCRIPTION}" ${below} ${arg_MODULES})
  install(TARGETS ${name} EXPORT ${name})
  install(EXPORT ${name} NAMESPACE skiff:: DESTINATION ${config_dir}
    FILE ${component}Targets.cmake)
  list(TRANSFORM arg_HEADERS REPLACE "(.+)" "include/skiff/\\1.h")
  install(FILES ${arg_HEADERS} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/skiff)

  set(components ${components} ${component} PARENT_SCOPE)
  string(APPEND component_lines "set(_skiff_${component}_needs ${arg_NEEDS})\n"
    "set(_skiff_${component}_modules ${arg_MODULES})\n")
  set(component_lines "${component_lines}" PARENT_SCOPE)
endfunction()

# skiff_package(): what find_package(skiff) reads.
function(skiff_package)
  configure_file(src/skiffConfig.cmake.in skiffConfig.cmake @ONLY)
  write_basic_package_version_file(skiffConfigVersion.cmake COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_BINARY_DIR}/skiffConfig.cmake
    ${PROJECT_BINARY_DIR}/skiffConfigVersion.cmake DESTINATION ${config_dir})
endfunction()
