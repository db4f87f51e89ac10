// SPDX-License-Identifier: MIT
import { statSync } from 'node:fs';
import path from 'node:path';
import { PatchproofError } from '../../errors.ts';

/** What `--kernel` asks for. */
export type SourceSpec =
  | { kind: 'directory'; folder: string }
  /** A commit of a repository: a branch, a tag, `HEAD` or a whole commit id. */
  | { kind: 'git'; url: string; ref: string }
  /** Debian's linux-source package of a series. */
  | { kind: 'debian'; series: string }
  /** A series (`6.12`: the newest of it), a release (`7.2.13`) or a candidate (`7.3-rc4`). */
  | { kind: 'version'; version: string; series: string; exact: boolean };

/** The forms of `--kernel`, for error messages. */
const understoodSpecs = [
  'DIR            a kernel source tree (git or not; never written to)',
  'git:URL#REF    a branch, tag or commit of a git repository (a URL or a folder)',
  'debian:6.12    the linux-source package, through apt',
  '6.12           the newest 6.12.y: from the cache, kernel.org or Debian',
  '7.2.13         that release',
  'v7.3-rc4       that release candidate',
];

/** Reads a `--kernel` value; relative folders start from `cwd`. Throws usage `kernel-spec`. */
export function parseSourceSpec(spec: string, cwd: string = process.cwd()): SourceSpec {
  const debian = /^debian:v?(\d+\.\d+)$/.exec(spec);
  if (debian?.[1] !== undefined) return { kind: 'debian', series: debian[1] };
  const repository = /^git:([^#]+)(?:#(.*))?$/s.exec(spec);
  if (repository?.[1] !== undefined) return gitSpec(repository[1], repository[2] ?? 'HEAD', cwd);
  const version = /^v?((\d+\.\d+)(\.\d+|-rc\d+)?)$/.exec(spec);
  // A folder that happens to be called 6.12 can still be given as ./6.12.
  if (version?.[1] !== undefined && version[2] !== undefined)
    return {
      kind: 'version',
      version: version[1],
      series: version[2],
      exact: version[3] !== undefined,
    };
  const folder = path.resolve(cwd, spec);
  const isScheme = /^[a-z]+:/.test(spec);
  if (spec !== '' && !isScheme && statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    return { kind: 'directory', folder };
  throw new PatchproofError({
    kind: 'usage',
    code: 'kernel-spec',
    message: isScheme
      ? `The kernel source "${spec}" is not of a kind that is understood.`
      : `The kernel source "${spec}" is neither a version nor a folder that exists.`,
    evidence: ['understood:', ...understoodSpecs.map((line) => `  ${line}`)],
    remedy: 'Give --kernel one of these, for example: --kernel debian:6.12',
  });
}

/** A repository's address: a URL or host:path as git takes it, else a folder. */
function gitSpec(address: string, ref: string, cwd: string): SourceSpec {
  const remote = /^[a-z][a-z+]*:\/\//.test(address) || /^[\w.@-]+:(?!\/\/)/.test(address);
  if (/^https?:\/\/[^/]*@/i.test(address) || /^[a-z][a-z+]*:\/\/[^/@]*:[^/@]*@/i.test(address))
    throw withCredentials(address);
  const problem = address.startsWith('-')
    ? `"${address}" is no address of a repository`
    : ref === '' || ref.startsWith('-') || /[\s:^~?*[\\]|\.\./.test(ref)
      ? `"${ref}" is no name of a branch, a tag or a commit`
      : undefined;
  if (problem === undefined)
    return { kind: 'git', url: remote ? address : path.resolve(cwd, address), ref };
  throw new PatchproofError({
    kind: 'usage',
    code: 'kernel-spec',
    message: `The kernel source cannot be used: ${problem}.`,
    remedy: 'Give --kernel git:URL#REF, for example: --kernel git:../linux#v6.12',
  });
}

/** What a run is asked for is in its records and reports, which are made to be passed on. */
function withCredentials(address: string): PatchproofError {
  const [, scheme = '', rest = ''] = /^([a-z+]+:\/\/)[^/]*@([^/]*)/i.exec(address) ?? [];
  return new PatchproofError({
    kind: 'usage',
    code: 'kernel-spec',
    message: `The kernel source ${scheme}${rest}/... has a user or a token in its address.`,
    evidence: ['A run directory holds its command line, and would show them.'],
    remedy: /^http/i.test(scheme)
      ? `Leave them out, and let git put them in:
    export GIT_CONFIG_COUNT=1 GIT_CONFIG_VALUE_0=${scheme}${rest}/
    export GIT_CONFIG_KEY_0=url.${scheme}USER:TOKEN@${rest}/.insteadOf`
      : 'Leave the password out: git has no use for it there.',
  });
}

/**
 * Compares kernel or package versions by their numbers; `7.3-rc4` and `7.3~rc4` sort before `7.3`.
 * Returns less than, equal to or greater than 0.
 */
export function compareVersions(left: string, right: string): number {
  const parts = (text: string): number[] =>
    text
      .replace(/[-~]rc(\d+)/, '.-1.$1')
      .split(/[^0-9-]+|(?<=\d)-/)
      .map(Number);
  const a = parts(left);
  const b = parts(right);
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
