/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line editor for terminals that speak ANSI escapes: cursor keys, history, word kill, completion. */
#ifndef MONITOR_READLINE_H
#define MONITOR_READLINE_H

#include "qemu/osdep.h"

#define READLINE_MAX_LINE 4095
#define READLINE_MAX_HISTORY 64

typedef struct ReadLineState ReadLineState;
typedef void ReadLinePrint(void *opaque, const char *text);
typedef void ReadLineDone(void *opaque, const char *line);
typedef void ReadLineComplete(void *opaque, const char *line, ReadLineState *rs);

ReadLineState *readline_new(ReadLinePrint *print, ReadLineDone *done, ReadLineComplete *complete, void *opaque);
void readline_free(ReadLineState *rs);
void readline_start(ReadLineState *rs, const char *prompt);     /* an empty line, prompt shown */
void readline_handle_byte(ReadLineState *rs, int ch);
/* Offered by the completion callback; words starting with what the cursor's word has so far are used. */
void readline_add_completion(ReadLineState *rs, const char *word);
const char *readline_get_history(ReadLineState *rs, unsigned index);    /* oldest first; NULL: no more */

#endif
