// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { hostArch, isForeign } from '../../runner/host/arch.ts';
import { shellArguments, vngArguments, type Launch } from '../../runner/vm/command.ts';

const tail =
  '-chardev socket,id=patchproof,path=port -device virtio-serial-BUS ' +
  '-device virtserialport,name=patchproof.events,chardev=patchproof';
const share =
  '-fsdev local,id=root,path=root,security_model=none,readonly=on,multidevs=remap ' +
  '-device virtio-9p-BUS,fsdev=root,mount_tag=patchproof.root ';
const kernel = '-a rdinit=/init -a console=CONSOLE -a panic=-1';
const tests = '-a ignore_loglevel -a printk.devkmsg=on';
const [own, other] = hostArch() === 'arm64' ? ['arm64', 'x86_64'] : ['x86_64', 'arm64'];

function launch(more: Partial<Launch> = {}): Launch {
  return {
    arch: own,
    accelerator: 'tcg',
    shape: { cpus: 2, memory: 1024 },
    hasRoot: false,
    bootWords: [],
    ...more,
  };
}

/** The words that are expected, with what the architecture's machine has. */
function expected({ arch, hasRoot }: Launch, words: string): string[] {
  const [console, bus] = arch === 'arm64' ? ['ttyAMA0', 'device'] : ['ttyS0', 'pci'];
  const all = words.replace('CONSOLE', console).trim().split(/\s+/);
  const shared = hasRoot ? share.replace('BUS', bus) : '';
  return [...all, `--qemu-opts=-no-reboot -initrd initrd ${shared}${tail.replace('BUS', bus)}`];
}

describe('the words after vng', () => {
  it.each([
    {
      name: 'emulated',
      given: launch(),
      words: `-v --run ./bzImage --skip-modules --disable-kvm --disable-microvm --force-9p
        --disable-monitor --cpus 2 --memory 1024M --name patchproof --user root
        ${kernel} ${tests}`,
    },
    {
      name: 'with KVM',
      given: launch({ accelerator: 'kvm', shape: { cpus: 8, memory: 512 } }),
      words: `-v --run ./bzImage --skip-modules --disable-microvm --force-9p
        --disable-monitor --cpus 8 --memory 512M --name patchproof --user root
        ${kernel} ${tests}`,
    },
    {
      name: 'with a root of its own, and no other file of the host',
      given: launch({ hasRoot: true }),
      words: `-v --run ./bzImage --skip-modules --root ./empty --disable-kvm --disable-microvm
        --force-9p --disable-monitor --cpus 2 --memory 1024M --name patchproof --user root
        ${kernel} ${tests}`,
    },
    {
      name: 'of another architecture, which vng wants a root for',
      given: launch({ arch: other }),
      words: `-v --run ./bzImage --skip-modules --arch ${other === 'arm64' ? 'arm64' : 'amd64'}
        --root ./empty --disable-kvm --disable-microvm --force-9p --disable-monitor
        --cpus 2 --memory 1024M --name patchproof --user root ${kernel} ${tests}`,
    },
  ])('$name', ({ given, words }) => {
    expect(isForeign(given.arch)).toBe(given.arch === other);
    expect(vngArguments(given)).toEqual(expected(given, words));
  });

  it('what tests ask of the command line comes after the words of the runner', () => {
    const given = vngArguments(launch({ bootWords: ['kunit.filter_glob=list*'] }));
    expect(given.slice(-5, -1)).toEqual([
      ...['-a', 'printk.devkmsg=on', '-a', 'kunit.filter_glob=list*'],
    ]);
  });

  it('for a person at a terminal: no port, and with a stub only this machine can reach it', () => {
    const plain = shellArguments(launch(), null);
    expect(plain.at(-1)).toBe('--qemu-opts=-no-reboot -initrd initrd');
    expect(plain).toContain('loglevel=4');
    expect(plain).not.toContain('nokaslr');
    const debugged = shellArguments(launch(), 1234);
    expect(debugged.at(-1)).toBe(`${plain.at(-1)} -gdb tcp:127.0.0.1:1234`);
    expect(debugged).toContain('nokaslr');
  });

  it('need no quoting in a shell', () => {
    for (const arch of [own, other]) {
      const given = launch({ arch, hasRoot: true });
      for (const word of [...vngArguments(given), ...shellArguments(given, 1)])
        expect(word).toMatch(/^[\w ./,=:-]+$/);
    }
  });
});
