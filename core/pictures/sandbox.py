"""Takes away from a process whatever it does not need for decoding: files, network, other processes, memory and time.

``isolate`` closes off a process that is still trusted, once. ``confine`` is the last step before a stranger's bytes, and
what it forbids cannot be allowed again. On Linux three mechanisms cover each other, each where the kernel has it:
namespaces, Landlock and seccomp. Limits on resources exist everywhere. The calls go through ctypes, since none of them is
in Python's library.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import resource
import signal
import struct
import sys
from contextlib import suppress
from typing import Final

_LINUX: Final = sys.platform.startswith("linux")
_libc: Final = ctypes.CDLL(None, use_errno=True) if _LINUX else None

# linux/sched.h
_NEW_USER, _NEW_MOUNTS, _NEW_NETWORK, _NEW_IPC = 0x10000000, 0x00020000, 0x40000000, 0x08000000
# sys/mount.h
_PRIVATE: Final = 0x4000 | 0x40000
_READ_ONLY_BARE: Final = 0x1 | 0x2 | 0x4 | 0x8

# linux/prctl.h
_SET_PARENT_DEATH_SIGNAL, _SET_SECCOMP, _SET_NO_NEW_PRIVILEGES = 1, 22, 38

# linux/landlock.h; these system calls have the same numbers on all machines.
_CREATE_RULESET, _RESTRICT_SELF = 444, 446
_ASK_VERSION: Final = 1
_FILE_RIGHTS: Final = {1: 13, 2: 14, 3: 15, 5: 16}
"""How many kinds of access to files each version of Landlock knows."""
_NETWORK_VERSION, _SCOPES_VERSION = 4, 6
_TCP: Final = 0b11  # bind and connect
_SCOPES: Final = 0b11  # abstract Unix sockets, and signals

# linux/seccomp.h, linux/filter.h and linux/audit.h
_FILTER: Final = 2
_KILL, _ALLOW = 0x80000000, 0x7FFF0000
_REFUSE, _PRETEND_MISSING = 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
_LOAD, _JUMP_IF_EQUAL, _JUMP_IF_ANY, _RETURN = 0x20, 0x15, 0x45, 0x06
_NUMBER_AT, _MACHINE_AT, _FIRST_ARGUMENT_AT = 0, 4, 16
_THREAD: Final = 0x00010000  # CLONE_THREAD
_CLONE: Final = (56, 220)
_CLONE3: Final = 435
_MACHINES: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_ALLOWED: Final = {
    # name: (x86_64, aarch64). Memory, time, threads, and open descriptors: all that computing takes.
    "read": (0, 63),
    "write": (1, 64),
    "close": (3, 57),
    "fstat": (5, 80),
    "lseek": (8, 62),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "munmap": (11, 215),
    "brk": (12, 214),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sched_yield": (24, 124),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "getpid": (39, 172),
    "exit": (60, 93),
    "getrusage": (98, 165),
    "set_robust_list": (273, 99),
    "sigaltstack": (131, 132),
    "gettid": (186, 178),
    "futex": (202, 98),
    "sched_getaffinity": (204, 123),
    "restart_syscall": (219, 128),
    "clock_gettime": (228, 113),
    "clock_nanosleep": (230, 115),
    "exit_group": (231, 94),
    "getrandom": (318, 278),
    "rseq": (334, 293),
}


def isolate() -> bool:
    """Move this process into namespaces of its own: no network, and an empty directory as the root of all files.

    It must have one thread, and must have imported whatever it needs.

    Returns:
        Whether the system allowed it; some do so only for administrators, and containers mostly forbid it.
    """
    if _libc is None or _libc.unshare(_NEW_USER | _NEW_MOUNTS | _NEW_NETWORK | _NEW_IPC):
        return False
    # An empty file system over a directory that exists everywhere, seen by this process alone.
    if _libc.mount(None, b"/", None, _PRIVATE, None) or _libc.mount(
        b"none", b"/proc", b"tmpfs", _READ_ONLY_BARE, b"size=0"
    ):
        return False
    try:
        os.chdir("/proc")
        os.chroot(".")
        os.chdir("/")
    except OSError:
        return False
    return True


def confine(*, megabytes: int, seconds: int) -> None:
    """Forbid this process for good whatever decoding does not need, as far as the system can.

    Args:
        megabytes: Address space, in MB.
        seconds: Processor time.

    Raises:
        OSError: The system has a mechanism and refuses to use it.
    """
    _limit_resources(megabytes << 20, seconds)
    if _libc is None:
        return
    _libc.prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    _check(_libc.prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0))
    if (version := landlock_version()) > 0:
        _landlock(version)
    if seccomp_supported():
        _seccomp()


def mechanisms() -> tuple[str, ...]:
    """Which mechanisms this system has for ``confine``, beside limits on resources."""
    found = {"landlock": landlock_version() > 0, "seccomp": seccomp_supported()}
    return tuple(name for name, there in found.items() if there)


def landlock_version() -> int:
    """The version of Landlock in the kernel; 0 without it."""
    if _libc is None:
        return 0
    return max(0, int(_libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _ASK_VERSION)))


def seccomp_supported() -> bool:
    """Whether the kernel filters system calls, and the numbers of this machine's calls are known here."""
    if _libc is None or platform.machine() not in _MACHINES or struct.calcsize("P") != 8:
        return False
    # A kernel with filters finds fault with the address of this one, and another with its kind.
    return bool(
        _libc.prctl(_SET_SECCOMP, _FILTER, None, 0, 0) and ctypes.get_errno() == errno.EFAULT
    )


