// SPDX-License-Identifier: MIT
import { PassThrough } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { DefaultRenderer, Listr, ListrLogger, ProcessOutput } from 'listr2';
import type { ListrTask } from 'listr2';
import type { RunEvent } from '../events.ts';
import { CellProgress, cellOf, phaseTitles } from './phases.ts';
import type { Line, Phase } from './phases.ts';
import { plainLine } from './text.ts';
import type { View } from './view.ts';

const refreshMs = 100;

/** listr2 asks standard output whether there is a terminal. We write to another stream, and have asked it already. */
class TerminalRenderer extends DefaultRenderer {
  static override readonly nonTTY = true as unknown as false;
}

/** A line on the screen: what it shows, and how it ends. */
interface Shown {
  line: Line;
  title: string;
  set: (title: string) => void;
  last: string;
  end: () => void;
}

/**
 * A view over the event stream and nothing else: it has no retry, no signal handler, no exit code
 * and no timer that keeps the process. Events only change data; ten times a second at most, what
 * changed is shown.
 */
export class LiveView implements View {
  readonly #stream: WriteStream;
  #cell: { progress: CellProgress; run: Promise<unknown>; phase: number; shown: Shown[][] } | null =
    null;
  #closed: Promise<unknown> = Promise.resolve();
  readonly #timer: NodeJS.Timeout;

  constructor(stream: WriteStream) {
    this.#stream = stream;
    this.#timer = setInterval(() => this.#refresh(), refreshMs);
    this.#timer.unref();
  }

  listen(event: RunEvent): void {
    if (event.type === 'run-interrupted') this.#cell?.progress.take(event);
    const cell = cellOf(event);
    if (cell === undefined) return;
    if (this.#cell?.progress.cell !== cell) this.#open(cell);
    this.#cell?.progress.take(event);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#endCell();
    await this.#closed;
  }

  #open(cell: string): void {
    this.#endCell();
    const progress = new CellProgress(cell);
    const shown: Shown[][] = phaseTitles.map(() => []);
    // Two lists at once would fight for the screen: the next cell's waits for the last one's end.
    const run = this.#closed.then(() => this.#list(progress, shown).run());
    this.#cell = { progress, run, phase: 0, shown };
    this.#closed = run;
  }

  #list(progress: CellProgress, shown: Shown[][]): Listr {
    // listr2 takes over whole streams; the second one is none of ours.
    const processOutput = new ProcessOutput(
      this.#stream,
      new PassThrough() as unknown as WriteStream,
    );
    const phases = phaseTitles.map((title, phase): ListrTask => {
      const heading = phase === 0 ? `${title}, ${plainLine(progress.cell)}` : title;
      return {
        title: heading,
        task: (_context, task) => {
          if (progress.over && phase > progress.current) return task.skip(`${title}: not reached`);
          const { line, variants } = progress.phases[phase] as Phase;
          const own = this.#task(heading, line, shown[phase] ?? []);
          if (variants.size === 0) return own.task?.(_context, task);
          const parts = [...variants].map(([name, it]) => this.#task(name, it, shown[phase] ?? []));
          return task.newListr(parts, { concurrent: true, exitOnError: false });
        },
      };
    });
    return new Listr(phases, {
      renderer: TerminalRenderer,
      concurrent: false,
      exitOnError: false,
      registerSignalListeners: false,
      rendererOptions: {
        // No spinner: its timer would keep the process, and redraw more often than anything changes.
        lazy: true,
        collapseSubtasks: false,
        collapseErrors: false,
        showErrorMessage: false,
        formatOutput: 'truncate',
        logger: new ListrLogger({ useIcons: true, processOutput }),
      },
    });
  }

  #task(title: string, line: Line, shown: Shown[]): ListrTask {
    return {
      title,
      task: (_context, task) =>
        new Promise<void>((resolve, reject) => {
          const end = (): void =>
            line.state === 'failed' ? reject(new Error(line.text)) : resolve();
          const set = (text: string): void => {
            task.title = text;
          };
          const one: Shown = { line, title, set, last: '', end };
          shown.push(one);
          // Its phase may be over before the list gets to it.
          if (line.state !== 'going') this.#settle(one);
        }),
    };
  }

  #refresh(): void {
    if (this.#cell === null) return;
    const { progress, shown } = this.#cell;
    while (this.#cell.phase < progress.current) this.#endPhase(this.#cell.phase++);
    for (const it of shown[this.#cell.phase] ?? []) draw(it);
  }

  #endPhase(phase: number): void {
    if (this.#cell === null) return;
    const { line, variants } = this.#cell.progress.phases[phase] as Phase;
    for (const it of [line, ...variants.values()]) if (it.state === 'going') it.state = 'done';
    for (const it of this.#cell.shown[phase] ?? []) this.#settle(it);
  }

  #settle(it: Shown): void {
    draw(it);
    it.end();
  }

  #endCell(): void {
    if (this.#cell === null) return;
    this.#cell.progress.over = true;
    for (const phase of phaseTitles.keys()) this.#endPhase(phase);
    this.#cell = null;
  }
}

function draw(it: Shown): void {
  const text = it.line.text === '' ? it.title : `${it.title}: ${it.line.text}`;
  if (text !== it.last) it.set(text);
  it.last = text;
}
