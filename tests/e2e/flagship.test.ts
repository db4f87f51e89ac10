// SPDX-License-Identifier: MIT
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Verdict } from '../../runner/verdict/model.ts';
import { start } from '../cli/patchproof.ts';
import { importedCases, schemaProblems, shown } from './forms.ts';
import { type Ended, eventsOf, patchproof, typeInto, verdictOf } from './patchproof.ts';

const minute = 60_000;

/** The tests wait more than they compute: one CPU a VM, and so two VMs at a time on two CPUs. */
const small = ['--cpus', '1'];

/** What v1 is known to break: kernel-patches/tcp-repair/proof.yaml says why. */
const harm = /^tcp_repair:(halfclosed|timers|listener)\//;

describe('the TCP repair proof on 6.12', () => {
  let end: Ended;
  let verdict: Verdict;

  beforeAll(async () => {
    end = await patchproof('--candidate', 'v1', '--candidate', 'v2', ...small);
    if (!existsSync(path.join(end.folder, 'verdict.json'))) throw new Error(end.stderr);
    verdict = verdictOf(end.folder);
  }, 60 * minute);

  it('is proved, exit 0, for both candidates, and v2 is ranked first', () => {
    expect(end.status, end.stdout + end.stderr).toBe(0);
    expect(verdict.overall).toBe('proved');
    const found = Object.entries(verdict.candidates).map(([name, it]) => [name, it.overall]);
    expect(found).toEqual([
      ['v2', 'proved'],
      ['v1', 'proved'],
    ]);
  });

  for (const family of ['ipv4', 'ipv6']) {
    for (const race of ['rcv_seq', 'rcv_queue', 'no_ack', 'gap_after_seq', 'complete']) {
      it(`${race} over ${family} fails on base and passes with each patch`, () => {
        const tests = verdict.tests.filter(({ name }) => name.endsWith(`.${family}.${race}`));
        expect(tests.map(({ outcomes }) => outcomes)).toContainEqual({
          base: 'fail',
          v1: 'pass',
          v2: 'pass',
        });
      });
    }
  }

  it('v2 fails nowhere; v1 fails where it is known to, and base passes there', () => {
    const failing = (variant: string): string[] =>
      verdict.tests.filter(({ outcomes }) => outcomes[variant] !== 'pass').map(({ name }) => name);
    expect(failing('v2')).toEqual([]);
    const known = verdict.tests.filter(({ name }) => harm.test(name));
    expect(known.length).toBeGreaterThan(0);
    expect(failing('v1')).toEqual(known.map(({ name }) => name));
    expect(known.map(({ outcomes }) => outcomes['base'])).toEqual(known.map(() => 'pass'));
    const told = verdict.candidates['v1']?.knownHarm.map(({ test }) => test) ?? [];
    expect(told.toSorted()).toEqual(failing('v1').toSorted());
    expect(verdict.candidates['v2']?.knownHarm).toEqual([]);
  });

  it('known harm counts under --strict', async () => {
    const json = await start('.', 'verdict', end.folder, '--strict', '--json').ended;
    const strict = JSON.parse(json.stdout) as Verdict;
    expect(strict.candidates['v1']?.overall).toBe('not proved');
    expect(strict.candidates['v2']?.overall).toBe('proved');
  });

  it('SOCKET_REPAIR cannot be counted on base and is counted with each patch', () => {
    const rows = verdict.drops.filter(({ reason }) => reason === 'SOCKET_REPAIR');
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) expect(row.counts['base']).toBeNull();
    const frozen = rows.find(({ test }) => test === 'tcp_repair:frozen');
    expect(frozen?.counts['v1']).toBeGreaterThan(0);
    expect(frozen?.counts['v2']).toBeGreaterThan(0);
  });

  it("the tracepoint's counts are the sum of what the tests count at frozen sockets", () => {
    const attempts = eventsOf(end.folder).flatMap((event) =>
      event.type === 'attempt-finished' && event.attempt.variant !== 'base' ? [event.attempt] : [],
    );
    expect(attempts.length).toBeGreaterThan(0);
    for (const { program, variant, results, drops, dropsLost } of attempts) {
      const claimed = results
        .map(({ counters }) => counters['repair_skbs'] ?? 0)
        .reduce<number>((sum, count) => sum + Number(count), 0);
      expect(drops?.['SOCKET_REPAIR'] ?? 0, `${program} on ${variant}`).toBe(claimed);
      expect(dropsLost, program).toBe(0);
    }
  });

  it('leaves the whole record in the run directory', () => {
    for (const name of [
      'run.json',
      'plan.json',
      'events.jsonl',
      'evidence.json',
      'verdict.json',
      'report.txt',
      'report.html',
      'report.md',
      'junit.xml',
      'results.tap',
    ]) {
      expect(existsSync(path.join(end.folder, name)), name).toBe(true);
    }
    const boots = eventsOf(end.folder).flatMap((event) =>
      event.type === 'boot-finished' ? [event.boot] : [],
    );
    expect(new Set(boots.map(({ variant }) => variant))).toEqual(new Set(['base', 'v1', 'v2']));
    for (const { consoleFile } of boots) {
      const console = readFileSync(path.resolve(end.folder, consoleFile), 'utf8');
      expect(console).toContain('Linux version 6.12');
      expect(console).toContain('Power down');
    }
  });

  it('writes forms that their readers take', async () => {
    expect(schemaProblems(end.folder, 'evidence')).toEqual([]);
    expect(schemaProblems(end.folder, 'verdict')).toEqual([]);
    const cases = await importedCases(end.folder);
    const tests = verdict.tests.flatMap(({ change }) => Object.keys(change));
    const asked = Object.values(verdict.candidates).flatMap((it) => [it, ...it.expectations]);
    expect(cases.size).toBe(tests.length + asked.length);
    expect([...cases.values()]).not.toContain('failed');
    expect(await shown(end.folder)).toEqual({ title: 'Proved', noise: [] });
  }, 60_000);

  it('prints a text that fits a mail', () => {
    expect(end.stdout).toContain('proved');
    expect(Math.max(...end.stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(75);
  });

  it(
    'shell: a terminal of its own in the same VM, which ends with it',
    async () => {
      const { status, screen } = await typeInto(
        path.join(end.folder, 'cells/6.12/lean/v2'),
        'busybox tty; ls -d /selftests/*/*/frozen; echo $((6 * 7))-$TERM-$HOME; exit\n',
      );
      expect(status, screen).toBe(0);
      // Without a controlling terminal the shell would complain and have no job control.
      expect(screen).toMatch(/^\/dev\/ttyS0\r*$/m);
      expect(screen).not.toContain("can't access tty");
      expect(screen).toMatch(/^\/selftests\/net\/tcp_repair\/frozen\r*$/m);
      expect(screen).toMatch(/^42-linux-\/root\r*$/m);
    },
    5 * minute,
  );

  it(
    'a second run compiles nothing',
    async () => {
      const again = await patchproof('--filter', 'resume', ...small);
      expect(again.status, again.stderr).toBe(0);
      const kernels = eventsOf(again.folder).flatMap((event) =>
        event.type === 'kernel-built' ? [event.kernel] : [],
      );
      expect(kernels.map(({ objects }) => objects)).toEqual([0, 0]);
    },
    10 * minute,
  );
});
