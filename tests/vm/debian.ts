// SPDX-License-Identifier: MIT
import path from 'node:path';
import { write } from '../kernel/helpers.ts';

/**
 * Scripted apt-get, apt-config and mmdebstrap: a root with one file, /etc/is, that says `of Debian`.
 * mmdebstrap notes its words. Returns the folder that they are in.
 *
 * @param bootstrap what mmdebstrap does instead
 */
export function debian(folder: string, bootstrap = 'tar -cf "$2" -C "$root" .'): string {
  const bin = path.join(folder, 'debian-bin');
  write(bin, {
    'apt-get': "#!/bin/sh\necho 'http://mirror.example/debian/ main Debian/Debian'\n",
    'apt-config': `#!/bin/sh\necho 'Acquire "";'; echo 'Acquire::http::Proxy "http://proxy.example/";'\n`,
    mmdebstrap: `#!/bin/sh
printf '%s\\n' "$@" >>${folder}/bootstrapped
while [ "\${1#--}" != "$1" ]; do shift; done
root=${bin}/root; mkdir -p $root/etc $root/dev && echo of Debian >$root/etc/is && : >$root/dev/null
${bootstrap}
`,
  });
  return bin;
}
