/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Incremental JSON: bytes in as they arrive, one callback per complete top-level value or per error.
 *
 * Limits per message, so that a peer cannot exhaust us: JSON_MAX_BYTES of text, JSON_MAX_TOKENS tokens, JSON_MAX_NESTING
 * levels. Past a limit the message is answered with one error and skipped up to its end.
 */
#ifndef JSON_PARSER_H
#define JSON_PARSER_H

#include "qobject/qobject.h"

#define JSON_MAX_BYTES (64u << 20)
#define JSON_MAX_TOKENS (2u << 20)
#define JSON_MAX_NESTING 1024

/* Exactly one of @json (now the callee's) and @err (likewise) is set. */
typedef void JSONMessageEmit(void *opaque, QObject *json, Error *err);

typedef struct JSONMessageParser {
    JSONMessageEmit *emit;
    void *opaque;
    va_list *ap;
    GString *text;              /* the message so far */
    unsigned depth, tokens;
    char quote;                 /* inside a string that this character closes */
    bool escape;                /* after a backslash in a string */
    bool in_word;               /* inside a top-level number or literal */
    bool skipping;              /* over a limit: text is dropped until the message ends */
    uint64_t offset;            /* bytes fed before @text, for error offsets */
    uint64_t fed;
} JSONMessageParser;

void json_message_parser_init(JSONMessageParser *parser, JSONMessageEmit *emit, void *opaque, va_list *ap);
void json_message_parser_feed(JSONMessageParser *parser, const char *buffer, size_t size);
/* The stream ended or restarts: an incomplete message is an error. */
void json_message_parser_flush(JSONMessageParser *parser);
void json_message_parser_destroy(JSONMessageParser *parser);

/* Parse one whole value in @text. @base is added to offsets in messages. */
QObject *json_parse_text(const char *text, size_t len, uint64_t base, va_list *ap, Error **errp);

#endif
