/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Error objects: see qapi/error.h for the rules. */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qemu/error-report.h"

struct Error {
    char *msg;
    GString *hint;
    ErrorClass err_class;
};

Error *error_abort;
Error *error_fatal;

static void error_end_program(Error **errp, Error *err, const char *src, int line, const char *func)
{
    if (errp == &error_abort) {
        fprintf(stderr, "Unexpected error in %s() at %s:%d:\n", func, src, line);
        error_report_err(err);
        abort();
    }
    if (errp == &error_fatal) {
        error_report_err(err);
        exit(1);
    }
}

static void error_setv(Error **errp, const char *src, int line, const char *func, ErrorClass err_class, int os_error,
                       const char *fmt, va_list ap)
{
    int saved_errno = errno;

    if (!errp) {
        return;
    }
    g_assert(*errp == NULL);
    Error *err = g_new0(Error, 1);
    err->msg = g_strdup_vprintf(fmt, ap);
    err->err_class = err_class;
    if (os_error) {
        char *with_errno = g_strdup_printf("%s: %s", err->msg, g_strerror(os_error));
        g_free(err->msg);
        err->msg = with_errno;
    }
    error_end_program(errp, err, src, line, func);
    *errp = err;
    errno = saved_errno;
}

#define CALL_ERROR_SETV(err_class, os_error) do {                                       \
        va_list ap;                                                                     \
        va_start(ap, fmt);                                                              \
        error_setv(errp, src, line, func, err_class, os_error, fmt, ap);                \
        va_end(ap);                                                                     \
    } while (0)

void error_setg_internal(Error **errp, const char *src, int line, const char *func, const char *fmt, ...)
{
    CALL_ERROR_SETV(ERROR_CLASS_GENERIC_ERROR, 0);
}

void error_setg_errno_internal(Error **errp, const char *src, int line, const char *func, int os_error,
                               const char *fmt, ...)
{
    CALL_ERROR_SETV(ERROR_CLASS_GENERIC_ERROR, os_error);
}

void error_set_internal(Error **errp, const char *src, int line, const char *func, ErrorClass err_class,
                        const char *fmt, ...)
{
    CALL_ERROR_SETV(err_class, 0);
}

void error_propagate(Error **dst, Error *local_err)
{
    if (!local_err) {
        return;
    }
    error_end_program(dst, local_err, __FILE__, __LINE__, __func__);
    if (dst && !*dst) {
        *dst = local_err;
    } else {
        error_free(local_err);
    }
}

void error_prepend(Error *const *errp, const char *fmt, ...)
{
    va_list ap;

    if (!errp || !*errp) {
        return;
    }
    va_start(ap, fmt);
    g_autofree char *prefix = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    char *msg = g_strconcat(prefix, (*errp)->msg, NULL);
    g_free((*errp)->msg);
    (*errp)->msg = msg;
}

void error_append_hint(Error *const *errp, const char *fmt, ...)
{
    va_list ap;

    if (!errp || !*errp) {
        return;
    }
    if (!(*errp)->hint) {
        (*errp)->hint = g_string_new(NULL);
    }
    va_start(ap, fmt);
    g_string_append_vprintf((*errp)->hint, fmt, ap);
    va_end(ap);
}

const char *error_get_pretty(const Error *err)
{
    return err->msg;
}

const char *error_get_hint(const Error *err)
{
    return err->hint ? err->hint->str : NULL;
}

ErrorClass error_get_class(const Error *err)
{
    return err->err_class;
}

Error *error_copy(const Error *err)
{
    Error *copy = g_new0(Error, 1);

    copy->msg = g_strdup(err->msg);
    copy->err_class = err->err_class;
    copy->hint = err->hint ? g_string_new(err->hint->str) : NULL;
    return copy;
}

void error_free(Error *err)
{
    if (err) {
        g_free(err->msg);
        if (err->hint) {
            g_string_free(err->hint, true);
        }
        g_free(err);
    }
}

void error_free_or_abort(Error **errp)
{
    g_assert(errp && *errp);
    error_free(*errp);
    *errp = NULL;
}

static void print_hint_and_free(Error *err)
{
    if (err->hint) {
        error_printf("%s", err->hint->str);
    }
    error_free(err);
}

void error_report_err(Error *err)
{
    error_report("%s", err->msg);
    print_hint_and_free(err);
}

void warn_report_err(Error *err)
{
    warn_report("%s", err->msg);
    print_hint_and_free(err);
}

void error_reportf_err(Error *err, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    g_autofree char *prefix = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    error_prepend(&err, "%s", prefix);
    error_report_err(err);
}
