/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Questions that clients ask of every emulator, about things this one does not have. They expect an answer: an empty
 * list or an error of their own, never "command not found".
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qapi/qapi-commands-misc-i386.h"
#include "qapi/qapi-commands-misc.h"
#include "qapi/qapi-commands-stats.h"
#include "qapi/qapi-commands-tpm.h"
#include "qapi/qapi-commands-ui.h"

SevCapability *qmp_query_sev_capabilities(Error **errp)
{
    error_setg(errp, "SEV is not available in this QEMU");
    return NULL;
}

SgxInfo *qmp_query_sgx(Error **errp)
{
    error_setg(errp, "SGX support is not compiled in");
    return NULL;
}

SgxInfo *qmp_query_sgx_capabilities(Error **errp)
{
    error_setg(errp, "SGX support is not compiled in");
    return NULL;
}

TpmModelList *qmp_query_tpm_models(Error **errp)
{
    return NULL;
}

TpmTypeList *qmp_query_tpm_types(Error **errp)
{
    return NULL;
}

VncInfo *qmp_query_vnc(Error **errp)
{
    return g_new0(VncInfo, 1);
}

StatsResultList *qmp_query_stats(StatsFilter *filter, Error **errp)
{
    return NULL;
}

StatsSchemaList *qmp_query_stats_schemas(bool has_provider, StatsProvider provider, Error **errp)
{
    return NULL;
}

