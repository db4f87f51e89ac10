// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { loadProof } from '../../runner/proof/load.ts';
import { minimal, refusal } from './minimal.ts';

describe('candidates, mutants and where expectations hold', () => {
  it('are read with absolute paths', () => {
    const proof = loadProof(
      `${minimal}candidates:
  v2: { patches: [{ file: v2.patch, series: ["6.1"] }] }
  rule: { environment: { BLOCK: first }, tests: ["tcp_repair:one"] }
mutants:
  - { name: m, text: Wrong, file: m.patch, series: ["6.12"], tests: ["tcp_repair:*"] }
knownHarm: [{ patch: [${'a'.repeat(64)}, ${'b'.repeat(64)}], match: "*", reason: Known }]
expect:
  drops: [{ text: D, reason: X, match: "*", base: zero, series: ["6.1"], except: [rule] }]
`,
      'proof.yaml',
      '/p',
    );
    expect(proof.candidates).toEqual({
      v2: { patches: [{ file: '/p/v2.patch', series: ['6.1'] }], environment: {}, tests: [] },
      rule: { patches: [], environment: { BLOCK: 'first' }, tests: ['tcp_repair:one'] },
    });
    expect(proof.mutants).toMatchObject([{ name: 'm', file: '/p/m.patch' }]);
    expect(proof.knownHarm[0]?.patch).toHaveLength(2);
    expect(proof.expectations).toEqual([
      {
        kind: 'drops',
        text: 'D',
        reason: 'X',
        match: '*',
        base: 'zero',
        series: ['6.1'],
        except: ['rule'],
      },
    ]);
  });

  it.each([
    ['candidates: { v2: {} }', /proof\.yaml:6:19: candidates\.v2: is the same as base/],
    [
      'candidates: { v2: { patchs: [] } }',
      /^p.proof\.yaml:6:21: unknown key "patchs" - did you mean "patches"/,
    ],
    ['candidates: { base: { environment: { A: b } } }', /"base" is a name of patchproof's own/],
    ['candidates: { v2: { environment: { 1A: b } } }', /environment/],
    ['candidates: { v2: { environment: { A: 1 } } }', /must be text: put it in quotes: "1"/],
    [
      'candidates: { v2: { environment: { A: b }, tests: ["other:*"] } }',
      /:6:52: "other:\*" can match no test/,
    ],
    [
      'mutants: [{ name: m, text: x, file: m, series: ["6.1"], tests: ["other:*"] }]',
      /"other:\*" can match no test/,
    ],
    [
      'mutants: [{ name: m, text: x, file: m, series: ["6.1"], tests: ["*"] }, { name: m, text: x, file: n, series: ["6.1"], tests: ["*"] }]',
      /mutant "m" for "6.1" is listed twice/,
    ],
  ])('%s', (yaml, message) => {
    const { message: told, evidence } = refusal(`${minimal}${yaml}\n`);
    expect([told, ...evidence].join('\n')).toMatch(message);
  });
});
