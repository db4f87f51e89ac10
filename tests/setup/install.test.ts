// SPDX-License-Identifier: MIT
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PatchproofError } from '../../runner/errors.ts';
import { ensure } from '../../runner/setup/install.ts';
import { Sandbox } from './sandbox.ts';

// Other files of this worker have the modules without the mock.
vi.hoisted(() => vi.resetModules());
afterAll(() => void vi.resetModules());

// Needs of the test's own, so that the outcome does not hang on what this host has.
vi.mock('../../runner/setup/needs.ts', () => {
  const command = (id: string, more: object = {}) => ({
    id,
    why: `does ${id}`,
    groups: ['vm'],
    probe: { kind: 'command', name: id },
    package: `pkg-${id}`,
    ...more,
  });
  return {
    leastVirtmeNg: '1.35',
    allGroups: ['vm'],
    needs: [
      command('alpha'),
      command('beta', {
        probe: { kind: 'command', name: 'beta', args: ['--version'], least: '2.10' },
      }),
      command('gamma', { optional: true }),
      command('vng', {
        id: 'virtme-ng',
        groups: ['selftests'],
        probe: { kind: 'command', name: 'vng', args: ['--version'], least: '1.35' },
        package: 'virtme-ng',
      }),
    ],
  };
});

let box: Sandbox;
let said: string[];
let asked: string[];
let options: Parameters<typeof ensure>[1];

/** Makes the tool of each named package appear, as `apt-get install` does. */
const installs = `
case " $* " in *' install '*)
  for word; do case $word in
    pkg-*) tool=\${word#pkg-} ;;
    */virtme-ng_*.deb | virtme-ng) tool=vng ;;
    *) continue ;;
  esac
  printf '#!/bin/sh\\necho "$0 version 2.10.1"\\n' >"$BIN/$tool"; chmod +x "$BIN/$tool"
  done ;;
esac`;

beforeEach(() => {
  box = new Sandbox();
  said = [];
  asked = [];
  options = {
    yes: false,
    interactive: true,
    ask: async (question) => {
      asked.push(question);
      return true;
    },
    say: (line) => said.push(line),
  };
  vi.stubEnv('PATH', box.bin);
  vi.stubEnv('BIN', box.bin);
  vi.stubEnv('CI', '');
  vi.stubEnv('PATCHPROOF_CACHE_DIR', path.join(box.folder, 'cache'));
  vi.spyOn(process, 'getuid').mockReturnValue(1000);
  box.script('sudo', 'exec "$@"');
  box.script('apt-get', installs);
  box.script('apt-cache', 'printf "pkg:\\n  Installed: (none)\\n  Candidate: (none)\\n"');
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  box.remove();
});

const aptCalls = () => box.commands().filter((line) => line.startsWith('apt-get'));
const refusal = async (groups: Parameters<typeof ensure>[0]) => {
  const error = await ensure(groups, options).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof PatchproofError))
    throw new Error(`expected a refusal, got ${String(error)}`);
  return error;
};

describe('consent', () => {
  it('asks, then installs through sudo just what is missing', async () => {
    box.script('alpha', '');
    await ensure(['vm'], options);
    expect(asked).toEqual(['Install pkg-beta pkg-gamma?']);
    expect(said[0]).toBe('this host lacks beta, gamma');
    expect(box.commands().filter((line) => line.startsWith('sudo'))).toEqual([
      expect.stringMatching(/^sudo env DEBIAN_FRONTEND=noninteractive .*apt-get -q update$/),
      expect.stringMatching(/apt-get .*install -y --no-install-recommends pkg-beta pkg-gamma$/),
    ]);
  });

  it('changes nothing when the answer is no', async () => {
    options.ask = async () => false;
    const error = await refusal(['vm']);
    expect(error.code).toBe('missing-packages');
    expect(error.exitCode).toBe(69);
    expect(aptCalls()).toEqual([]);
  });

  it('shows the exact commands where nobody can be asked', async () => {
    options.interactive = false;
    const error = await refusal(['vm']);
    expect(error.evidence).toContain(
      'to be run: sudo apt-get update && sudo apt-get install -y --no-install-recommends pkg-alpha pkg-beta',
    );
    expect(error.remedy).toMatch(/patchproof setup --yes$/);
    expect(aptCalls()).toEqual([]);
  });

  it.each([
    ['--yes', () => (options.yes = true)],
    ['CI', () => vi.stubEnv('CI', 'true')],
  ])('needs no question with %s', async (_, given) => {
    given();
    options.interactive = false;
    await ensure(['vm'], options);
    expect(asked).toEqual([]);
    expect(aptCalls()).toHaveLength(2);
  });
});

