/* wire.c - fuzzes every struct of the wire, and what a caller keeps of a ticket: what is
 * read is written back byte for byte. The first byte says which struct. */
#include <stdlib.h>

#include "handshake/ticket_store.h"
#include "wire/auth.h"
#include "wire/control.h"
#include "wire/exchange.h"
#include "wire/extension.h"
#include "wire/handshake.h"
#include "wire/hello.h"
#include "wire/record.h"
#include "wire/ticket.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* What was read is as long as it says, and the same when it is written. */
static void compare(skiff_bytes in, const uint8_t *out, size_t size, size_t wrote)
{
    must(size == in.len && wrote == in.len && memcmp(in.ptr, out, in.len) == 0);
}

#define ECHO(name)                                                                         \
  static void echo_##name(skiff_bytes in, uint8_t *out)                                    \
  {                                                                                        \
    struct name m;                                                                         \
    size_t size, wrote = 0;                                                                \
    if (!name##_read(&m, in))                                                              \
      return;                                                                              \
    must(name##_size(&m, &size) && name##_write(&m, out, in.len, &wrote));                 \
    compare(in, out, size, wrote);                                                         \
  }

/* clang-format off */
#define STRUCTS(X)                                                                         \
    X(record_header) X(handshake_header) X(client_hello) X(server_hello)                   \
    X(hello_verify_request) X(extension) X(u16_list) X(ec_point_format_list)               \
    X(use_srtp_data) X(renegotiation_info) X(supported_versions) X(certificate)            \
    X(asn1_cert) X(certificate_request) X(certificate_verify) X(server_ecdh_params)        \
    X(server_key_exchange) X(client_key_exchange) X(alert) X(change_cipher_spec)           \
    X(connection_id) X(new_connection_id) X(request_connection_id)                         \
    X(psk_key_exchange_modes) X(psk_identity) X(psk_binder_entry) X(offered_psks)          \
    X(selected_psk) X(new_session_ticket) X(session) X(stored_ticket)                      \
    X(return_routability_check)
/* clang-format on */

STRUCTS(ECHO)

#define ROW(name) echo_##name,
static void (*const echoes[])(skiff_bytes in, uint8_t *out) = { STRUCTS(ROW) };
enum { ECHOES = sizeof echoes / sizeof *echoes };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;

    uint8_t *out = malloc(size); /* so that a sanitizer sees who writes past it */
    must(out != NULL);
    echoes[data[0] % ECHOES]((skiff_bytes){ data + 1, size - 1 }, out);
    free(out);
    return 0;
}
