#!/bin/bash
# fips.sh - runs the suites of src/crypto, DTLS and SRTP in a Debian 13 root with no provider but
# OpenSSL's for FIPS 140-3 and the one that reads files, in the build with SKIFF_CRYPTO_EVP. The
# configuration of libcrypto asks for fips=yes in every fetch: skiff has no query of its own.
# Then the default provider is there too, and the query alone must keep it out. That holds for the
# functions that SRTP calls without EVP, too, in the build that does so.
set -u -o pipefail
cd "$(dirname "$0")/../.." || exit 1
source .ci/packages
source tests/all/suites.bash

folder=$PWD/build/fips
floors=(base wire crypto dtls srtp)
rounds=3                                       # of what repeats many rounds

# The choices that are not approved, in sentences that are about them; what repeats with every suite
# and group leaves them out by itself.
x25519="X25519 alone is not approved"
chacha="ChaCha20-Poly1305 is not approved"
key="the provider makes no key that is to be refused"
looked="libcrypto itself keeps what it has learned of each algorithm that is not there"
unapproved=(
    "crypto/key_share/the_vectors_of_rfc_7748_come_out: $x25519"
    "crypto/key_share/an_x25519_secret_of_zeros_is_refused: $x25519"
    "crypto/kem/our_offer_is_two_keys_and_their_secrets_are_ours: $x25519"
    "crypto/kem/our_response_is_a_ciphertext_and_a_point: $x25519"
    "crypto/certificate/rsa_keys_that_are_short_or_odd_are_refused: $key"
    "crypto/pem/keys_we_do_not_use_are_refused: $key"
    "dtls/record/padding_behind_the_inner_type_is_removed: $chacha"
    "dtls/record13/no_two_numbers_have_the_same_nonce_or_mask: $chacha"
    "dtls/settings/zero_means_the_default_that_the_header_states: neither default is approved"
    "dtls/settings/the_order_of_a_list_is_kept: $x25519"
    "dtls/hello/x25519mlkem768_is_listed_where_1_3_is_used_and_nowhere_else: $x25519"
    "dtls/group_choice/*: $x25519"
    "dtls/agreement/the_server_chooses_by_its_own_preference: $x25519, $chacha"
    "dtls/agreement13/the_server_chooses_by_its_own_preference: $x25519, $chacha"
    "dtls/agreement/no_group_in_common_is_handshake_failure: $x25519"
    "dtls/agreement13/no_group_in_common_is_handshake_failure: $x25519"
    "dtls/browser/the_hybrid_share_of_a_browser_gets_a_response_where_libcrypto_can: $x25519"
    "dtls/browser/a_browser_that_offers_1_3_gets_it_with_a_share_that_it_sent: $x25519"
    "dtls/auth/a_key_exchange_has_what_was_offered: $x25519"
    "dtls/altered_message13/of_a_client_hello: $x25519"
    "dtls/version13/odd_code_points_and_shuffled_extensions_do_not_hurt: $x25519"
    "dtls/ticket/a_ticket_serves_another_suite_of_its_hash_and_none_of_another: $chacha"
    "dtls/psk/a_large_share_and_a_ticket_go_together: $x25519"
    "dtls/heap/when_libcrypto_has_none_a_context_is_not_made_and_nothing_leaks: $looked"
    "dtls/heap13/when_libcrypto_has_none_a_context_is_not_made_and_nothing_leaks: $looked"
)

# write_configuration FILE PROVIDERS...
write_configuration()
{
    local provider
    printf '%s\n' 'config_diagnostics = 1' 'openssl_conf = init' \
        ".include $folder/fipsmodule.cnf" '[init]' 'providers = providers' \
        'alg_section = algorithms' '[algorithms]' 'default_properties = fips=yes' \
        '[active]' 'activate = 1' '[providers]' 'fips = fips_sect'
    for provider in "$@"; do
        echo "$provider = active"
    done
}

# What has to be so before a test can say anything: that the query is asked, and what answers.
look()
{
    openssl list -providers | grep -q 'FIPS' || die "the FIPS provider is not active"
    ! openssl list -providers | grep -qi 'default provider' \
        || die "the default provider is active"
    echo text | openssl dgst -sha256 > /dev/null || die "the FIPS provider has no SHA-256"
}

inside()
{
    step "installing the FIPS provider"
    mkdir -p "$folder"
    openssl fipsinstall -out "$folder/fipsmodule.cnf" \
        -module "$(openssl version -m | cut -d'"' -f2)/fips.so" > "$folder/install.log" 2>&1 \
        || die "the FIPS provider does not pass its own tests: $(tail -n 1 "$folder/install.log")"
    write_configuration base > "$folder/fips.cnf"
    write_configuration base default > "$folder/both.cnf"

    step "building"
    { cmake --preset evp && cmake --build --preset evp --target "${floors[@]/#/test_}"; } \
        > "$folder/build.log" 2>&1 || die "does not build: $(grep -m 1 error "$folder/build.log")"

    { cmake --preset dev && cmake --build --preset dev --target test_srtp; } \
        >> "$folder/build.log" 2>&1 || die "does not build without EVP: $(grep -m 1 error "$folder/build.log")"

    export OPENSSL_CONF=$folder/fips.cnf SKIFF_PROVIDER=fips SKIFF_TEST_ROUNDS=$rounds
    look
    step "testing with the FIPS provider alone"
    local failed=0 alone
    with='' left_out=("${unapproved[@]}")
    run_suites "FIPS provider" "$PWD/build/evp/tests" "$folder/runs" || failed=1
    alone=$result

    export OPENSSL_CONF=$folder/both.cnf
    step "testing what is refused while the default provider is there"
    build/evp/tests/test_dtls provider/ > "$folder/both" 2>&1 || failed=1
    step "testing that SRTP without EVP calls the FIPS provider"
    build/dev/tests/test_srtp provider > "$folder/without_evp" 2>&1 || failed=1
    step "done"
    echo "$alone; with another provider beside it:" \
        "$(awk '$1 == "tests" { passed += $4; bad += $5 }
            END { print passed " passed, " bad " failed" }' "$folder"/{both,without_evp})"
    exit $failed
}

if [ "${1:-}" = --inside ]; then
    inside
fi
source tests/all/debian13.bash
have_root openssl-provider-fips openssl
in_root "$root" tests/all/fips.sh --inside | tee build/fips.log
exit "${PIPESTATUS[0]}"
