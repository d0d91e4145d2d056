/* sfu_offer.c - what the browser of a test offers. */
#include "sfu_client.h"

#include <stdio.h>

static struct media_section section_of(enum media_kind kind, const char *mid, uint8_t shift)
{
    struct media_section section = { .kind = kind,
                                     .nack = kind == MEDIA_VIDEO,
                                     .pli = kind == MEDIA_VIDEO,
                                     .transport_cc = true };

    snprintf(section.mid, sizeof section.mid, "%s", mid);
    section.codec = kind == MEDIA_AUDIO ? CODEC_OPUS : CODEC_VP8;
    section.payload_type = kind == MEDIA_AUDIO ? CLIENT_AUDIO : CLIENT_VIDEO;
    section.rtx_payload_type = kind == MEDIA_AUDIO ? 0 : CLIENT_RTX;
    section.clock_rate = kind == MEDIA_AUDIO ? 48000 : 90000;
    section.extension[EXT_MID] = CLIENT_MID + shift;
    section.extension[EXT_TRANSPORT_CC] = CLIENT_TRANSPORT_CC + shift;
    section.extension[EXT_ABS_SEND_TIME] = 2 + shift;
    section.extension[EXT_RID] = CLIENT_RID + shift;
    section.extension[EXT_AUDIO_LEVEL] = CLIENT_LEVEL + shift;
    return section;
}

struct description client_offer(const struct client *client)
{
    struct description offer = { .num_sections = 2,
                                 .num_fingerprints = 1,
                                 .setup = client->passive ? SETUP_PASSIVE : SETUP_ACTPASS };

    offer.sections[0] = section_of(MEDIA_AUDIO, "0", client->shift);
    offer.sections[1] = section_of(MEDIA_VIDEO, "1", client->shift);
    if (client->has_second)
        offer.sections[offer.num_sections++] = section_of(MEDIA_AUDIO, "2", client->shift);
    offer.sections[1].num_rids = client->num_layers;
    for (size_t i = 0; i < client->num_layers; i++)
        offer.sections[1].rid[i][0] = (char)('a' + i);
    offer.fingerprints[0] = client->world->fingerprint;
    snprintf(offer.ufrag, sizeof offer.ufrag, "%s", client->ufrag);
    snprintf(offer.password, sizeof offer.password, "0123456789012345678901");
    return offer;
}
