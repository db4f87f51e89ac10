// SPDX-License-Identifier: MIT
import path from 'node:path';
import { exitCodes, PatchproofError } from '../../errors.ts';
import { archOf } from '../../host/arch.ts';
import { lookup } from '../../host/cache.ts';
import { findKernel } from '../../kernel/build/store.ts';
import { planRoot } from '../../vm/debian-root.ts';
import { ensureFor } from '../../setup/index.ts';
import { probeAccelerator } from '../../vm/accelerator.ts';
import { openTerminal } from '../../vm/terminal.ts';
import { bootGroups } from '../groups.ts';
import { stopOnSignals } from '../interrupt.ts';
import { findCell, type RunCell } from '../run-cell.ts';

/** The options of `patchproof shell` as the command table gives them. */
export interface ShellOptions {
  /** true: the usual port. */
  gdb?: number | true;
  cpus: number;
  memory: number;
  yes?: boolean;
}

/** gdb's and QEMU's usual one. */
const usualPort = 1234;

/** `patchproof shell [CELL]`: a terminal in the VM, kernel and image of a run's cell. */
export async function shellCommand(
  given: string | undefined,
  options: ShellOptions,
): Promise<number> {
  const found = await findCell(given);
  const { cell, variant, record } = found;
  const built = record.kernels.find((it) => it.cell === cell.id && it.variant === variant);
  const kernel = built && (await findKernel(built.key));
  const boots = record.boots.filter((it) => it.cell === cell.id && it.image !== undefined);
  // A candidate with base's kernel was never booted; every boot of a cell has the same image.
  const key = (boots.findLast((it) => it.variant === variant) ?? boots.at(-1))?.image;
  const image = key === undefined ? undefined : await lookup('images', key);
  const root = cell.image ?? 'agent';
  const shared = await planRoot(root);
  if (kernel === undefined) throw gone(found, 'kernel');
  if (image === undefined) throw gone(found, 'image');
  if (shared?.cached === false) throw gone(found, 'root');
  const stop = stopOnSignals();
  try {
    const arch = archOf(cell.makeWords ?? []);
    await ensureFor(bootGroups(arch, [root]), { yes: options.yes === true });
    const accelerator = await probeAccelerator(arch, stop.signal);
    const gdb = options.gdb === true ? usualPort : (options.gdb ?? null);
    const say = (line: string): boolean => process.stderr.write(`patchproof: ${line}\n`);
    say(`${cell.id}, ${variant}: ${kernel.release}, ${accelerator.name}`);
    if (gdb !== null)
      say(`gdb ${path.join(kernel.folder, 'vmlinux')} -ex 'target remote 127.0.0.1:${gdb}'`);
    const status = await openTerminal(
      {
        bzImage: kernel.bzImage,
        image: path.join(image, 'image.cpio'),
        arch,
        root,
        sharedRoot: shared?.folder,
        shape: { cpus: options.cpus, memory: options.memory },
        accelerator,
        environment: cell.candidates.find((it) => it.name === variant)?.environment ?? {},
        gdb,
      },
      stop.signal,
    );
    if (stop.signal.aborted) return exitCodes.interrupted;
    return status === 0 ? exitCodes.proved : exitCodes.noVerdict;
  } finally {
    stop.release();
  }
}

function gone(
  { folder, cell, variant, record }: RunCell,
  what: 'kernel' | 'image' | 'root',
): PatchproofError {
  return new PatchproofError({
    kind: 'infrastructure',
    code: `${what}-gone`,
    message: `The ${what} of ${cell.id}, ${variant}, is not in the cache of this machine.`,
    evidence: [`run directory: ${folder}`],
    remedy: `Make it again: patchproof ${record.argv.join(' ')}`,
  });
}
