/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SMBIOS (DMTF DSP0134): the machine's description of itself, which a guest shows under /sys/class/dmi.
 *
 * -smbios options are collected while the command line is read (smbios_entry_add); the board then builds the
 * structures and an entry point once, when memory and CPUs are known. Firmware finds them in fw_cfg; without firmware the
 * board puts them in guest memory.
 *
 *   type  0  firmware (only without firmware, or on request)    17  memory device, one for each 16 GiB
 *         1  system, with the UUID                              19  memory array mapped address, one for each range
 *         2  base board (on request)                            32  boot information
 *         3  chassis                                           127  end
 *         4  processor, one for each socket
 *         8  port connectors, 11 OEM strings (on request)
 *        16  memory array
 */
#ifndef HW_FIRMWARE_SMBIOS_H
#define HW_FIRMWARE_SMBIOS_H

#define SMBIOS_ANCHOR_MAX 32
#define SMBIOS_TABLES_MAX (1024 * 1024)

typedef struct SmbiosMachine {
    const char *manufacturer, *product, *version;   /* what fields say that no option sets */
    uint32_t cpu_signature, cpu_features;           /* EAX and EDX of CPUID leaf 1 */
    unsigned sockets, cores, threads;               /* cores: of a socket; threads: of a socket */
    uint64_t ram_size;
    struct { uint64_t base, size; } ram[2];
    bool entry64;                                   /* 3.0 entry point and structures; else 2.8 */
    bool firmware;                                  /* firmware adds its own type 0 */
} SmbiosMachine;

typedef struct SmbiosTables {
    GByteArray *data;
    unsigned count;
    size_t largest;                                 /* structure */
    uint8_t anchor[SMBIOS_ANCHOR_MAX];
    size_t anchor_len;
} SmbiosTables;

/* One -smbios argument. */
bool smbios_entry_add(const char *arg, Error **errp);
/* Has any been given? */
bool smbios_options_given(void);
/* The structures; the anchor has address 0 and needs smbios_set_address(). */
bool smbios_build(const SmbiosMachine *m, SmbiosTables *t, Error **errp);
/* Put the address of the structures into the anchor and make its checksums right. */
void smbios_set_address(SmbiosTables *t, uint64_t addr);
void smbios_free(SmbiosTables *t);

/* Between the two files: the text of a field, or @otherwise; how often a repeated field was given, and each. */
const char *smbios_text(unsigned type, const char *field, const char *otherwise);
uint64_t smbios_number(unsigned type, const char *field, uint64_t otherwise);
bool smbios_type_given(unsigned type);
typedef struct SmbiosPort { char *internal, *external; uint8_t connector, kind; } SmbiosPort;
const GPtrArray *smbios_ports(void);                /* SmbiosPort */
const GPtrArray *smbios_oem_strings(void);          /* char * */
const GByteArray *smbios_raw(unsigned *count, size_t *largest);  /* structures from file= */
/* For tests: forget all options. */
void smbios_forget_options(void);

#endif
