// SPDX-License-Identifier: MIT
import { constants } from 'node:fs';
import { access, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { PatchproofError } from '../errors.ts';
import { hostArch } from '../host/arch.ts';
import { lookup, publish, scratchFolder } from '../host/cache.ts';
import { run } from '../host/process.ts';
import type { Accelerator } from './model.ts';

/**
 * A boot sector that counts ecx down from 100 million, so that running instructions decides
 * and not starting QEMU, and then writes 0x21 to port 0xf4 (isa-debug-exit: QEMU exits with
 * 2 * 0x21 + 1): mov ecx,100000000; 1: dec ecx; jnz 1b; mov al,0x21; out 0xf4,al; hlt.
 */
const program = [
  ...[0x66, 0xb9, 0x00, 0xe1, 0xf5, 0x05, 0x66, 0x49, 0x75, 0xfc],
  ...[0xb0, 0x21, 0xe6, 0xf4, 0xf4],
];
const exitStatus = 0x21 * 2 + 1;
const tcgTimeoutMs = 60_000;
/** What KVM gets at least, however fast TCG was: a busy host must not decide. */
const kvmLeastMs = 2_000;

const answer = z.object({ name: z.enum(['kvm', 'tcg']), why: z.string() });

/** What the probe looks at; tests put their own there. */
export interface ProbeHost {
  env: Readonly<Record<string, string | undefined>>;
  kvm: string;
  /** The kernel's name of the host's architecture. */
  arch: string;
}

/**
 * Which accelerator runs guests faster on this host, found by running a boot sector under
 * each: a /dev/kvm that opens may still be an emulation that is slower than TCG, or abort.
 * The answer is kept for as long as the host stays up. `PATCHPROOF_ACCEL=kvm|tcg` overrides.
 * Guests of another architecture are emulated, and only x86_64 has a boot sector to be timed.
 *
 * @param arch the guests', as ARCH= has it
 */
export async function probeAccelerator(
  arch: string,
  signal?: AbortSignal,
  host: ProbeHost = { env: process.env, kvm: '/dev/kvm', arch: hostArch() },
): Promise<Accelerator> {
  const forced = host.env['PATCHPROOF_ACCEL'];
  if (forced !== undefined && forced !== '') {
    if (forced === 'tcg' || (forced === 'kvm' && arch === host.arch)) {
      return { name: forced, why: `PATCHPROOF_ACCEL says ${forced}` };
    }
    throw new PatchproofError({
      kind: 'usage',
      code: 'accelerator',
      message: `PATCHPROOF_ACCEL is "${forced}" for ${arch} guests on a host that is ${host.arch}.`,
      remedy:
        "Set it to tcg, or to kvm for guests of the host's own architecture, or unset it to have the host probed.",
    });
  }
  if (arch !== host.arch)
    return { name: 'tcg', why: `an ${host.arch} host emulates ${arch} guests` };
  const obstacle = await access(host.kvm, constants.R_OK | constants.W_OK).then(
    () => null,
    (error: NodeJS.ErrnoException) => error.code ?? error.message,
  );
  if (obstacle === 'ENOENT') return { name: 'tcg', why: `there is no ${host.kvm}` };
  if (obstacle !== null) return { name: 'tcg', why: `${host.kvm} may not be opened: ${obstacle}` };
  if (arch !== 'x86_64') return { name: 'kvm', why: `${host.kvm} opens; it was not timed` };
  const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  // Another user may be allowed less, but has a cache of their own.
  const key = `accelerator-${bootId}`;
  const folder =
    (await lookup('probes', key)) ??
    (await publish('probes', key, async (scratch) => {
      await writeFile(path.join(scratch, 'answer.json'), JSON.stringify(await measure(signal)));
    }));
  return answer.parse(JSON.parse(await readFile(path.join(folder, 'answer.json'), 'utf8')));
}

async function measure(signal: AbortSignal | undefined): Promise<Accelerator> {
  const folder = await scratchFolder('probe');
  try {
    const sector = Buffer.alloc(512);
    sector.set(program);
    sector.writeUInt16LE(0xaa55, 510);
    const image = path.join(folder, 'sector');
    await writeFile(image, sector);
    const tcg = await time('tcg', folder, tcgTimeoutMs, signal);
    if (tcg.ms === null) {
      throw new PatchproofError({
        kind: 'infrastructure',
        code: 'qemu-does-not-run',
        message: 'QEMU cannot run a boot sector, not even without acceleration.',
        evidence: [...tcg.said],
        remedy: 'Run: ./patchproof doctor',
      });
    }
    const limit = Math.max(kvmLeastMs, 2 * tcg.ms);
    const kvm = await time('kvm', folder, limit, signal);
    const underTcg = `a boot sector took ${seconds(tcg.ms)} under tcg`;
    if (kvm.timedOut) {
      return { name: 'tcg', why: `${underTcg} and was not done after ${seconds(limit)} under kvm` };
    }
    if (kvm.ms === null) {
      return {
        name: 'tcg',
        why: `${underTcg} and did not run under kvm: ${kvm.said.at(-1) ?? ''}`,
      };
    }
    return {
      name: kvm.ms < tcg.ms ? 'kvm' : 'tcg',
      why: `${underTcg} and ${seconds(kvm.ms)} under kvm`,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** `ms` is null when the sector did not run to its end. */
async function time(
  accelerator: Accelerator['name'],
  cwd: string,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<{ ms: number | null; timedOut: boolean; said: readonly string[] }> {
  const result = await run(
    'qemu-system-x86_64',
    [
      ...['-accel', accelerator, '-display', 'none', '-nodefaults', '-no-reboot', '-m', '16'],
      ...['-device', 'isa-debug-exit,iobase=0xf4,iosize=1'],
      ...['-drive', 'file=sector,format=raw,if=floppy,readonly=on', '-boot', 'a'],
    ],
    {
      cwd,
      timeoutMs,
      ...(signal === undefined ? {} : { signal }),
      missingRemedy: 'Install QEMU: ./patchproof doctor',
    },
  );
  if (result.canceled) {
    throw new PatchproofError({
      kind: 'interrupted',
      code: 'interrupted',
      message: 'The probe of the accelerators was interrupted.',
      remedy: 'Run the same command again.',
    });
  }
  const done = result.exitCode === exitStatus && !result.timedOut;
  return { ms: done ? result.durationMs : null, timedOut: result.timedOut, said: result.tail };
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
