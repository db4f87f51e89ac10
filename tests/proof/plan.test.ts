// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import type { Proof } from '../../runner/proof/model.ts';
import { candidatesOf, namedCandidates, planCells } from '../../runner/proof/plan.ts';

const proof: Proof = {
  name: 'race',
  title: 'A race',
  patches: [{ file: '/p/a.patch', series: ['6.12'] }],
  kernels: ['6.12'],
  profiles: ['lean'],
  cpus: 2,
  memory: 1024,
  tests: [{ name: 't', folder: '/t' }],
  image: 'agent',
  leftOut: [],
  expectations: [],
  knownHarm: [],
  candidates: {},
  mutants: [],
};

describe('planCells', () => {
  it("takes the proof's own lists", () => {
    expect(planCells(proof).cells).toEqual([
      {
        id: '6.12/lean',
        kernel: '6.12',
        profile: 'lean',
        candidates: [{ name: 'patched' }],
        mutants: [],
        tests: proof.tests,
        image: 'agent',
        why: 'Kernel 6.12 from the proof, profile lean from the proof.',
      },
    ]);
  });

  it('crosses kernels and profiles, each once', () => {
    const plan = planCells(proof, { kernels: ['6.1', '6.12', '6.1'], profiles: ['lean', 'debug'] });
    expect(plan.cells.map((it) => it.id)).toEqual([
      '6.1/lean',
      '6.1/debug',
      '6.12/lean',
      '6.12/debug',
    ]);
  });

  it('keeps cells apart and inside the run directory', () => {
    const kernels = ['../../etc', '/etc', 'git:https://host/x.git#v1', '..', `/${'x'.repeat(99)}`];
    const ids = planCells(proof, { kernels }).cells.map((it) => it.id);
    expect(new Set(ids).size).toBe(kernels.length);
    expect(ids.slice(0, 4)).toEqual([
      'etc/lean',
      'etc/lean-2',
      'git-https-host-x.git-v1/lean',
      'kernel/lean',
    ]);
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_+][^/]*\/[A-Za-z0-9][^/]*$/);
  });

  it('wants a patch', () => {
    expect(() => planCells({ ...proof, patches: [] })).toThrow(/no patch of its own/);
    expect(
      planCells({ ...proof, patches: [] }, { candidates: [{ name: 'v1', file: 'x' }] }).cells,
    ).toHaveLength(1);
    expect(planCells(proof, { candidates: [] }).cells[0]?.candidates).toEqual([
      { name: 'patched' },
    ]);
  });
});

describe('candidatesOf', () => {
  it('reads names, and gives the only one without a name its own', () => {
    expect(candidatesOf(['a.patch'])).toEqual([{ name: 'patched', file: 'a.patch' }]);
    expect(candidatesOf(['v1=a.patch', 'v2=dir/b=c.patch'])).toEqual([
      { name: 'v1', file: 'a.patch' },
      { name: 'v2', file: 'dir/b=c.patch' },
    ]);
    expect(candidatesOf(['dir/b=c.patch'])).toEqual([{ name: 'patched', file: 'dir/b=c.patch' }]);
  });

  it.each([
    [['a.patch', 'b.patch'], /"patched" is given to two patches/],
    [['v1=a', 'v1=b'], /"v1" is given to two/],
    [['base=a'], /side without a patch/],
    [['v1=-', 'v2=-'], /Standard input holds one patch/],
  ])('refuses %s', (given, message) => {
    expect(() => candidatesOf(given)).toThrow(message);
  });
});

describe('candidates of the proof and mutants', () => {
  const v2 = { patches: [{ file: '/p/v2.patch', series: ['6.12'] }], environment: {}, tests: [] };
  const mutant = { name: 'm', text: 'x', file: '/p/m.patch', series: ['6.12'], tests: ['t:*'] };
  const rich: Proof = { ...proof, candidates: { v2 }, mutants: [mutant] };

  it('are taken by name', () => {
    const candidates = namedCandidates(rich, ['v2']);
    expect(candidates).toEqual([{ name: 'v2', named: v2 }]);
    expect(planCells(rich, { candidates, mutants: true }).cells[0]).toMatchObject({
      candidates,
      mutants: [mutant],
    });
    expect(planCells(rich).cells[0]?.mutants).toEqual([]);
  });

  it.each([
    [
      'an unknown name',
      () => namedCandidates(rich, ['v3']),
      /no candidate "v3" - did you mean "v2"/,
    ],
    ['any name where there are none', () => namedCandidates(proof, ['v2']), /no candidate "v2"/],
    ['mutants of a proof without', () => planCells(proof, { mutants: true }), /has no mutants/],
    [
      'mutants beside several candidates',
      () => planCells(rich, { mutants: true, candidates: [{ name: 'a' }, { name: 'b' }] }),
      /there are several/,
    ],
    [
      "a candidate of a mutant's name",
      () => planCells(rich, { mutants: true, candidates: [{ name: 'm' }] }),
      /"m" is given to two/,
    ],
  ])('%s is wrong usage', (_what, call, message) => {
    expect(call).toThrow(message);
  });
});
