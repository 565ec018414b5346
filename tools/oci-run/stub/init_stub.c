/*
 * The image of a container's init while it waits for `start`.
 *
 * It replaces oci-run's own in the process, so that nothing in the container can
 * reach the host's binary through /proc/PID/exe (CVE-2019-5736): it runs from a
 * sealed memfd, needs no libc, and holds nothing but the program to execute.
 *
 * Arguments: the program's path, the number of a listening socket, then the program's
 * own arguments. It accepts one connection, reads one byte, and executes; the
 * connection closes with that. If it can't, it answers with the errno (an int).
 */
#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/net.h>

#define SOCK_CLOEXEC O_CLOEXEC

#if defined(__x86_64__)
static long system_call(long number, long a, long b, long c, long d) {
    long result;
    register long r10 __asm__("r10") = d;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
                     : "rcx", "r11", "memory");
    return result;
}
__asm__(
    ".globl _start\n"
    "_start:\n"
    "    mov %rsp, %rdi\n"
    "    and $-16, %rsp\n"
    "    call stub_main\n");
#elif defined(__aarch64__)
static long system_call(long number, long a, long b, long c, long d) {
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
    return x0;
}
__asm__(
    ".globl _start\n"
    "_start:\n"
    "    mov x0, sp\n"
    "    bl stub_main\n");
#else
#error "the stub has no system call for this architecture yet"
#endif

static int number_of(const char* text) {
    int value = 0;
    while (*text)
        value = value * 10 + (*text++ - '0');
    return value;
}

/* stack: argc, argv…, 0, envp…, 0, as the kernel lays it out (execve(2)). */
__attribute__((noreturn, used)) void stub_main(long* stack) {
    const long count = stack[0];
    char** const arguments = (char**)(stack + 1);
    char** const environment = arguments + count + 1;
    const int listening = number_of(arguments[1]);
    char byte;
    int failure;
    long connection;

    do {
        connection = system_call(__NR_accept4, listening, 0, 0, SOCK_CLOEXEC);
    } while (connection == -4 /* EINTR */ || connection == -103 /* ECONNABORTED */);
    if (connection < 0 || system_call(__NR_read, connection, (long)&byte, 1, 0) != 1)
        system_call(__NR_exit_group, 1, 0, 0, 0);
    /* the program must not inherit it: F_SETFD, FD_CLOEXEC */
    system_call(__NR_fcntl, listening, F_SETFD, 1, 0);
    /* the answer's first byte: about to execute */
    system_call(__NR_write, connection, (long)"s", 1, 0);
    failure = (int)-system_call(__NR_execve, (long)arguments[0], (long)(arguments + 2), (long)environment, 0);
    system_call(__NR_write, connection, (long)&failure, sizeof failure, 0);
    system_call(__NR_exit_group, 1, 0, 0, 0);
    __builtin_unreachable();
}
