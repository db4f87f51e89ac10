#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs a program of this checkout: `npm run` may stand on a node that is too old for TypeScript.
# $1 the program, from the top folder; its arguments
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd -P)
. "$root/runner/setup/node.sh"
ready_node
ready_modules
program=$root/$1
shift
exec node "$program" "$@"
