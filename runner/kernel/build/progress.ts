// SPDX-License-Identifier: MIT

/** The object a line of make's output says it makes (`  CC      net/ipv4/tcp.o`), or undefined. */
export function objectOf(line: string): string | undefined {
  return /^ {2}(?:CC|AS)(?: \[M\])? +(\S+\.o)$/.exec(line)?.[1];
}
