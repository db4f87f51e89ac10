// SPDX-License-Identifier: MIT

/** At the start of a line, as the kernel prints it; a test may quote it elsewhere. */
const panic = /^(?:\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? *)?Kernel panic - not syncing/;
/** The agent's last word when it cannot do its work: AGENT_FATAL in vm-images/agent/agent.h. */
const fatal = /patchproof: fatal: (.*)/;
const oops = /\b(?:BUG: |Oops: |general protection fault|kernel BUG at|Unable to handle kernel)/;
/** QEMU's own complaints; its warnings are about the CPU model and harmless. */
const qemu = /^qemu-system-\S+: (?!warning:)/;
/** Lines kept before a panic, and again after it. */
const context = 40;
const lastLines = 12;

/** Watches the console for the kernel's death, and vng's stderr for QEMU's. Takes whole lines. */
export class ConsoleWatch {
  readonly #recent: string[] = [];
  readonly #trace: string[] = [];
  #panicked = false;
  #complaint: string | null = null;
  #kernelSpoke = false;
  #agentFatal: string | null = null;

  /** Takes a line of the console. */
  push(line: string): void {
    const text = line.replaceAll('\r', '');
    this.#kernelSpoke ||= /^(?:\[ *\d+\.\d{6}\]|early console in setup code)/.test(text);
    this.#agentFatal ??= fatal.exec(text)?.[1] ?? null;
    if (this.#panicked) {
      if (this.#trace.length < 2 * context) this.#trace.push(text);
      return;
    }
    this.#recent.push(text);
    if (this.#recent.length > context) this.#recent.shift();
    if (!panic.test(text)) return;
    this.#panicked = true;
    // The oldest oops still remembered is what the kernel died of.
    const cause = this.#recent.findIndex((it) => oops.test(it));
    this.#trace.push(...this.#recent.slice(cause === -1 ? -1 : cause));
  }

  /** Takes a line that vng or QEMU wrote to stderr. */
  pushError(line: string): void {
    if (qemu.test(line)) this.#complaint ??= line;
  }

  get panicked(): boolean {
    return this.#panicked;
  }

  /** True once the kernel itself has printed something. */
  get kernelSpoke(): boolean {
    return this.#kernelSpoke;
  }

  /** Why the agent gave up, which is no fault of the kernel under test. */
  get agentFatal(): string | null {
    return this.#agentFatal;
  }

  /** What QEMU said of its own end, e.g. that it was terminated by a signal. */
  get complaint(): string | null {
    return this.#complaint;
  }

  /** The panic with what led to it, or the last lines of the console. */
  evidence(): string[] {
    return this.#panicked ? [...this.#trace] : this.#recent.slice(-lastLines);
  }
}
