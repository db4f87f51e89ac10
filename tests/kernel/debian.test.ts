// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { resolveSource } from '../../runner/kernel/source/index.ts';
import {
  failure,
  fakeCommands,
  fakeTree,
  recorder,
  setEnv,
  temporary,
  useCache,
} from './helpers.ts';

/**
 * An apt-get that offers linux-source-6.12 in the suites that HAS names: `host` (the lists as they
 * are), `updated` (after an update of the host's sources) or `newer` (a sources.list of ours).
 */
const apt = `#!/bin/sh
echo "apt-get $*" >> "$ASKED"
way=host
case "$*" in *Dir::Etc::sourcelist=*) way=newer;; *Dir::State=*) way=updated;; esac
case "$*" in
*indextargets*) echo "http://mirror.example/debian/ Debian Debian"; exit 0;;
*update*)
	if [ -n "$OFFLINE" ]; then echo "Err:1 http://mirror.example" >&2; echo "  Could not resolve 'mirror.example'" >&2; exit 100; fi
	echo "Hit:1 http://mirror.example"; exit 0;;
*--print-uris*)
	case "$HAS" in *$way*) ;; *) echo "E: Unable to locate package" >&2; exit 100;; esac
	echo "'http://mirror.example/x.deb' linux-source-6.12_6.12.7-1~deb12u1_all.deb $SIZE SHA256:$SUM"; exit 0;;
*download*)
	if [ -n "$AWAY" ]; then rm -r "$PWD"; sleep 1; echo "E: the folder is gone" >&2; exit 100; fi
	# Two at once would be in the same folder.
	if [ -n "$SLOW" ]; then mkdir busy || exit 99; sleep "$SLOW"; rmdir busy; fi
	cp "$DEB" ./linux-source-6.12_6.12.7-1~deb12u1_all.deb; exit 0;;
esac
exit 1
`;

/** The host as these tests see it; \`has\` as above. */
function host(has: string, more: Readonly<Record<string, string>> = {}): { asked: () => string } {
  const tree = fakeTree();
  const folder = temporary();
  const archive = path.join(folder, 'linux-source-6.12.tar.xz');
  execFileSync('tar', [
    '-cJf',
    archive,
    '-C',
    path.dirname(tree),
    '--transform',
    's/^tree/linux-source-6.12/',
    'tree',
  ]);
  // The fake dpkg-deb "unpacks" the archive, which stands in for the package as well.
  const bytes = readFileSync(archive);
  const sum = createHash('sha256').update(bytes).digest('hex');
  const asked = path.join(folder, 'asked');
  fakeCommands({
    'apt-get': apt,
    'dpkg-deb':
      '#!/bin/sh\nmkdir -p "$3/usr/src" && cp "$2" "$3/usr/src/linux-source-6.12.tar.xz"\n',
  });
  const env = { DEB: archive, SIZE: `${bytes.length}`, SUM: sum, HAS: has, ASKED: asked, ...more };
  for (const [name, value] of Object.entries(env)) setEnv(name, value);
  return { asked: () => readFileSync(asked, 'utf8') };
}

describe('debian:6.12', () => {
  it('comes from the configured suites without an update where these have it', async () => {
    useCache();
    const { asked } = host('host');
    const source = await resolveSource('debian:6.12', recorder());
    expect(source).toMatchObject({
      version: '6.12.7',
      series: '6.12',
      origin: 'Debian linux-source-6.12 6.12.7-1~deb12u1',
    });
    expect(existsSync(path.join(source.folder, 'net/one.c'))).toBe(true);
    expect(asked()).not.toMatch(/ update/);
  });

  it('comes from the cache the second time', async () => {
    useCache();
    const { asked } = host('host');
    const first = await resolveSource('debian:6.12', recorder());
    const before = asked();
    expect((await resolveSource('debian:6.12', recorder())).folder).toBe(first.folder);
    expect((await resolveSource('6.12', recorder())).folder).toBe(first.folder);
    expect(asked()).toBe(before);
  });

  it.each([
    ['updated', 1],
    ['newer', 2],
  ])('is found in the %s lists, with apt’s state in the cache', async (way, count) => {
    const cache = useCache();
    const { asked } = host(way);
    await resolveSource('debian:6.12', recorder());
    const updates = asked().match(/^.* update$/gm) ?? [];
    expect(updates).toHaveLength(count);
    for (const line of updates) expect(line).toContain(`Dir::State=${cache}`);
  });

  it('that no suite has is wrong usage; with no suite reached it is no network', async () => {
    useCache();
    host('');
    const missing = await failure(resolveSource('debian:6.12', recorder()));
    expect({ code: missing.code, exit: missing.exitCode }).toEqual({
      code: 'kernel-not-found',
      exit: 2,
    });
    expect(missing.evidence.join('\n')).toContain('newer suites of the same Debian mirror');
    host('', { OFFLINE: '1' });
    const offline = await failure(resolveSource('debian:6.12', recorder()));
    expect({ code: offline.code, exit: offline.exitCode }).toEqual({
      code: 'no-network',
      exit: 69,
    });
    expect(offline.evidence.join('\n')).toContain('Could not resolve');
  });

  it('with a damaged download is refused, and nothing stays in the cache', async () => {
    const cache = useCache();
    host('host', { SUM: '0'.repeat(64) });
    const error = await failure(resolveSource('debian:6.12', recorder()));
    expect(error.code).toBe('checksum-mismatch');
    expect(execFileSync('find', [cache, '-type', 'f'], { encoding: 'utf8' })).toBe('');
  });

  it('asked for as 6.12.8 is not satisfied with 6.12.7', async () => {
    useCache();
    host('host');
    setEnv('PATCHPROOF_KERNEL_ORG', 'http://127.0.0.1:1');
    const error = await failure(resolveSource('6.12.8', recorder()));
    expect(error.evidence.join('\n')).toContain('has 6.12.7-1~deb12u1');
  });

  it('asked for by two runs at once is downloaded by one of them; the other waits and says so', async () => {
    useCache();
    const { asked } = host('newer', { SLOW: '0.8' });
    const contexts = [recorder(), recorder()];
    const sources = await Promise.all(contexts.map((one) => resolveSource('debian:6.12', one)));
    expect(sources[0]?.folder).toBe(sources[1]?.folder);
    expect(asked().match(/ -q download /g)).toHaveLength(1);
    const waited = contexts.map(({ events }) =>
      events.some(
        (event) =>
          event.type === 'stage-progress' && event.detail === 'waiting for another download',
      ),
    );
    expect(waited.filter(Boolean)).toHaveLength(1);
  });

  it('a download folder that vanishes is a failed download', async () => {
    useCache();
    host('host', { AWAY: '1' });
    const error = await failure(resolveSource('debian:6.12', recorder()));
    expect(error.evidence.join('\n')).toContain('E: the folder is gone');
  });
});
