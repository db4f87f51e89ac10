#!/bin/sh
# SPDX-License-Identifier: MIT
# On hosted CI runners /dev/kvm is there, but not for the job's user: one udev rule changes that.
# Does nothing where there is no KVM, where it may be used already, or without udev and a sudo that
# does not ask. Never fails: patchproof tries what is left and says which accelerator it took.
set -u
kvm=${PATCHPROOF_KVM_DEVICE:-/dev/kvm}
rules=${PATCHPROOF_UDEV_RULES:-/etc/udev/rules.d}

say() {
	printf 'patchproof: %s\n' "$1" >&2
}

if [ ! -e "$kvm" ]; then
	say "there is no $kvm: the guests are emulated"
	exit 0
fi
if [ -r "$kvm" ] && [ -w "$kvm" ]; then
	say "$kvm may be used as it is"
	exit 0
fi
if ! { [ -d "$rules" ] && command -v udevadm && sudo -n true; } >/dev/null 2>&1; then
	say "$kvm may not be used, and no udev rule can be made here"
	exit 0
fi
if echo 'KERNEL=="kvm", GROUP="kvm", MODE="0666", OPTIONS+="static_node=kvm"' |
	sudo -n tee "$rules/99-kvm.rules" >/dev/null &&
	sudo -n udevadm control --reload-rules &&
	sudo -n udevadm trigger --name-match=kvm &&
	sudo -n udevadm settle --timeout=30; then
	say "made a udev rule for $kvm"
else
	say "the udev rule for $kvm could not be made"
fi
exit 0
