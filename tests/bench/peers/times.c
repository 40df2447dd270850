/* Runs commands in turns, in another order each round, and prints what each run took: what ran before leaves the caches
 * behind that the next one finds. It is small, so that none of its own memory counts as a command's.
 *
 *   times ROUNDS COMMAND [WORD...] [-- COMMAND [WORD...]]...
 *
 * A line a run: which command, nanoseconds of the clock, nanoseconds of CPU, KiB of memory at most, its exit status. What
 * the commands print is thrown away. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 32 };

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000ll + time.tv_nsec;
}

static long long nanoseconds(struct timeval time) {
    return time.tv_sec * 1000000000ll + time.tv_usec * 1000ll;
}

static void run(int which, char **command, int null) {
    struct rusage used;
    int status;
    long long begin = now();
    pid_t child = vfork();
    if (child == 0) {
        dup2(null, 0);
        dup2(null, 1);
        execv(command[0], command);
        _exit(127);
    }
    wait4(child, &status, 0, &used);
    long long wall = now() - begin;
    printf("%d %lld %lld %ld %d\n", which, wall, nanoseconds(used.ru_utime) + nanoseconds(used.ru_stime), used.ru_maxrss,
           WIFEXITED(status) ? WEXITSTATUS(status) : 128);
}

int main(int count, char **words) {
    char **commands[MOST];
    int known = 0;
    if (count < 3) return 2;
    commands[known++] = words + 2;
    for (int at = 2; at < count; at++) {
        if (strcmp(words[at], "--") || known == MOST) continue;
        words[at] = NULL;
        commands[known++] = words + at + 1;
    }
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    int order[MOST];
    for (int at = 0; at < known; at++) order[at] = at;
    for (int round = atoi(words[1]); round > 0; round--) {
        /* The same orders in each measurement: rand() begins at the same number. */
        for (int at = known - 1; at > 0; at--) {
            int other = rand() % (at + 1), which = order[at];
            order[at] = order[other];
            order[other] = which;
        }
        for (int at = 0; at < known; at++) run(order[at], commands[order[at]], null);
    }
    return 0;
}
