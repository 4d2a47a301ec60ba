/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See readline.h. Input bytes run through a small state machine for escape sequences (ECMA-48 CSI and SS3). */
#include "qemu/osdep.h"
#include "readline.h"

enum EscState { PLAIN, ESC, CSI, SS3 };

struct ReadLineState {
    ReadLinePrint *print;
    ReadLineDone *done;
    ReadLineComplete *complete;
    void *opaque;
    char *prompt;
    GString *line;
    size_t cursor;
    enum EscState esc;
    int param;
    GQueue history;             /* char *, oldest first */
    int hist_pos;               /* -1: the new line */
    char *saved;                /* the new line while history shows */
    GPtrArray *completions;     /* while the callback runs */
    char *word;
};

ReadLineState *readline_new(ReadLinePrint *print, ReadLineDone *done, ReadLineComplete *complete, void *opaque)
{
    ReadLineState *rs = g_new0(ReadLineState, 1);

    rs->print = print;
    rs->done = done;
    rs->complete = complete;
    rs->opaque = opaque;
    rs->line = g_string_new(NULL);
    rs->hist_pos = -1;
    g_queue_init(&rs->history);
    return rs;
}

void readline_free(ReadLineState *rs)
{
    if (!rs) {
        return;
    }
    g_queue_clear_full(&rs->history, g_free);
    g_string_free(rs->line, TRUE);
    g_free(rs->saved);
    g_free(rs->prompt);
    g_free(rs);
}

static void redraw(ReadLineState *rs)
{
    g_autoptr(GString) s = g_string_new("\r");
    size_t back = rs->line->len - rs->cursor;

    g_string_append_printf(s, "%s%s\033[K", rs->prompt ? rs->prompt : "", rs->line->str);
    if (back) {
        g_string_append_printf(s, "\033[%zuD", back);
    }
    rs->print(rs->opaque, s->str);
}

void readline_start(ReadLineState *rs, const char *prompt)
{
    g_free(rs->prompt);
    rs->prompt = g_strdup(prompt);
    g_string_truncate(rs->line, 0);
    rs->cursor = 0;
    rs->hist_pos = -1;
    rs->esc = PLAIN;
    rs->print(rs->opaque, prompt);
}

static void insert(ReadLineState *rs, const char *text)
{
    size_t n = strlen(text);
    bool at_end = rs->cursor == rs->line->len;

    if (rs->line->len + n > READLINE_MAX_LINE) {
        return;
    }
    g_string_insert(rs->line, rs->cursor, text);
    rs->cursor += n;
    if (at_end) {
        rs->print(rs->opaque, text);
    } else {
        redraw(rs);
    }
}

static void erase(ReadLineState *rs, size_t from, size_t to)
{
    g_string_erase(rs->line, from, to - from);
    rs->cursor = from;
    redraw(rs);
}

static void move_to(ReadLineState *rs, size_t pos)
{
    rs->cursor = MIN(pos, rs->line->len);
    redraw(rs);
}

static size_t word_start(ReadLineState *rs)
{
    size_t p = rs->cursor;

    while (p && g_ascii_isspace(rs->line->str[p - 1])) {
        p--;
    }
    while (p && !g_ascii_isspace(rs->line->str[p - 1])) {
        p--;
    }
    return p;
}

static void show(ReadLineState *rs, const char *text)
{
    g_string_assign(rs->line, text);
    move_to(rs, rs->line->len);
}

static void history_go(ReadLineState *rs, int step)
{
    int n = g_queue_get_length(&rs->history), pos = rs->hist_pos;

    if (step < 0) {
        if (pos == 0 || !n) {
            return;
        }
        if (pos < 0) {
            g_free(rs->saved);
            rs->saved = g_strdup(rs->line->str);
            pos = n;
        }
        pos--;
    } else if (pos < 0) {
        return;
    } else if (++pos == n) {
        rs->hist_pos = -1;
        show(rs, rs->saved);
        return;
    }
    rs->hist_pos = pos;
    show(rs, g_queue_peek_nth(&rs->history, pos));
}

static void history_add(ReadLineState *rs, const char *line)
{
    GList *same = g_queue_find_custom(&rs->history, line, (GCompareFunc)strcmp);

    if (!*line) {
        return;
    }
    if (same) {
        g_free(same->data);
        g_queue_delete_link(&rs->history, same);
    }
    g_queue_push_tail(&rs->history, g_strdup(line));
    if (g_queue_get_length(&rs->history) > READLINE_MAX_HISTORY) {
        g_free(g_queue_pop_head(&rs->history));
    }
}

const char *readline_get_history(ReadLineState *rs, unsigned index)
{
    return g_queue_peek_nth(&rs->history, index);
}

void readline_add_completion(ReadLineState *rs, const char *word)
{
    if (g_str_has_prefix(word, rs->word)) {
        g_ptr_array_add(rs->completions, g_strdup(word));
    }
}

