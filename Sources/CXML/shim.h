#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xmlerror.h>
#include <libxml/xmlschemas.h>
#include <libxml/xmlschemastypes.h>
#include <libxml/c14n.h>
#include <libxml/catalog.h>
#include <libxml/xmlIO.h>

/* A handler of libxml2's unstructured messages takes any number of arguments, which Swift can't write. */
static void waybill_ignore_message(void *context, const char *message, ...) {
    (void)context;
    (void)message;
}

/* Without a handler these messages go to the process's standard error. It is one for each thread. */
static inline void waybill_silence_generic_errors(void) {
    xmlSetGenericErrorFunc(0, waybill_ignore_message);
}
