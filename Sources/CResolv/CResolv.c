#define _GNU_SOURCE
#include "CResolv.h"

#include <sys/types.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <resolv.h>
#include <stdlib.h>
#include <string.h>

struct waybill_resolver {
    struct __res_state state;
};

waybill_resolver *waybill_resolver_new(void) {
    waybill_resolver *resolver = calloc(1, sizeof *resolver);
    if (resolver == NULL) return NULL;
    if (res_ninit(&resolver->state) == 0) return resolver;
    free(resolver);
    return NULL;
}

void waybill_resolver_free(waybill_resolver *resolver) {
    res_nclose(&resolver->state);
    free(resolver);
}

int waybill_resolver_use(waybill_resolver *resolver, const waybill_server *servers, int count) {
    struct __res_state *state = &resolver->state;
    if (count < 1 || count > MAXNS || count > WAYBILL_SERVERS) return -1;
    /* Addresses of IPv6 stand beside the list, in memory that res_nclose frees. */
    for (int i = 0; i < MAXNS; i++) {
        if (i < state->nscount) free(state->_u._ext.nsaddrs[i]);
        state->_u._ext.nsaddrs[i] = NULL;
        state->_u._ext.nssocks[i] = -1;
        memset(&state->nsaddr_list[i], 0, sizeof state->nsaddr_list[i]);
    }
    state->_u._ext.nscount = 0;
    state->nscount = 0;
    for (int i = 0; i < count; i++) {
        if (servers[i].length == 4) {
            state->nsaddr_list[i].sin_family = AF_INET;
            state->nsaddr_list[i].sin_port = htons(servers[i].port);
            memcpy(&state->nsaddr_list[i].sin_addr, servers[i].address, 4);
        } else {
            struct sockaddr_in6 *address = calloc(1, sizeof *address);
            if (address == NULL) return -1;
            address->sin6_family = AF_INET6;
            address->sin6_port = htons(servers[i].port);
            memcpy(&address->sin6_addr, servers[i].address, 16);
            state->_u._ext.nsaddrs[i] = address;
        }
        state->nscount = i + 1;
    }
    return 0;
}

int waybill_resolver_dots(const waybill_resolver *resolver) { return resolver->state.ndots; }

const char *waybill_resolver_domain(const waybill_resolver *resolver, int index) {
    return index >= 0 && index < MAXDNSRCH ? resolver->state.dnsrch[index] : NULL;
}

int waybill_resolver_skips_ipv6(const waybill_resolver *resolver) {
#ifdef RES_NOAAAA
    return (resolver->state.options & RES_NOAAAA) != 0;
#else
    (void)resolver;
    return 0;
#endif
}

int waybill_resolver_question(waybill_resolver *resolver, const char *name, int type, uint8_t *buffer, int size) {
    return res_nmkquery(&resolver->state, ns_o_query, name, ns_c_in, type, NULL, 0, NULL, buffer, size);
}

int waybill_resolver_send(
    waybill_resolver *resolver, const uint8_t *question, int length, uint8_t *answer, int size) {
    return res_nsend(&resolver->state, question, length, answer, size);
}

struct waybill_message {
    ns_msg handle;
    ns_rr record;
};

waybill_message *waybill_message_open(const uint8_t *bytes, int size) {
    waybill_message *message = calloc(1, sizeof *message);
    if (message == NULL) return NULL;
    if (ns_initparse(bytes, size, &message->handle) == 0) return message;
    free(message);
    return NULL;
}

void waybill_message_close(waybill_message *message) { free(message); }

int waybill_message_record(waybill_message *message, int section, int index, waybill_record *record) {
    static const ns_sect sections[] = {ns_s_qd, ns_s_an, ns_s_ns};
    if (section < 0 || section > 2 || index < 0) return -1;
    if (ns_parserr(&message->handle, sections[section], index, &message->record) != 0) return -1;
    record->name = message->record.name;
    record->type = message->record.type;
    record->kind = message->record.rr_class;
    record->seconds = message->record.ttl;
    record->data = message->record.rdata;
    record->length = message->record.rdlength;
    return 0;
}

int waybill_message_name(const waybill_message *message, const uint8_t *at, char *text, int size) {
    const uint8_t *start = ns_msg_base(message->handle), *end = ns_msg_end(message->handle);
    if (at < start || at >= end || size < 1) return -1;
    return ns_name_uncompress(start, end, at, text, (size_t)size) < 0 ? -1 : 0;
}
