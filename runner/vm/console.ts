// SPDX-License-Identifier: MIT

/** At the start of a line, as the kernel prints it; a test may quote it elsewhere. */
const panic = /^(?:\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? *)?Kernel panic - not syncing/;
/** The agent's last word when it cannot do its work: AGENT_FATAL in vm-images/agent/agent.h. */
const fatal = /patchproof: fatal: (.*)/;
const oops = /\b(?:BUG: |Oops: |general protection fault|kernel BUG at|Unable to handle kernel)/;
const breakpoint = /^(?:\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? *)?(?:Oops: )?int3: 0000\b/;
/** An oops shows the code around the instruction pointer, `<xx>`, which is behind a breakpoint (cc). */
const code = /\bCode: (?:[0-9a-f]{2} )*([0-9a-f]{2}) <[0-9a-f]{2}>/;
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
  #oopses = 0;
  #isBreakpoint = false;
  #staleBreakpoint = false;
  #complaint: string | null = null;
  #kernelSpoke = false;
  #agentFatal: string | null = null;

  /** Takes a line of the console. */
  push(line: string): void {
    const text = line.replaceAll('\r', '');
    this.#kernelSpoke ||= /^(?:\[ *\d+\.\d{6}\]|early console in setup code)/.test(text);
    this.#agentFatal ??= fatal.exec(text)?.[1] ?? null;
    this.#watchBreakpoint(text);
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

  #watchBreakpoint(text: string): void {
    if (breakpoint.test(text)) this.#isBreakpoint = this.#oopses++ === 0;
    else if (oops.test(text)) this.#oopses++;
    const trapped = code.exec(text)?.[1];
    if (trapped === undefined) return;
    if (this.#isBreakpoint && trapped !== 'cc') this.#staleBreakpoint = true;
    this.#isBreakpoint = false;
  }

  /** Takes a line that vng or QEMU wrote to stderr. */
  pushError(line: string): void {
    if (qemu.test(line)) this.#complaint ??= line;
  }

  get panicked(): boolean {
    return this.#panicked;
  }

  /**
   * True when the first oops is a breakpoint that memory does not hold. The kernel puts one in
   * while it changes its own code (arch/x86/kernel/alternative.c) and takes it out again once no
   * CPU can meet it any more; QEMU's TCG now and then runs a translation of the old code after
   * that (github.com/multipath-tcp/mptcp_net-next issue 471).
   */
  get staleBreakpoint(): boolean {
    return this.#staleBreakpoint;
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