def _limit_resources(memory: int, seconds: int) -> None:
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        # Not every system has every limit. Whoever started this process limits the time as well.
        with suppress(OSError, ValueError):
            resource.setrlimit(what, (most, most))


def _landlock(version: int) -> None:
    """Deny all access to files, TCP, and signals to others: a set of rules that allows nothing.

    It also hides other processes' memory and environments (``ptrace`` and ``/proc``).
    """
    assert _libc is not None  # noqa: S101 - on Linux only
    rights = next(bits for known, bits in reversed(_FILE_RIGHTS.items()) if known <= version)
    rules = [(1 << rights) - 1]
    if version >= _NETWORK_VERSION:
        rules.append(_TCP)
    if version >= _SCOPES_VERSION:
        rules.append(_SCOPES)
    attributes = struct.pack(f"={len(rules)}Q", *rules)
    ruleset = _libc.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0)
    _check(min(0, ruleset))
    _check(_libc.syscall(_RESTRICT_SELF, ruleset, 0))
    os.close(ruleset)


def _seccomp() -> None:
    """Let through the system calls in ``_ALLOWED`` only."""
    assert _libc is not None  # noqa: S101 - on Linux only
    column = list(_MACHINES).index(platform.machine())
    numbers = [each[column] for each in _ALLOWED.values()]
    program = [
        (_LOAD, 0, 0, _MACHINE_AT),
        (_JUMP_IF_EQUAL, 1, 0, _MACHINES[platform.machine()]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER_AT),
        # A decoder may start threads, and no processes. Where clone3 is missing, the C library calls clone.
        (_JUMP_IF_EQUAL, 0, 1, _CLONE3),
        (_RETURN, 0, 0, _PRETEND_MISSING),
        (_JUMP_IF_EQUAL, 0, 4, _CLONE[column]),
        (_LOAD, 0, 0, _FIRST_ARGUMENT_AT),
        (_JUMP_IF_ANY, 0, 1, _THREAD),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
        # Each jumps over the comparisons that are left, and over the refusal.
        *((_JUMP_IF_EQUAL, len(numbers) - at, 0, one) for at, one in enumerate(numbers)),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _ALLOW),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *line) for line in program))
    header = struct.pack("@HP", len(program), ctypes.addressof(code))
    _check(_libc.prctl(_SET_SECCOMP, _FILTER, header, 0, 0))


def _check(result: int) -> None:
    if result:
        raise OSError(ctypes.get_errno(), "The sandbox cannot be closed.")
