// SPDX-License-Identifier: MIT
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { needsNoQuestion } from '../../runner/setup/consent.ts';
import { diagnose, formatReport } from '../../runner/setup/doctor.ts';
import { runDoctor } from '../../runner/setup/index.ts';
import { allGroups, needs } from '../../runner/setup/needs.ts';
import { probe } from '../../runner/setup/probe.ts';
import { freeGib, judgeSpace, roomCommand } from '../../runner/setup/space.ts';
import { isAtLeast } from '../../runner/setup/version.ts';
import { Sandbox } from './sandbox.ts';

// Other files of this worker have the modules without the mock.
vi.hoisted(() => vi.resetModules());
afterAll(() => void vi.resetModules());

vi.mock('../../runner/vm/accelerator.ts', () => ({
  probeAccelerator: async () => ({ name: 'tcg', why: 'there is no /dev/kvm' }),
}));

let box: Sandbox;

beforeEach(() => {
  box = new Sandbox();
  vi.stubEnv('PATH', box.bin);
  vi.stubEnv('PATCHPROOF_CACHE_DIR', path.join(box.folder, 'cache'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  box.remove();
});

const checkOf = async (id: string) => {
  const check = (await diagnose()).checks.find((one) => one.id === id);
  if (check === undefined) throw new Error(`no check ${id}`);
  return check;
};

describe('the report', () => {
  it('has one check a need, and a fix wherever something is to be mended', async () => {
    const { ok, checks } = await diagnose();
    expect(ok).toBe(false);
    const ids = checks.map(({ id }) => id);
    // Those of runs that ask for more are told by these runs.
    const usual = needs.filter(({ groups }) => groups.some((it) => allGroups.includes(it)));
    expect(usual.length).toBeLessThan(needs.length);
    expect(ids).toEqual(expect.arrayContaining(usual.map(({ id }) => id)));
    expect(ids).toEqual(expect.arrayContaining(['node', 'disk', 'memory', 'accelerator']));
    expect(new Set(ids).size).toBe(ids.length);
    for (const { status, fix, needed } of checks) {
      expect(fix === null).toBe(status === 'ok');
      expect(needed).not.toBe('');
    }
  });

  it('fails for a required tool, warns for a useful one', async () => {
    expect(await checkOf('flex')).toMatchObject({ status: 'fail', found: 'not installed' });
    expect(await checkOf('ccache')).toMatchObject({ status: 'warn' });
    box.script('flex', '');
    expect(await checkOf('flex')).toMatchObject({ status: 'ok', fix: null });
  });

  it('does not take an old version for a met need', async () => {
    box.script('vng', 'echo virtme-ng 1.34.9');
    expect(await checkOf('virtme-ng')).toMatchObject({ status: 'fail', found: '1.34.9' });
    box.script('vng', 'echo virtme-ng 1.35');
    expect(await checkOf('virtme-ng')).toMatchObject({ status: 'ok', found: '1.35' });
  });

  it('does not take a program that says nothing of its version for a met need', async () => {
    box.script('qemu-system-x86_64', 'echo "cannot load libfoo.so" >&2; exit 127');
    expect(await checkOf('qemu')).toMatchObject({ status: 'fail', found: 'an unknown version' });
  });

  it('names the emulation where there is no KVM', async () => {
    box.script('qemu-system-x86_64', 'echo QEMU emulator version 10.0.1');
    expect((await checkOf('accelerator')).found).toBe('tcg: there is no /dev/kvm');
  });

  it('is printed with the fix below each line', async () => {
    const report = await diagnose();
    const lines = formatReport(report).split('\n');
    const at = lines.findIndex((line) => /^fail {2}flex /.test(line));
    expect(lines[at + 1]?.trim()).toBe((await checkOf('flex')).fix);
  });

  it('is one line of JSON, and its exit code says whether all is well', async () => {
    let printed = '';
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      printed += String(text);
      return true;
    });
    expect(await runDoctor({ json: true })).toBe(69);
    expect(printed.trimEnd().split('\n')).toHaveLength(1);
    const report = JSON.parse(printed) as { ok: boolean; checks: object[] };
    expect(report.ok).toBe(false);
    for (const check of report.checks)
      expect(Object.keys(check).sort()).toEqual(['fix', 'found', 'id', 'needed', 'status']);
  });
});

