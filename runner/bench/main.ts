// SPDX-License-Identifier: MIT
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunEvent } from '../events.ts';
import { readEvents } from '../evidence/record.ts';
import { cachePath } from '../host/cache.ts';
import { hostArch } from '../host/arch.ts';
import { run } from '../host/process.ts';
import { boot } from '../vm/boot.ts';
import { buildImage } from '../vm/image.ts';
import { jobArchive } from '../vm/job.ts';
import { interleaved, median } from './measure.ts';

/**
 * `npm run bench`: what patchproof promises about its speed and size, as ratios measured side
 * by side in one run, each with its bound. Absolute times say more about the host. Exits 1
 * when a bound is broken.
 */
const root = fileURLToPath(new URL('../..', import.meta.url));
const shape = { cpus: 2, memory: 1024 };
const context = { emit: () => undefined, signal: new AbortController().signal, cell: 'bench' };
const scratch = await mkdtemp(path.join(os.tmpdir(), 'pp-bench-'));
let broken = 0;

try {
  await cli();
  const bzImage = await warmRun();
  await vmCycle(bzImage);
} finally {
  await rm(scratch, { recursive: true, force: true });
}
process.exitCode = broken === 0 ? 0 : 1;

/** The time of `--help` over that of a node that does nothing. */
async function cli(): Promise<void> {
  const main = path.join(root, 'runner/cli/main.ts');
  const times = await interleaved(9, {
    help: async () => run(process.execPath, [main, '--help']),
    node: async () => run(process.execPath, ['-e', '0']),
  });
  const over = median(times.help) - median(times.node);
  say('CLI start over bare node', over, 150, 'ms');
}

/** A run with everything cached: overhead, objects, memory. Returns the kernel it booted. */
async function warmRun(): Promise<string> {
  await timedRun('first');
  const { events, wallMs, peakMiB } = await timedRun('second');
  const boots = events.flatMap((event) => (event.type === 'boot-finished' ? [event.boot] : []));
  const inVms = boots.reduce((sum, { durationMs }) => sum + durationMs, 0);
  say('warm run / its VM cycles with their tests', wallMs / inVms, 1.3, 'x');
  const kernels = events.flatMap((event) => (event.type === 'kernel-built' ? [event.kernel] : []));
  const objects = kernels.reduce((sum, kernel) => sum + kernel.objects, 0);
  say('objects compiled by a second run', objects, 0, 'objects');
  say('peak memory of the runner', peakMiB, 200, 'MiB');
  return path.join(cachePath('kernels', kernels[0]?.key ?? ''), 'bzImage');
}

async function timedRun(
  name: string,
): Promise<{ events: RunEvent[]; wallMs: number; peakMiB: number }> {
  const folder = path.join(scratch, name);
  const started = performance.now();
  // The runner tells its own peak when it exits: its children's memory is not its own.
  const hook = `process.on('exit', () => console.error('peak', process.resourceUsage().maxRSS))`;
  const main = path.join(root, 'runner/cli/main.ts');
  const words = ['--import', `data:text/javascript,${hook}`, main];
  const finished = await run(process.execPath, [...words, 'run', '--yes', '--output-dir', folder]);
  const wallMs = performance.now() - started;
  const peakKiB = Number(/^peak (\d+)$/m.exec(finished.stderr)?.[1] ?? Number.NaN);
  if (finished.exitCode !== 0) throw new Error(`the ${name} run failed:\n${finished.stderr}`);
  const events = readEvents(await readFile(path.join(folder, 'events.jsonl'), 'utf8'));
  return { events, wallMs, peakMiB: peakKiB / 1024 };
}

/** Launch to gone, without a test, against bare QEMU and a stock `vng -- true`. */
async function vmCycle(bzImage: string): Promise<void> {
  const image = await buildImage({ files: [], arch: hostArch(), compiler: 'gcc' }, context);
  const job = { tests: [], root: 'agent', shape, bootTimeoutMs: 60_000 } as const;
  const initrd = path.join(scratch, 'initrd');
  await writeFile(initrd, Buffer.concat([await readFile(image.file), jobArchive(job)]));
  const accelerator = { name: 'tcg', why: 'the bench compares plain emulation' } as const;
  const times = await interleaved(5, {
    patchproof: async () => {
      const place = { arch: hostArch(), sharedRoot: undefined, folder: scratch };
      const request = { bzImage, image: image.file, job, accelerator, ...place };
      const { end } = await boot({ ...request, variant: 'bench' }, context);
      if (end.kind !== 'complete') throw new Error(`the VM ended with ${end.kind}`);
    },
    qemu: async () => run('qemu-system-x86_64', bareQemu(bzImage, initrd)),
    // Without block devices in the kernel, virtme-ng's 9p root needs a name to be mounted by.
    stock: async () => {
      const words = ['--run', bzImage, '--disable-kvm', '-a', 'root=/dev/root', '--', 'true'];
      await run('vng', words, { cwd: '/', timeoutMs: 300_000 });
    },
  });
  say('VM cycle / bare QEMU', median(times.patchproof) / median(times.qemu), 1.5, 'x');
  say('VM cycle / stock vng -- true', median(times.patchproof) / median(times.stock), 0.2, 'x');
}

function bareQemu(bzImage: string, initrd: string): string[] {
  return [
    ...'-accel tcg -machine q35 -nodefaults -nographic -no-reboot -serial stdio'.split(' '),
    ...['-smp', String(shape.cpus), '-m', `${shape.memory}M`],
    ...['-kernel', bzImage, '-initrd', initrd],
    ...['-append', 'console=ttyS0 rdinit=/init panic=-1 ignore_loglevel'],
    ...['-chardev', `file,id=port,path=${path.join(scratch, 'port.log')}`],
    ...['-device', 'virtio-serial-pci'],
    ...['-device', 'virtserialport,name=patchproof.events,chardev=port'],
  ];
}

function say(what: string, value: number, bound: number, unit: string): void {
  const holds = value <= bound;
  if (!holds) broken++;
  const number = Number.isInteger(value) ? String(value) : value.toFixed(2);
  process.stdout.write(
    `${holds ? 'ok    ' : 'BROKEN'} ${what}: ${number} ${unit} (at most ${bound})\n`,
  );
}
