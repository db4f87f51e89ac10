// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { addMaintained, addTarget } from '../../runner/upstream/edits.ts';

const makefile = 'TARGETS += net\nTARGETS += net/mptcp\nTARGETS += net/tcp_ao\nTARGETS += nolibc\n';
const maintainers = [
  'NETWORKING [TCP]',
  'M:\tA <a@b.example>',
  'F:\tinclude/net/tcp.h',
  'F:\tnet/ipv4/tcp*.c',
  '',
  'NETWORKING [TLS]',
  'F:\tnet/tls/*',
  '',
].join('\n');

describe('the target in the Makefile', () => {
  it.each([
    ['net/tcp_repair', 'TARGETS += net/tcp_ao\nTARGETS += net/tcp_repair\nTARGETS += nolibc\n'],
    ['net/hsr', 'TARGETS += net\nTARGETS += net/hsr\nTARGETS += net/mptcp\n'],
  ])('%s goes where it sorts', (target, part) => {
    expect(addTarget(makefile, target)).toContain(part);
  });

  it('is not added twice, nor to a Makefile without its like', () => {
    expect(() => addTarget(makefile, 'net/mptcp')).toThrow(/already/);
    expect(() => addTarget('all:\n', 'net/tcp_repair')).toThrow(/no place/);
  });
});

describe('the path in MAINTAINERS', () => {
  it.each([
    ['tools/x/', 'F:\tnet/ipv4/tcp*.c\nF:\ttools/x/\n\nNETWORKING [TLS]'],
    ['mm/x', 'F:\tinclude/net/tcp.h\nF:\tmm/x\nF:\tnet/ipv4/tcp*.c'],
    ['a', 'M:\tA <a@b.example>\nF:\ta\nF:\tinclude/net/tcp.h'],
  ])('%s goes where it sorts in its section', (file, part) => {
    expect(addMaintained(maintainers, 'NETWORKING [TCP]', file)).toContain(part);
  });

  it('is not added twice, nor where the section is missing', () => {
    expect(() => addMaintained(maintainers, 'NETWORKING [TCP]', 'net/ipv4/tcp*.c')).toThrow(
      /already/,
    );
    expect(() => addMaintained(maintainers, 'NETWORKING [X]', 'a')).toThrow(/no place/);
  });
});
