# SPDX-License-Identifier: MIT
# Runs "$@" in this process group and kills the group when the runner is gone.
# fd 3 is a pipe that only the runner holds open: its end of file is the runner's death,
# also by SIGKILL. Needs no privilege, no namespace and no parent-death signal.
exec 4<&0
(
	exec >/dev/null 2>&1 4<&- </dev/null
	while read -r _ <&3; do :; done
	kill -KILL 0
) &
watcher=$!
"$@" <&4 3<&- 4<&- &
wait $!
status=$?
kill -KILL "$watcher" 2>/dev/null
exit "$status"
