/*
 * measure RESULT PROGRAM [ARGUMENT]...
 *
 * Runs PROGRAM and writes to the file RESULT: its exit status, its wall-clock time
 * and processor time in microseconds, its minor page faults and its largest
 * resident set in KiB, with those of the processes it waited for.
 *
 * A program of its own, as a process starts with the largest resident set of what
 * it was before exec: that of a script's interpreter would hide the program's.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000LL + time.tv_nsec / 1000;
}

static long long microseconds(struct timeval time) {
    return time.tv_sec * 1000000LL + time.tv_usec;
}

int main(int argc, char** argv) {
    if (argc < 3)
        errx(2, "usage: measure RESULT PROGRAM [ARGUMENT]...");
    const long long start = now();
    pid_t child;
    const int error = posix_spawn(&child, argv[2], NULL, NULL, argv + 2, environ);
    if (error) {
        errno = error;
        err(2, "%s", argv[2]);
    }
    int status;
    struct rusage usage;
    if (wait4(child, &status, 0, &usage) < 0)
        err(2, "wait4");
    const long long elapsed = now() - start;
    FILE* result = fopen(argv[1], "w");
    if (!result)
        err(2, "%s", argv[1]);
    fprintf(result, "%d %lld %lld %ld %ld\n",
            WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), elapsed,
            microseconds(usage.ru_utime) + microseconds(usage.ru_stime), usage.ru_minflt, usage.ru_maxrss);
    if (fclose(result) != 0)
        err(2, "%s", argv[1]);
    return 0;
}
