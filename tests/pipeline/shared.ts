// SPDX-License-Identifier: MIT
// What the stages of all test files have in common: made by the first that needs it.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import type { Toolchain } from '../../runner/kernel/model.ts';
import { write } from '../kernel/helpers.ts';

const terminal = fileURLToPath(new URL('./fake-terminal.ts', import.meta.url));

/**
 * A folder below the one that all test files share, filled by `fill` when it is not there yet.
 * Another test file may be at the same: whoever is first has the name.
 */
export function sharedFolder(name: string, fill: (folder: string) => void): string {
  const folder = path.join(inject('shared'), name);
  if (existsSync(folder)) return folder;
  const scratch = mkdtempSync(`${folder}.`);
  fill(scratch);
  try {
    renameSync(scratch, folder);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    rmSync(scratch, { recursive: true });
  }
  return folder;
}

/** What the scripted gcc and ld say of themselves. */
export const toolchain: Toolchain = {
  arch: 'x86_64',
  compiler: 'gcc (fake) 12.2.0',
  linker: 'GNU ld (fake) 2.40',
  makeWords: [],
};

/**
 * Scripted make, gcc, ld, vng and apt-get. make writes its calls to the file that MAKE_CALLS names;
 * vng hands over to fake-machines.ts, and has the machine's console on its standard output.
 * The same files for every stage, so that what a cache knows of their versions holds.
 */
export function commands(): string {
  return sharedFolder('bin', (folder) => {
    const make = execFileSync('sh', ['-c', 'command -v make'], { encoding: 'utf8' }).trim();
    write(folder, {
      make: `#!/bin/sh
[ "$1" = --version ] || echo "$*" >> "$MAKE_CALLS"
exec ${make} "$@"
`,
      gcc: `#!/bin/sh
case $1 in
-dumpfullversion) echo 12.2.0 ;;
--version) echo "${toolchain.compiler}" ;;
*) while [ "$1" != -o ]; do shift; done; echo agent > "$2" ;;
esac
`,
      vng: `#!/bin/sh
[ "$1" = --version ] && exec echo virtme-ng 1.41
case " $* " in *" loglevel=4 "*) exec ${process.execPath} ${terminal} "$@" ;; esac
folder=$(mktemp -d ${inject('machines')}/new/XXXXXX) && mkfifo "$folder/console" "$folder/alive" || exit
printf '%s\\0' "$$" "$PWD" "$FAKE_VNG_SCRIPT" "$@" >"$folder/given"
mv "$folder" ${inject('machines')}/inbox/
cd ${inject('machines')}/inbox/"\${folder##*/}" && exec <console 3>alive && echo >&3 && exec cat
`,
      ld: `#!/bin/sh\necho "${toolchain.linker}"\n`,
      'apt-get': '#!/bin/sh\necho "no test installs packages" >&2\nexit 1\n',
    });
  });
}
