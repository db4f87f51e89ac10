// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { bareProof, canMatch, withTests } from '../../runner/proof/bare.ts';
import { bootWordsOf } from '../../runner/proof/kunit.ts';
import type { Proof, TestExpectation } from '../../runner/proof/model.ts';
import { programOf } from '../../runner/proof/select.ts';
import { joinTests, parseTarget, specOf, targetSpec } from '../../runner/proof/test-spec.ts';

describe('targets of the kernel’s own selftests', () => {
  it.each([
    ['net/tcp_ao', { name: 'net/tcp_ao', programs: [] }],
    ['timers', { name: 'timers', programs: [] }],
    ['net:reuseaddr_conflict', { name: 'net', programs: ['reuseaddr_conflict'] }],
    ['net/packetdrill:*.pkt', { name: 'net/packetdrill', programs: ['*.pkt'] }],
  ])('%s', (spec, wanted) => {
    expect(targetSpec.test(spec)).toBe(true);
    expect(parseTarget(spec)).toEqual(wanted);
    expect(specOf(wanted)).toBe(spec);
  });

  it.each([
    '',
    '/net',
    'net/',
    '../net',
    'net/../mm',
    'net tls',
    'net:',
    'net:a:b',
    'net:a/b',
    '-x',
  ])('"%s" is none', (spec) => {
    expect(targetSpec.test(spec)).toBe(false);
  });

  it.each([
    ['kunit:list*', ['kunit.enable=1', 'kunit.filter_glob=list*', 'log_buf_len=8M']],
    [
      'kunit:resource.*_alloc',
      ['kunit.enable=1', 'kunit.filter_glob=resource.*_alloc', 'log_buf_len=8M'],
    ],
    ['kunit', ['kunit.enable=1', 'log_buf_len=8M']],
  ])('%s is KUnit’s suites, which the kernel runs by its command line', (spec, words) => {
    expect(targetSpec.test(spec)).toBe(true);
    const tests = parseTarget(spec);
    expect(tests.name).toBe('kunit');
    expect(specOf(tests)).toBe(spec);
    expect(bootWordsOf([parseTarget('net:tls'), tests])).toEqual(words);
    expect(canMatch('kunit:boot.sh/list-kunit-test/*', [tests])).toBe(true);
  });

  it('are joined by target; a whole target holds its programs; folders stay', () => {
    const folder = { name: 'net', folder: '/f/net' };
    expect(joinTests(['net:a', 'timers', 'net:b', 'net:a'].map(parseTarget))).toEqual([
      { name: 'net', programs: ['a', 'b'] },
      { name: 'timers', programs: [] },
    ]);
    expect(joinTests(['net:a', 'net'].map(parseTarget))).toEqual([{ name: 'net', programs: [] }]);
    expect(joinTests(['net', 'net:a'].map(parseTarget))).toEqual([{ name: 'net', programs: [] }]);
    expect(joinTests([folder, parseTarget('net:a')])).toHaveLength(2);
  });
});

describe('test names', () => {
  it.each([
    ['net/tcp_ao:rst_ipv4/a/b: c', 'net/tcp_ao:rst_ipv4'],
    ['net/tcp_ao:rst_ipv4', 'net/tcp_ao:rst_ipv4'],
    ['tcp_repair:frozen/x', 'tcp_repair:frozen'],
    ['stream/x*', 'stream'],
  ])('the program of %s is %s', (name, program) => {
    expect(programOf(name)).toBe(program);
  });
});

describe('--tests beside a proof', () => {
  const expectation = (match: string): TestExpectation => ({
    kind: 'tests',
    match,
    candidate: 'pass',
    text: `about ${match}`,
  });
  const proof: Proof = {
    ...bareProof([{ name: 'mine', folder: '/mine' }]),
    name: 'mine',
    mutants: [{ name: 'm', text: 'm', file: '/m', series: ['6.12'], tests: ['mine:*'] }],
    expectations: ['mine:*', 'net:tls/*', '*'].map(expectation),
  };

  it('leaves out by name the expectations that have no test any more, and the mutants', () => {
    const replaced = withTests(proof, [parseTarget('net:tun')]);
    expect(replaced.expectations.map(({ match }) => match)).toEqual(['*']);
    expect(replaced.leftOut).toEqual(['about mine:*', 'about net:tls/*']);
    expect(replaced.mutants).toEqual([]);
    expect(replaced.name).toBe('mine');
  });

  it('a candidate keeps of its own tests those that there still are, and else runs all', () => {
    const named = { patches: [], environment: { MODE: 'x' }, tests: ['mine:*', 'net:tls/*'] };
    const own = { ...proof, candidates: { named } };
    const testsFor = (spec: string): unknown =>
      withTests(own, [parseTarget(spec)]).candidates['named'];
    expect(testsFor('net:tls')).toEqual({ ...named, tests: ['net:tls/*'] });
    expect(testsFor('net:tun')).toEqual({ ...named, tests: [] });
  });

  it.each([
    ['net:tls/*', ['net'], true],
    ['net:tls/*', ['net:t*'], true],
    ['net:tls/*', ['net:tun'], false],
    ['net:t*', ['net:tun'], true],
    ['net/*', ['net/tcp_ao'], true],
    ['tls', ['net:tls'], false],
    ['net/tcp_ao:rst/*', ['net'], false],
  ])('%s can match in %j: %s', (pattern, specs, possible) => {
    expect(canMatch(pattern, specs.map(parseTarget))).toBe(possible);
  });
});
