/* Makes a machine look strange to every program that is started under LD_PRELOAD with this library:
   STRANGE_HIDES=NAME[:NAME] - files whose paths end so are not there; STRANGE_CLOCK=1 - the wall clock jumps a day
   forward or back whenever it is read. Needs nothing but the C library. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int hidden(const char *path)
{
    const char *names = getenv("STRANGE_HIDES");
    size_t length = path ? strlen(path) : 0;
    while (names && *names) {
        size_t size = strcspn(names, ":");
        if (size && size <= length && !strncmp(path + length - size, names, size)) {
            errno = ENOENT;
            return 1;
        }
        names += size + (names[size] == ':');
    }
    return 0;
}

#define REAL(name) static __typeof__(&name) real; if (!real) real = (__typeof__(&name)) dlsym(RTLD_NEXT, #name)
#define MODE(flags) mode_t mode = 0; if ((flags) & (O_CREAT | O_TMPFILE)) { va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); }

int open(const char *path, int flags, ...) { MODE(flags) REAL(open); return hidden(path) ? -1 : real(path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) REAL(open64); return hidden(path) ? -1 : real(path, flags, mode); }
int openat(int at, const char *path, int flags, ...) { MODE(flags) REAL(openat); return hidden(path) ? -1 : real(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE(flags) REAL(openat64); return hidden(path) ? -1 : real(at, path, flags, mode); }
int access(const char *path, int mode) { REAL(access); return hidden(path) ? -1 : real(path, mode); }
int faccessat(int at, const char *path, int mode, int flags) { REAL(faccessat); return hidden(path) ? -1 : real(at, path, mode, flags); }
int stat(const char *path, struct stat *found) { REAL(stat); return hidden(path) ? -1 : real(path, found); }
int stat64(const char *path, struct stat64 *found) { REAL(stat64); return hidden(path) ? -1 : real(path, found); }
int fstatat(int at, const char *path, struct stat *found, int flags) { REAL(fstatat); return hidden(path) ? -1 : real(at, path, found, flags); }
int fstatat64(int at, const char *path, struct stat64 *found, int flags) { REAL(fstatat64); return hidden(path) ? -1 : real(at, path, found, flags); }

static time_t jump(void)
{
    static unsigned reads;
    return getenv("STRANGE_CLOCK") ? (__atomic_fetch_add(&reads, 1, __ATOMIC_RELAXED) % 2 ? 86400 : -86400) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int failed = (int) syscall(SYS_clock_gettime, clock, now);
    if (!failed && clock == CLOCK_REALTIME)
        now->tv_sec += jump();
    return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    int failed = (int) syscall(SYS_gettimeofday, now, zone);
    if (!failed && now)
        now->tv_sec += jump();
    return failed;
}

time_t time(time_t *told)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (told)
        *told = now.tv_sec;
    return now.tv_sec;
}