static int compare_words(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static size_t common_prefix(const char *a, const char *b)
{
    size_t n = 0;

    while (a[n] && a[n] == b[n]) {
        n++;
    }
    return n;
}

static void apply_completions(ReadLineState *rs)
{
    const char *first = g_ptr_array_index(rs->completions, 0);
    size_t have = strlen(rs->word), common = strlen(first);
    g_autofree char *more = NULL;

    for (guint i = 1; i < rs->completions->len; i++) {
        common = MIN(common, common_prefix(first, g_ptr_array_index(rs->completions, i)));
    }
    more = g_strndup(first + have, common - have);
    if (rs->completions->len == 1) {
        insert(rs, more);
        insert(rs, " ");
    } else if (*more) {
        insert(rs, more);
    } else {
        rs->print(rs->opaque, "\n");
        for (guint i = 0; i < rs->completions->len; i++) {
            rs->print(rs->opaque, g_ptr_array_index(rs->completions, i));
            rs->print(rs->opaque, i % 6 == 5 || i == rs->completions->len - 1 ? "\n" : "  ");
        }
        redraw(rs);
    }
}

static void complete(ReadLineState *rs)
{
    g_autofree char *before = g_strndup(rs->line->str, rs->cursor);
    char *blank = strrchr(before, ' ');

    if (!rs->complete) {
        return;
    }
    rs->word = blank ? blank + 1 : before;
    rs->completions = g_ptr_array_new_with_free_func(g_free);
    rs->complete(rs->opaque, before, rs);
    if (rs->completions->len) {
        g_ptr_array_sort(rs->completions, compare_words);
        apply_completions(rs);
    }
    g_ptr_array_free(rs->completions, TRUE);
    rs->completions = NULL;
}

static void enter(ReadLineState *rs)
{
    g_autofree char *line = g_strdup(rs->line->str);

    history_add(rs, line);
    rs->print(rs->opaque, "\n");
    g_string_truncate(rs->line, 0);
    rs->cursor = 0;
    rs->hist_pos = -1;
    rs->done(rs->opaque, line);
}

static void plain_key(ReadLineState *rs, int ch)
{
    switch (ch) {
    case 1:                     /* C-a */
        move_to(rs, 0);
        break;
    case 2:                     /* C-b */
        move_to(rs, rs->cursor ? rs->cursor - 1 : 0);
        break;
    case 4:                     /* C-d */
        if (rs->cursor < rs->line->len) {
            erase(rs, rs->cursor, rs->cursor + 1);
        }
        break;
    case 5:                     /* C-e */
        move_to(rs, rs->line->len);
        break;
    case 6:                     /* C-f */
        move_to(rs, rs->cursor + 1);
        break;
    case 8:
    case 127:
        if (rs->cursor) {
            erase(rs, rs->cursor - 1, rs->cursor);
        }
        break;
    case 9:
        complete(rs);
        break;
    case 10:
    case 13:
        enter(rs);
        break;
    case 11:                    /* C-k */
        erase(rs, rs->cursor, rs->line->len);
        break;
    case 14:                    /* C-n */
        history_go(rs, 1);
        break;
    case 16:                    /* C-p */
        history_go(rs, -1);
        break;
    case 21:                    /* C-u */
        erase(rs, 0, rs->cursor);
        break;
    case 23:                    /* C-w */
        erase(rs, word_start(rs), rs->cursor);
        break;
    case 27:
        rs->esc = ESC;
        break;
    default:
        if (ch >= 32) {
            insert(rs, (const char[]) { ch, 0 });
        }
        break;
    }
}

static void final_byte(ReadLineState *rs, int ch)
{
    rs->esc = PLAIN;
    switch (ch) {
    case 'A':
        history_go(rs, -1);
        break;
    case 'B':
        history_go(rs, 1);
        break;
    case 'C':
        move_to(rs, rs->cursor + 1);
        break;
    case 'D':
        move_to(rs, rs->cursor ? rs->cursor - 1 : 0);
        break;
    case 'H':
        move_to(rs, 0);
        break;
    case 'F':
        move_to(rs, rs->line->len);
        break;
    case '~':
        if (rs->param == 1) {
            move_to(rs, 0);
        } else if (rs->param == 3 && rs->cursor < rs->line->len) {
            erase(rs, rs->cursor, rs->cursor + 1);
        } else if (rs->param == 4) {
            move_to(rs, rs->line->len);
        }
        break;
    }
}

void readline_handle_byte(ReadLineState *rs, int ch)
{
    switch (rs->esc) {
    case PLAIN:
        plain_key(rs, ch);
        break;
    case ESC:
        rs->param = 0;
        rs->esc = ch == '[' ? CSI : ch == 'O' ? SS3 : PLAIN;
        break;
    case CSI:
        if (ch >= '0' && ch <= '9') {
            rs->param = MIN(rs->param * 10 + ch - '0', 999);
        } else if (ch >= 0x40 && ch <= 0x7e) {
            final_byte(rs, ch);
        }
        break;
    case SS3:
        final_byte(rs, ch);
        break;
    }
}
