/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HW_BLOCK_FDC_H
#define HW_BLOCK_FDC_H

#define TYPE_ISA_FDC "isa-fdc"

#endif
