"""Confine the workshop before it opens a file from outside.

Somebody who takes over a decoder finds no network, no other program to start, none of our files to read,
nothing to write but the scratch folder, and, if the process began as root, no rights. Each of these is
requested from the system separately: if one is missing (a container that forbids namespaces, a kernel without
Landlock, a system other than Linux), the others still apply. docs/decisions, strangers' files confined.
"""

import contextlib
import ctypes
import errno
import os
import platform
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

NOBODY = 65534
CODE = Path(__file__).resolve().parent.parent
# Readable: programs, their libraries, and fonts that a PDF may not include. Not /etc, /proc, /home or our
# data.
READABLE = ("/usr", "/lib", "/lib64", sys.prefix, sys.base_prefix, str(CODE))

# include/uapi/linux: sched.h, prctl.h, seccomp.h, audit.h, landlock.h; arch/*/syscalls
NEW_USER, NEW_NET = 0x10000000, 0x40000000
SET_NO_NEW_PRIVS, SET_SECCOMP, MODE_FILTER = 38, 22, 2
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
X32 = 0x40000000  # system calls with other numbers
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
REFUSED = {  # call: (number on x86_64, on aarch64)
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200),
    "listen": (50, 201), "sendto": (44, 206), "sendmsg": (46, 211), "execve": (59, 221),
    "execveat": (322, 281), "ptrace": (101, 117), "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271), "pidfd_getfd": (438, 438), "kill": (62, 129), "bpf": (321, 280),
    "io_uring_setup": (425, 425), "mount": (165, 40), "unshare": (272, 97), "setns": (308, 268),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    "perf_event_open": (298, 241), "userfaultfd": (323, 282),
}  # fmt: skip
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same on every architecture
# The rights of Landlock's first version: run, read and write files, list, make, remove.
EVERYTHING = (1 << 13) - 1
EXECUTE, READ_FILE, READ_DIR = 1 << 0, 1 << 2, 1 << 3
TO_READ = EXECUTE | READ_FILE | READ_DIR  # EXECUTE is needed to load a library
PATH_BENEATH = 1

libc = ctypes.CDLL(None, use_errno=True)


def confine(scratch: Path) -> list[str]:
    """Give up everything that this system lets us give up, and return a list of it.

    Import everything needed first.
    """
    done = []

    @contextlib.contextmanager
    def step(name: str) -> Iterator[None]:
        with contextlib.suppress(OSError, AttributeError):
            yield
            done.append(name)

    with step("network"):
        # A new network without any interface but a loopback that is down.
        _checked(libc.unshare(NEW_NET if os.geteuid() == 0 else NEW_USER | NEW_NET))
    with step("rights"):
        _checked(libc.prctl(SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    with step("files"):
        handled = ctypes.c_uint64(EVERYTHING)
        rules = _checked(libc.syscall(CREATE_RULESET, ctypes.byref(handled), 8, 0))
        try:
            for path in READABLE:
                _allow(rules, path, TO_READ)
            _allow(rules, str(scratch), EVERYTHING)
            _checked(libc.syscall(RESTRICT_SELF, rules, 0))
        finally:
            os.close(rules)
    with step("user"):
        if os.geteuid() != 0:
            raise PermissionError
        os.chown(scratch, NOBODY, NOBODY)
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    with step("calls"):
        _refuse_calls()
    return done


def _allow(rules: int, path: str, access: int) -> None:
    with contextlib.suppress(FileNotFoundError):
        folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            rule = ctypes.create_string_buffer(struct.pack("=Qi", access, folder))
            _checked(libc.syscall(ADD_RULE, rules, PATH_BENEATH, rule, 0))
        finally:
            os.close(folder)


def _refuse_calls() -> None:
    """Filter system calls: refuse those that a decoder never needs."""
    architecture = ARCHITECTURES.get(platform.machine())
    if architecture is None or sys.platform != "linux":
        raise AttributeError("no numbers of system calls are known here")
    column = 0 if platform.machine() == "x86_64" else 1
    numbers = [one[column] for one in REFUSED.values()]
    # Classic BPF over struct seccomp_data (number of the call at 0, architecture at 4).
    steps = [
        struct.pack("HBBI", LOAD, 0, 0, 4),
        struct.pack("HBBI", EQUAL, 1, 0, architecture),
        struct.pack("HBBI", RETURN, 0, 0, REFUSE),
        struct.pack("HBBI", LOAD, 0, 0, 0),
        struct.pack("HBBI", AT_LEAST, len(numbers) + 1, 0, X32),
    ]
    for index, number in enumerate(numbers):
        steps.append(struct.pack("HBBI", EQUAL, len(numbers) - index, 0, number))
    steps.append(struct.pack("HBBI", RETURN, 0, 0, ALLOW))
    steps.append(struct.pack("HBBI", RETURN, 0, 0, REFUSE))
    code = ctypes.create_string_buffer(b"".join(steps))
    program = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code))
    held = ctypes.create_string_buffer(program)
    _checked(libc.prctl(SET_SECCOMP, MODE_FILTER, held, 0, 0))


def _checked(answer: int) -> int:
    if answer < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return answer
