/* encrypted.c - EncryptedExtensions (RFC 8446 section 4.3.1). */
#include "dtls/extensions.h"
#include "dtls/messages.h"

bool say_encrypted_extensions(struct handshake *hs, struct walk *w)
{
    say_extensions(hs, IN_ENCRYPTED_EXTENSIONS, w);
    return true;
}

enum verdict hear_encrypted_extensions(struct handshake *hs, skiff_bytes body)
{
    struct walk w = walk_reader(body);
    skiff_bytes list = { NULL, 0 };

    walk_vec(&w, &list, 0, 65535);
    if (w.failed || w.at != body.len)
        return DROPPED;

    forget_answers(hs);
    enum verdict v = hear_extensions(hs, IN_ENCRYPTED_EXTENSIONS, list);
    if (v == HEARD && hs->srtp_profile == 0 && !hs->settings->media_optional)
        return refuse(hs, ALERT_HANDSHAKE_FAILURE, "use_srtp: no profile in common",
                      "RFC 5764 4.1.2");
    return v;
}
