// SPDX-License-Identifier: MIT
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { deliver } from '../../runner/cli/deliver.ts';
import { reportError } from '../../runner/cli/error.ts';
import { PatchproofError } from '../../runner/errors.ts';
import { annotationsOf } from '../../runner/report/annotations.ts';
import { tellActions } from '../../runner/report/github.ts';
import { shielded } from '../../runner/report/shield.ts';
import { outputsOf } from '../../runner/report/outputs.ts';
import { markdown, mostBytes } from '../../runner/report/markdown.ts';
import { hash, record } from '../verdict/records.ts';
import type { Tests } from '../verdict/records.ts';
import { rich } from './rich.ts';
import { hostile, proved, verdictOf } from './sample.ts';

const many = (outcome: 'pass' | 'fail', n: number, name = 'x'): Tests => ({
  't:p': Object.fromEntries(Array.from({ length: n }, (_, i) => [`${name}${i}`, outcome])),
});

describe('annotations', () => {
  it('stand at the line of the selftest, else of the patch', () => {
    const found = annotationsOf(rich, verdictOf(rich));
    expect(found.find((it) => it.title === 'patched: known harm')).toMatchObject({
      level: 'warning',
      place: { file: 'selftests/tcp_repair/frozen.c', line: 112 },
    });
    const splat = found.find((it) => it.message.includes('WARNING: CPU: 1'));
    expect(splat).toMatchObject({
      level: 'error',
      place: { file: 'net/ipv4/tcp_input.c', line: 12 },
    });
  });

  it('point at the line that the compiler names', () => {
    const failed = {
      ...rich,
      failures: [
        {
          cell: '6.12/lean',
          variant: 'v2',
          stage: 'build' as const,
          code: 'build-failed',
          message: 'The kernel does not compile.',
          evidence: ["net/ipv4/tcp_input.c:77:3: error: 'x' undeclared"],
          remedy: '',
          times: 2,
        },
      ],
    };
    expect(annotationsOf(failed, verdictOf(failed))[0]).toMatchObject({
      level: 'error',
      message: "The kernel does not compile. net/ipv4/tcp_input.c:77:3: error: 'x' undeclared",
      place: { file: 'net/ipv4/tcp_input.c', line: 77 },
    });
  });

  it('are the worst ten, errors first, and none for what is proved', () => {
    // What is known or wavers is found before the second candidate's harm.
    const mild: Tests = { known: { a: 'fail' }, flaky: { a: ['fail', 'pass'] } };
    const run = record({
      sides: {
        base: { tests: { ...many('pass', 30), known: { a: 'pass' }, flaky: { a: 'pass' } } },
        v1: { tests: { ...many('pass', 30), ...mild } },
        v2: { tests: { ...many('fail', 30), known: { a: 'pass' }, flaky: { a: 'pass' } } },
      },
      knownHarm: [{ patch: hash, match: 'known/*', reason: 'accepted' }],
    });
    const found = annotationsOf(run, verdictOf(run));
    expect(found).toHaveLength(10);
    expect(found.every((it) => it.level === 'error')).toBe(true);
    expect(annotationsOf(proved, verdictOf(proved))).toEqual([]);
  });
});

