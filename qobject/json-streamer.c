/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds where messages end in a byte stream, by counting brackets and following string quotes, and hands each complete one
 * to the parser. Enforces the limits of json-parser.h before memory is spent.
 *
 * Back in step after junk: a control character inside a string, a stray closing bracket at top level and a byte that
 * UTF-8 never contains (0xFE, 0xFF; clients send it on purpose) end the message in progress with an error.
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qobject/json-parser.h"

void json_message_parser_init(JSONMessageParser *parser, JSONMessageEmit *emit, void *opaque, va_list *ap)
{
    *parser = (JSONMessageParser) { .emit = emit, .opaque = opaque, .ap = ap, .text = g_string_new(NULL) };
}

static bool message_empty(const JSONMessageParser *p)
{
    return !p->text->len && !p->skipping;
}

static void reset(JSONMessageParser *p)
{
    if (p->text->allocated_len > 65536) {
        g_string_free(p->text, TRUE);
        p->text = g_string_new(NULL);
    }
    g_string_truncate(p->text, 0);
    p->depth = p->tokens = 0;
    p->quote = 0;
    p->escape = p->in_word = p->skipping = false;
}

static void emit_error(JSONMessageParser *p, const char *what)
{
    Error *err = NULL;

    error_setg(&err, "JSON parse error at byte %" PRIu64 ", %s", p->fed, what);
    p->emit(p->opaque, NULL, err);
}

/* The message in progress is hopeless: say so unless a limit already did. */
static void abandon(JSONMessageParser *p, const char *what)
{
    bool told = p->skipping;

    reset(p);
    if (!told) {
        emit_error(p, what);
    }
}

static void finish(JSONMessageParser *p)
{
    Error *err = NULL;
    QObject *obj = NULL;
    bool emit = !p->skipping;

    if (emit) {
        obj = json_parse_text(p->text->str, p->text->len, p->offset, p->ap, &err);
    }
    reset(p);
    if (emit) {
        p->emit(p->opaque, obj, err);
    }
}

static void start_skipping(JSONMessageParser *p, const char *what)
{
    if (!p->skipping) {
        p->skipping = true;
        g_string_truncate(p->text, 0);
        emit_error(p, what);
    }
}

static void keep(JSONMessageParser *p, char c)
{
    if (p->skipping) {
        return;
    }
    if (!p->text->len) {
        p->offset = p->fed;
    }
    if (p->text->len >= JSON_MAX_BYTES) {
        start_skipping(p, "message too long");
        return;
    }
    g_string_append_c(p->text, c);
}

static void count_token(JSONMessageParser *p)
{
    if (++p->tokens == JSON_MAX_TOKENS) {
        start_skipping(p, "too many values in one message");
    }
}

static void feed_in_string(JSONMessageParser *p, char c)
{
    if ((unsigned char)c < 0x20) {
        abandon(p, "control character in string");
        return;
    }
    keep(p, c);
    if (p->escape) {
        p->escape = false;
    } else if (c == '\\') {
        p->escape = true;
    } else if (c == p->quote) {
        p->quote = 0;
        if (!p->depth) {
            finish(p);
        }
    }
}

static void feed_close(JSONMessageParser *p, char c)
{
    if (!p->depth) {
        abandon(p, "stray closing bracket");
        return;
    }
    keep(p, c);
    if (!--p->depth) {
        finish(p);
    }
}

static void feed_open(JSONMessageParser *p, char c)
{
    keep(p, c);
    count_token(p);
    if (++p->depth > JSON_MAX_NESTING) {
        start_skipping(p, "nesting too deep");
    }
}

static void feed_other(JSONMessageParser *p, char c)
{
    if (p->depth) {
        if (c == ',' || c == ':') {
            count_token(p);
        }
        keep(p, c);
    } else if (!g_ascii_isspace(c)) {
        keep(p, c);
        p->in_word = true;
    }
}

static void feed_byte(JSONMessageParser *p, char c)
{
    if ((unsigned char)c >= 0xfe) {
        if (message_empty(p)) {
            emit_error(p, "invalid byte");
        } else {
            abandon(p, "message cut short by an invalid byte");
        }
        return;
    }
    if (p->quote) {
        feed_in_string(p, c);
        return;
    }
    /* A word at top level ends at anything that cannot continue it. */
    if (p->in_word && (g_ascii_isspace(c) || strchr("{}[]\"',:", c))) {
        finish(p);
    }
    switch (c) {
    case '"':
    case '\'':
        keep(p, c);
        count_token(p);
        p->quote = c;
        break;
    case '{':
    case '[':
        feed_open(p, c);
        break;
    case '}':
    case ']':
        feed_close(p, c);
        break;
    default:
        feed_other(p, c);
        break;
    }
}

void json_message_parser_feed(JSONMessageParser *parser, const char *buffer, size_t size)
{
    size_t i;

    for (i = 0; i < size; i++) {
        feed_byte(parser, buffer[i]);
        parser->fed++;
    }
}

void json_message_parser_flush(JSONMessageParser *parser)
{
    if (parser->in_word) {
        finish(parser);
    } else if (!message_empty(parser)) {
        abandon(parser, "message is incomplete");
    }
}

void json_message_parser_destroy(JSONMessageParser *parser)
{
    g_string_free(parser->text, TRUE);
    parser->text = NULL;
}
