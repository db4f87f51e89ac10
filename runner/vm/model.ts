// SPDX-License-Identifier: MIT
import type { ImageName } from '../proof/model.ts';

/** What runs the guest's instructions. */
export interface Accelerator {
  name: 'kvm' | 'tcg';
  /** Why this one, in one sentence with the measured times. */
  why: string;
}

/** The guest's shape. */
export interface Shape {
  cpus: number;
  /** MiB. */
  memory: number;
}

/** One test program to run in the guest. */
export interface GuestTest {
  /** `collection:program`, e.g. `tcp_repair:frozen`. */
  id: string;
  /** Path in the guest. */
  program: string;
  args: readonly string[];
  cwd: string;
  timeoutMs: number;
  /** Variables beside those that every test has. */
  environment?: Readonly<Record<string, string>>;
}

/** What a boot is to do. */
export interface Job {
  tests: readonly GuestTest[];
  /** What the tests see as /. */
  root: ImageName;
  /** A person sits at the console, and the first test is for them. */
  console?: true;
  shape: Shape;
  /** What the tests ask of the kernel's command line. */
  bootWords?: readonly string[];
  /** From launch to the agent's hello. */
  bootTimeoutMs: number;
}

/** Numbers of the running kernel's own drop reasons, from events/skb/kfree_skb/format. */
export type DropTable = Readonly<Record<string, string>>;

/** The agent's stream, one JSON object a line on the virtio-serial port `patchproof.events`. `at` is guest uptime in ms. */
export type GuestEvent =
  | {
      type: 'hello';
      at: number;
      release: string;
      machine: string;
      cpus: number;
      dropTable: DropTable | null;
    }
  | { type: 'test-started'; at: number; test: number }
  /** Text of both streams, cut anywhere. In events.log it has one character a byte instead. */
  | { type: 'output'; at: number; test: number; data: string }
  | {
      type: 'test-finished';
      at: number;
      test: number;
      /** Wait status: exit code, or null with the signal that ended it. */
      exitCode: number | null;
      signal: number | null;
      timedOut: boolean;
      /** A hist trigger on skb:kfree_skb over the test, by number; null when the kernel cannot trace it. */
      drops: Readonly<Record<string, number>> | null;
      /** The hist's own `Dropped:`: events it had no room for. Must be 0 for an exact count. */
      dropsLost: number | null;
    }
  | { type: 'note'; at: number; text: string }
  /** Counted over the same length of time without a test, before the first: the background. */
  | { type: 'quiet'; at: number; ms: number; drops: Readonly<Record<string, number>> | null }
  | { type: 'end'; at: number };

/** How a boot ended. Everything but `complete` is told apart, because only some are the guest's fault. */
export type BootEnd =
  | { kind: 'complete' }
  /** The kernel died: it panicked, or reset the machine, by a triple fault for instance, before the job was done. */
  | { kind: 'panic'; lines: readonly string[] }
  /** No hello, or no end mark, within the time allowed. */
  | { kind: 'timeout'; during: 'boot' | 'test'; test: number | null }
  /** QEMU or vng went away without a panic on the console: killed, crashed, out of memory. Infrastructure. */
  | { kind: 'vm-lost'; detail: string }
  /** The emulator ran code that was no longer there: no fault of the guest's, and rare enough to go on. */
  | { kind: 'emulator-fault'; detail: string }
  | { kind: 'canceled' };

export interface BootResult {
  end: BootEnd;
  events: readonly GuestEvent[];
  consoleFile: string;
  durationMs: number;
  accelerator: Accelerator;
}
