// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { vngArguments } from '../../runner/vm/command.ts';

const qemu =
  '--qemu-opts=-no-reboot -initrd initrd -chardev socket,id=patchproof,path=port ' +
  '-device virtio-serial-pci ' +
  '-device virtserialport,name=patchproof.events,chardev=patchproof';
const kernel = '-a rdinit=/init -a console=ttyS0 -a ignore_loglevel -a panic=-1';

describe('the words after vng', () => {
  it.each([
    {
      accelerator: 'tcg' as const,
      shape: { cpus: 2, memory: 1024 },
      words: `-v --run ./bzImage --skip-modules --disable-kvm --disable-microvm --force-9p
        --disable-monitor --cpus 2 --memory 1024M --name patchproof --user root
        ${kernel} -a printk.devkmsg=on`,
    },
    {
      accelerator: 'kvm' as const,
      shape: { cpus: 8, memory: 512 },
      words: `-v --run ./bzImage --skip-modules --disable-microvm --force-9p
        --disable-monitor --cpus 8 --memory 512M --name patchproof --user root
        ${kernel} -a printk.devkmsg=on`,
    },
  ])('$accelerator', ({ accelerator, shape, words }) => {
    expect(vngArguments(shape, accelerator)).toEqual([...words.split(/\s+/), qemu]);
  });

  it('need no quoting in a shell', () => {
    for (const word of vngArguments({ cpus: 1, memory: 256 }, 'tcg')) {
      expect(word).toMatch(/^[\w ./,=:-]+$/);
    }
  });
});
