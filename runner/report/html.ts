// SPDX-License-Identifier: MIT
import type { CellRecord, RunRecord } from '../evidence/model.ts';
import type { Overall, Verdict } from '../verdict/model.ts';
import { rankCandidates } from '../verdict/rank.ts';
import { earnsTestedBy, harmOf } from './harm.ts';
import { dropBars } from './html-drops.ts';
import { bootOf, bootsByInterest, failureOf, patchOf } from './html-evidence.ts';
import { heading, markup, Markup, nothing, slug } from './html-markup.ts';
import { style } from './html-style.ts';
import { racesOf } from './html-race.ts';
import { testsByChange } from './html-tests.ts';
import { conditionsOf } from './mail-conditions.ts';
import { sortMutants } from './mail-mutants.ts';
import { raceStyle } from './race-style.ts';
import type { Reporter } from './reporter.ts';
import { plainLine } from './text.ts';

/** The section that brings its own style along. */
const races = 'The race, segment by segment';

/**
 * One page that stands by itself: no script, no network, light and dark, printable. Its sections
 * follow a reader's questions; one that has nothing to say is not there.
 */
export const html: Reporter = {
  name: 'html',
  file: 'report.html',
  render(record, verdict) {
    const sections = sectionsOf(record, verdict).filter(({ body }) => body !== nothing);
    const title = plainLine(record.proof?.title ?? 'no proof was loaded');
    const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>${verdict.overall}: ${title}</title>
<style>${new Markup(style)}${new Markup(sections.some((it) => it.title === races) ? raceStyle : '')}</style>
</head>
<body>
<header>
<p class="kicker">patchproof${record.cells.map((it) => ` · Linux ${it.kernelVersion}, ${it.profile}`)} · ${record.startedAt.slice(0, 10)}</p>
<h1 class="${toneOf(verdict.overall)}">${capital(verdict.overall)}</h1>
<p class="title">${title}</p>
${headOf(record, verdict)}
<nav aria-label="Sections"><ul>${sections.map(({ title }) => markup`<li><a href="#${slug(title)}">${title}</a></li>`)}</ul></nav>
</header>
<main>
${sections.map(
  ({
    title,
    body,
  }) => markup`<section aria-labelledby="${slug(title)}"><h2 id="${slug(title)}">${title}</h2>${body}</section>
`,
)}</main>
</body>
</html>
`;
    return page.text;
  },
};

interface Section {
  title: string;
  body: Markup;
}

function sectionsOf(record: RunRecord, verdict: Verdict): Section[] {
  const names = Object.keys(verdict.candidates);
  const several = names.length > 1;
  const patches = new Map(
    record.cells.flatMap((cell) => cell.candidates.map((it) => [`${it.name} ${it.hash}`, it])),
  );
  const tests = eachCell(record, (cell, name, level) => {
    const own = verdict.tests.filter((it) => isOf(it, cell));
    return testsByChange(record, cell, name, own, level);
  });
  const raceBody = eachCell(record, (cell, name, level) => {
    const own = verdict.tests.filter((it) => isOf(it, cell));
    return racesOf(record, cell, name, own, level);
  });
  const drops = eachCell(record, (cell, name) => {
    const own = verdict.drops.filter((it) => isOf(it, cell));
    return dropBars(record, cell, name, own);
  });
  return [
    { title: 'Candidates', body: several ? ranking(verdict) : nothing },
    {
      title: 'What was asked',
      body: join(names.map((name) => expectationsOf(verdict, name, several))),
    },
    { title: 'Mutants', body: mutantList(verdict.mutants) },
    { title: 'What went wrong', body: join(record.failures.map(failureOf)) },
    { title: 'Tests, by what the patch did', body: tests },
    { title: races, body: raceBody },
    { title: 'Packets dropped, by reason', body: drops },
    {
      title: patches.size > 1 ? 'The patches' : 'The patch',
      body: join([...patches.values()].map(patchOf)),
    },
    { title: 'Consoles', body: join(bootsByInterest(record).map(bootOf)) },
    { title: 'Conditions', body: conditionList(record) },
  ];
}

/** Whether the tests can fail: every wrong patch, and the tests that noticed it. */
function mutantList(mutants: Verdict['mutants']): Markup {
  if (mutants === undefined) return nothing;
  const tones = { alive: 'bad', 'not judged': 'warn', killed: 'good' } as const;
  const rows = sortMutants(mutants).map(
    (
      it,
    ) => markup`<tr><th scope="row">${it.name}${it.kernel === null ? '' : ` on ${it.kernel}`}</th>
<td class="${tones[it.state]}">${it.state}</td><td>${it.text}</td><td>${it.state === 'killed' ? it.by.join(', ') : it.detail}</td></tr>
`,
  );
  return markup`<div class="scroll"><table>
<thead><tr><th scope="col">mutant</th><th scope="col">state</th><th scope="col">what is wrong with it</th><th scope="col">told by</th></tr></thead>
<tbody>${rows}</tbody>
</table></div>`;
}

function headOf(record: RunRecord, verdict: Verdict): Markup {
  const names = Object.keys(verdict.candidates);
  const several = names.length > 1;
  return join(
    names.map((name) => {
      const candidate = verdict.candidates[name];
      if (candidate === undefined) return nothing;
      const tally = (change: string): number =>
        verdict.tests.filter((it) => it.change[name] === change).length;
      const harm = harmOf(record, verdict, name);
      const met = candidate.expectations.filter((it) => it.met).length;
      const flaky = tally('flaky');
      return markup`${several ? markup`<p class="whose">${name}: <span class="${toneOf(candidate.overall)}">${candidate.overall}</span></p>` : nothing}
${candidate.reasons.map((it) => markup`<p>${it}</p>`)}
${candidate.overall !== 'no verdict' && tally('fixed') === 0 ? markup`<p>Nothing was fixed: no test failed without the patch and passed with it.</p>` : nothing}
<dl class="figures">
${figure('tests fixed', tally('fixed'), tally('fixed') > 0 ? 'good' : '')}
${figure('broken', harm.length, harm.length > 0 ? 'bad' : '')}
${flaky > 0 ? figure('flaky', flaky, 'warn') : nothing}
${figure('expectations met', `${met} of ${candidate.expectations.length}`, '')}
</dl>
${knownHarmOf(candidate.knownHarm)}
${earnsTestedBy(record, verdict, name) ? markup`<p class="note">Suggested for whoever ran this: <span class="tag">Tested-by: NAME &lt;ADDRESS&gt;</span></p>` : nothing}`;
    }),
  );
}

function figure(label: string, value: number | string, tone: string): Markup {
  return markup`<div><dt>${label}</dt><dd class="${tone}">${value}</dd></div>`;
}

function knownHarmOf(harm: Verdict['candidates'][string]['knownHarm']): Markup {
  if (harm.length === 0) return nothing;
  return markup`<div class="harm"><p class="whose bad">Known harm, accepted in the proof file</p>
<ul>${harm.map(({ test, reason }) => markup`<li><code>${test}</code>: ${reason}</li>`)}</ul></div>`;
}

function ranking(verdict: Verdict): Markup {
  return markup`<table><caption>Best first: tests fixed, then tests broken</caption>
<thead><tr><th scope="col">candidate</th><th scope="col">verdict</th><th scope="col" class="rank">fixed</th><th scope="col" class="rank">broken</th></tr></thead>
<tbody>${rankCandidates(verdict).map(({ name, fixed, broken }) => {
    const overall = verdict.candidates[name]?.overall ?? 'no verdict';
    return markup`<tr><th scope="row">${name}</th><td class="${toneOf(overall)}">${overall}</td><td>${fixed}</td><td>${broken}</td></tr>
`;
  })}</tbody></table>`;
}

function expectationsOf(verdict: Verdict, name: string, several: boolean): Markup {
  const candidate = verdict.candidates[name];
  if (candidate === undefined || candidate.expectations.length === 0) return nothing;
  const open = candidate.overall === 'no verdict';
  return markup`${several ? markup`<h3>${name}</h3>` : nothing}<ul class="met">${candidate.expectations.map(
    ({ text, met, detail }) => markup`<li>${
      met
        ? markup`<span class="mark good">met</span>`
        : markup`<span class="mark ${open ? 'warn' : 'bad'}">${open ? 'open' : 'not met'}</span>`
    }<div>${text}<p class="said">${detail}</p></div></li>
`,
  )}</ul>`;
}

/** One part for each cell and candidate, with a heading where there is more than one. */
function eachCell(
  record: RunRecord,
  part: (cell: CellRecord, name: string, level: 3 | 4) => Markup,
): Markup {
  const pairs = record.cells.flatMap((cell) => cell.candidates.map(({ name }) => ({ cell, name })));
  const several = pairs.length > 1;
  return join(
    pairs.map(({ cell, name }) => {
      const body = part(cell, name, several ? 4 : 3);
      if (body === nothing || !several) return body;
      return markup`${heading(3, markup`${cell.kernel}, ${cell.profile}: ${name}`)}${body}`;
    }),
  );
}

function isOf(
  row: { kernel: string; profile: string },
  cell: { kernel: string; profile: string },
): boolean {
  return row.kernel === cell.kernel && row.profile === cell.profile;
}

function conditionList(record: RunRecord): Markup {
  return markup`<dl class="facts">${conditionsOf(record).map(
    ([label, text]) => markup`${label === '' ? nothing : markup`<dt>${label}</dt>`}<dd>${text}</dd>
`,
  )}</dl>`;
}

/** Nothing where every part is: then the section is not there. */
function join(parts: readonly Markup[]): Markup {
  const said = parts.filter((it) => it !== nothing);
  return said.length === 0 ? nothing : markup`${said}`;
}

function toneOf(overall: Overall): string {
  if (overall === 'proved') return 'good';
  return overall === 'not proved' ? 'bad' : 'warn';
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
