// SPDX-License-Identifier: MIT
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { crossCheck } from '../../../runner/evidence/ktap/crosscheck.ts';
import { printTree } from '../../../runner/evidence/ktap/index.ts';
import { fixture, read } from './helpers.ts';

// One log for each property, and beside it what `patchproof ktap` prints of it. The second file is read by eye when it
// changes; nothing writes it.
const folder = new URL('../../fixtures/ktap/', import.meta.url);
const logs = readdirSync(folder).filter((name) => name.endsWith('.log'));

describe('every fixture', () => {
  it('is there, with its expected text', () => {
    expect(logs.length).toBeGreaterThanOrEqual(45);
    const texts = readdirSync(folder).filter((name) => name.endsWith('.txt'));
    expect(texts.map((name) => name.replace(/txt$/, 'log'))).toEqual(logs);
  });

  it.each(logs)('%s prints as expected', (name) => {
    const expected = readFileSync(new URL(name.replace(/log$/, 'txt'), folder), 'utf8');
    expect(printTree(read(fixture(name)))).toBe(expected);
  });

  it.each(logs)('%s is read alike by tap-parser, once normalised', (name) => {
    expect(crossCheck(read(fixture(name)))).toEqual([]);
  });
});
