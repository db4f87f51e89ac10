// SPDX-License-Identifier: MIT
import { constants, existsSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { PatchproofError } from '../errors.ts';
import { hostArch } from '../host/arch.ts';
import { cacheRoot } from '../host/cache.ts';
import { which } from '../host/which.ts';
import { allGroups } from './needs.ts';
import { ownCommand } from './own-command.ts';
import { asRoot, installCommand, pasteable, updateCommand } from './packages.ts';
import { probe } from './probe.ts';
import type { Finding } from './probe.ts';
import { freeGib, judgeSpace, roomCommand, wantedGib } from './space.ts';
import { isAtLeast } from './version.ts';
import { extendPath } from './virtme-ng.ts';

/** One line of the diagnosis; `doctor --json` prints these as they are. */
export interface Check {
  id: string;
  status: 'ok' | 'warn' | 'fail';
  found: string;
  needed: string;
  /** A command that mends it, ready to be pasted; null when nothing is to be mended. */
  fix: string | null;
}

/** What the host has and lacks. `ok` is false when a check fails; warnings leave it true. */
export interface DoctorReport {
  ok: boolean;
  checks: Check[];
}

const leastNode = '22.18';
const wantedMemoryGib = 2;
const gib = 1024 ** 3;

/** Looks at everything that any command needs. Changes nothing. */
export async function diagnose(): Promise<DoctorReport> {
  extendPath();
  const checks = (await Promise.all([node(), packages(), disk(), memory(), accelerator()])).flat();
  return { ok: checks.every(({ status }) => status !== 'fail'), checks };
}

/** The report as text: a line a check, its fix below. */
export function formatReport(report: DoctorReport): string {
  const wide = Math.max(...report.checks.map(({ id }) => id.length));
  return report.checks
    .flatMap(({ id, status, found, needed, fix }) => [
      `${status.padEnd(4)}  ${id.padEnd(wide)}  ${status === 'ok' ? found : `${found}; needed: ${needed}`}`,
      ...(fix === null ? [] : [`      ${''.padEnd(wide)}  ${fix}`]),
    ])
    .map((line) => `${line}\n`)
    .join('');
}

async function packages(): Promise<Check[]> {
  const findings = await probe(allGroups);
  return Promise.all(
    findings.map(async (finding): Promise<Check> => {
      const { need, met, found } = finding;
      const unmet = need.optional === true ? 'warn' : 'fail';
      return {
        id: need.id,
        status: met ? 'ok' : unmet,
        found,
        needed: needed(finding),
        fix: met ? null : await fixOf(finding),
      };
    }),
  );
}

function needed({ need }: Finding): string {
  const least = need.probe.kind === 'command' ? need.probe.least : undefined;
  return least === undefined ? need.why : `${least} or newer; ${need.why}`;
}

async function fixOf({ need }: Finding): Promise<string> {
  if ((await which('apt-get')) === undefined)
    return `# install ${need.package} with this system's package manager`;
  // Set-up knows where a new enough one is to be had.
  if (need.id === 'virtme-ng') return pasteable(ownCommand('setup --yes'));
  return pasteable(`${updateCommand()} && ${installCommand([need.package])}`);
}

async function node(): Promise<Check> {
  const found = process.versions.node;
  const met = isAtLeast(found, leastNode);
  return {
    id: 'node',
    status: met ? 'ok' : 'fail',
    found,
    needed: `${leastNode} or newer`,
    fix: met ? null : 'npm install --global node@24',
  };
}

async function disk(): Promise<Check> {
  const free = await freeGib(cacheRoot());
  const status = judgeSpace(free);
  return {
    id: 'disk',
    status,
    found: `${free.toFixed(1)} GiB free for ${cacheRoot()}`,
    needed: `${wantedGib} GiB for sources, builds and the cache`,
    fix: status === 'ok' ? null : await roomCommand(),
  };
}

async function memory(): Promise<Check> {
  const limit = process.constrainedMemory();
  const bytes = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  const met = bytes >= wantedMemoryGib * gib;
  return {
    id: 'memory',
    status: met ? 'ok' : 'warn',
    found: `${(bytes / gib).toFixed(1)} GiB`,
    needed: `${wantedMemoryGib} GiB for a guest and a compiler beside it`,
    fix: met ? null : ownCommand('run --memory 512 --jobs 1'),
  };
}

async function accelerator(): Promise<Check> {
  const head = { id: 'accelerator', needed: 'KVM, or emulation where there is none' };
  if ((await which('qemu-system-x86_64')) === undefined) {
    const fix = ownCommand('doctor');
    return { ...head, status: 'warn', found: 'not tried while QEMU is missing', fix };
  }
  try {
    const { probeAccelerator } = await import('../vm/accelerator.ts');
    const { name, why } = await probeAccelerator(hostArch());
    const found = `${name}: ${why}`;
    return (await isKvmDenied())
      ? { ...head, status: 'warn', found, fix: await openKvm() }
      : { ...head, status: 'ok', found, fix: null };
  } catch (error) {
    if (!(error instanceof PatchproofError)) throw error;
    return { ...head, status: 'fail', found: error.message, fix: error.remedy };
  }
}

async function isKvmDenied(): Promise<boolean> {
  if (!existsSync('/dev/kvm')) return false;
  return access('/dev/kvm', constants.R_OK | constants.W_OK).then(
    () => false,
    () => true,
  );
}

async function openKvm(): Promise<string> {
  if ((await which('udevadm')) === undefined) return pasteable(asRoot('chmod 666 /dev/kvm'));
  const rule = 'KERNEL=="kvm", GROUP="kvm", MODE="0666", OPTIONS+="static_node=kvm"';
  const commands = [
    `echo '${rule}' | ${asRoot('tee /etc/udev/rules.d/99-kvm.rules')}`,
    asRoot('udevadm control --reload-rules'),
    asRoot('udevadm trigger --name-match=kvm'),
  ];
  return pasteable(commands.join(' && '));
}
