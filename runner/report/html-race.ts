// SPDX-License-Identifier: MIT
import { raceOf, type Race } from '../evidence/race.ts';
import type { CellRecord, RunRecord, TestResult } from '../evidence/model.ts';
import { parseTimeline, type Timeline } from '../evidence/timeline.ts';
import { base } from '../proof/model.ts';
import type { Verdict } from '../verdict/model.ts';
import { heading, markup, nothing, slug, type Markup } from './html-markup.ts';
import { pictureOf, type Range } from './race-picture.ts';
import { count } from './text.ts';

interface Pair {
  name: string;
  sides: { variant: string; timeline: Timeline; race: Race }[];
  isTelling: boolean;
}

/** How the race went, for each test that recorded a timeline: both sides, on one scale of bytes. */
export function racesOf(
  record: RunRecord,
  cell: CellRecord,
  candidate: string,
  tests: Verdict['tests'],
  level: 3 | 4,
): Markup {
  const pairs = tests
    .flatMap((row) => pairOf(record, cell, candidate, row))
    .toSorted((a, b) => Number(b.isTelling) - Number(a.isTelling));
  if (pairs.length === 0) return nothing;
  const shown = new Set<string>();
  const open: Pair[] = [];
  const folded: Pair[] = [];
  for (const pair of pairs) {
    const kinds = pair.sides.map(({ race }) => race.kind).join(' ');
    if (pair.isTelling && !shown.has(kinds)) open.push(pair);
    else folded.push(pair);
    shown.add(kinds);
  }
  return markup`${legend}${open.map((pair) => markup`${heading(level, markup`<code>${pair.name}</code>`)}${figureOf(pair, cell, candidate)}`)}${folded.map(
    (pair) =>
      markup`<details><summary><code>${pair.name}</code> <span class="soft">${pair.sides.map(({ variant, race }) => `${variant}: ${race.kind}`).join('; ')}</span></summary>${figureOf(pair, cell, candidate)}</details>
`,
  )}`;
}

const legend = markup`<p class="note">Bytes of the stream upwards, time to the right; between events the gaps grow with their
logarithm, and long waits have their length. Offsets count from the first byte that was recorded.</p>
<ul class="key">
<li><svg viewBox="0 0 14 14" aria-hidden="true"><path class="sent peer" d="M7 13V1"/></svg> sent by the peer</li>
<li><svg viewBox="0 0 14 14" aria-hidden="true"><path class="queued source" d="M7 13V1"/></svg> taken in by the source</li>
<li><svg viewBox="0 0 14 14" aria-hidden="true"><path class="queued target" d="M7 13V1"/></svg> taken in by the target</li>
<li><svg viewBox="0 0 14 14" aria-hidden="true"><path class="dropped" d="M3 3l8 8m0-8l-8 8"/></svg> dropped</li>
<li><svg viewBox="0 0 14 14" aria-hidden="true"><path class="acked" d="M0 11H7V3H14"/></svg> acknowledged up to here</li>
<li><svg viewBox="0 0 14 14" aria-hidden="true"><rect class="window" width="14" height="14"/></svg> the source is in repair mode</li>
<li><svg viewBox="0 0 14 14" aria-hidden="true"><rect class="lost" width="14" height="14"/></svg> acknowledged, and in no dump</li>
</ul>`;

function pairOf(
  record: RunRecord,
  cell: CellRecord,
  candidate: string,
  row: Verdict['tests'][number],
): Pair[] {
  const sides = [base, candidate].flatMap((variant) => {
    const outcome = row.outcomes[variant];
    const results = record.attempts
      .filter((it) => it.cell === cell.id && it.variant === variant)
      .flatMap((it) => it.results.filter(({ name }) => name === row.name));
    const result: TestResult | undefined =
      results.find((it) => it.outcome === outcome) ?? results[0];
    const timeline = parseTimeline(result?.timeline ?? []);
    return timeline === null ? [] : [{ variant, timeline, race: raceOf(timeline) }];
  });
  const isTelling = row.outcomes[base] !== row.outcomes[candidate];
  return sides.length === 0 ? [] : [{ name: row.name, sides, isTelling }];
}

function figureOf({ name, sides }: Pair, cell: CellRecord, candidate: string): Markup {
  const range = rangeOf(sides.map((it) => it.timeline));
  return markup`<figure>${sides.map(({ variant, timeline, race }) => {
    const id = slug(`race-${cell.id}-${candidate}-${name}-${variant}`);
    const story = storyOf(race, timeline.isWhole);
    const title = `${name} on ${variant}`;
    return markup`<figcaption><b>${variant}</b> <span class="${race.kind === 'nothing lost' ? '' : 'bad'}">${story}</span></figcaption>
<div class="scroll" tabindex="0" role="group" aria-label="${title}">${pictureOf(timeline, { range, id, title, story })}</div>`;
  })}</figure>`;
}

function rangeOf(timelines: readonly Timeline[]): Range {
  const all = timelines.flatMap(({ segments }) => segments);
  return { from: Math.min(...all.map((it) => it.from)), to: Math.max(...all.map((it) => it.to)) };
}

/** What the picture shows, in a sentence or two. */
function storyOf(race: Race, isWhole: boolean): string {
  const dropped = [...race.dropped].map(
    ([reason, segments]) => `${count(segments, 'segment')} dropped in repair mode as ${reason}`,
  );
  const said = [lossOf(race), ...dropped];
  if (race.recovery !== null)
    said.push(`sent again and taken in ${Math.round(race.recovery)} ms after the switch`);
  if (!isWhole) said.push('the record ends before the test did');
  const text = said.filter((it) => it !== '').join('; ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function lossOf({ lost, kind }: Race): string {
  if (kind === 'dump fails')
    return 'the queue changed between its size and its copy: the dump fails';
  if (lost === null) return 'nothing was taken in after the dump';
  const size = count(lost.to - lost.from, 'byte');
  return kind === 'hole'
    ? `a hole: ${size} from ${lost.from} taken in after the queue was copied, and the target goes on behind them`
    : `a stall: ${size} from ${lost.from} taken in after the sequence number was read; the target waits for them, and nobody sends them again`;
}
