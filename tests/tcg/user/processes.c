/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fork, copy on write, pipes, exec of ourselves, shared and private mappings, mremap, protection changes. */
#include "common.h"
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIZE (1 << 20)

static void copy_on_write(void)
{
    unsigned char *priv = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned char *shared = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int status;

    for (int i = 0; i < SIZE; i++) {
        priv[i] = i * 7;
    }
    for (int child = 0; child < 8; child++) {
        pid_t pid = fork();

        if (!pid) {
            for (int i = child * 100; i < SIZE; i += 4096) {
                priv[i] += child + 1;
                shared[i + child] = priv[i];
            }
            _exit(priv[child * 100] & 0x3f);
        }
        waitpid(pid, &status, 0);
        printf("child %d exit %d\n", child, WEXITSTATUS(status));
    }
    printf("private %016llx shared %016llx\n", (unsigned long long)hash_bytes(HASH_INIT, priv, SIZE),
           (unsigned long long)hash_bytes(HASH_INIT, shared, SIZE));
}

static void pipes(void)
{
    int p[2], q[2];
    uint64_t v = 1;

    if (pipe(p) || pipe(q)) {
        return;
    }
    if (!fork()) {
        for (int i = 0; i < 500; i++) {
            if (read(p[0], &v, 8) != 8) {
                _exit(1);
            }
            v = v * 6364136223846793005ull + i;
            if (write(q[1], &v, 8) != 8) {
                _exit(1);
            }
        }
        _exit(0);
    }
    for (int i = 0; i < 500; i++) {
        if (write(p[1], &v, 8) != 8 || read(q[0], &v, 8) != 8) {
            printf("pipe broke\n");
            return;
        }
    }
    wait(NULL);
    printf("pipe %016llx\n", (unsigned long long)v);
}

static void mappings(void)
{
    unsigned char *m = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    memset(m, 0x5a, SIZE);
    m = mremap(m, SIZE, 4 * SIZE, MREMAP_MAYMOVE);
    m[3 * SIZE] = 1;
    madvise(m, 65536, MADV_DONTNEED);
    mprotect(m + SIZE / 2, 4096, PROT_READ);
    m[SIZE / 2 + 4096] = 2;
    mprotect(m + SIZE / 2, 4096, PROT_READ | PROT_WRITE);
    m[SIZE / 2] = 3;
    printf("mapping %016llx\n", (unsigned long long)hash_bytes(HASH_INIT, m, 4 * SIZE));
}

int main(int argc, char **argv)
{
    int status;

    setvbuf(stdout, NULL, _IONBF, 0);
    if (argc > 1) {
        printf("exec'd with %s\n", argv[1]);
        return 7;
    }
    copy_on_write();
    pipes();
    mappings();
    for (int i = 0; i < 5; i++) {
        if (!fork()) {
            execl("/proc/self/exe", "processes", "again", NULL);
            _exit(99);
        }
        wait(&status);
        printf("status %d\n", WEXITSTATUS(status));
    }
    return 0;
}