describe('the step summary', () => {
  it('stays below its limit and keeps the worst', () => {
    const run = record({
      sides: {
        base: {
          tests: { ...many('pass', 3500, `${'long-name-'.repeat(28)}-`), b: { bad: 'pass' } },
        },
        patched: {
          tests: { ...many('pass', 3500, `${'long-name-'.repeat(28)}-`), b: { bad: 'fail' } },
        },
      },
    });
    const text = markdown.render(run, verdictOf(run));
    expect(Buffer.byteLength(text)).toBeLessThan(mostBytes);
    expect(text.endsWith('*Cut here: the rest is in the run directory.*\n')).toBe(true);
    expect(text.includes('| ` b/bad ` | pass | fail |')).toBe(true);
  });

  it('shows foreign text as code and nothing else', () => {
    const outside = markdown.render(hostile, verdictOf(hostile)).replace(/(`+) .*? \1/g, '');
    expect(outside).not.toMatch(/red|title|漢|@|<(?!\/?(details|summary)>)/);
  });
});

describe('the outputs of a step', () => {
  it('count the tests of each candidate by their change', () => {
    const run = record({
      sides: {
        base: { tests: { a: { x: 'fail', y: 'pass', z: 'pass' } } },
        patched: { tests: { a: { x: 'pass', y: 'pass', z: 'fail' } } },
      },
    });
    const { verdict, counts = '' } = outputsOf(run, verdictOf(run));
    expect(verdict).toBe('not proved');
    expect(JSON.parse(counts)).toEqual({
      patched: { fixed: 1, 'still passing': 1, broken: 1 },
    });
  });

  it('name the kernels, and say whether all of them were there', () => {
    const kernel = (variant: string, key: string, cached: boolean) => ({
      ...{ cell: '6.12/lean', variant, key, cached },
      ...{ release: '', imageHash: '', objects: 0, durationMs: 0 },
    });
    const of = (...kernels: ReturnType<typeof kernel>[]) => {
      const run = { ...rich, kernels };
      const { kernels: keys, 'cache-hit': hit } = outputsOf(run, verdictOf(run));
      return [keys, hit];
    };
    expect(of(kernel('base', 'k2', true), kernel('v1', 'k1', true))).toEqual(['k1 k2', 'true']);
    expect(of(kernel('base', 'k2', true), kernel('v1', 'k1', false))).toEqual(['k1 k2', 'false']);
    expect(of()).toEqual(['', 'false']);
  });
});

describe('GitHub Actions', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'patchproof-actions-'));
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
    rmSync(folder, { recursive: true });
  });

  it('gets annotations on stdout and the summary in its file', async () => {
    const summary = path.join(folder, 'summary.md');
    writeFileSync(summary, '');
    vi.stubEnv('GITHUB_ACTIONS', 'true');
    vi.stubEnv('GITHUB_STEP_SUMMARY', summary);
    const written: string[] = [];
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      written.push(String(text));
      return true;
    });
    await tellActions(rich, verdictOf(rich));
    vi.restoreAllMocks();
    expect(written.join('')).toMatch(
      /^::warning title=patched%3A known harm,file=selftests\/tcp_repair\/frozen.c,line=112::/m,
    );
    expect(readFileSync(summary, 'utf8')).toBe(markdown.render(rich, verdictOf(rich)));
  });

  it('gets the outputs of the step, and of a shard only these', async () => {
    const [output, summary] = ['output', 'summary.md'].map((name) => path.join(folder, name));
    writeFileSync(String(output), '');
    writeFileSync(String(summary), '');
    vi.stubEnv('GITHUB_ACTIONS', 'true');
    vi.stubEnv('GITHUB_OUTPUT', output);
    vi.stubEnv('GITHUB_STEP_SUMMARY', summary);
    const write = vi.spyOn(process.stdout, 'write');
    const shard = { ...rich, shard: { index: 1, total: 2 } };
    await tellActions(shard, verdictOf(shard));
    expect(write).not.toHaveBeenCalled();
    expect(readFileSync(String(summary), 'utf8')).toBe('');
    const text = readFileSync(String(output), 'utf8');
    expect([...text.matchAll(/^([\w-]+)<</gm)].map(([, name]) => name)).toEqual([
      'verdict',
      'counts',
      'kernels',
      'cache-hit',
    ]);
  });

  it('hears nothing elsewhere', async () => {
    vi.stubEnv('GITHUB_ACTIONS', '');
    const write = vi.spyOn(process.stdout, 'write');
    await tellActions(rich, verdictOf(rich));
    expect(write).not.toHaveBeenCalled();
    expect(shielded('::error::x\n')).toBe('::error::x\n');
  });

  it('takes no command from the text of a guest', async () => {
    vi.stubEnv('GITHUB_ACTIONS', 'true');
    for (const name of ['GITHUB_OUTPUT', 'GITHUB_STEP_SUMMARY']) vi.stubEnv(name, undefined);
    const written = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      vi.spyOn(process[name], 'write').mockImplementation((text) => {
        written[name] += String(text);
        return true;
      });
    const planted = '::error::planted';
    const run = record({
      sides: {
        base: { tests: { 't:p': { [planted]: 'pass' } } },
        patched: { tests: { 't:p': { [planted]: 'fail' } } },
        v2: { missing: true },
      },
      failures: [{ variant: 'v2', evidence: [planted] }],
    });
    await deliver(run, verdictOf(run), folder, false);
    reportError(
      new PatchproofError({
        kind: 'usage',
        code: 'c',
        message: 'm',
        evidence: [planted],
        remedy: 'r',
      }),
    );
    vi.restoreAllMocks();
    const token = '[0-9a-f-]{36}';
    const shield = new RegExp(`^::stop-commands::(${token})\n[^]*?^::\\1::\n`, 'gm');
    // The runner looks behind the blanks that a line begins with.
    const command = new RegExp(`^ *${planted}`, 'm');
    for (const text of Object.values(written)) {
      expect(text).toMatch(command);
      expect(text.replaceAll(shield, '')).not.toMatch(command);
    }
  });
});
