/* encrypted.c - EncryptedExtensions (RFC 8446 section 4.3.1). */
#include "handshake/extensions/extensions.h"
#include "handshake/messages.h"

bool skf_say_encrypted_extensions(struct handshake *hs, struct walk *w)
{
    skf_say_extensions(hs, IN_ENCRYPTED_EXTENSIONS, w);
    return true;
}

enum verdict skf_hear_encrypted_extensions(struct handshake *hs, skiff_bytes body)
{
    struct walk w = walk_reader(body);
    skiff_bytes list = { NULL, 0 };

    walk_vec(&w, &list, 0, 65535);
    if (w.failed || w.at != body.len)
        return DROPPED;

    skf_forget_negotiated(hs);
    enum verdict v = skf_hear_extensions(hs, IN_ENCRYPTED_EXTENSIONS, list);
    if (v == ACCEPTED && hs->srtp_profile == 0 && !hs->settings->media_optional)
        return skf_refuse(hs, ALERT_HANDSHAKE_FAILURE, "use_srtp: no profile in common",
                          "RFC 5764 4.1.2");
    return v;
}
