/* Preloaded: every fsync and fdatasync fails while the file named by ORION_FAILING_SYNC is there. */
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static int fails(void) {
    const char *mark = getenv("ORION_FAILING_SYNC");
    return mark != NULL && access(mark, F_OK) == 0;
}

int fsync(int fd) {
    if (fails()) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd) {
    if (fails()) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_fdatasync, fd);
}
