/* extension.h - the envelope of an extension and the bodies that skiff knows. */
#ifndef SKF_WIRE_EXTENSION_H
#define SKF_WIRE_EXTENSION_H

#include "wire/numbers.h"
#include "wire/walk.h"

/* RFC 5246 section 7.4.1.4 */
struct extension {
    uint16_t extension_type;
    skiff_bytes extension_data;
};

static inline void extension(struct walk *w, struct extension *m)
{
    walk_u16(w, &m->extension_type);
    walk_vec(w, &m->extension_data, 0, 65535);
}
WALKABLE(extension)

/* The body of the first extension of that type in a list, if all before it are well
 * formed. */
static inline bool extension_find(skiff_bytes list, uint16_t type, skiff_bytes *body)
{
    struct walk w = walk_reader(list);
    struct extension e = { 0 };

    while (!w.failed && w.at < w.end) {
        extension(&w, &e);
        if (!w.failed && e.extension_type == type) {
            *body = e.extension_data;
            return true;
        }
    }
    return false;
}

/* A list of 16-bit code points in a vector with a 16-bit length: NamedGroupList (RFC 8422
 * section 5.1.1), supported_signature_algorithms (RFC 5246 section 7.4.1.4.1). */
struct u16_list {
    skiff_bytes list;
};

static inline void u16_list(struct walk *w, struct u16_list *m)
{
    walk_vec(w, &m->list, 2, 65534);
    walk_require(w, m->list.len % 2 == 0);
}
WALKABLE(u16_list)

/* RFC 8422 section 5.1.2 */
struct ec_point_format_list {
    skiff_bytes list;
};

static inline void ec_point_format_list(struct walk *w, struct ec_point_format_list *m)
{
    walk_vec(w, &m->list, 1, 255);
}
WALKABLE(ec_point_format_list)

/* RFC 5764 section 4.1.1 */
struct use_srtp_data {
    skiff_bytes profiles;
    skiff_bytes srtp_mki;
};

static inline void use_srtp_data(struct walk *w, struct use_srtp_data *m)
{
    walk_vec(w, &m->profiles, 2, 65534);
    walk_require(w, m->profiles.len % 2 == 0);
    walk_vec(w, &m->srtp_mki, 0, 255);
}
WALKABLE(use_srtp_data)

/* RFC 6066 section 3: a name of every type begins with a 16-bit length */
struct server_name {
    uint8_t name_type;
    skiff_bytes name;
};

static inline void server_name(struct walk *w, struct server_name *m)
{
    walk_u8(w, &m->name_type);
    walk_vec(w, &m->name, 0, 65535);
    walk_require(w, m->name_type != HOST_NAME || m->name.len > 0);
}
WALKABLE(server_name)

struct server_name_list {
    skiff_bytes list;
};

static inline void server_name_list(struct walk *w, struct server_name_list *m)
{
    walk_vec(w, &m->list, 1, 65535);
}
WALKABLE(server_name_list)

/* RFC 7301 section 3.1; a client lists what it supports, a server what it chose */
struct protocol_name {
    skiff_bytes name;
};

static inline void protocol_name(struct walk *w, struct protocol_name *m)
{
    walk_vec(w, &m->name, 1, 255);
}
WALKABLE(protocol_name)

struct protocol_name_list {
    skiff_bytes list;
};

static inline void protocol_name_list(struct walk *w, struct protocol_name_list *m)
{
    walk_vec(w, &m->list, 2, 65535);
}
WALKABLE(protocol_name_list)

/* RFC 5746 section 3.2 */
struct renegotiation_info {
    skiff_bytes renegotiated_connection;
};

static inline void renegotiation_info(struct walk *w, struct renegotiation_info *m)
{
    walk_vec(w, &m->renegotiated_connection, 0, 255);
}
WALKABLE(renegotiation_info)

/* RFC 8449 section 4 */
struct record_size_limit {
    uint16_t limit;
};

static inline void record_size_limit(struct walk *w, struct record_size_limit *m)
{
    walk_u16(w, &m->limit);
}
WALKABLE(record_size_limit)

