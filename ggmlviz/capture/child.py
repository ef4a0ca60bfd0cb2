"""A program that runs in our place: it gets our signals, and we end as it ends."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence

from ggmlviz.capture.errors import CommandNotStarted

FORWARDED = {
    signal.SIGHUP,
    signal.SIGINT,
    signal.SIGQUIT,
    signal.SIGTERM,
    signal.SIGUSR1,
    signal.SIGUSR2,
    signal.SIGWINCH,
}
# Python ignores these for itself; a program expects to find them as the system has them.
IGNORED_BY_PYTHON = {signal.SIGPIPE, signal.SIGXFSZ}

# siginfo's code of a signal that the kernel made, such as the terminal's Ctrl-C. Those go to the whole process group.
SI_KERNEL = 0x80

WATCH_SECONDS = 0.1


class Child:
    """The running program. `wait` passes our signals on to it until it ends."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], mask: set[signal.Signals]):
        try:
            self.pid = os.posix_spawnp(command[0], command, environment, setsigmask=mask, setsigdef=IGNORED_BY_PYTHON)
        except OSError as error:
            raise CommandNotStarted(command[0], error) from error

    def wait(self, watch: Callable[[], None] | None = None) -> int:
        """Its exit code, negative where a signal killed it. `watch` is called now and then while it runs."""
        while True:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
            if watch:
                watch()
                info = signal.sigtimedwait(FORWARDED | {signal.SIGCHLD}, WATCH_SECONDS)
            else:
                info = signal.sigwaitinfo(FORWARDED | {signal.SIGCHLD})
            if info and info.si_signo in FORWARDED and info.si_code != SI_KERNEL:
                os.kill(self.pid, info.si_signo)


@contextlib.contextmanager
def running(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[Child]:
    """Start a program in our own process group, so that the terminal treats the two as one.

    Signals are held back rather than handled: waited for one by one they tell who sent them, none comes twice and none
    is missed between two looks at the child. Only this thread holds them back, so there must be no other one: until the
    child has ended nobody may import numpy, which starts some.
    """
    # Whoever started us may have set it to be ignored, and then the kernel would keep no exit code for us.
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, FORWARDED | {signal.SIGCHLD})
    try:
        yield Child(command, environment, mask)
    finally:
        # What arrived with the child's end was meant for the child: it must not end us before we have reported.
        while signal.sigtimedwait(FORWARDED, 0):
            pass
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def leave_like(exit_code: int) -> int:
    """The exit code to return; where a signal killed the child, this does not return but dies of the same one."""
    if exit_code >= 0:
        return exit_code
    number = -exit_code
    sys.stdout.flush()
    sys.stderr.flush()
    # Who waits for us shall see the signal. The core dump was the child's business; one of Python would mislead.
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    if number not in (signal.SIGKILL, signal.SIGSTOP):
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    return 128 + number
