// SPDX-License-Identifier: MIT

/** Where the table below comes from. */
export const tableSource =
  "Linux 7.2's MAINTAINERS and tools/testing/selftests/Makefile, as a table of patchproof";

/**
 * Selftests near to paths of the kernel, for when there is no tree to look at. A path begins with
 * the first word; of several that fit, the longer one is the nearer.
 */
export const nearTable: readonly (readonly [start: string, ...targets: string[]])[] = [
  ['arch/x86/', 'x86'],
  ['arch/x86/kvm/', 'kvm'],
  ['block/', 'ublk'],
  ['drivers/block/zram/', 'zram'],
  ['drivers/net/', 'drivers/net'],
  ['drivers/net/bonding/', 'drivers/net/bonding'],
  ['drivers/net/netconsole', 'drivers/net/netconsole'],
  ['drivers/net/ovpn/', 'net/ovpn'],
  ['drivers/net/tap.c', 'net:tap'],
  ['drivers/net/team/', 'drivers/net/team'],
  ['drivers/net/tun.c', 'net:tun'],
  ['drivers/net/veth.c', 'net:veth.sh'],
  ['drivers/net/wireguard/', 'wireguard'],
  ['fs/', 'filesystems'],
  ['fs/eventpoll.c', 'filesystems/epoll'],
  ['fs/overlayfs/', 'filesystems/overlayfs'],
  ['fs/proc/', 'proc'],
  ['include/net/mptcp.h', 'net/mptcp'],
  ['include/net/netfilter/', 'net/netfilter'],
  ['include/net/tcp', 'net/tcp_ao', 'net/packetdrill'],
  ['include/net/tls.h', 'net:tls'],
  ['ipc/', 'ipc', 'mqueue'],
  ['kernel/bpf/', 'bpf'],
  ['kernel/cgroup/', 'cgroup'],
  ['kernel/events/', 'perf_events'],
  ['kernel/futex/', 'futex'],
  ['kernel/pid', 'pid_namespace', 'pidfd'],
  ['kernel/rseq.c', 'rseq'],
  ['kernel/sched/', 'sched_ext'],
  ['kernel/seccomp.c', 'seccomp'],
  ['kernel/time/', 'timers', 'timens'],
  ['kernel/trace/', 'ftrace'],
  ['lib/', 'lib'],
  ['mm/', 'mm'],
  ['net/', 'net'],
  ['net/ipv4/fib', 'net:fib_tests.sh', 'net:fib_nexthops.sh'],
  ['net/ipv4/tcp', 'net/tcp_ao', 'net/packetdrill', 'net:tls'],
  ['net/ipv4/udp', 'net:udpgso.sh', 'net:udpgro.sh'],
  ['net/ipv6/tcp', 'net/tcp_ao', 'net/packetdrill'],
  ['net/ipv6/udp', 'net:udpgso.sh', 'net:udpgro.sh'],
  ['net/mptcp/', 'net/mptcp'],
  ['net/netfilter/', 'net/netfilter'],
  ['net/openvswitch/', 'net/openvswitch'],
  ['net/rds/', 'net/rds'],
  ['net/sched/', 'tc-testing'],
  ['net/tls/', 'net:tls'],
  ['net/unix/', 'net/af_unix'],
  ['net/vmw_vsock/', 'vsock'],
  ['security/landlock/', 'landlock'],
  ['virt/kvm/', 'kvm'],
];
