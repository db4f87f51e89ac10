// SPDX-License-Identifier: MIT
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { patchproof, verdictOf } from '../e2e/patchproof.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const proofFolder = path.join(root, 'kernel-patches', 'tcp-repair');
const selftests = path.join(root, 'selftests', 'tcp_repair');

const minute = 60_000;

/** One assertion or control, taken out of the selftests, and the mutant that nobody else tells. */
interface Weakening {
  what: string;
  file: string;
  /** Stands in the file once. */
  cut: string;
  leave: string;
  mutant: string;
  tests: string;
}

const weakenings: Weakening[] = [
  {
    what: 'a segment in repair mode is one drop of its socket',
    file: 'lib/counters.c',
    cut: 'it->drops != it->segs && !c->blocked',
    leave: 'false',
    mutant: 'no-sk-drops',
    tests: 'tcp_repair:frozen/frozen.ipv4.no_ack',
  },
  {
    what: 'nothing of the socket moves in repair mode',
    file: 'segments.c',
    cut: 'EXPECT_EQ(0, moved)',
    leave: 'EXPECT_LE(0, moved)',
    mutant: 'ack-before-drop',
    tests: 'tcp_repair:segments/segments.ipv4.ack',
  },
  {
    what: 'a window probe is not answered in repair mode',
    file: 'lib/view.c',
    cut: '\t/* SIOCOUTQ leaves out the SYN. */\n',
    leave: '\tchanges &= ~TR_BIT(TR_SEGS_OUT);\n',
    mutant: 'after-validation',
    tests: 'tcp_repair:segments/segments.ipv4.window_probe',
  },
  {
    what: 'the source of a migration does not answer after the switch',
    file: 'restore.c',
    cut: 'EXPECT_EQ(before[0].tcpi_segs_out, after[0].tcpi_segs_out)',
    leave: 'EXPECT_LE(before[0].tcpi_segs_out, after[0].tcpi_segs_out)',
    mutant: 'answers-drops',
    tests: 'tcp_repair:restore/restore.ipv4.source_silent',
  },
  {
    what: 'the control: outside repair mode the same segments move something',
    file: 'segments.c',
    cut: 'TR_OK(tr_still_control(env, still));',
    leave: '(void)tr_still_control;',
    mutant: 'stays-frozen',
    tests: 'tcp_repair:segments/segments.ipv4.out_of_order',
  },
];

/** A proof of one mutant and one test, on selftests of its own. */
function scratchProof(weakening: Weakening, weaken: boolean): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'pp-weakened-'));
  const tests = path.join(folder, 'tcp_repair');
  mkdirSync(tests);
  cpSync(selftests, tests, { recursive: true });
  // Base and v1 need not run more programs than the mutant does.
  const makefile = path.join(tests, 'Makefile');
  const [, program = ''] = weakening.tests.split(/[:/]/);
  writeFileSync(
    makefile,
    readFileSync(makefile, 'utf8').replace(
      /^TEST_GEN_PROGS :=(.*\\\n)*.*$/m,
      `TEST_GEN_PROGS := ${program}`,
    ),
  );
  const source = path.join(tests, weakening.file);
  const text = readFileSync(source, 'utf8');
  expect(text.split(weakening.cut), `${weakening.file} holds it once`).toHaveLength(2);
  if (weaken)
    writeFileSync(
      source,
      text.replace(weakening.cut, () => weakening.leave),
    );

  const proof = parse(readFileSync(path.join(proofFolder, 'proof.yaml'), 'utf8')) as {
    patches: { file: string; series: string[] }[];
    mutants: { name: string; file: string; tests: string[] }[];
  };
  const mutant = proof.mutants.find(({ name }) => name === weakening.mutant);
  if (mutant === undefined) throw new Error(`no mutant ${weakening.mutant}`);
  const absolute = (file: string): string => path.join(proofFolder, file);
  writeFileSync(
    path.join(folder, 'proof.yaml'),
    JSON.stringify({
      version: 1,
      name: 'weakened',
      title: weakening.what,
      patches: proof.patches.map((it) => ({ ...it, file: absolute(it.file) })),
      tests: [{ name: 'tcp_repair', folder: tests }],
      mutants: [{ ...mutant, file: absolute(mutant.file), tests: [weakening.tests] }],
    }),
  );
  return folder;
}

describe.each(weakenings)('$mutant, on 6.12', (weakening) => {
  it.each([
    { weaken: false, state: 'killed', status: 0 },
    { weaken: true, state: 'alive', status: 1 },
  ])(
    `is $state (without the assertion "${weakening.what}": $weaken)`,
    async ({ weaken, state, status }) => {
      const proof = scratchProof(weakening, weaken);
      const end = await patchproof(proof, '--mutants');
      expect(end.status, end.stdout + end.stderr).toBe(status);
      expect(verdictOf(end.folder).mutants).toMatchObject([{ name: weakening.mutant, state }]);
    },
    30 * minute,
  );
});
