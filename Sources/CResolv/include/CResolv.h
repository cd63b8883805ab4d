#ifndef CRESOLV_H
#define CRESOLV_H

#include <stdint.h>

/* glibc's DNS client and its reader of messages (resolv.h, arpa/nameser.h), without their types: those would be defined twice for
 * Swift, which has them from Glibc. */

/* A DNS client with its settings. Not for two threads at once. */
typedef struct waybill_resolver waybill_resolver;

/* Reads resolv.conf, with what the environment says of it. NULL when that can't be done. */
waybill_resolver *waybill_resolver_new(void);
void waybill_resolver_free(waybill_resolver *resolver);

/* Servers that can be asked in turn. */
#define WAYBILL_SERVERS 3

typedef struct {
    uint8_t address[16];
    /* 4 or 16 */
    uint8_t length;
    uint16_t port;
} waybill_server;

/* Makes the client ask these servers, in place of those of resolv.conf. 0, or -1. */
int waybill_resolver_use(waybill_resolver *resolver, const waybill_server *servers, int count);

int waybill_resolver_dots(const waybill_resolver *resolver);
/* One of the domains of `search`; NULL behind the last one. */
const char *waybill_resolver_domain(const waybill_resolver *resolver, int index);
/* Whether resolv.conf says that nobody is to be asked for addresses of IPv6. */
int waybill_resolver_skips_ipv6(const waybill_resolver *resolver);

/* Writes a question for records of the Internet's class. Its length, or -1. */
int waybill_resolver_question(waybill_resolver *resolver, const char *name, int type, uint8_t *buffer, int size);
/* Sends a question and waits for its answer: by UDP, by TCP when it does not fit. Its length, or -1. */
int waybill_resolver_send(
    waybill_resolver *resolver, const uint8_t *question, int length, uint8_t *answer, int size);

/* A message that is being read; its bytes have to outlive it. */
typedef struct waybill_message waybill_message;

/* NULL when the sections don't fit the bytes. */
waybill_message *waybill_message_open(const uint8_t *bytes, int size);
void waybill_message_close(waybill_message *message);

typedef struct {
    /* Text; valid until the next record is read. */
    const char *name;
    uint16_t type;
    uint16_t kind;
    uint32_t seconds;
    const uint8_t *data;
    uint16_t length;
} waybill_record;

/* Reads the record at a place of a section: 0 questions, 1 answers, 2 authorities. 0, or -1 when there is none or it is malformed. */
int waybill_message_record(waybill_message *message, int section, int index, waybill_record *record);

/* Writes the name at a place in the message as text. 0, or -1. */
int waybill_message_name(const waybill_message *message, const uint8_t *at, char *text, int size);

#endif
