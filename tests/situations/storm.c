/* A step made of very many processes: storm bomb COUNT ANNOUNCED exit|stay
 *                                 or: storm headless COUNT ANNOUNCED exit|stay
 *                                 or: storm comets COUNT BEATS exit|stay
 *
 * bomb: COUNT daemons, each in a session of its own and deaf to SIGTERM. Each announces itself as escape.py's do.
 * headless: the same, but their first threads have ended: ps shows zombies, of which each has a thread that goes on.
 * comets: COUNT chains of processes that live for 50 microseconds: each forks its follower, in a session of its own,
 * and exits. Nobody can write down who they are; instead they beat: the file BEATS holds, as two native 64-bit
 * numbers, how often one of them was born and when that last was (CLOCK_MONOTONIC, nanoseconds).
 *
 * They may not fill the process table of the machine with dead that nobody has reaped yet: an ordinary user's have room
 * for 4000 processes, the dead included, and try again where there is none.
 *
 * The leader prints "ready" when all of them are there, then exits 0 or stays. Whatever happens, a comet gives up
 * after a minute, so that a guard that does not hold it hurts nobody for long. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const rlim_t ROOM = 4000;
static const long LIFE_NS = 50 * 1000;
static const long long GIVES_UP_AFTER_NS = 60LL * 1000 * 1000 * 1000;

struct beats {
    _Atomic unsigned long long count;
    _Atomic unsigned long long last;
};

static long long now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec * 1000000000LL + at.tv_nsec;
}

static void doze(long ns) {
    struct timespec left = {0, ns};
    nanosleep(&left, NULL);
}

static void fail(const char *what) {
    perror(what);
    _exit(3);
}

static void announce(int announced) {
    char stat[1024], line[64];
    int file = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
    ssize_t size = read(file, stat, sizeof stat - 1);
    close(file);
    if (size <= 0) fail("/proc/self/stat");
    stat[size] = 0;
    char *field = strrchr(stat, ')') + 1;
    for (int skipped = 0; skipped < 19; skipped++) field = strchr(field + 1, ' ');
    int length = snprintf(line, sizeof line, "%d %llu\n", getpid(), strtoull(field, NULL, 10));
    if (write(announced, line, length) != length) fail("announce");
}

static void *last(void *nothing) {
    for (;;) pause();
    return nothing;
}

static void bomb(int count, int announced, int headless) {
    int heard[2];
    if (pipe(heard)) fail("pipe");
    for (int made = 0; made < count; made++) {
        pid_t between = fork();
        if (between < 0) fail("fork");
        if (between == 0) {
            if (fork()) _exit(0);
            setsid();
            signal(SIGTERM, SIG_IGN);
            announce(announced);
            if (write(heard[1], "", 1) != 1) _exit(3);
            close(heard[0]);
            close(heard[1]);
            pthread_t other;
            if (headless && !pthread_create(&other, NULL, last, NULL)) pthread_exit(NULL);
            for (;;) pause();
        }
        waitpid(between, NULL, 0);
    }
    char byte;
    for (int there = 0; there < count; there++)
        if (read(heard[0], &byte, 1) != 1) fail("read");
    announce(announced);
}

static void comet(struct beats *beats, long long gives_up) {
    while (now() < gives_up) {
        atomic_fetch_add(&beats->count, 1);
        atomic_store(&beats->last, now());
        doze(LIFE_NS);
        pid_t follower;
        while ((follower = fork()) < 0 && now() < gives_up) doze(LIFE_NS);
        if (follower) _exit(0);
        setsid();
    }
    _exit(0);
}

static void comets(int count, int file) {
    if (ftruncate(file, sizeof(struct beats))) fail("ftruncate");
    struct beats *beats = mmap(NULL, sizeof *beats, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (beats == MAP_FAILED) fail("mmap");
    struct rlimit room = {ROOM, ROOM};
    if (setrlimit(RLIMIT_NPROC, &room)) fail("setrlimit");
    long long gives_up = now() + GIVES_UP_AFTER_NS;
    for (int made = 0; made < count; made++) {
        pid_t first;
        while ((first = fork()) < 0 && now() < gives_up) doze(LIFE_NS);
        if (first == 0) {
            setsid();
            comet(beats, gives_up);
        }
    }
    while (atomic_load(&beats->count) < 3ULL * count) doze(1000 * 1000);
}

int main(int argc, char **argv) {
    if (argc != 5) return 2;
    int count = atoi(argv[2]), is_bomb = strcmp(argv[1], "comets");
    int file = open(argv[3], O_RDWR | O_CREAT | (is_bomb ? O_APPEND : 0), 0600);
    if (file < 0) fail(argv[3]);
    is_bomb ? bomb(count, file, !strcmp(argv[1], "headless")) : comets(count, file);
    puts("ready");
    fflush(stdout);
    if (!strcmp(argv[4], "stay"))
        for (;;) pause();
    return 0;
}
