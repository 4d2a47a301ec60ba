/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of command line options: names, steps and help. Handlers are in handlers-*.c. */
#include "qemu/osdep.h"
#include "handlers.h"

const OptionDef startup_options[] = {
    { "h", false, STEP_PARSE, run_help, NULL },
    { "help", false, STEP_PARSE, run_help, "-h or -help     show this text and exit" },
    { "version", false, STEP_PARSE, run_version, "-version        show the version and exit" },

    { "machine", true, STEP_CONFIG, run_machine,
      "-machine [type=]name[,prop[=value][,...]]\n"
      "                machine to emulate ('-machine help' lists them)\n"
      "                accel=accel1[:accel2[:...]] first of these accelerators that works\n"
      "                memory-backend='id' object that is the main memory\n"
      "                vmport=on|off|auto, dump-guest-core=on|off, mem-merge=on|off, usb=on|off" },
    { "M", true, STEP_CONFIG, run_machine, NULL },
    { "cpu", true, STEP_CONFIG, run_cpu, "-cpu cpu        CPU model and features ('-cpu help' lists them)" },
    { "accel", true, STEP_CONFIG, run_accel,
      "-accel [accel=]accelerator[,prop[=value][,...]]\n"
      "                accelerator to use ('-accel help' lists them); may be repeated, the first that works is taken\n"
      "                thread=single|multi (tcg: one thread for all CPUs, or one for each)\n"
      "                tb-size=n (tcg: MiB of translated code to keep)" },
    { "enable-kvm", false, STEP_CONFIG, run_enable_kvm, "-enable-kvm     same as -accel kvm" },
    { "smp", true, STEP_CONFIG, run_smp,
      "-smp [[cpus=]n][,maxcpus=maxcpus][,sockets=sockets][,dies=dies][,clusters=clusters][,cores=cores][,threads=threads]\n"
      "                number of CPUs at start [default=1], how many there may be, and how they are arranged" },
    { "numa", true, STEP_CONFIG, run_numa, "-numa node[,memdev=id][,cpus=firstcpu[-lastcpu]][,nodeid=node]\n"
      "-numa dist,src=source,dst=destination,val=distance\n"
      "-numa cpu,node-id=node[,socket-id=x][,core-id=y][,thread-id=z]" },
    { "add-fd", true, STEP_CHARDEV, run_add_fd,
      "-add-fd fd=fd,set=set[,opaque=opaque]\n"
      "                put file descriptor 'fd' into fd set 'set'" },
    { "set", true, STEP_CONFIG, run_set, "-set group.id.arg=value\n"
      "                set argument 'arg' of item 'id' of kind 'group'" },
    { "global", true, STEP_CONFIG, run_global,
      "-global driver.property=value\n"
      "-global driver=driver,property=property,value=value\n"
      "                default of a device property" },
    { "boot", true, STEP_CONFIG, run_boot,
      "-boot [order=drives][,once=drives][,menu=on|off]\n"
      "      [,splash=sp_name][,splash-time=sp_time][,reboot-timeout=rb_time][,strict=on|off]\n"
      "                'drives': floppy (a), hard disk (c), CD-ROM (d), network (n)" },
    { "m", true, STEP_CONFIG, run_m,
      "-m [size=]megs[,slots=n,maxmem=size]\n"
      "                memory at start in MiB, or with a suffix; slots and limit for more" },
    { "mem-path", true, STEP_CONFIG, run_mem_path, "-mem-path FILE  back guest memory by a file" },
    { "mem-prealloc", false, STEP_CONFIG, run_mem_prealloc, "-mem-prealloc   touch guest memory at start" },
    { "name", true, STEP_LOG, run_name,
      "-name string1[,process=string2][,debug-threads=on|off]\n"
      "                name of the guest, of the process, and whether threads carry names" },
    { "uuid", true, STEP_CONFIG, run_uuid, "-uuid %08x-%04x-%04x-%04x-%012x\n"
      "                UUID of the machine" },
    { "kernel", true, STEP_CONFIG, run_kernel, "-kernel bzImage kernel to boot directly (bzImage, PVH ELF or multiboot)" },
    { "append", true, STEP_CONFIG, run_append, "-append cmdline kernel command line" },
    { "initrd", true, STEP_CONFIG, run_initrd, "-initrd file    initial RAM disk" },
    { "dtb", true, STEP_CONFIG, run_dtb, "-dtb    file    device tree" },
    { "bios", true, STEP_CONFIG, run_bios, "-bios file      firmware" },
    { "L", true, STEP_CONFIG, run_L, "-L path         directory to look for firmware in" },
    { "no-acpi", false, STEP_CONFIG, run_no_acpi, "-no-acpi        same as -machine acpi=off" },
    { "no-hpet", false, STEP_CONFIG, run_no_hpet, "-no-hpet        same as -machine hpet=off" },
    { "no-fd-bootchk", false, STEP_CONFIG, run_nothing, NULL },
    { "smbios", true, STEP_CONFIG, run_smbios,
      "-smbios type=0[,vendor=str][,version=str][,date=str][,release=%d.%d][,uefi=on|off]\n"
      "-smbios type=1[,manufacturer=str][,product=str][,version=str][,serial=str][,uuid=uuid][,sku=str][,family=str]\n"
      "-smbios type=3|4|11|17[,field=str...]\n"
      "                fields of SMBIOS tables; type=11 takes value=str and path=file, repeatedly" },
    { "fw_cfg", true, STEP_DEVICE, run_fw_cfg,
      "-fw_cfg [name=]<name>,file=<file>\n"
      "-fw_cfg [name=]<name>,string=<str>\n"
      "                named entry for firmware and guest" },
    { "rtc", true, STEP_CONFIG, run_rtc,
      "-rtc [base=utc|localtime|<datetime>][,clock=host|rt|vm][,driftfix=none|slew]\n"
      "                where the real-time clock starts and what drives it" },
    { "usb", false, STEP_CONFIG, run_usb, "-usb            same as -machine usb=on" },
    { "display", true, STEP_CONFIG, run_display, "-display none   no window (there is no other kind)" },
    { "nographic", false, STEP_CONFIG, run_nographic,
      "-nographic      no display; serial line and monitor share this terminal (C-a h for help)" },
    { "vga", true, STEP_CONFIG, run_vga, "-vga [std|none] kind of video card" },
    { "nodefaults", false, STEP_CONFIG, run_nodefaults, "-nodefaults     no devices but those asked for" },
    { "no-user-config", false, STEP_CONFIG, run_nothing, "-no-user-config\n"
      "                read no configuration of the user's" },
    { "readconfig", true, STEP_PARSE, run_readconfig, "-readconfig <file>\n"
      "                read options from a file of [group \"id\"] sections" },

    { "chardev", true, STEP_CHARDEV, run_chardev,
      "-chardev help\n"
      "-chardev null,id=id[,mux=on|off][,logfile=PATH][,logappend=on|off]\n"
      "-chardev socket,id=id[,host=host],port=port[,to=to][,ipv4=on|off][,ipv6=on|off][,nodelay=on|off]\n"
      "         [,server=on|off][,wait=on|off][,telnet=on|off][,websocket=on|off][,reconnect-ms=milliseconds][,mux=on|off] (tcp)\n"
      "-chardev socket,id=id,path=path[,server=on|off][,wait=on|off][,abstract=on|off][,tight=on|off] (unix)\n"
      "-chardev file,id=id,path=path[,input-path=input-file][,append=on|off]\n"
      "-chardev pipe,id=id,path=path\n"
      "-chardev pty,id=id[,path=path]\n"
      "-chardev stdio,id=id[,signal=on|off]\n"
      "-chardev ringbuf,id=id[,size=size]\n"
      "                character device back ends" },
    { "serial", true, STEP_MONITOR, run_serial, "-serial dev     connect a serial port to back end 'dev'" },
    { "parallel", true, STEP_MONITOR, run_parallel, "-parallel dev   connect a parallel port to back end 'dev'" },
    { "monitor", true, STEP_MONITOR, run_monitor, "-monitor dev    monitor for people on back end 'dev'" },
    { "qmp", true, STEP_MONITOR, run_qmp, "-qmp dev        monitor for programs on back end 'dev'" },
    { "qmp-pretty", true, STEP_MONITOR, run_qmp_pretty, "-qmp-pretty dev like -qmp, with indented replies" },
    { "mon", true, STEP_MONITOR, run_mon, "-mon [chardev=]name[,mode=readline|control][,pretty[=on|off]]" },
    { "debugcon", true, STEP_MONITOR, run_debugcon, "-debugcon dev   debug console at port 0xe9 on back end 'dev'" },
    { "echr", true, STEP_CONFIG, run_echr, "-echr chr       escape character of shared terminals instead of C-a" },
    { "object", true, STEP_OBJECT, run_object,
      "-object TYPENAME[,PROP1=VALUE1,...]\n"
      "                new object of type TYPENAME ('-object help' lists them)" },
    { "blockdev", true, STEP_BACKEND, run_blockdev,
      "-blockdev [driver=]driver[,node-name=N][,option[=value][,...]]\n"
      "                add a block node, as JSON or key=value" },
    { "drive", true, STEP_BACKEND, run_drive,
      "-drive file=file[,if=none|virtio][,format=raw][,id=name][,readonly=on|off][,cache=mode]\n"
      "       [,snapshot=on|off][,discard=ignore|unmap][,werror=action][,rerror=action][,serial=text]\n"
      "                use 'file' as a disk" },
    { "hda", true, STEP_BACKEND, run_hda, "-hda/-hdb/-hdc/-hdd file\n"
      "                use 'file' as a disk (as -drive file=file,media=disk)" },
    { "hdb", true, STEP_BACKEND, run_hdb, NULL },
    { "hdc", true, STEP_BACKEND, run_hdc, NULL },
    { "hdd", true, STEP_BACKEND, run_hdd, NULL },
    { "cdrom", true, STEP_BACKEND, run_cdrom, "-cdrom file     use 'file' as a read-only disk" },
    { "snapshot", false, STEP_CONFIG, run_snapshot,
      "-snapshot       drives keep their changes in temporary files and forget them at the end" },
    { "netdev", true, STEP_BACKEND, run_netdev,
      "-netdev user,id=str[,net=addr/bits][,host=addr][,dns=addr][,restrict=on|off][,hostfwd=rule]\n"
      "-netdev tap,id=str[,fd=h][,ifname=name]\n"
      "                add a network back end" },
    { "nic", true, STEP_BACKEND, run_nic, "-nic user|tap|none[,model=m][,mac=addr][,option...]\n"
      "                add a network card and its back end" },
    { "net", true, STEP_BACKEND, run_net, "-net nic|user|tap|none[,option...]   older form of -nic" },
    { "device", true, STEP_DEVICE, run_device,
      "-device driver[,prop[=value][,...]]\n"
      "                add a device ('-device help' lists them, '-device driver,help' its properties)" },

    { "pidfile", true, STEP_CONFIG, run_pidfile, "-pidfile file   write the process id to 'file'" },
    { "daemonize", false, STEP_CONFIG, run_daemonize, "-daemonize      go to the background once ready" },
    { "chroot", true, STEP_CONFIG, run_chroot, "-chroot dir     change root just before the guest starts" },
    { "runas", true, STEP_CONFIG, run_runas, "-runas user     change user just before the guest starts" },
    { "run-with", true, STEP_CONFIG, run_run_with, "-run-with [async-teardown=on|off][,chroot=dir][,user=username]" },
    { "sandbox", true, STEP_CONFIG, run_sandbox,
      "-sandbox on[,obsolete=allow|deny][,elevateprivileges=allow|deny|children]\n"
      "          [,spawn=allow|deny][,resourcecontrol=allow|deny]\n"
      "                confine the process" },
    { "overcommit", true, STEP_CONFIG, run_overcommit, "-overcommit [mem-lock=on|off][cpu-pm=on|off]" },
    { "S", false, STEP_CONFIG, run_S, "-S              do not start the CPUs ('cont' does)" },
    { "preconfig", false, STEP_CONFIG, run_preconfig, NULL },
    { "no-reboot", false, STEP_CONFIG, run_no_reboot, "-no-reboot      exit instead of rebooting" },
    { "no-shutdown", false, STEP_CONFIG, run_no_shutdown, "-no-shutdown    stop instead of exiting when the guest powers off" },
    { "action", true, STEP_CONFIG, run_action,
      "-action reboot=reset|shutdown\n"
      "-action shutdown=poweroff|pause\n"
      "-action panic=pause|shutdown|exit-failure|none\n"
      "-action watchdog=reset|shutdown|poweroff|inject-nmi|pause|debug|none" },
    { "watchdog-action", true, STEP_CONFIG, run_watchdog_action, NULL },
    { "incoming", true, STEP_CONFIG, run_incoming,
      "-incoming tcp:[host]:port | unix:socketpath | fd:fd | exec:cmdline | file:filename[,offset=n]\n"
      "                wait for a migration stream\n"
      "-incoming defer wait for 'migrate-incoming'" },
    { "loadvm", true, STEP_CONFIG, run_loadvm, NULL },
    { "only-migratable", false, STEP_CONFIG, run_only_migratable,
      "-only-migratable     refuse devices that cannot migrate" },
    { "dump-vmstate", true, STEP_CONFIG, run_dump_vmstate,
      "-dump-vmstate <file>\n"
      "                write a description of all migratable state and exit" },

    { "d", true, STEP_LOG, run_d, "-d item1,...    log these items ('-d help' lists them)" },
    { "D", true, STEP_LOG, run_D, "-D logfile      write the log to a file instead of stderr" },
    { "dfilter", true, STEP_LOG, run_dfilter, "-dfilter range,..  log only these guest addresses" },
    { "trace", true, STEP_LOG, run_trace, "-trace [[enable=]<pattern>][,events=<file>][,file=<file>]" },
    { "msg", true, STEP_LOG, run_msg, "-msg [timestamp[=on|off]][,guest-name=[on|off]]" },
    { "seed", true, STEP_CONFIG, run_nothing_arg, NULL },
    { "compat", true, STEP_CONFIG, run_compat, "-compat [deprecated-input=accept|reject|crash][,deprecated-output=accept|hide]" },
    { "k", true, STEP_CONFIG, run_nothing_arg, NULL },
    { "icount", true, STEP_CONFIG, run_icount, NULL },
    { "qtest", true, STEP_CONFIG, run_qtest, NULL },
    { "qtest-log", true, STEP_CONFIG, run_qtest_log, NULL },
    { }
};
