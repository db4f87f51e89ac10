// SPDX-License-Identifier: MIT

/**
 * True when the whole of `text` fits `glob`, in which `*` stands for any run of characters
 * (also `/` and `:`) and everything else for itself. Linear in practice and never
 * exponential: names come from the guest, so no regular expression is built.
 */
export function matchesGlob(glob: string, text: string): boolean {
  let g = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    if (glob[g] === '*') {
      star = g++;
      resume = t;
    } else if (g < glob.length && glob[g] === text[t]) {
      g++;
      t++;
    } else if (star >= 0) {
      g = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (glob[g] === '*') g++;
  return g === glob.length;
}