describe('doing it once', () => {
  it('runs no package command when nothing is missing', async () => {
    options.yes = true;
    await ensure(['vm'], options);
    const before = box.commands();
    await ensure(['vm'], { ...options, yes: false, interactive: false, optional: true });
    expect(box.commands()).toEqual(before);
  });

  it('lets the merely useful stop nobody', async () => {
    box.script('alpha', '');
    box.script('beta', 'echo beta 2.10');
    options.interactive = false;
    await ensure(['vm'], options);
    await ensure(['vm'], { ...options, optional: true });
    expect(aptCalls()).toEqual([]);
    await ensure(['vm'], { ...options, optional: true, yes: true });
    expect(existsSync(path.join(box.bin, 'gamma'))).toBe(true);
  });

  it('asks a program for its version only until it changes', async () => {
    box.script('alpha', '');
    box.script('beta', 'echo beta 2.10');
    for (let round = 0; round < 3; round += 1) await ensure(['vm'], options);
    expect(box.commands()).toEqual(['beta --version']);
    box.script('beta', 'echo "the beta of old, 2.9"');
    options.interactive = false;
    expect((await refusal(['vm'])).evidence).toContain('beta: 2.9 (does beta)');
  });
});

describe('what can go wrong', () => {
  it('names root’s commands where there is no sudo', async () => {
    vi.stubEnv('PATH', path.join(box.folder, 'other'));
    box.script('apt-get', '', path.join(box.folder, 'other'));
    options.yes = true;
    const error = await refusal(['vm']);
    expect(error.remedy).toBe(
      'As root, type: apt-get update && apt-get install -y --no-install-recommends pkg-alpha pkg-beta',
    );
  });

  it('says what to look for where there is no apt', async () => {
    vi.stubEnv('PATH', path.join(box.folder, 'other'));
    options.yes = true;
    const error = await refusal(['vm']);
    expect(error.evidence).toEqual([
      'alpha: not installed (does alpha)',
      'beta: not installed (does beta)',
    ]);
  });

  it('shows apt’s own words when it fails', async () => {
    box.script(
      'apt-get',
      'case "$*" in *install*) echo "E: Unable to locate package"; exit 100 ;; esac',
    );
    options.yes = true;
    const error = await refusal(['vm']);
    expect(error.code).toBe('package-install');
    expect(error.evidence).toContain('E: Unable to locate package');
    expect(readFileSync(String(error.log), 'utf8')).toContain('Unable to locate');
  });

  it('takes Ctrl-C during apt-get for what it is', async () => {
    box.script('apt-get', 'case "$*" in *install*) kill -INT $$ ;; esac');
    options.yes = true;
    expect((await refusal(['vm'])).exitCode).toBe(130);
  });

  it('is not content with an installation that brought nothing', async () => {
    box.script('apt-get', '');
    options.yes = true;
    const error = await refusal(['vm']);
    expect(error.code).toBe('still-missing');
    expect(error.evidence).toContain('alpha: not installed (does alpha)');
  });

  it('wants room before it installs anything for a build', async () => {
    options.free = 3.9;
    const error = await refusal(['build', 'vm']);
    expect(error.code).toBe('disk-space');
    expect(error.evidence.join()).toContain('3.9 GiB');
    expect(box.commands()).toEqual([]);
  });
});

