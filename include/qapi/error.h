/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Error: how a function tells its caller what went wrong, in words a user can act on.
 *
 * Rules
 *  - A function that can fail takes `Error **errp` as its last argument and returns false, NULL or a negative
 *    value exactly when it set an error. Callers test the return value.
 *  - Set an error once. Pass your own errp down when you only forward failure.
 *  - To look at *errp or add to it in a callee, start the function with ERRP_GUARD().
 *  - A message names the thing and the value, ends without a full stop or newline, and says what to do, if need
 *    be in a hint. User input is never answered by &error_abort.
 *
 *  right:  if (!frob_open(f, name, errp)) {
 *              return false;
 *          }
 *  wrong:  frob_open(f, name, errp);
 *          if (*errp) {                      // errp may be NULL, or &error_fatal
 *              return false;
 *          }
 *
 * Any thread may use errors; one Error belongs to one thread at a time.
 */
#ifndef QAPI_ERROR_H
#define QAPI_ERROR_H

#include "qemu/osdep.h"

typedef enum ErrorClass {
    ERROR_CLASS_GENERIC_ERROR,
    ERROR_CLASS_COMMAND_NOT_FOUND,
    ERROR_CLASS_DEVICE_NOT_ACTIVE,
    ERROR_CLASS_DEVICE_NOT_FOUND,
    ERROR_CLASS_KVM_MISSING_CAP,
} ErrorClass;

/* Set *errp to a new error. @errp may be NULL (dropped), &error_fatal (report, exit 1) or &error_abort. */
#define error_setg(errp, fmt, ...) \
    error_setg_internal((errp), __FILE__, __LINE__, __func__, (fmt), ##__VA_ARGS__)
#define error_setg_errno(errp, os_error, fmt, ...) \
    error_setg_errno_internal((errp), __FILE__, __LINE__, __func__, (os_error), (fmt), ##__VA_ARGS__)
#define error_setg_file_open(errp, os_error, filename) \
    error_setg_errno((errp), (os_error), "Could not open '%s'", (filename))
#define error_set(errp, err_class, fmt, ...) \
    error_set_internal((errp), __FILE__, __LINE__, __func__, (err_class), (fmt), ##__VA_ARGS__)

void error_setg_internal(Error **errp, const char *src, int line, const char *func, const char *fmt, ...)
    G_GNUC_PRINTF(5, 6);
void error_setg_errno_internal(Error **errp, const char *src, int line, const char *func, int os_error,
                               const char *fmt, ...) G_GNUC_PRINTF(6, 7);
void error_set_internal(Error **errp, const char *src, int line, const char *func, ErrorClass err_class,
                        const char *fmt, ...) G_GNUC_PRINTF(6, 7);

/* Move @local_err into *dst (or drop it when *dst is already set). Takes ownership; NULL is a no-op. */
void error_propagate(Error **dst, Error *local_err);
void error_prepend(Error *const *errp, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
/* A hint is printed for people after the message; it is not part of error_get_pretty(). */
void error_append_hint(Error *const *errp, const char *fmt, ...) G_GNUC_PRINTF(2, 3);

const char *error_get_pretty(const Error *err);
const char *error_get_hint(const Error *err);       /* NULL when there is none */
ErrorClass error_get_class(const Error *err);
Error *error_copy(const Error *err);
void error_free(Error *err);
void error_free_or_abort(Error **errp);

/* Print through error_report()/warn_report() with the hint, and free. */
void error_report_err(Error *err);
void warn_report_err(Error *err);
void error_reportf_err(Error *err, const char *fmt, ...) G_GNUC_PRINTF(2, 3);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Error, error_free)

/* Lets the function dereference errp and add to it whatever its caller passed. */
typedef struct ErrorPropagator {
    Error *local_err;
    Error **errp;
} ErrorPropagator;

static inline void error_propagator_cleanup(ErrorPropagator *prop)
{
    error_propagate(prop->errp, prop->local_err);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ErrorPropagator, error_propagator_cleanup)

#define ERRP_GUARD()                                                            \
    g_auto(ErrorPropagator) _errp_guard = { .errp = errp };                     \
    do {                                                                        \
        if (!errp || errp == &error_fatal) {                                    \
            errp = &_errp_guard.local_err;                                      \
        }                                                                       \
    } while (0)

extern Error *error_abort;
extern Error *error_fatal;

#endif
