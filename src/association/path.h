/* path.h - where the peer of an association is (RFC 9146 section 6), and how that is
 * checked (RFC 9853). Knows paths as the caller's numbers. */
#ifndef SKF_PATH_H
#define SKF_PATH_H

#include "association/association_state.h"

struct path_message;

/* A record of `size` bytes has opened. */
void skf_path_record_received(struct skiff_dtls *dtls, const struct incoming *record,
                              size_t size);

/* A message of the check has come. False: the check is not agreed on. */
bool skf_path_receive(struct skiff_dtls *dtls, const struct incoming *record);

/* A message of ours: whether a response or anything is due, which it is, and that it was
 * sealed into a record of `len` bytes. */
bool skf_path_response_pending(const struct skiff_dtls *dtls);
bool skf_path_message_pending(const struct skiff_dtls *dtls);
bool skf_path_next_message(struct skiff_dtls *dtls, size_t len,
                           struct path_message *message);
void skf_path_message_sent(struct skiff_dtls *dtls, const struct path_message *message,
                           size_t len);

/* The response that is pending comes too late. */
void skf_path_drop_response(struct skiff_dtls *dtls);

/* The timer T of a check may be over. */
void skf_path_fire_timer(struct skiff_dtls *dtls);

/* The path to the peer. 0: the caller knows it. */
uint64_t skf_path_of_peer(const struct skiff_dtls *dtls);

/* Whether both ends have the check, and whether the peer has answered on its path. */
bool skf_path_has_rrc(const struct skiff_dtls *dtls);
bool skf_path_is_proven(const struct skiff_dtls *dtls);

/* The application prefers a path. False: the check is not agreed on. */
bool skf_path_prefer(struct skiff_dtls *dtls, uint64_t path);

#endif
