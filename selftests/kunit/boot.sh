#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# KUnit runs what is built into the kernel before init starts, and writes the
# results to the kernel's log (lib/kunit/executor.c). This prints them from
# there as its own, with whatever the kernel said in between.

dmesg | awk '
	!prefix && /KTAP version 1$/ {
		# What the log has before each line is as long everywhere.
		prefix = index($0, "KTAP version 1")
	}
	!prefix { next }
	{
		line = substr($0, prefix)
		print line
	}
	line ~ /^1\.\.[0-9]+$/ {
		planned = substr(line, 4) + 0
		found = 1
		if (!planned)
			exit
	}
	line ~ /^not ok / { failed = 1 }
	line ~ /^(not )?ok / && ++suites == planned { exit }
	END {
		if (!prefix)
			print "# the log has no results of KUnit"
		else if (!found)
			print "# the log has no plan of KUnit"
		else if (!planned)
			print "# no suite of this kernel matches"
		else if (suites < planned)
			print "# the results end after " suites + 0 " suites"
		exit (!planned || suites < planned || failed)
	}
'
