// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { shellArguments, vngArguments } from '../../runner/vm/command.ts';

const qemu =
  '--qemu-opts=-no-reboot -initrd initrd -chardev socket,id=patchproof,path=port ' +
  '-device virtio-serial-pci ' +
  '-device virtserialport,name=patchproof.events,chardev=patchproof';
const kernel = '-a rdinit=/init -a console=ttyS0 -a panic=-1 -a ignore_loglevel';

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
    expect(vngArguments(shape, accelerator, [])).toEqual([...words.split(/\s+/), qemu]);
  });

  it('what tests ask of the command line comes after the words of the runner', () => {
    const given = vngArguments({ cpus: 1, memory: 512 }, 'kvm', ['kunit.filter_glob=list*']);
    expect(given.slice(-5)).toEqual([
      ...['-a', 'printk.devkmsg=on', '-a', 'kunit.filter_glob=list*'],
      qemu,
    ]);
  });

  it('for a person at a terminal: no port, and with a stub only this machine can reach it', () => {
    const shape = { cpus: 1, memory: 512 };
    const plain = shellArguments(shape, 'kvm', null);
    expect(plain.at(-1)).toBe('--qemu-opts=-no-reboot -initrd initrd');
    expect(plain).toContain('rdinit=/patchproof.shell');
    expect(plain).not.toContain('nokaslr');
    const debugged = shellArguments(shape, 'kvm', 1234);
    expect(debugged.at(-1)).toBe(`${plain.at(-1)} -gdb tcp:127.0.0.1:1234`);
    expect(debugged).toContain('nokaslr');
  });

  it('need no quoting in a shell', () => {
    const shape = { cpus: 1, memory: 256 };
    for (const word of [...vngArguments(shape, 'tcg', []), ...shellArguments(shape, 'tcg', 1)]) {
      expect(word).toMatch(/^[\w ./,=:-]+$/);
    }
  });
});
