"""A filter of system calls for the reading process: what reading needs, and nothing else (seccomp(2))."""

import ctypes
import errno
import platform
import signal
import struct

# The system calls that reading a document needs: the descriptors that are open, memory, clocks, and the end.
# Numbers of the kernel's tables; whatever is not named here (files, sockets, programs, processes, signals to
# others, keys, io_uring) is answered with EPERM. Per machine: its audit architecture and the calls.
CALLS = {
    # read write close fstat lseek mmap mprotect munmap brk rt_sigaction rt_sigprocmask rt_sigreturn pread64
    # readv writev sched_yield mremap madvise nanosleep getpid exit gettimeofday getrusage sigaltstack gettid
    # futex sched_getaffinity restart_syscall clock_gettime clock_getres clock_nanosleep exit_group
    # set_robust_list getrandom membarrier rseq
    "x86_64": (
        0xC000003E,
        (
            *(0, 1, 3, 5, 8, 9, 10, 11, 12, 13, 14, 15, 17, 19, 20, 24, 25, 28, 35, 39, 60, 96, 98, 131, 186),
            *(202, 204, 219, 228, 229, 230, 231, 273, 318, 324, 334),
        ),
    ),
    "aarch64": (
        0xC00000B7,
        (
            *(63, 64, 57, 80, 62, 222, 226, 215, 214, 134, 135, 139, 67, 65, 66, 124, 216, 233, 101, 172, 93, 169),
            *(165, 132, 178, 98, 123, 128, 113, 114, 115, 94, 99, 278, 283, 293),
        ),
    ),
}
# seccomp(2) itself, by machine: unlike prctl(2) it reaches threads that a library has started already.
SECCOMP = {"x86_64": 317, "aarch64": 277}
PR_SET_PDEATHSIG = 1
PR_SET_NO_NEW_PRIVS, SET_MODE_FILTER, ALL_THREADS = 38, 1, 1
LOAD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM


class Program(ctypes.Structure):
    """struct sock_fprog of seccomp(2)."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def only_reading() -> bool:
    """Forbid all threads all calls but those above from now on; False where kernel or machine do not know how."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 or platform.machine() not in CALLS:
        return False
    architecture, numbers = CALLS[platform.machine()]
    code = instruction(LOAD, 4) + instruction(JUMP_EQUAL, architecture, 1, 0) + instruction(RETURN, REFUSE)
    code += instruction(LOAD, 0)
    for position, number in enumerate(numbers):
        code += instruction(JUMP_EQUAL, number, len(numbers) - position, 0)
    code += instruction(RETURN, REFUSE) + instruction(RETURN, ALLOW)
    program = Program(len(code) // 8, code)
    call = ctypes.c_long(SECCOMP[platform.machine()])
    return bool(libc.syscall(call, SET_MODE_FILTER, ALL_THREADS, ctypes.byref(program)) == 0)


def end_with_parent() -> None:
    """Have this process killed when the one that forked it ends."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def instruction(code: int, value: int, then: int = 0, otherwise: int = 0) -> bytes:
    """One BPF instruction (struct sock_filter)."""
    return struct.pack("=HBBI", code, then, otherwise, value)
