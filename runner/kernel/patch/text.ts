// SPDX-License-Identifier: MIT
import type { Patch } from '../model.ts';
import type { Fitted } from './fit.ts';

/** What reading the patch took, in a few words; nothing for one that was whole. PURE. */
export function describeReading({ repairs, doubts }: Patch): string[] {
  const said: string[] = [];
  if (repairs.length > 0) said.push(`${count(repairs.length, 'line')} of the mail repaired`);
  if (doubts.length > 0) said.push(`${count(doubts.length, 'line')} in doubt`);
  return said;
}

/** What it took to apply it; null when it applied as it is. PURE. */
export function describeWay({ way, details }: Pick<Fitted, 'way' | 'details'>): string | null {
  if (way === 'exact') return null;
  const words = {
    offset: 'applies with offsets',
    'three-way': 'applies by a three-way merge',
    fuzz: 'applies with fuzz',
  };
  return `${words[way]} (${details.join('; ')})`;
}

/** Every repair and doubt of a patch, for a person. PURE. */
export function listReading({ repairs, doubts, notes }: Patch): string[] {
  const shown = (text: string): string[] => text.split('\n').map((line) => visible(line));
  return [
    ...notes,
    ...repairs.flatMap(({ place, kind, before, after }) => [
      `${place}: ${kind}`,
      ...shown(before).map((line) => `    was  ${line}`),
      ...(kind === 'skipped' ? [] : [`    now  ${visible(after)}`]),
    ]),
    ...doubts.map(({ place, about, text }) => `${place}: in doubt (${about}): ${text}`),
  ];
}

/** White space that a person can see. */
function visible(line: string): string {
  return line.replaceAll('\t', '→').replace(/ +$/, (blanks) => '·'.repeat(blanks.length));
}

function count(number: number, word: string): string {
  return `${number} ${number === 1 ? word : `${word}s`}`;
}
