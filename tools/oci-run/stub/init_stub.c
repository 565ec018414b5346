/*
 * The image of a container's init while it waits for `start`.
 *
 * It replaces oci-run's own in the process, so that nothing in the container can
 * reach the host's binary through /proc/PID/exe (CVE-2019-5736): it runs from a
 * sealed memfd, needs no libc, and holds nothing but the program to execute.
 *
 * Arguments: the program's path, the number of a socket, "w" or "x", a seccomp filter or
 * "-", labels or "-", then the program's own arguments. The filter, `FD,COUNT,FLAGS`, is
 * loaded right before the program is executed. Labels, `FD,COUNT`, are COUNT pairs of
 * arguments more, a file below the directory FD and what is written to it before that:
 * they hold from the next execve(2) on, and so can't be set before the stub's own. "w": waits at the listening socket for one connection and a byte from
 * it, answers with a byte, and executes. "x": executes at once. The connection, or the
 * socket itself, closes with that; if it fails it gets an 'X' and the errno (an int) as
 * one message (init/protocol.hpp).
 */
#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/net.h>

#define SOCK_CLOEXEC O_CLOEXEC

#if defined(__x86_64__)
static long system_call6(long number, long a, long b, long c, long d, long e, long f) {
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
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
static long system_call6(long number, long a, long b, long c, long d, long e, long f) {
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
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

static long system_call(long number, long a, long b, long c, long d) {
    return system_call6(number, a, b, c, d, 0, 0);
}

/* The number at *text, which is moved behind it and the comma that follows. */
static long next_number(const char** text) {
    long value = 0;
    while (**text >= '0' && **text <= '9')
        value = value * 10 + (*(*text)++ - '0');
    if (**text == ',')
        ++*text;
    return value;
}

/* What signals do to a process that handles none: to process 1 of a namespace the
   kernel doesn't do it. */
static void end(int signal) {
    system_call(__NR_exit_group, 128 + signal, 0, 0, 0);
}

struct kernel_action {
    void (*handler)(int);
    unsigned long flags;
    void (*restorer)(void);
    unsigned long mask;
};

static void end_by_signals(void) {
    static const unsigned char numbers[] = {
        1 /* HUP */, 2 /* INT */, 3 /* QUIT */, 10 /* USR1 */, 12 /* USR2 */, 14 /* ALRM */, 15 /* TERM */};
    struct kernel_action action;
    unsigned i;
    action.handler = end;
    action.flags = 0x04000000; /* SA_RESTORER: x86 wants one, though end never returns */
    action.restorer = (void (*)(void))end;
    action.mask = 0;
    for (i = 0; i < sizeof numbers; ++i)
        system_call(__NR_rt_sigaction, numbers[i], (long)&action, 0, 8);
}

/* The connection of `start`. */
static long await_start(long listening) {
    char byte;
    long connection;
    end_by_signals();
    do {
        connection = system_call(__NR_accept4, listening, 0, 0, SOCK_CLOEXEC);
    } while (connection == -4 /* EINTR */ || connection == -103 /* ECONNABORTED */);
    if (connection < 0 || system_call(__NR_read, connection, (long)&byte, 1, 0) != 1)
        system_call(__NR_exit_group, 1, 0, 0, 0);
    system_call(__NR_write, connection, (long)"s", 1, 0);
    return connection;
}

struct filter_program {
    unsigned short count;
    const void* instructions;
};

/* The errno of what failed, 0 if it is loaded. */
static int load_filter(const char* text) {
    const long fd = next_number(&text);
    const long count = next_number(&text);
    const long flags = next_number(&text);
    struct filter_program program;
    /* PROT_READ, MAP_PRIVATE */
    const long mapped = system_call6(__NR_mmap, 0, count * 8, 1, 2, fd, 0);
    if (mapped < 0 && mapped > -4096)
        return (int)-mapped;
    system_call(__NR_close, fd, 0, 0, 0);
    program.count = (unsigned short)count;
    program.instructions = (const void*)mapped;
    /* SECCOMP_SET_MODE_FILTER */
    return (int)-system_call(__NR_seccomp, 1, flags, (long)&program, 0);
}

/* Moves *pairs behind the labels; the errno of what failed, 0 if they are set. */
static int set_labels(const char* text, char*** pairs) {
    const long directory = next_number(&text);
    long count = next_number(&text);
    long result = 0;
    for (; count > 0; --count, *pairs += 2) {
        const char* const label = (*pairs)[1];
        long length = 0;
        const long fd = system_call(__NR_openat, directory, (long)(*pairs)[0], 1 /* O_WRONLY */, 0);
        if (fd < 0)
            return (int)-fd;
        while (label[length])
            ++length;
        result = system_call(__NR_write, fd, (long)label, length, 0);
        system_call(__NR_close, fd, 0, 0, 0);
        if (result < 0)
            return (int)-result;
    }
    system_call(__NR_close, directory, 0, 0, 0);
    return 0;
}

/* stack: argc, argv…, 0, envp…, 0, as the kernel lays it out (execve(2)). */
__attribute__((noreturn, used)) void stub_main(long* stack) {
    const long count = stack[0];
    char** const arguments = (char**)(stack + 1);
    char** const environment = arguments + count + 1;
    const char* number = arguments[1];
    const long socket = next_number(&number);
    char** program = arguments + 5; /* its arguments */
    long connection = socket;
    struct {
        char type;
        int code;
    } __attribute__((packed)) failure;

    /* the program must not inherit it: FD_CLOEXEC */
    system_call(__NR_fcntl, socket, F_SETFD, 1, 0);
    if (arguments[2][0] == 'w')
        connection = await_start(socket);
    failure.code = arguments[4][0] == '-' ? 0 : set_labels(arguments[4], &program);
    if (failure.code == 0 && arguments[3][0] != '-')
        failure.code = load_filter(arguments[3]);
    if (failure.code == 0)
        failure.code =
            (int)-system_call(__NR_execve, (long)arguments[0], (long)program, (long)environment, 0);
    failure.type = 'X';
    system_call(__NR_write, connection, (long)&failure, sizeof failure, 0);
    system_call(__NR_exit_group, 1, 0, 0, 0);
    __builtin_unreachable();
}
