// SPDX-License-Identifier: MIT

/** What a new proof file is made of. */
export interface NewProof {
  name: string;
  title: string;
  /** How the patch is called, its file relative to the proof's, and its hash; null without one. */
  patch: { name: string; file: string | null; hash: string; files: readonly string[] } | null;
  kernel: string;
  /** `6.12`. */
  series: string;
  /** The kernel's own selftests near to the patch, the nearest first, and who says so. */
  near: readonly string[];
  nearSource: string;
  /** Drop reasons that the patch adds. */
  reasons: readonly string[];
}

/**
 * The drop reasons that a diff adds to the kernel's list, without their prefix: its `+` lines
 * `FN(NAME)` in include/net/dropreason*.h, of which the kernel makes both the enum and the names.
 */
export function dropReasonsAdded(diff: string): string[] {
  const found: { added: Set<string>; removed: Set<string> } = {
    added: new Set(),
    removed: new Set(),
  };
  let inList = false;
  for (const line of diff.split('\n')) {
    if (line.startsWith('+++ ')) inList = /\/dropreason[\w-]*\.h\b/.test(line);
    const [, sign, name] = /^([+-])\s*FN\(([A-Z][A-Z0-9_]*)\)/.exec(line) ?? [];
    if (inList && name !== undefined) (sign === '+' ? found.added : found.removed).add(name);
  }
  // A reason that only moved, or whose line got another end, is none.
  return [...found.added].filter((it) => !found.removed.has(it));
}

/** A name for a proof, made of a file's or a subject's. */
export function proofName(text: string): string {
  const name = text
    .replace(/^.*\//, '')
    .replace(/\.(patch|diff|eml|mbox|txt)(\.gz)?$/, '')
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replaceAll(/^[^A-Za-z0-9]+|-+$/g, '');
  return name === '' ? 'my-proof' : name;
}

/** A commented proof.yaml. */
export function proofText(proof: NewProof): string {
  const { name, title, patch, kernel, series } = proof;
  const lines = [
    '# Builds the kernel without and with the patch, and runs the same tests on both: patchproof run FILE',
    '# Every key is in runner/proof/proof.schema.json of patchproof.',
    'version: 1',
    `name: ${text(name)}`,
    `title: ${text(title)}`,
    '',
    ...patchLines(patch, series),
    '',
    '# What --kernel takes: a version, debian:VERSION, git:URL#REF, a folder.',
    `kernels: [${text(kernel)}]`,
    '# Kernel configs of vm-images/config; what the tests have in their own `config` is added.',
    `profiles: [${proof.near.length === 0 ? 'lean' : 'selftest'}]`,
    '',
    ...testLines(proof),
    '',
    ...expectLines(proof),
    '',
    ...harmLines(proof),
  ];
  return `${lines.join('\n')}\n`;
}

function patchLines(patch: NewProof['patch'], series: string): string[] {
  if (patch === null)
    return [
      '# The patch, one file for each group of kernel series with the same contexts. Without it give',
      '# one to each run: --patch FILE',
      '# patches:',
      `#   - { file: "fix.patch", series: [${text(series)}] }`,
    ];
  const changes = [
    `# ${comment(patch.name)} changes`,
    ...patch.files.map((file) => `#   ${comment(file)}`),
  ];
  if (patch.file === null)
    return [...changes, '# It is in no file: give it to each run with --patch.'];
  return [
    ...changes,
    '# A series whose contexts differ gets a file of its own, in another entry.',
    'patches:',
    `  - { file: ${text(patch.file)}, series: [${text(series)}] }`,
  ];
}

function testLines({ name, near, nearSource }: NewProof): string[] {
  const own = `{ name: ${text(name)}, folder: ${text(`${name}-tests`)} }`;
  const says = [
    "# Targets of the kernel's own selftests, as --tests takes them; and folders in kselftest form,",
    '# relative to this file. Names of tests begin with the name and a colon.',
  ];
  if (near.length === 0) return [...says, 'tests:', `  - ${own}`];
  const [nearest, ...others] = near.map((it) => `- ${text(it)}`);
  return [
    ...says,
    `# These are near to the patch (${comment(nearSource)}):`,
    'tests:',
    `  ${nearest}`,
    ...others.map((it) => `  # ${it}`),
    `  # - ${own}`,
    '# image: host    # for tests that want bash, python, tc or shared libraries',
  ];
}

/** A glob over all tests of the collection that is not commented out. */
function everyTest({ name, near }: NewProof): string {
  const [nearest = name] = near;
  return nearest.includes(':') ? `${nearest}*` : `${nearest}:*`;
}

function expectLines(proof: NewProof): string[] {
  const { reasons } = proof;
  const drops = reasons.length > 0 ? reasons : ['NOT_SPECIFIED'];
  return [
    '# What must hold on each side. Without any expectation: no test broke, and at least one passes.',
    '# expect:',
    '#   tests:',
    '#     - text: "The fault is there without the patch, and gone with it"',
    `#       match: ${text(everyTest(proof))}`,
    '#       base: fail',
    '#       candidate: pass',
    '#   drops:',
    ...(reasons.length === 0
      ? ['#     # Packets that the kernel drops are counted by reason.']
      : [
          `#     # The patch adds ${reasons.length === 1 ? 'this drop reason' : 'these drop reasons'}: base cannot have counted any.`,
        ]),
    ...drops.flatMap((reason) => [
      `#     - text: ${text(`Packets are dropped as ${reason}`)}`,
      `#       reason: ${text(reason)}`,
      `#       match: ${text(everyTest(proof))}`,
      `#       base: ${reasons.length === 0 ? 'zero' : 'absent'}`,
      '#       candidate: some',
    ]),
  ];
}

function harmLines(proof: NewProof): string[] {
  return [
    '# Tests that this very patch, by its hash, is known to break: told in every report, and excused',
    '# unless --strict is given.',
    '# knownHarm:',
    `#   - patch: ${text(proof.patch?.hash ?? '0'.repeat(64))}`,
    `#     match: ${text(everyTest(proof))}`,
    '#     reason: "Why it is accepted."',
  ];
}

/** A text as YAML in double quotes, which JSON's are. */
function text(value: string): string {
  return JSON.stringify(value.toWellFormed());
}

function comment(value: string): string {
  return value.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ');
}
