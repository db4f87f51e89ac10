// SPDX-License-Identifier: MIT
import { constants } from 'node:fs';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { PatchproofError } from '../errors.ts';
import { lookup, publish } from '../host/cache.ts';
import { run } from '../host/process.ts';
import type { Accelerator } from './model.ts';

/**
 * A boot sector that writes 0x21 to port 0xf4 (isa-debug-exit: QEMU exits with 2 * 0x21 + 1)
 * and then halts: mov al,0x21; out 0xf4,al; hlt.
 */
const program = [0xb0, 0x21, 0xe6, 0xf4, 0xf4];
const exitStatus = 0x21 * 2 + 1;
const probeTimeoutMs = 20_000;

/**
 * Which accelerator runs guests faster on this host, found by running a boot sector under
 * each: a /dev/kvm that opens may still be an emulation that is slower than TCG, or abort.
 * The answer is kept for as long as the host stays up. `PATCHPROOF_ACCEL=kvm|tcg` overrides.
 */
export async function probeAccelerator(
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Accelerator> {
  const forced = env['PATCHPROOF_ACCEL'];
  if (forced !== undefined && forced !== '') {
    if (forced === 'kvm' || forced === 'tcg')
      return { name: forced, why: `PATCHPROOF_ACCEL says ${forced}` };
    throw new PatchproofError({
      kind: 'usage',
      code: 'accelerator',
      message: `PATCHPROOF_ACCEL is "${forced}".`,
      remedy: 'Set it to kvm or tcg, or unset it to have the host probed.',
    });
  }
  if (
    await access('/dev/kvm', constants.R_OK | constants.W_OK).then(
      () => false,
      () => true,
    )
  )
    return { name: 'tcg', why: '/dev/kvm is not there or may not be opened' };
  const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  const key = `accelerator-${bootId}`;
  const folder =
    (await lookup('probes', key)) ??
    (await publish('probes', key, async (scratch) => {
      await writeFile(path.join(scratch, 'answer.json'), JSON.stringify(await measure()));
    }));
  return JSON.parse(await readFile(path.join(folder, 'answer.json'), 'utf8')) as Accelerator;
}

async function measure(): Promise<Accelerator> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'pp-probe-'));
  try {
    const sector = Buffer.alloc(512);
    sector.set(program);
    sector.writeUInt16LE(0xaa55, 510);
    const image = path.join(folder, 'sector');
    await writeFile(image, sector);
    const tcg = await time('tcg', image);
    const kvm = await time('kvm', image);
    if (tcg === null)
      throw new PatchproofError({
        kind: 'infrastructure',
        code: 'qemu-does-not-run',
        message: 'QEMU cannot run a boot sector, not even without acceleration.',
        remedy: 'Run: ./patchproof doctor',
      });
    if (kvm === null) return { name: 'tcg', why: '/dev/kvm opens but a boot sector does not run' };
    const measured = `a boot sector took ${seconds(kvm)} under kvm, ${seconds(tcg)} under tcg`;
    return { name: kvm < tcg ? 'kvm' : 'tcg', why: measured };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Milliseconds, or null when it did not run to its end. */
async function time(accelerator: Accelerator['name'], image: string): Promise<number | null> {
  const result = await run(
    'qemu-system-x86_64',
    [
      ...`-accel ${accelerator} -display none -nodefaults -no-reboot -m 16 -boot a`.split(' '),
      '-device',
      'isa-debug-exit,iobase=0xf4,iosize=1',
      '-drive',
      `file=${image},format=raw,if=floppy,readonly=on`,
    ],
    { timeoutMs: probeTimeoutMs, missingRemedy: 'Install QEMU: ./patchproof setup' },
  );
  return result.exitCode === exitStatus ? result.durationMs : null;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
