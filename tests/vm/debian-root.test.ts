// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { RunEventBody } from '../../runner/events.ts';
import { shellStep } from '../../runner/host/command-line.ts';
import { planRoot, sharedRootOf } from '../../runner/vm/debian-root.ts';
import { failure, setEnv, temporary, useCache } from '../kernel/helpers.ts';
import { debian } from './debian.ts';

/** What this host was installed from. */
const [, suite] =
  /^VERSION_CODENAME="?([^"\n]+)/m.exec(readFileSync('/etc/os-release', 'utf8')) ?? [];

function stage(bootstrap?: string) {
  const folder = temporary();
  const cache = useCache();
  setEnv('PATH', `${debian(folder, bootstrap)}:${process.env['PATH']}`);
  const events: RunEventBody[] = [];
  const signal = new AbortController().signal;
  const context = { emit: (it: RunEventBody) => void events.push(it), signal, cell: 'cell' };
  const words = (): string => readFileSync(path.join(folder, 'bootstrapped'), 'utf8');
  return { cache, context, events, words };
}

it('is made once, of the suite that the host has, with the host’s way to the mirror', async () => {
  const { cache, context, events, words } = stage();
  const planned = await planRoot('debian');
  expect(planned).toMatchObject({ cached: false });
  const root = (await sharedRootOf('debian', context)) ?? '';
  expect(readFileSync(path.join(root, 'etc/is'), 'utf8')).toBe('of Debian\n');
  const [include = ''] = words().match(/^--include=.*$/m) ?? [];
  for (const name of ['perl', 'python3', 'iproute2', 'iperf3'])
    expect(include.slice('--include='.length).split(',')).toContain(name);
  expect(words()).toMatch(new RegExp(`\n${suite}\n/.*/root\\.tar\ndeb `));
  expect(words()).toContain('\n--aptopt=Acquire::http::Proxy "http://proxy.example/";\n');
  expect(words()).not.toContain('""');
  expect(readdirSync(path.dirname(root))).toEqual(['root']);
  // The guest's devices are not files of the host's.
  expect(readdirSync(path.join(root, 'dev'))).toEqual([]);
  expect(events.map(({ type }) => type)).toEqual(['stage-started', 'stage-finished']);
  const made = words();
  expect(await sharedRootOf('debian', context)).toBe(root);
  expect([words(), events.length]).toEqual([made, 2]);
  expect(await planRoot('debian')).toMatchObject({ folder: root, cached: true });
  expect(planned?.folder).toBe(root);
  expect(readdirSync(path.join(cache, 'scratch'))).toEqual([]);
});

it.each([
  {
    name: 'mmdebstrap fails',
    bootstrap: 'echo E: no such suite >&2; exit 1',
    says: 'E: no such suite',
  },
  {
    name: 'the disk is full',
    bootstrap: 'echo "tar: x: No space left on device" >&2; exit 1',
    says: 'No space left',
    code: 'disk-full',
  },
  { name: 'its archive is none', bootstrap: 'echo x >"$2"', says: 'tar' },
])('$name: the host’s failure, with what was said, and nothing is left', async (row) => {
  const { cache, context } = stage(row.bootstrap);
  const error = await failure(sharedRootOf('debian', context));
  const code = 'code' in row ? row.code : 'no-root';
  expect({ code: error.code, exit: error.exitCode }).toEqual({ code, exit: 69 });
  expect(error.evidence.join('\n')).toContain(row.says);
  expect(existsSync(path.join(cache, 'roots'))).toBe(false);
  expect(readdirSync(path.join(cache, 'scratch'))).toEqual([]);
});

it('can be made by the steps of the plan', async () => {
  stage();
  const planned = await planRoot('debian');
  const script = (planned?.steps ?? []).map(shellStep).join('\n');
  execFileSync('sh', ['-e', '-c', script]);
  expect(readFileSync(path.join(planned?.folder ?? '', 'etc/is'), 'utf8')).toBe('of Debian\n');
  expect(await planRoot('debian')).toMatchObject({ cached: true });
  expect(readdirSync(path.dirname(planned?.folder ?? ''))).toEqual(['root']);
});

it('other images have none of their own', async () => {
  const { context } = stage();
  for (const image of ['agent', 'host'] as const)
    expect([await sharedRootOf(image, context), await planRoot(image)]).toEqual([
      undefined,
      undefined,
    ]);
});
