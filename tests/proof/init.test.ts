// SPDX-License-Identifier: MIT
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { workflowText } from '../../runner/proof/init-workflow.ts';
import { dropReasonsAdded, proofName, proofText, type NewProof } from '../../runner/proof/init.ts';
import { loadProof } from '../../runner/proof/load.ts';

const proof: NewProof = {
  name: 'fix',
  title: 'tcp: mend it',
  patch: { name: 'fix.patch', file: 'fix.patch', hash: 'a'.repeat(64), files: ['net/ipv4/tcp.c'] },
  kernel: 'debian:6.1',
  series: '6.1',
  near: ['net/tcp_ao', 'net:tls'],
  nearSource: 'a test',
  reasons: ['SOCKET_REPAIR', 'OTHER'],
};

const load = (text: string) => loadProof(text, 'proof.yaml', '/p');

/** What a person does with an example in the file: takes the marks away. */
function uncomment(text: string): string {
  const lines = text.split('\n');
  const from = lines.findIndex((line) => /^# (expect|patches):$/.test(line));
  return lines
    .map((line, index) => (index >= from ? line.replace(/^# (?=\w+:$| )/, '') : line))
    .join('\n');
}

describe('a new proof file', () => {
  it('loads, and says what the patch is about', () => {
    const text = proofText(proof);
    expect(load(text)).toMatchObject({
      name: 'fix',
      title: 'tcp: mend it',
      patches: [{ file: '/p/fix.patch', series: ['6.1'] }],
      kernels: ['debian:6.1'],
      profiles: ['selftest'],
      tests: [{ name: 'net/tcp_ao', programs: [] }],
      expectations: [],
      knownHarm: [],
    });
    for (const said of ['net/ipv4/tcp.c', 'net/tcp_ao', 'net:tls', 'a test'])
      expect(text).toContain(said);
  });

  it('its examples load as well', () => {
    const loaded = load(uncomment(proofText(proof)));
    expect(loaded.expectations).toMatchObject([
      { kind: 'tests', base: 'fail', candidate: 'pass' },
      { kind: 'drops', reason: 'SOCKET_REPAIR', base: 'absent', candidate: 'some' },
      { kind: 'drops', reason: 'OTHER', base: 'absent', candidate: 'some' },
    ]);
    expect(loaded.knownHarm).toMatchObject([{ patch: 'a'.repeat(64) }]);
    const program = { ...proof, near: ['net:tls'] };
    expect(load(uncomment(proofText(program))).tests).toEqual([{ name: 'net', programs: ['tls'] }]);
    const bare = { ...proof, patch: null, reasons: [], near: [] };
    expect(load(proofText(bare))).toMatchObject({
      profiles: ['lean'],
      tests: [{ name: 'fix', folder: '/p/fix-tests' }],
    });
    expect(load(proofText(bare)).patches).toEqual([]);
    expect(load(uncomment(proofText(bare)))).toMatchObject({
      patches: [{ file: '/p/fix.patch', series: ['6.1'] }],
      expectations: [{ kind: 'tests' }, { kind: 'drops', base: 'zero' }],
    });
  });

  it('loads whatever the patch and its files are called', () => {
    const word = fc.string({ unit: 'binary', minLength: 1 }).filter((it) => /\S/.test(it));
    fc.assert(
      fc.property(word, word, word, (title, file, name) => {
        const loaded = load(
          proofText({
            ...proof,
            name: proofName(name),
            title,
            patch: { name, file, hash: 'b'.repeat(64), files: [name, file] },
          }),
        );
        expect(loaded.title).toBe(title.toWellFormed());
        expect(loaded.tests).toHaveLength(1);
      }),
      { numRuns: 50 },
    );
  });
});

describe('proofName', () => {
  it.each([
    ['v2-0001-tcp-fix-it.patch', 'v2-0001-tcp-fix-it'],
    ['../a folder/fix (1).eml', 'fix-1'],
    ['HEAD~3..HEAD', 'HEAD-3..HEAD'],
    ['<20260101.1@example.org>', '20260101.1-example.org'],
    ['...', 'my-proof'],
    ['', 'my-proof'],
  ])('%s: %s', (given, name) => {
    expect(proofName(given)).toBe(name);
  });
});

describe('dropReasonsAdded', () => {
  const diff = (file: string, ...lines: string[]): string =>
    [`--- a/${file}`, `+++ b/${file}`, '@@ -1,3 +1,4 @@', ...lines].join('\n');

  it('finds what a patch puts into the list', () => {
    const list = diff(
      'include/net/dropreason-core.h',
      ' \tFN(TCP_CSUM)\t\t\t\\',
      '+\tFN(SOCKET_REPAIR)\t\t\\',
      ' \tFN(SOCKET_FILTER)\t\t\\',
    );
    expect(dropReasonsAdded(list)).toEqual(['SOCKET_REPAIR']);
  });

  it('and nothing else: no move, no removal, no other macro', () => {
    const moved = diff(
      'include/net/dropreason-core.h',
      '-\tFN(MOVED)\t\\',
      '-\tFN(GONE)\t\\',
      '+\tFN(MOVED)\t\t\\',
      ' \tFN(OLD)\t\\',
      '+\tSKB_FN(NOT)\t\\',
    );
    expect(dropReasonsAdded(moved)).toEqual([]);
    expect(dropReasonsAdded(diff('include/uapi/linux/bpf.h', '+\tFN(probe_read),\t\\'))).toEqual(
      [],
    );
    expect(dropReasonsAdded(diff('include/uapi/linux/bpf.h', '+\tFN(READ)\t\\'))).toEqual([]);
  });
});

describe('a new workflow', () => {
  it("calls patchproof's own with the proof, and may write nothing", () => {
    const text = workflowText('tcp: "mend" it', 'proofs/proof.yaml', 'someone/patchproof@abc');
    expect(parse(text)).toEqual({
      name: 'tcp: "mend" it',
      on: { workflow_dispatch: null, pull_request: null },
      permissions: { contents: 'read' },
      jobs: {
        proof: {
          uses: 'someone/patchproof/.github/workflows/prove.yml@abc',
          with: { proof: 'proofs/proof.yaml', 'fail-on': 'not-proved,no-verdict' },
        },
      },
    });
  });

  it('its examples are inputs, and a title is no expression', () => {
    const text = workflowText('${{ secrets.X }}', 'proof.yaml', 'a/b@c');
    expect(text).not.toContain('${{');
    const open = text.replace(/^( {6})# (?=\w+: )/gm, '$1');
    const { with: inputs } = (parse(open) as { jobs: { proof: { with: object } } }).jobs.proof;
    expect(Object.keys(inputs).toSorted()).toEqual([
      'fail-on',
      'jobs',
      'kernel',
      'patch',
      'profile',
      'proof',
      'repeat',
      'tests',
    ]);
  });
});
