# SPDX-License-Identifier: GPL-2.0-or-later
"""Machines whose state the tests of this folder save and load: name -> arguments.

Between them they have every kind of device that has a state; test_golden.py says so when one is missing. Nothing here may
depend on installed firmware, so ROM files are switched off and the BIOS is an image of zeroes.
"""
BACKENDS = ('-m 1 -bios @disk@ -drive if=none,id=d0,file=@disk@,format=raw -drive if=none,id=d1,file=@disk@,format=raw '
            '-chardev null,id=c0 -chardev null,id=c1 -chardev null,id=c2 -chardev null,id=c3 ')
PCI_DEVICES = ('-device virtio-net-pci,romfile= -device virtio-balloon-pci -device virtio-rng-pci '
               '-device virtio-serial-pci -device virtconsole,chardev=c0 -device virtserialport,chardev=c1,name=port '
               '-device pci-testdev ')
ISA_DEVICES = ('-device isa-serial,chardev=c2 -device isa-debugcon,chardev=c3 -device pc-testdev '
               '-device isa-debug-exit ')
MMIO_DEVICES = ('-device virtio-blk-device,drive=d0 -device virtio-net-device -device virtio-balloon-device '
                '-device virtio-rng-device -device virtio-serial-device -device virtconsole,chardev=c0 '
                '-device virtserialport,chardev=c1,name=port ')
Q35_DEVICES = ('-device pcie-root-port,id=rp,chassis=1 -device i82801b11-bridge,id=db '
               '-device pci-bridge,id=br,bus=db,chassis_nr=2 -device virtio-blk-pci,drive=d0,bus=rp '
               '-device virtio-blk-pci-transitional,drive=d1,bus=br,addr=1 ')
PC_DEVICES = ('-device pci-bridge,id=br,chassis_nr=2 -device virtio-blk-pci,drive=d0,bus=br,addr=1 '
              '-device virtio-blk-pci-non-transitional,drive=d1 ')
NVME_DEVICES = '-device nvme,drive=d0,serial=1 -device nvme,id=n,serial=2,romfile= -device nvme-ns,bus=n,drive=d1,nsid=3 '


def machines():
    found = {'none': '-M none -m 1', 'microvm-bare': f'-M microvm {BACKENDS}',
             'microvm-full': f'-M microvm -smp 2 -cpu max {BACKENDS}{MMIO_DEVICES}-device isa-debugcon,chardev=c3'}
    for version in ('7.2', '11.1'):
        for board, devices in (('pc-q35', Q35_DEVICES), ('pc-i440fx', PC_DEVICES)):
            name = f'{board}-{version}'
            found[f'{name}-bare'] = f'-M {name} {BACKENDS}'
            found[f'{name}-full'] = f'-M {name} -smp 2 -cpu max {BACKENDS}{devices}{PCI_DEVICES}{ISA_DEVICES}'
            # With the floppy, IDE, SATA and SMBus controllers and the mouse that the boards got later.
            found[f'{name}-bare-2'] = f'-M {name} {BACKENDS}'
            found[f'{name}-nvme'] = f'-M {name} {BACKENDS}{NVME_DEVICES}'
    # Saved after drivers have started the devices.
    for name in ('microvm-full', 'pc-q35-7.2-full', 'pc-i440fx-7.2-full', 'pc-q35-11.1-full', 'pc-i440fx-11.1-full',
                 'pc-q35-11.1-nvme', 'pc-i440fx-11.1-nvme'):
        found[f'{name}-busy'] = found[name]
    # What fuzzing uses: all there is on one board.
    found['pc-q35-11.1-all'] = (found['pc-q35-11.1-full'] + ' -drive if=none,id=d2,file=@disk@,format=raw '
                                '-device nvme,drive=d2,serial=1')
    return found
