// SPDX-License-Identifier: MIT
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadProof } from '../../runner/proof/load.ts';
import { minimal, refusal } from './minimal.ts';

describe('loadProof', () => {
  it('fills in defaults and makes paths absolute', () => {
    expect(loadProof(minimal, 'proof.yaml', '/home/x/p')).toEqual({
      name: 'race',
      title: 'A race',
      patches: [{ file: '/home/x/p/a.patch', series: ['6.12'] }],
      kernels: ['6.12'],
      profiles: ['lean'],
      cpus: 2,
      memory: 1024,
      image: 'agent',
      tests: [{ name: 'tcp_repair', folder: '/home/x/tests' }],
      expectations: [],
      leftOut: [],
      knownHarm: [],
      candidates: {},
      mutants: [],
    });
  });

  it('takes targets of the kernel’s own selftests beside folders', () => {
    const text = minimal
      .replace('tests: [', 'image: host\ntests: [net/tcp_ao, "net:tls", "net:tun", ')
      .concat('expect: { tests: [{ text: a, match: "net:tls/*", candidate: pass }] }\n');
    const { image, tests } = loadProof(text, 'proof.yaml', '/home/x/p');
    expect(image).toBe('host');
    expect(tests).toEqual([
      { name: 'net/tcp_ao', programs: [] },
      { name: 'net', programs: ['tls', 'tun'] },
      { name: 'tcp_repair', folder: '/home/x/tests' },
    ]);
  });

  const cases: [
    what: string,
    text: string,
    message: string | RegExp,
    line: string,
    caret: string,
  ][] = [
    [
      'unknown key',
      `${minimal}kernel: ["6.12"]\n`,
      'p/proof.yaml:6:1: unknown key "kernel" - did you mean "kernels"?',
      '6 | kernel: ["6.12"]',
      '  | ^',
    ],
    [
      'unknown key far from any',
      `${minimal}zzzzzz: 1\n`,
      'p/proof.yaml:6:1: unknown key "zzzzzz"',
      '6 | zzzzzz: 1',
      '  | ^',
    ],
    [
      'unknown key in a list',
      minimal.replace('folder:', 'foldr:'),
      'p/proof.yaml:5:29: unknown key "foldr" - did you mean "folder"?',
      '5 | tests: [{ name: tcp_repair, foldr: ../tests }]',
      `  | ${' '.repeat(28)}^`,
    ],
    [
      'a test that is neither a folder nor a target',
      minimal.replace('{ name: tcp_repair', '../mine, { name: tcp_repair'),
      'p/proof.yaml:5:9: tests[0]: a target of the kernel\'s own selftests, like "net/tcp_ao" or "net:tls"; a folder is { name, folder }',
      '5 | tests: [../mine, { name: tcp_repair, folder: ../tests }]',
      '  |         ^',
    ],
    [
      'a target twice',
      minimal.replace('{ name: tcp_repair', 'timers, timers, { name: tcp_repair'),
      'p/proof.yaml:5:17: test collection "timers" is listed twice',
      '5 | tests: [timers, timers, { name: tcp_repair, folder: ../tests }]',
      '  |                 ^',
    ],
    [
      'an expectation about a program that is not among the tests',
      minimal
        .replace('tests: [', 'tests: ["net:tun", ')
        .concat('expect: { tests: [{ text: a, match: "net:tls/*", candidate: pass }] }\n'),
      'p/proof.yaml:6:37: "net:tls/*" can match no test: names begin with "net:tun" or "tcp_repair:"',
      '6 | expect: { tests: [{ text: a, match: "net:tls/*", candidate: pass }] }',
      `  | ${' '.repeat(36)}^`,
    ],
    [
      'wrong type',
      minimal.replace('name: race', 'name: [race]'),
      'p/proof.yaml:2:7: name must be of type string',
      '2 | name: [race]',
      '  |       ^',
    ],
    [
      'a series that YAML reads as a number',
      minimal.replace('"6.12"', '6.10'),
      'p/proof.yaml:4:37: patches[0].series[0] must be text: put it in quotes: "6.10", or YAML reads a number (6.10 would be 6.1)',
      '4 | patches: [{ file: a.patch, series: [6.10] }]',
      `  | ${' '.repeat(36)}^`,
    ],
    [
      'a series of three numbers',
      minimal.replace('6.12', '6.12.3'),
      /:4:37: patches\[0\]\.series\[0\]: a series is two numbers/,
      '4 | patches: [{ file: a.patch, series: ["6.12.3"] }]',
      `  | ${' '.repeat(36)}^`,
    ],
    [
      'a list that is no list',
      `${minimal}kernels: "6.12"\n`,
      'p/proof.yaml:6:10: kernels must be a list',
      '6 | kernels: "6.12"',
      '  |          ^',
    ],
    [
      'an empty list',
      `${minimal}kernels: []\n`,
      'p/proof.yaml:6:10: kernels: name at least one kernel',
      '6 | kernels: []',
      '  |          ^',
    ],
    [
      'another version',
      minimal.replace('version: 1', 'version: 2'),
      'p/proof.yaml:1:10: version: the only version of this format is 1',
      '1 | version: 2',
      '  |          ^',
    ],
    [
      'a name that is no folder',
      minimal.replace('name: race', 'name: ../race'),
      /:2:7: name: a name is letters/,
      '2 | name: ../race',
      '  |       ^',
    ],
    [
      'a missing key',
      minimal.replace('title: A race\n', ''),
      'p/proof.yaml:1:1: "title" is missing',
      '1 | version: 1',
      '  | ^',
    ],
    ['YAML syntax', `${minimal}kernels: ["6.12"\n`, /^p\/proof\.yaml:7:1: /, '7 | ', '  | ^'],
    ['a key twice', `${minimal}name: b\n`, /^p\/proof\.yaml:6:1: .*unique/, '6 | name: b', '  | ^'],
    ['an empty file', '', /^p\/proof\.yaml:1:1: the file is empty/, '1 | ', '  | ^'],
    ['a list for a file', '- a\n', /^p\/proof\.yaml:1:1: not a proof file/, '1 | - a', '  | ^'],
    [
      'a profile twice',
      `${minimal}profiles: [lean, lean]\n`,
      'p/proof.yaml:6:18: profile "lean" is listed twice',
      '6 | profiles: [lean, lean]',
      `  | ${' '.repeat(17)}^`,
    ],
    [
      'a series in two patches',
      minimal.replace('}]\ntests', '}, { file: b.patch, series: ["6.12"] }]\ntests'),
      /series "6\.12" is listed twice/,
      '',
      '',
    ],
    [
      'fewer CPUs than one',
      `${minimal}cpus: 0\n`,
      /:6:7: cpus: must be at least 1/,
      '6 | cpus: 0',
      `  | ${' '.repeat(6)}^`,
    ],
    [
      'half an attempt',
      `${minimal}repeat: 1.5\n`,
      /:6:9: repeat must be a whole number/,
      '6 | repeat: 1.5',
      `  | ${' '.repeat(8)}^`,
    ],
    [
      'an empty glob',
      `${minimal}expect:\n  tests:\n    - { text: t, match: "", base: fail }\n`,
      /:8:25: expect\.tests\[0\]\.match: an empty pattern/,
      '8 |     - { text: t, match: "", base: fail }',
      `  | ${' '.repeat(24)}^`,
    ],
    [
      'a glob that fits nothing',
      `${minimal}expect:\n  tests:\n    - { text: t, match: "tcp_repiar:*", base: fail }\n`,
      /can match no test: names begin with "tcp_repair:" - did you mean "tcp_repair"\?/,
      '',
      '',
    ],
    [
      'an expectation of nothing',
      `${minimal}expect:\n  tests:\n    - { text: t, match: "tcp_repair:*" }\n`,
      /:8:7: expect\.tests\[0\]: asks for nothing/,
      '',
      '',
    ],
    [
      'an outcome nearly right',
      `${minimal}expect:\n  tests:\n    - { text: t, match: "*", base: fial }\n`,
      /base must be one of pass, fail - did you mean "fail"\?/,
      '',
      '',
    ],
    [
      'a count nearly right',
      `${minimal}expect:\n  drops:\n    - { text: t, match: "*", reason: NO, candidate: nonne }\n`,
      /candidate must be one of absent, zero, some, counter:NAME/,
      '',
      '',
    ],
    [
      'a reason with its prefix',
      `${minimal}expect:\n  drops:\n    - { text: t, match: "*", reason: SKB_DROP_REASON_X, base: zero }\n`,
      /a drop reason without its SKB_DROP_REASON_ prefix/,
      '',
      '',
    ],
  ];
  it.each(cases)('%s', (_what, text, message, line, caret) => {
    const error = refusal(text);
    expect(error.code).toBe('proof-file-invalid');
    expect(error.kind).toBe('usage');
    const said =
      typeof message === 'string' ? error.message === message : message.test(error.message);
    expect({ said, message: error.message }).toMatchObject({ said: true });
    const wanted = line === '' ? [] : [line, caret];
    expect(error.evidence.slice(0, wanted.length)).toEqual(wanted);
  });

  it('names every finding, each with its line', () => {
    const error = refusal(minimal.replace('title: A race', 'titel: A race'));
    expect(error.message).toBe('p/proof.yaml:3:1: unknown key "titel" - did you mean "title"?');
    expect(error.evidence).toContain('p/proof.yaml:1:1: "title" is missing');
  });

  it('shows control characters of the file as ?', () => {
    const error = refusal(`${minimal}"ti\u001b[31mtle": x\n`);
    expect(error.message).toBe('p/proof.yaml:6:1: unknown key "ti?[31mtle"');
    expect(error.evidence[0]).toBe('6 | "ti?[31mtle": x');
  });

  it('stands up to alias bombs', () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${Array.from('bcdefgh')
      .map(
        (it, i) =>
          `${it}: &${it} [${Array.from({ length: 9 }, () => `*${'abcdefg'[i]}`).join(',')}]`,
      )
      .join('\n')}\n`;
    expect(refusal(bomb).code).toBe('proof-file-invalid');
  });

  it('throws nothing but usage errors whatever the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc
            .array(
              fc.constantFrom(
                ...minimal.split(/\b/),
                '\n',
                '[',
                '{',
                '&a',
                '*a',
                '\u001b[31m',
                ':',
                '- ',
              ),
            )
            .map((it) => it.join('')),
        ),
        (text) => {
          const error = refusal(text);
          expect(error.message).toMatch(/^p\/proof\.yaml:\d+:\d+: /);
          expect(error.evidence.join('')).not.toMatch(/[^\t\P{Cc}]/u);
        },
      ),
      { numRuns: 300 },
    );
  });
});
