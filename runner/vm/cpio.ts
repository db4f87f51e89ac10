// SPDX-License-Identifier: MIT

/** One member of an initramfs archive; the path has no leading slash. */
export type CpioEntry =
  | { kind: 'folder'; path: string; mode?: number }
  | { kind: 'file'; path: string; data: Uint8Array; mode?: number }
  | { kind: 'link'; path: string; target: string }
  | { kind: 'character-device'; path: string; major: number; minor: number; mode?: number };

const types = { folder: 0o040000, file: 0o100000, link: 0o120000, 'character-device': 0o020000 };

/**
 * A newc archive (Documentation/driver-api/early-userspace/buffer-format.rst in the kernel):
 * everything belongs to root and has no time, so the same entries give the same bytes. A
 * device node is only a record here, which is why no privilege is needed. The length is a
 * multiple of 4, as the kernel wants it of an archive that another one follows.
 */
export function cpioArchive(entries: readonly CpioEntry[]): Buffer {
  const parts = entries.flatMap((entry, index) => member(entry, index + 1));
  return Buffer.concat([...parts, ...header('TRAILER!!!', 0, 0, 0, [0, 0])]);
}

function member(entry: CpioEntry, inode: number): Uint8Array[] {
  const data =
    entry.kind === 'file'
      ? entry.data
      : Buffer.from(entry.kind === 'link' ? entry.target : '', 'utf8');
  const permissions = 'mode' in entry ? entry.mode : undefined;
  const mode = types[entry.kind] | (permissions ?? (entry.kind === 'folder' ? 0o755 : 0o644));
  const device: [number, number] =
    entry.kind === 'character-device' ? [entry.major, entry.minor] : [0, 0];
  return [...header(entry.path, inode, mode, data.length, device), data, padding(data.length)];
}

function header(
  name: string,
  inode: number,
  mode: number,
  size: number,
  [major, minor]: [number, number],
): Uint8Array[] {
  const nameBytes = Buffer.from(`${name}\0`, 'utf8');
  // ino mode uid gid nlink mtime filesize devmajor devminor rdevmajor rdevminor namesize check
  const fields = [inode, mode, 0, 0, 1, 0, size, 0, 0, major, minor, nameBytes.length, 0];
  const text = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
  return [Buffer.from(text, 'latin1'), nameBytes, padding(text.length + nameBytes.length)];
}

function padding(length: number): Uint8Array {
  return Buffer.alloc((4 - (length % 4)) % 4);
}
