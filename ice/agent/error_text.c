/* error_text.c - the errors of STUN and TURN servers as texts. */
#include "error_text.h"

#include <stddef.h>

/* RFC 8489 14.8 and RFC 8656 19 */
static const struct {
    uint16_t code;
    const char *what;
} error_texts[] = {
    { 300, "the server redirects to another one, which is not followed" },
    { 400, "the server finds the request malformed" },
    { 401, "the server does not accept the user or the password" },
    { 403, "the server forbids it" },
    { 420, "the server does not know an attribute of the request" },
    { 437, "the server has another allocation for each port that was tried" },
    { 438, "the server calls each nonce stale that it gave" },
    { 440, "the server has no relay of this address family" },
    { 441, "the server's allocation for our port is another user's" },
    { 442, "the server does not relay over this transport" },
    { 486, "the user has all the allocations that the server permits" },
    { 500, "the server failed" },
    { 508, "the server has no relay left" },
};

const char *skf_stun_error_text(uint16_t code)
{
    for (size_t i = 0; i < sizeof error_texts / sizeof *error_texts; i++)
        if (error_texts[i].code == code)
            return error_texts[i].what;
    return "the server refuses";
}