describe('virtme-ng', () => {
  const mirror = 'http://mirror.example/debian/ main Debian/Debian';
  /** An apt with the host's suites, and newer ones for whoever brings an own sources.list. */
  const apt = (offers: Record<string, string>, deb = '') => {
    const suites = Object.entries(offers)
      .map(([suite, version]) => `*' ${suite} '*) echo '  Candidate: ${version}' ;;`)
      .join('\n');
    const list = `
for word; do case $word in Dir::Etc::sourcelist=*) list=$(cat "\${word#*=}") ;; esac; done
case " \${list-own }" in
${suites}
*) echo '  Candidate: (none)' ;;
esac`;
    box.script('apt-cache', list);
    box.script(
      'apt-get',
      `case " $* " in
*' indextargets '*) echo '${mirror}' ;;
*' download '*) : >virtme-ng_1.41-1_all.deb ;;
*virtme-ng_*.deb*) ${deb}
esac
${installs}`,
    );
  };

  beforeEach(() => {
    options.yes = true;
  });

  it('comes from the host’s suites where they have it', async () => {
    apt({ own: '1.35-1' });
    await ensure(['selftests'], options);
    expect(aptCalls().at(-1)).toMatch(/install -y --no-install-recommends virtme-ng$/);
    expect(aptCalls()).toHaveLength(2);
  });

  it('comes alone from a newer suite where they do not, and leaves no trace of that suite', async () => {
    apt({ own: '1.22-1', testing: '1.41-1' });
    await ensure(['selftests'], options);
    const calls = aptCalls();
    const installed = calls.filter((line) => line.includes(' install '));
    expect(installed).toHaveLength(1);
    // Installed with the host's own configuration: no Dir:: option, so nothing newer comes along.
    expect(installed[0]).toMatch(
      /install -y --no-install-recommends \/\S+\/virtme-ng_1.41-1_all.deb$/,
    );
    expect(installed[0]).not.toContain('Dir::');
    const updates = calls.filter((line) => line.endsWith('update'));
    expect(updates).toHaveLength(2);
    expect(updates[1]).toContain('Dir::Etc::sourceparts=/dev/null');
    expect(readdirSync(path.join(box.folder, 'cache', 'scratch'))).toEqual([]);
  });

  it('tries the next suite when its dependencies are too new for this host', async () => {
    apt(
      { testing: '1.50-1', stable: '1.36-1' },
      `[ -e "$BIN/tried" ] || { : >"$BIN/tried"; echo 'E: Unable to correct problems'; exit 100; } ;;`,
    );
    await ensure(['selftests'], options);
    expect(said.filter((line) => line.startsWith('installing virtme-ng'))).toEqual([
      expect.stringContaining('1.50-1 from testing'),
      expect.stringContaining('1.36-1 from stable'),
    ]);
  });

  it('comes from PyPI into the cache where no suite has it', async () => {
    apt({ testing: '1.30-1' });
    box.script(
      'uv',
      'mkdir -p "$UV_TOOL_BIN_DIR"; printf "#!/bin/sh\\necho virtme-ng 1.42\\n" >"$UV_TOOL_BIN_DIR/vng"; chmod +x "$UV_TOOL_BIN_DIR/vng"',
    );
    await ensure(['selftests'], options);
    expect(box.commands().filter((line) => line.startsWith('uv'))).toEqual([
      'uv tool install --force virtme-ng>=1.35',
    ]);
    expect(process.env['PATH']).toMatch(/tools\/virtme-ng\/bin$/);
  });

  it('says everything that was tried', async () => {
    apt({ testing: '1.30-1' });
    box.script('pipx', 'echo "No matching distribution found for virtme-ng" >&2; exit 1');
    const error = await refusal(['selftests']);
    expect(error.code).toBe('no-virtme-ng');
    expect(error.evidence).toEqual([
      'the configured apt sources: none, or one older than 1.35',
      'testing of http://mirror.example/debian/: has 1.30-1',
      'stable of http://mirror.example/debian/: no such package, or not reached',
      'unstable of http://mirror.example/debian/: no such package, or not reached',
      'PyPI: No matching distribution found for virtme-ng',
    ]);
    mkdirSync(path.join(box.folder, 'cache', 'tools'), { recursive: true });
    expect(readdirSync(path.join(box.folder, 'cache', 'tools'))).toEqual([]);
  });
});

it('keeps the log of one set-up only', async () => {
  options.yes = true;
  const log = path.join(box.folder, 'cache', 'setup.log');
  mkdirSync(path.dirname(log), { recursive: true });
  writeFileSync(log, 'of long ago\n');
  await ensure(['vm'], options);
  expect(readFileSync(log, 'utf8')).not.toContain('long ago');
});
