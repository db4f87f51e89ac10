// SPDX-License-Identifier: MIT
import { matchesGlob } from '../proof/glob.ts';
import type { Splat } from './model.ts';
import { splatPatterns } from './splat-patterns.ts';
import type { AllowedSplat } from './splat-patterns.ts';

const maxLines = 60;
const maxSplats = 200;
const maxColumns = 2000;

/** `patchproof: test 3 start`, written to /dev/kmsg by the guest agent around each test. */
const marker = /^patchproof: test (\d+) (start|end)\b/;
/** What consoles put before a line: level, time, thread or CPU, in any number. */
const prefix = /^(?:<\d+>|\[ *\d+\.\d+\]|\[ *[TC]\d+\]|\s)+/;
/** A time stamp in mid-line: two writers met on the console. */
const timeInside = /(?<=.)(?=\[ {0,5}\d{1,6}\.\d{6}\])/;
const ending = /^(?:---\[ end |={20,}$)/;

/**
 * Finds splats in a console log, which may come in pieces cut anywhere: a finding is looked for
 * in whole lines only. Each belongs to the test in flight, by the agent's markers.
 */
export class SplatScanner {
  readonly #programs: readonly string[];
  readonly #onFound: (splat: Splat, line: number) => void;
  readonly #found: { splat: Splat; lines: string[] }[] = [];
  #rest = '';
  #line = 0;
  #test: string | null = null;
  /** Lines go to the newest finding while this is set. */
  #open = false;
  #inBlock = false;

  /**
   * @param programs what the numbers of the markers stand for, from 0
   * @param onFound called with the line, counted from 1, that names a finding
   */
  constructor(
    programs: readonly string[],
    onFound: (splat: Splat, line: number) => void = () => undefined,
  ) {
    this.#programs = programs;
    this.#onFound = onFound;
  }

  push(chunk: string): void {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = (lines.pop() ?? '').slice(0, maxColumns);
    for (const line of lines) this.#readLine(line);
  }

  end(): Splat[] {
    if (this.#rest !== '') this.#readLine(this.#rest);
    this.#rest = '';
    return this.#found.map(({ splat, lines }) => ({ ...splat, lines }));
  }

  #readLine(line: string): void {
    this.#line += 1;
    const clean = line.slice(0, maxColumns).replaceAll('\r', '');
    for (const part of clean.split(timeInside)) this.#readPart(part.replace(prefix, ''));
  }

  #readPart(text: string): void {
    const [, number, edge] = marker.exec(text) ?? [];
    if (number !== undefined) {
      this.#test = edge === 'start' ? (this.#programs[Number(number)] ?? null) : null;
      this.#open = false;
      this.#inBlock = false;
      return;
    }
    if (text.includes('[ cut here ]')) {
      // What stands between `cut here` and `end trace` is one finding, by whichever line names it first.
      this.#open = false;
      this.#inBlock = true;
      return;
    }
    const kind = splatPatterns.find((it) => it.pattern.test(text))?.kind;
    const newest = this.#found.at(-1);
    const sameBlock = this.#inBlock && this.#open && kind !== 'panic';
    if (kind !== undefined && !sameBlock) {
      this.#open = this.#found.length < maxSplats;
      if (!this.#open) return;
      const splat = { kind, title: text, lines: [], test: this.#test };
      this.#found.push({ splat, lines: [text] });
      this.#onFound(splat, this.#line);
      return;
    }
    if (this.#open && newest !== undefined && newest.lines.length < maxLines) {
      newest.lines.push(text);
    }
    if (ending.test(text)) {
      this.#open = false;
      this.#inBlock = false;
    }
  }
}

/** Tells findings apart across boots and builds: addresses, process and line numbers are left out. */
export function fingerprint(splat: Pick<Splat, 'kind' | 'title'>): string {
  const title = splat.title
    .replace(/0x[0-9a-f]+/gi, 'N')
    .replace(/\b[0-9a-f]{8,}\b/gi, 'N')
    .replace(/\d+/g, 'N');
  return `${splat.kind}: ${title}`;
}

/**
 * Splits findings by the allow list. `today` is YYYY-MM-DD: an entry counts to the end of its
 * last day and is then as if it were not there.
 */
export function sortSplats(
  splats: readonly Splat[],
  allow: readonly AllowedSplat[],
  today: string,
): { counted: Splat[]; excused: { splat: Splat; reason: string }[] } {
  const counted: Splat[] = [];
  const excused: { splat: Splat; reason: string }[] = [];
  for (const splat of splats) {
    const entry = allow.find(
      (it) => it.kind === splat.kind && it.expires >= today && matchesGlob(it.title, splat.title),
    );
    if (entry === undefined) counted.push(splat);
    else excused.push({ splat, reason: entry.reason });
  }
  return { counted, excused };
}