describe('a fix works when it is pasted', () => {
  const apt = () =>
    box.script(
      'apt-get',
      `case "$*" in *install*' flex') printf '#!/bin/sh\\n' >'${box.bin}/flex'; chmod +x '${box.bin}/flex' ;; esac`,
    );

  it.each([
    ['root', 0, []],
    ['a user with sudo', 1000, [['sudo', 'exec "$@"']]],
    ['a user without sudo', 1000, [['su', '[ "$1" = -c ] && exec sh -c "$2"']]],
  ])('by %s', async (_, uid, scripts) => {
    vi.spyOn(process, 'getuid').mockReturnValue(uid);
    apt();
    for (const [name, body] of scripts) box.script(String(name), String(body));
    const { fix } = await checkOf('flex');
    expect((await box.run('sh', ['-c', String(fix)])).code).toBe(0);
    expect(await checkOf('flex')).toMatchObject({ status: 'ok' });
    const helper = scripts[0]?.[0];
    expect(box.commands().some((line) => line.startsWith('su'))).toBe(helper !== undefined);
  });
});

describe('probes', () => {
  it('ignores folders and files that cannot be run', async () => {
    mkdirSync(path.join(box.bin, 'flex'));
    writeFileSync(path.join(box.bin, 'bison'), '');
    symlinkSync('/nowhere', path.join(box.bin, 'bc'));
    const findings = await probe(['build']);
    for (const id of ['flex', 'bison', 'bc'])
      expect(findings.find(({ need }) => need.id === id)?.met).toBe(false);
  });

  it.each([
    ['1.35', '1.35', true],
    ['1.41-1', '1.35', true],
    ['1.9', '1.35', false],
    ['2', '1.35', true],
    ['1', '1.35', false],
    ['10.0.13', '7.2', true],
    ['an unknown version', '1.35', false],
  ])('%s is at least %s: %s', (version, least, expected) => {
    expect(isAtLeast(version, least)).toBe(expected);
  });
});

describe('space', () => {
  it.each([
    [8, 'ok'],
    [7.9, 'warn'],
    [4, 'warn'],
    [3.9, 'fail'],
  ])('%d GiB: %s', (free, status) => {
    expect(judgeSpace(free)).toBe(status);
  });

  it('is that of the nearest folder that exists', async () => {
    const inner = path.join(box.folder, 'not', 'yet', 'there');
    // Another process may write between the two looks.
    expect(await freeGib(inner)).toBeCloseTo(await freeGib(box.folder), 0);
  });

  it('is got by emptying the cache where no other place is roomy', async () => {
    expect(await roomCommand([])).toBe(`rm -rf -- '${path.join(box.folder, 'cache')}'`);
  });
});

describe('consent', () => {
  const desk = { env: {}, root: false, exists: () => false };
  const docker = (file: string) => file === '/.dockerenv';
  it.each([
    ['--yes', true, desk, true],
    ['a desk', false, desk, false],
    ['root at a desk', false, { ...desk, root: true }, false],
    ['CI=true', false, { ...desk, env: { CI: 'true' } }, true],
    ['CI=false', false, { ...desk, env: { CI: 'false' } }, false],
    ['CI=', false, { ...desk, env: { CI: '' } }, false],
    ['root in a container', false, { ...desk, root: true, exists: docker }, true],
    ['a user in a container', false, { ...desk, exists: docker }, false],
    ['root under nspawn', false, { ...desk, root: true, env: { container: 'nspawn' } }, true],
  ])('%s', (_, yes, host, expected) => {
    expect(needsNoQuestion(yes, host)).toBe(expected);
  });
});