/* RFC 8446 section 4.2.1, as a client writes it */
struct supported_versions {
    skiff_bytes versions;
};

static inline void supported_versions(struct walk *w, struct supported_versions *m)
{
    walk_vec(w, &m->versions, 2, 254);
    walk_require(w, m->versions.len % 2 == 0);
}
WALKABLE(supported_versions)

/* RFC 8446 section 4.2.1, as a server writes it */
struct selected_version {
    uint16_t selected;
};

static inline void selected_version(struct walk *w, struct selected_version *m)
{
    walk_u16(w, &m->selected);
}
WALKABLE(selected_version)

/* RFC 8446 section 4.2.2 */
struct cookie_extension {
    skiff_bytes cookie;
};

static inline void cookie_extension(struct walk *w, struct cookie_extension *m)
{
    walk_vec(w, &m->cookie, 1, 65535);
}
WALKABLE(cookie_extension)

/* RFC 8446 section 4.2.8: a ServerHello contains one, a ClientHello a list of them */
struct key_share_entry {
    uint16_t group;
    skiff_bytes key_exchange;
};

static inline void key_share_entry(struct walk *w, struct key_share_entry *m)
{
    walk_u16(w, &m->group);
    walk_vec(w, &m->key_exchange, 1, 65535);
}
WALKABLE(key_share_entry)

struct key_share_list {
    skiff_bytes client_shares;
};

static inline void key_share_list(struct walk *w, struct key_share_list *m)
{
    walk_vec(w, &m->client_shares, 0, 65535);
}
WALKABLE(key_share_list)

/* RFC 9146 section 3: one; RFC 9147 section 9: a list of them */
struct connection_id {
    skiff_bytes cid;
};

static inline void connection_id(struct walk *w, struct connection_id *m)
{
    walk_vec(w, &m->cid, 0, 255);
}
WALKABLE(connection_id)

/* RFC 8446 section 4.2.9 */
struct psk_key_exchange_modes {
    skiff_bytes ke_modes;
};

static inline void psk_key_exchange_modes(struct walk *w, struct psk_key_exchange_modes *m)
{
    walk_vec(w, &m->ke_modes, 1, 255);
}
WALKABLE(psk_key_exchange_modes)

/* RFC 8446 section 4.2.11, as a client writes it: a list of identities, and a binder for
 * each of them */
struct psk_identity {
    skiff_bytes identity;
    uint32_t obfuscated_ticket_age;
};

static inline void psk_identity(struct walk *w, struct psk_identity *m)
{
    walk_vec(w, &m->identity, 1, 65535);
    walk_u32(w, &m->obfuscated_ticket_age);
}
WALKABLE(psk_identity)

struct psk_binder_entry {
    skiff_bytes binder;
};

static inline void psk_binder_entry(struct walk *w, struct psk_binder_entry *m)
{
    walk_vec(w, &m->binder, 32, 255);
}
WALKABLE(psk_binder_entry)

struct offered_psks {
    skiff_bytes identities;
    skiff_bytes binders;
};

static inline void offered_psks(struct walk *w, struct offered_psks *m)
{
    walk_vec(w, &m->identities, 7, 65535);
    walk_vec(w, &m->binders, 33, 65535);
}
WALKABLE(offered_psks)

/* The same section, as a server writes it */
struct selected_psk {
    uint16_t selected_identity;
};

static inline void selected_psk(struct walk *w, struct selected_psk *m)
{
    walk_u16(w, &m->selected_identity);
}
WALKABLE(selected_psk)

/* The i-th code point of a list that was read. */
static inline uint16_t u16_at(skiff_bytes list, size_t i)
{
    return (uint16_t)(list.ptr[2 * i] << 8 | list.ptr[2 * i + 1]);
}

static inline bool u16_holds(skiff_bytes list, uint16_t number)
{
    for (size_t i = 0; i < list.len / 2; i++)
        if (u16_at(list, i) == number)
            return true;
    return false;
}

#endif
