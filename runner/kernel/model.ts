// SPDX-License-Identifier: MIT
import type { Doubt, Repair, Target } from './patch/mail/model.ts';

/** A kernel source tree, unpacked and never written to. */
export interface KernelSource {
  /** As asked for: `debian:6.12`, a path, `6.12`. */
  spec: string;
  /** VERSION.PATCHLEVEL.SUBLEVEL[EXTRAVERSION] of its Makefile, e.g. `6.12.117`. */
  version: string;
  /** `6.12`. */
  series: string;
  /** Absolute path of the pristine tree. */
  folder: string;
  /** Hash of its content, or of the archive it came from. */
  hash: string;
  /** Where it came from in words a mail can carry, e.g. `Debian linux-source-6.12 6.12.117-1~deb12u1`. */
  origin: string;
}

/** A patch as it will be applied. */
export interface Patch {
  /** How the reports call it, usually the file's name. */
  name: string;
  /** Absolute path it was read from; absent for standard input. */
  file?: string;
  /** First line of the subject, or the name. */
  subject: string;
  /** Text that `git apply` takes. */
  text: string;
  /** sha256 of the diff alone (mail headers, stat and signature left out). */
  hash: string;
  /** The same of the patch before it was made to fit a kernel, where that rewrote it. */
  givenHash?: string;
  /** Paths below the kernel tree that it changes. */
  files: readonly string[];
  /** Lines that had to be repaired to read it. */
  repairs: readonly Repair[];
  /** What the text it was read from does not decide. */
  doubts: readonly Doubt[];
  /** What a reader should know, e.g. that other patches of its series are not here. */
  notes: readonly string[];
  /** The git tree whose commits it is. */
  repository?: string;
  /** The patch read once more, by the lines of the kernel that it is for. */
  fit: (target: Target) => Patch;
}

/** A kernel in the cache. */
export interface BuiltKernel {
  key: string;
  /** Absolute path of its cache folder: bzImage, vmlinux, System.map, config, build.log, build.json. */
  folder: string;
  bzImage: string;
  config: string;
  log: string;
  /** sha256 of bzImage: equal images mean a patch without effect. */
  imageHash: string;
  /** `make kernelrelease`. */
  release: string;
  /** True when nothing was compiled for this run. */
  cached: boolean;
  /** Objects compiled by this run, 0 when cached. */
  objects: number;
  durationMs: number;
  /** Config symbols that its tests wish for and it cannot have, each with the reason. */
  lacks: readonly string[];
}

/** The compiler and the make words; both are part of a build's key. */
export interface Toolchain {
  arch: string;
  /** First line of `$CC --version`. */
  compiler: string;
  /** First line of the linker's `--version`; its assembler comes from the same package. */
  linker: string;
  /** Words for every make, e.g. `LLVM=1`. */
  makeWords: readonly string[];
}
