"""Runs a program that is not trusted: with limits, inside bubblewrap where the machine can.

Promises: `start` returns a `Process` with pipes to talk over. Whatever it does, it is stopped at its
`Limits`; when it has ended nothing of it is left: no process, mount, folder or control group. In the sandbox
(Linux with bubblewrap) that holds when the grader itself is killed, too. There the program sees no network,
no other process, no file but what it needs, none of our environment or descriptors; it writes only to folders
of its own in memory; it has no rights and, where the grader is root, a uid of its own. `probe` finds out
whether that is so here by trying to get out.

While a `zygote` stands, what it serves runs in a cell of it: a child of a warm Python inside bubblewrap that has
walled itself in once more, with namespaces, mounts and a uid of its own (where the grader is root) and a filter that
names what is allowed, before it reads a byte of a submission. It starts in a hundredth of a second;
`Process.isolation` is ``bubblewrap`` as well. What a cell does not give (/proc, other programs) is for a single-use
sandbox, which also serves where cells cannot be made.

Does not cover:

- **Randomness of addresses in cells.** All children of one zygote have its layout of memory, and its hashes of text
  where PYTHONHASHSEED is set (a worker's is 0 anyway). What a submission learns of them helps it against nothing but
  itself: there is no sibling that it could reach. Python's and NumPy's generators are drawn anew.
- **Bugs of the kernel.** It is shared. A filter takes away the calls that have opened kernels before, but it
  names what is forbidden, not what is allowed. Use a virtual machine where that is not enough.
- **Side channels.** Timing, caches, /proc/cpuinfo, the load of the machine and the paths of what is mounted
  can be seen inside.
- **A core for each.** Cells have one each as long as there are cores; beyond that, one with more than four threads
  and processes steps back, but only where the grader is root, and wholly only where the kernel schedules by session
  (autogroup): elsewhere sixty processes may take half of a core that they share with another cell.
- **Memory to the byte.** Without a writable control group (version 2) it is sampled, every 50 ms and every
  10 ms above half, and has to be over in two samples: a burst gets further before it is stopped. Counted are
  pages, page tables, the files in /tmp and /dev/shm, and Unix sockets as if they were full; not what else the
  kernel holds, such as pipes (it allows a user some 64 MB of them) and file locks.
- **Processor time to the tick.** Without a control group it is sampled too: children that live for less than
  a sample and are never waited for hide theirs. The limit in wall time bounds them.
- **Disk and memory bandwidth**, and fairness between sandboxes that run at the same time.
- **What it says.** `Process.stdout` and `Process.log` are written by the program: judge the one, escape the
  other.
- **Plain isolation.** Without bubblewrap there are limits and a clean end, but no wall: the program reads,
  writes and sends what its user may, and a descendant that clears its environment and leaves its session goes
  on. When the grader is killed, the temporary folder stays, and elsewhere than on Linux the program.
"""

from dlgrade.sandbox._nouns import Check, Ended, Limits, Probe
from dlgrade.sandbox._probe import probe
from dlgrade.sandbox._process import Process
from dlgrade.sandbox._start import start
from dlgrade.sandbox._zygote import Zygote, cells, zygote

__all__ = ["Check", "Ended", "Limits", "Probe", "Process", "Zygote", "cells", "probe", "start", "zygote"]
