// SPDX-License-Identifier: MIT
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { configuredMirror, hostSuite, privateApt } from '../../runner/host/apt.ts';
import { Sandbox } from '../setup/sandbox.ts';

let box: Sandbox;

beforeEach(() => {
  box = new Sandbox();
  vi.stubEnv('PATH', box.bin);
  vi.stubEnv('PATCHPROOF_CACHE_DIR', path.join(box.folder, 'cache'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  box.remove();
});

describe('the configured mirror', () => {
  // Lines as apt prints them for $(REPO_URI) $(COMPONENT) $(ORIGIN)/$(LABEL).
  it.each([
    [
      'is told by the label, not by a path that looks alike',
      [
        'https://example.com/linux/debian/ main Example/Example',
        'http://mirror.example/security/ main Debian/Debian-Security',
        'mirror+file:/etc/apt/mirrors/debian.list main Debian/Debian',
      ],
      { uri: 'mirror+file:/etc/apt/mirrors/debian.list', vendor: 'debian' },
    ],
    [
      'is told by the path before the first update',
      [
        'https://example.com/linux/debian/ stable /',
        'http://mirror.example/debian-security/ main /',
        'http://mirror.example/debian/ main /',
      ],
      { uri: 'http://mirror.example/debian/', vendor: 'debian' },
    ],
    [
      'can be Ubuntu’s',
      [
        'http://mirror.example/ubuntu/ universe Ubuntu/Ubuntu',
        'http://mirror.example/ubuntu/ main Ubuntu/Ubuntu',
      ],
      { uri: 'http://mirror.example/ubuntu/', vendor: 'ubuntu' },
    ],
    ['can be none', ['https://example.com/apt/ main Example/Example'], undefined],
  ])('%s', async (_, lines, expected) => {
    box.script('apt-get', `cat <<'END'\n${lines.join('\n')}\nEND`);
    expect(await configuredMirror()).toEqual(expected);
  });
});

describe('the suite of the host', () => {
  it.each([
    ['VERSION_CODENAME=bookworm\n', 'bookworm'],
    ['VERSION_CODENAME=wilma\nUBUNTU_CODENAME=noble\n', 'noble'],
    ['VERSION_CODENAME="gigi"\nDEBIAN_CODENAME="bookworm"\n', 'bookworm'],
    ['ID=arch\n', undefined],
  ])('%j: %s', async (text, suite) => {
    const file = path.join(box.folder, 'os-release');
    writeFileSync(file, text);
    expect(await hostSuite(file)).toBe(suite);
    expect(await hostSuite(path.join(box.folder, 'none'))).toBeUndefined();
  });
});

describe('a private apt root', () => {
  const mirror = { uri: 'http://mirror.example/debian/', vendor: 'debian' } as const;

  it('sees its own suites only, and knows nothing of what is installed', async () => {
    box.script(
      'apt-cache',
      `for word; do case $word in
Dir::Etc::sourcelist=*) cat "\${word#*=}" >>'${box.log}' ;;
Dir::State::status=*) [ -s "\${word#*=}" ] || echo 'status is empty' >>'${box.log}' ;;
esac; done
echo '  Installed: (none)'; echo '  Candidate: 1.41-1'`,
    );
    const apt = await privateApt(mirror, ['testing', 'sid']);
    expect(await apt.candidate('virtme-ng')).toBe('1.41-1');
    const noted = box.commands();
    expect(noted.filter((line) => line.startsWith('deb '))).toEqual([
      expect.stringMatching(/^deb \[.*\] http:\/\/mirror.example\/debian\/ testing main$/),
      expect.stringMatching(/^deb \[.*\] http:\/\/mirror.example\/debian\/ sid main$/),
    ]);
    expect(noted).toContain('status is empty');
    expect(noted[0]).toContain('Dir::Etc::sourceparts=/dev/null');
    expect(noted[0]).toContain('Dir::Etc::preferencesparts=/dev/null');
    await apt.remove();
    expect(readdirSync(path.join(box.folder, 'cache', 'scratch'))).toEqual([]);
  });

  it('has no candidate where there is none', async () => {
    box.script('apt-cache', `echo '  Candidate: (none)'`);
    const apt = await privateApt(mirror, ['testing']);
    expect(await apt.candidate('virtme-ng')).toBeUndefined();
    box.script('apt-cache', '');
    expect(await apt.candidate('virtme-ng')).toBeUndefined();
  });

  it('shows why a download failed, with what the update said', async () => {
    box.script(
      'apt-get',
      `case " $* " in
*' update '*) echo 'Err:1 http://mirror.example/debian testing InRelease'; exit 100 ;;
*) echo 'E: Unable to locate package virtme-ng' >&2; exit 100 ;;
esac`,
    );
    const apt = await privateApt(mirror, ['testing']);
    await apt.update();
    await expect(apt.download('virtme-ng', box.folder)).rejects.toMatchObject({
      code: 'package-download',
      evidence: [
        'Err:1 http://mirror.example/debian testing InRelease',
        'E: Unable to locate package virtme-ng',
      ],
    });
  });
});
