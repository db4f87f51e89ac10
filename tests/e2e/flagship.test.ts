// SPDX-License-Identifier: MIT
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Verdict } from '../../runner/verdict/model.ts';
import { type Ended, eventsOf, patchproof, verdictOf } from './patchproof.ts';

const minute = 60_000;

describe('the TCP repair proof on 6.12', () => {
  let end: Ended;
  let verdict: Verdict;

  beforeAll(async () => {
    end = await patchproof();
    if (!existsSync(path.join(end.folder, 'verdict.json'))) throw new Error(end.stderr);
    verdict = verdictOf(end.folder);
  }, 60 * minute);

  it('is proved, exit 0', () => {
    expect(end.status, end.stdout + end.stderr).toBe(0);
    expect(verdict.overall).toBe('proved');
  });

  for (const family of ['ipv4', 'ipv6']) {
    for (const race of ['rcv_seq', 'rcv_queue', 'no_ack']) {
      it(`${race} over ${family} fails on base and passes with the patch`, () => {
        const test = verdict.tests.find(({ name }) => name.includes(race) && name.includes(family));
        expect(test?.outcomes['base']).toBe('fail');
        expect(test?.outcomes['patched']).toBe('pass');
      });
    }
    it(`nothing at all fails with the patch over ${family}`, () => {
      const failing = verdict.tests.filter(
        ({ name, outcomes }) => name.includes(family) && outcomes['patched'] !== 'pass',
      );
      expect(failing).toEqual([]);
    });
    it(`the stream handover over ${family} loses data on base only`, () => {
      const streams = verdict.tests.filter(
        ({ name }) => name.startsWith('tcp_repair:stream/') && name.includes(family),
      );
      expect(streams.map(({ change }) => change['patched'])).toContain('fixed');
    });
  }

  it('SOCKET_REPAIR cannot be counted on base and is counted with the patch', () => {
    const rows = verdict.drops.filter(({ reason }) => reason === 'SOCKET_REPAIR');
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) expect(row.counts['base']).toBeNull();
    const frozen = rows.find(({ test }) => test === 'tcp_repair:frozen');
    expect(frozen?.counts['patched']).toBeGreaterThan(0);
  });

  it("the tracepoint's counts are the sum of what the tests say they sent into repair", () => {
    const attempts = eventsOf(end.folder).flatMap((event) =>
      event.type === 'attempt-finished' && event.attempt.variant === 'patched'
        ? [event.attempt]
        : [],
    );
    expect(attempts.length).toBeGreaterThan(0);
    for (const { program, results, drops, dropsLost } of attempts) {
      const claimed = results
        .map(({ counters }) => counters['repair_skbs'] ?? 0)
        .reduce<number>((sum, count) => sum + Number(count), 0);
      expect(drops?.['SOCKET_REPAIR'] ?? 0, program).toBe(claimed);
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
      'results.tap',
    ]) {
      expect(existsSync(path.join(end.folder, name)), name).toBe(true);
    }
    const boots = eventsOf(end.folder).flatMap((event) =>
      event.type === 'boot-finished' ? [event.boot] : [],
    );
    for (const { consoleFile } of boots) {
      const console = readFileSync(path.resolve(end.folder, consoleFile), 'utf8');
      expect(console).toContain('Linux version 6.12');
      expect(console).toContain('Power down');
    }
  });

  it('prints a text that fits a mail', () => {
    expect(end.stdout).toContain('proved');
    expect(Math.max(...end.stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(75);
  });

  it(
    'a second run compiles nothing',
    async () => {
      const again = await patchproof();
      expect(again.status, again.stderr).toBe(0);
      const kernels = eventsOf(again.folder).flatMap((event) =>
        event.type === 'kernel-built' ? [event.kernel] : [],
      );
      expect(kernels.map(({ objects }) => objects)).toEqual([0, 0]);
    },
    10 * minute,
  );
});
