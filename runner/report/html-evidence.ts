// SPDX-License-Identifier: MIT
import type { Boot, CellRecord, RunRecord, VariantFailure } from '../evidence/model.ts';
import { markup, nothing, type Markup } from './html-markup.ts';
import { count, duration } from './text.ts';

/** A patch of more lines is folded. */
const shortPatch = 120;

/** The patch under proof, as it was applied. */
export function patchOf(candidate: CellRecord['candidates'][number]): Markup {
  const { text } = candidate;
  const note = candidate.note === null ? '' : `, ${candidate.note}`;
  const head = markup`<h3>${candidate.subject}</h3>
<p class="note"><code>${candidate.patch}</code>${note}; sha256 <code>${candidate.hash.slice(0, 12)}</code>; changes ${list(candidate.files)}</p>`;
  if (text === undefined) return head;
  const lines = text.replace(/\n$/, '').split('\n');
  const first = Math.max(
    0,
    lines.findIndex((it) => it.startsWith('diff ') || it.startsWith('--- ')),
  );
  const mail = lines.slice(0, first).join('\n').trim();
  const diff = diffOf(lines.slice(first));
  return markup`${head}${
    mail === ''
      ? nothing
      : markup`<details><summary>Its description</summary><pre tabindex="0">${mail}</pre></details>`
  }<details${lines.length - first > shortPatch ? nothing : markup` open`}><summary>Its ${count(lines.length - first, 'line')} of diff</summary>${diff}</details>`;
}

function list(files: readonly string[]): Part[] {
  return files.map((file, index) => markup`${index === 0 ? '' : ', '}<code>${file}</code>`);
}

type Part = Markup;

function diffOf(lines: readonly string[]): Markup {
  return markup`<pre class="diff" tabindex="0">${lines.map(
    (line) => markup`<span class="${classOf(line)}">${line === '' ? ' ' : line}</span>`,
  )}</pre>`;
}

function classOf(line: string): string {
  if (/^(diff |--- |\+\+\+ |index )/.test(line)) return 'file';
  if (line.startsWith('@@')) return 'hunk';
  if (line.startsWith('+')) return 'add';
  return line.startsWith('-') ? 'del' : 'ctx';
}

/** What kept a variant from being tried, with the lines that prove it. */
export function failureOf(failure: VariantFailure): Markup {
  return markup`<h3 class="bad">${failure.cell}, ${failure.variant}: ${failure.message}</h3>
${failure.evidence.length === 0 ? nothing : markup`<pre tabindex="0">${failure.evidence.join('\n')}</pre>`}
<p>${failure.remedy}</p>`;
}

/** One boot: what its console showed, folded. */
export function bootOf(boot: Boot): Markup {
  const end = boot.end.kind === 'complete' ? 'powered off' : `${boot.end.kind}: ${boot.end.detail}`;
  const title = markup`${boot.cell}, ${boot.variant}, boot ${boot.boot}`;
  const tone = boot.end.kind === 'complete' ? 'soft' : 'bad';
  const tail = boot.consoleTail ?? [];
  return markup`<h3>${title} <span class="${tone}">${end} after ${duration(boot.durationMs)}</span></h3>
${boot.splats.map(
  (splat) =>
    markup`<details><summary><span class="mark bad">${splat.kind}</span> ${splat.title} <span class="soft">${splat.test ?? 'during the boot'}</span></summary><pre tabindex="0">${splat.lines.join('\n')}</pre></details>`,
)}${
    tail.length === 0
      ? nothing
      : markup`<details><summary>The last ${count(tail.length, 'line')} of its console</summary><pre tabindex="0">${tail.join('\n')}</pre></details>`
  }
<p class="note">All of it: <code>${boot.consoleFile}</code> in the run directory</p>`;
}

/** The boots that a reader should look at first come first: those that ended badly, then those with findings. */
export function bootsByInterest(record: RunRecord): Boot[] {
  const weight = (boot: Boot): number =>
    boot.end.kind === 'complete' ? (boot.splats.length > 0 ? 1 : 2) : 0;
  return record.boots.toSorted((a, b) => weight(a) - weight(b));
}
