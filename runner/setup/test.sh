#!/bin/sh
# SPDX-License-Identifier: MIT
# What `npm test` runs, also under a node that is too old for anything but starting this:
# set-up, then the static checks, then vitest with the arguments given.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd -P)
. "$root/runner/setup/node.sh"
ready_node
ready_modules
cd "$root"
# Somebody at a terminal is asked; where nobody can be, tests are started to be run.
yes=--yes
if [ -t 0 ] && [ -t 2 ]; then yes=; fi
node runner/cli/main.ts setup $yes
npm run --silent check
# A kernel for each mutant takes hours: they have a command of their own.
exec node_modules/.bin/vitest run --project unit --project e2e "$@"
