// SPDX-License-Identifier: MIT
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { probeAccelerator } from '../../runner/vm/accelerator.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'accelerator-'));
  await mkdir(path.join(folder, 'bin'));
  await writeFile(path.join(folder, 'kvm'), '');
  vi.stubEnv('PATCHPROOF_CACHE_DIR', path.join(folder, 'cache'));
  vi.stubEnv('PATH', `${path.join(folder, 'bin')}:${process.env['PATH'] ?? ''}`);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

/** A QEMU that does one thing under TCG and another under KVM; 67 is the sector's own status. */
async function qemu(tcg: string, kvm: string): Promise<void> {
  const file = path.join(folder, 'bin', 'qemu-system-x86_64');
  const text = `#!/bin/sh
echo "$2" >>${folder}/calls
case $2 in tcg) ${tcg} ;; kvm) ${kvm} ;; esac
`;
  await writeFile(file, text);
  await chmod(file, 0o755);
}

const probe = (
  env: Record<string, string> = {},
  kvm = 'kvm',
  signal?: AbortSignal,
  arch = 'x86_64',
  host = 'x86_64',
): ReturnType<typeof probeAccelerator> =>
  probeAccelerator(arch, signal, { env, kvm: path.resolve(folder, kvm), arch: host });

async function calls(): Promise<string> {
  return readFile(path.join(folder, 'calls'), 'utf8').catch(() => '');
}

describe('what was measured decides', () => {
  it.each([
    { name: 'KVM that is faster', tcg: 'sleep 0.4; exit 67', kvm: 'exit 67', answer: 'kvm' },
    { name: 'KVM that is slower', tcg: 'exit 67', kvm: 'sleep 0.4; exit 67', answer: 'tcg' },
    { name: 'KVM that aborts', tcg: 'exit 67', kvm: 'echo MSR error >&2; exit 1', answer: 'tcg' },
    { name: 'KVM that exits as if well', tcg: 'exit 67', kvm: 'exit 0', answer: 'tcg' },
    { name: 'KVM that hangs', tcg: 'exit 67', kvm: 'sleep 600', answer: 'tcg' },
  ])('$name', async ({ tcg, kvm, answer }) => {
    await qemu(tcg, kvm);
    const { name, why } = await probe();
    expect(name).toBe(answer);
    expect(why).toMatch(/^a boot sector took \d+\.\d s under tcg and /);
    expect(await calls()).toBe('tcg\nkvm\n');
  });

  it('is measured once a boot of the host', async () => {
    await qemu('exit 67', 'exit 1');
    expect(await probe()).toEqual(await probe());
    expect(await calls()).toBe('tcg\nkvm\n');
    const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    const probes = path.join(folder, 'cache', 'probes');
    const [kept = ''] = await readdir(probes);
    // As if the answer were from before a reboot.
    await rename(path.join(probes, kept), path.join(probes, kept.replace(bootId, 'another-boot')));
    await probe();
    expect(await calls()).toBe('tcg\nkvm\ntcg\nkvm\n');
  });

  it('names what KVM said', async () => {
    await qemu('exit 67', 'echo error: failed to set MSR >&2; exit 1');
    expect((await probe()).why).toContain('failed to set MSR');
  });
});

describe('without a measurement', () => {
  it.each(['kvm', 'tcg'] as const)('PATCHPROOF_ACCEL=%s is obeyed', async (name) => {
    expect(await probe({ PATCHPROOF_ACCEL: name })).toEqual({
      name,
      why: `PATCHPROOF_ACCEL says ${name}`,
    });
  });

  it('any other PATCHPROOF_ACCEL is wrong usage', async () => {
    await expect(probe({ PATCHPROOF_ACCEL: 'KVM' })).rejects.toMatchObject({
      code: 'accelerator',
      exitCode: 2,
    });
  });

  it('guests of another architecture: tcg, and nothing else can be asked for', async () => {
    const foreign = (env: Record<string, string>): ReturnType<typeof probe> =>
      probe(env, 'kvm', undefined, 'arm64');
    const why = 'an x86_64 host emulates arm64 guests';
    expect(await foreign({})).toEqual({ name: 'tcg', why });
    expect(await foreign({ PATCHPROOF_ACCEL: 'tcg' })).toMatchObject({ name: 'tcg' });
    await expect(foreign({ PATCHPROOF_ACCEL: 'kvm' })).rejects.toMatchObject({ exitCode: 2 });
  });

  it('a host without a boot sector to time: kvm where it opens, and that is said', async () => {
    expect(await probe({}, 'kvm', undefined, 'arm64', 'arm64')).toMatchObject({
      name: 'kvm',
      why: expect.stringContaining('not timed') as string,
    });
    expect((await probe({}, 'nothing', undefined, 'arm64', 'arm64')).name).toBe('tcg');
  });

  it('no device: tcg', async () => {
    const { name, why } = await probe({}, 'nothing');
    expect(name).toBe('tcg');
    expect(why).toMatch(/^there is no /);
  });

  it('a device that may not be opened: tcg', async () => {
    await qemu('exit 67', 'exit 67');
    // Root may read and write every usual file, but no sysctl that is read-only.
    const { name, why } = await probe({}, '/proc/sys/kernel/random/boot_id');
    expect(name).toBe('tcg');
    expect(why).toContain('may not be opened: EACCES');
  });

  it('a path through no folder says why too', async () => {
    expect((await probe({}, 'kvm/kvm')).why).toContain('may not be opened: ENOTDIR');
  });
});

it('a QEMU that cannot even emulate is the host’s failure', async () => {
  await qemu('echo broken >&2; exit 1', 'exit 67');
  await expect(probe()).rejects.toMatchObject({ code: 'qemu-does-not-run', evidence: ['broken'] });
});

it('an interrupted probe leaves no answer behind', async () => {
  await qemu('sleep 600', 'exit 67');
  await expect(probe({}, 'kvm', AbortSignal.timeout(200))).rejects.toMatchObject({
    code: 'interrupted',
  });
  await qemu('exit 67', 'exit 1');
  expect((await probe()).name).toBe('tcg');
});
