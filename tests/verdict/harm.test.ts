// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { hash } from './records.ts';
import type { RunSpec } from './records.ts';
import { p, fixes, race, control, verdictOf, side, word } from './judging.ts';

describe('not proved', () => {
  it('when only the candidate does not compile, twice, with the compiler line', () => {
    const spec = { ...side(fixes, 'patched', { missing: true }), failures: [{}] };
    expect(word(spec)).toEqual([
      'not proved',
      "6.12, lean: The kernel does not compile. net/ipv4/tcp.c:12:3: error: 'x' undeclared",
    ]);
  });

  it('when only the candidate panics at boot, twice, with the panic', () => {
    const spec = {
      ...side(fixes, 'patched', { tests: {}, release: null, end: 'panic' }),
      failures: [
        {
          stage: 'boot' as const,
          message: 'The kernel does not boot',
          evidence: ['[    1.0] Kernel panic - not syncing: no init', 'CPU: 0'],
        },
      ],
    };
    expect(word(spec)).toEqual([
      'not proved',
      '6.12, lean: The kernel does not boot. [    1.0] Kernel panic - not syncing: no init',
    ]);
  });

  it('when the built kernel is the same, unless the patch is outside the kernel', () => {
    const noop = side(side(fixes, 'base', { image: 'same' }), 'patched', {
      image: 'same',
      tests: {},
    });
    expect(word(noop)).toEqual([
      'not proved',
      expect.stringMatching(/the built kernel is the same/),
    ]);
    const tests = side(side(fixes, 'base', { image: 'same' }), 'patched', { image: 'same' });
    expect(
      word({ ...tests, files: ['tools/testing/selftests/net/a.c', 'Documentation/b.rst'] })[0],
    ).toBe('proved');
    expect(
      word({ ...tests, files: ['tools/testing/selftests/net/a.c', 'net/core/dev.c'] })[0],
    ).toBe('not proved');
  });

  it('when the guest died and took tests with it', () => {
    const spec = side(fixes, 'patched', {
      tests: { [p]: { race: 'crashed' } },
      end: 'panic',
      exit: null,
    });
    const verdict = verdictOf(spec);
    expect(verdict.overall).toBe('not proved');
    expect(verdict.tests.map((it) => it.outcomes['patched'])).toEqual([
      'crashed',
      'notRun',
      'fail',
    ]);
    expect(verdict.tests.map((it) => it.change['patched'])).toEqual(['worse', 'broken', 'broken']);
  });

  it('when the guest died before a program could begin', () => {
    const tests = { [p]: { race: 'pass', control: 'pass' }, 't:late': { a: 'pass' } } as const;
    const spec = side(side(fixes, 'base', { tests }), 'patched', {
      tests: { [p]: { race: 'crashed' } },
      end: 'panic',
      exit: null,
    });
    const verdict = verdictOf(spec);
    expect(verdict.overall).toBe('not proved');
    expect(verdict.tests.find((it) => it.name === 't:late/a')).toMatchObject({
      name: 't:late/a',
      outcomes: { base: 'pass', patched: 'notRun' },
      change: { patched: 'broken' },
    });
  });

  it("when a program's own result is bad on the candidate alone", () => {
    const spec = side(fixes, 'patched', {
      tests: { [p]: { race: 'pass', control: 'pass', '': 'error' } },
    });
    expect(word(spec)).toEqual(['not proved', 'The patch breaks t:prog (broken).']);
  });

  it('when a program hides behind its own pass', () => {
    const spec: RunSpec = {
      sides: {
        base: { tests: { [p]: { a: 'skip', '': 'error' } } },
        patched: { tests: { [p]: { a: 'skip' } } },
      },
    };
    expect(word(spec)[0]).not.toBe('proved');
  });
});

describe('known harm', () => {
  const broken = {
    ...side(fixes, 'patched', { tests: { [p]: { race: 'pass', control: 'fail' } } }),
    expectations: [race, control],
    knownHarm: [{ patch: hash, match: 't:prog/control', reason: 'by design' }],
  };

  it('of this patch is listed and accepted', () => {
    const verdict = verdictOf(broken);
    expect(verdict.overall).toBe('proved');
    expect(verdict.candidates['patched']?.knownHarm).toEqual([
      { test: 't:prog/control', reason: 'by design' },
    ]);
    expect(verdict.candidates['patched']?.reasons[0]).toMatch(/1 test broken as known harm/);
  });

  it('counts as broken under --strict', () => {
    const verdict = verdictOf(broken, {}, true);
    expect(verdict.overall).toBe('not proved');
    expect(verdict.candidates['patched']?.knownHarm).toHaveLength(1);
  });

  it('counts as broken under --strict where no expectation speaks of it', () => {
    const verdict = verdictOf({ ...broken, expectations: [race] }, {}, true);
    expect(verdict.candidates['patched']?.reasons).toEqual([
      'The patch breaks t:prog/control (broken).',
    ]);
  });

  it('of another patch excuses nothing', () => {
    const other = { ...broken, knownHarm: [{ patch: 'c'.repeat(64), match: '*', reason: 'x' }] };
    expect(verdictOf(other).overall).toBe('not proved');
  });

  it('by one hash for each kernel series', () => {
    const [entry] = broken.knownHarm;
    const several = [{ ...entry, match: '*', reason: 'x', patch: ['c'.repeat(64), hash] }];
    expect(verdictOf({ ...broken, knownHarm: several }).overall).toBe('proved');
  });

  it('is said where an expectation is met in spite of it', () => {
    const { expectations } = verdictOf(broken).candidates['patched'] ?? {};
    expect(expectations?.[1]).toMatchObject({
      met: true,
      detail: '0 of 1 tests, 1 broken as known harm',
    });
    const strict = verdictOf(broken, {}, true).candidates['patched'];
    expect(strict?.expectations[1]).toMatchObject({ met: false });
  });
});

describe('a base that does not show what it should', () => {
  const green = side(fixes, 'base', { tests: { [p]: { race: 'pass', control: 'pass' } } });

  it('is no fault of the patch: no verdict, and said plainly', () => {
    const [overall, reason] = word({ ...green, expectations: [race, control] });
    expect(overall).toBe('no verdict');
    expect(reason).toMatch(
      /The race is gone: the tests do not show on base what they should, .*: t:prog\/race: pass on base where fail is wanted/,
    );
  });

  it('does not excuse a candidate that fails', () => {
    const failing = side(green, 'patched', { tests: { [p]: { race: 'fail', control: 'pass' } } });
    expect(word({ ...failing, expectations: [race] })[0]).toBe('not proved');
  });
});

describe('an expectation for some candidates only', () => {
  it('is asked of no others', () => {
    const never = { ...race, base: 'fail', candidate: 'fail', text: 'Never' } as const;
    const met = (extra: object): unknown =>
      verdictOf({ ...fixes, expectations: [race, { ...never, ...extra }] }).overall;
    expect(met({})).toBe('not proved');
    expect(met({ except: ['patched'] })).toBe('proved');
    expect(met({ only: ['other'] })).toBe('proved');
    expect(met({ only: ['patched'] })).toBe('not proved');
  });
});
