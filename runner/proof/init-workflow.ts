// SPDX-License-Identifier: MIT

/** Stands in the workflow where nobody said where patchproof is. */
export const anyAction = 'OWNER/patchproof@COMMIT';

/**
 * A GitHub workflow that runs a proof on pull requests, by patchproof's own reusable workflow.
 *
 * @param proof path of the proof file below the repository
 * @param action `OWNER/REPOSITORY@REF` of patchproof
 */
export function workflowText(title: string, proof: string, action: string): string {
  const [repository = '', ref = ''] = action.split('@');
  return `# A proof as a matrix of jobs and one verdict.${
    action === anyAction
      ? "\n# Put the owner of patchproof's repository, and a commit of it, in the place of the two names below."
      : ''
  }
name: ${JSON.stringify(title.replaceAll('${{', '$ {{'))}

on:
  workflow_dispatch:
  pull_request:

# The jobs run Makefiles and scripts of whoever wrote the patch: nothing here may write anywhere.
permissions:
  contents: read

jobs:
  proof:
    uses: ${repository}/.github/workflows/prove.yml@${ref}
    with:
      proof: ${JSON.stringify(proof)}
      # What fails the workflow: not-proved, no-verdict, both, or never.
      fail-on: not-proved,no-verdict
      # In the place of what the proof file says:
      # patch: fix.patch
      # kernel: 6.12 debian:6.1
      # profile: lean
      # tests: 'program/*'
      # repeat: 3
      # Spreads the tests over so many jobs:
      # jobs: 8
`;
}
