/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a guest does while it is moved. One thread each: numbered ticks on the console; memory written in a pattern that
 * is checked before every overwrite; files written, read back from the disk and compared; records echoed over TCP;
 * random numbers read. A line on stdin ("stop") ends it: all memory is checked once more and totals are printed.
 *
 * usage: workload mem=MIB rate=MIB_PER_S tick=MS [dir=DIRECTORY] [net=ADDRESS:PORT] [rng=FILE]
 *
 * Lines: "START", "TICK n guest-ms realtime-ms MiB/s files records", "ERROR what", "DONE ticks pages files records
 * reconnects".
 *
 * Memory: page p of generation g holds word(p, g, k) at every 64th of its 512 words and word(p, 0, k) elsewhere.
 * The pages are visited in order, so what each must hold is known: g + 1 before the cursor, g from there on.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PAGE_WORDS 512
#define STRIDE 64
#define FILE_BYTES (256 * 1024)
#define FILES 8
#define RECORD_BYTES 1024

static uint64_t mem_mib = 64, rate = 50, tick_ms = 100;
static const char *dir, *net, *rng;
static uint64_t *memory;
static uint64_t pages, generation;
static _Atomic uint64_t visited, files_done, records_done, reconnects;
static atomic_bool stop;

static uint64_t word(uint64_t page, uint64_t gen, uint64_t k)
{
    uint64_t x = page * 0x9e3779b97f4a7c15u + gen * 0xc2b2ae3d27d4eb4fu + k * 0x165667b19e3779f9u;

    x ^= x >> 29;
    return x * 0xbf58476d1ce4e5b9u;
}

static void say(const char *fmt, ...)
{
    char line[256];
    va_list ap;
    int n, done = 0;

    va_start(ap, fmt);
    n = vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    while (done < n) {
        int ret = write(1, line + done, n - done);

        if (ret <= 0) {
            _exit(1);
        }
        done += ret;
    }
}

static void wait_ms(unsigned ms)
{
    struct timespec ts = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };

    clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, NULL);
}

static uint64_t now_ms(clockid_t clock)
{
    struct timespec ts;

    clock_gettime(clock, &ts);
    return ts.tv_sec * 1000u + ts.tv_nsec / 1000000;
}

/* ---- memory ---- */

static void check_word(uint64_t p, uint64_t gen, unsigned k)
{
    uint64_t want = word(p, k % STRIDE ? 0 : gen, k), got = memory[p * PAGE_WORDS + k];

    if (got != want) {
        say("ERROR memory page %llu word %u is %llx, not %llx\n", (unsigned long long)p, k, (unsigned long long)got,
            (unsigned long long)want);
    }
}

static void check_page(uint64_t p, uint64_t gen)
{
    for (unsigned k = 0; k < PAGE_WORDS; k++) {
        check_word(p, gen, k);
    }
}

static void visit(uint64_t p, uint64_t gen)
{
    if (p % 64 == gen % 64) {
        check_page(p, gen);
    }
    for (unsigned k = 0; k < PAGE_WORDS; k += STRIDE) {
        check_word(p, gen, k);
        memory[p * PAGE_WORDS + k] = word(p, gen + 1, k);
    }
}

static void *dirty_memory(void *arg)
{
    uint64_t cursor = 0, quota = 0, last = now_ms(CLOCK_MONOTONIC);

    (void)arg;
    while (!stop) {
        uint64_t now = now_ms(CLOCK_MONOTONIC);

        /* What was missed in a long pause is not made up for. */
        quota += (now - last > 100 ? 100 : now - last) * rate * 256 / 1000;
        last = now;
        for (; quota && !stop; quota--) {
            visit(cursor, generation);
            visited++;
            if (++cursor == pages) {
                cursor = 0;
                generation++;
            }
            if (quota % 256 == 0 && now_ms(CLOCK_MONOTONIC) - last > 200) {
                quota = 1;          /* this processor cannot keep up */
            }
        }
        wait_ms(2);
    }
    for (uint64_t p = 0; p < pages; p++) {
        check_page(p, p < cursor ? generation + 1 : generation);
    }
    return NULL;
}

/* ---- disk ---- */

static int write_file(const char *name, const uint64_t *buf)
{
    int fd = open(name, O_CREAT | O_TRUNC | O_WRONLY, 0644);
    int ok = fd >= 0 && write(fd, buf, FILE_BYTES) == FILE_BYTES && fsync(fd) == 0;

    return close(fd) == 0 && ok;
}

/* From the disk, not the page cache. */
static int read_file(const char *name, uint64_t *buf)
{
    int fd = open(name, O_RDONLY | O_DIRECT);
    int ok = fd >= 0 && read(fd, buf, FILE_BYTES) == FILE_BYTES;

    close(fd);
    return ok;
}

static void fill_file(uint64_t *buf, uint64_t n)
{
    for (unsigned k = 0; k < FILE_BYTES / 8; k++) {
        buf[k] = word(n, 7, k);
    }
}

static void check_file(const char *name, uint64_t *in, const uint64_t *want)
{
    memset(in, 0, FILE_BYTES);
    if (!read_file(name, in)) {
        say("ERROR file %s: %s\n", name, strerror(errno));
    } else if (memcmp(in, want, FILE_BYTES)) {
        say("ERROR file %s reads back different\n", name);
    }
}

static void *use_disk(void *arg)
{
    uint64_t *out = aligned_alloc(4096, FILE_BYTES), *in = aligned_alloc(4096, FILE_BYTES);

    (void)arg;
    for (uint64_t n = 0; !stop; n++) {
        char name[256];

        snprintf(name, sizeof(name), "%s/file%llu", dir, (unsigned long long)(n % FILES));
        /* What was there, perhaps before a move, is still there. */
        if (n >= FILES) {
            fill_file(out, n - FILES);
            check_file(name, in, out);
        }
        fill_file(out, n);
        if (!write_file(name, out)) {
            say("ERROR file %s: %s\n", name, strerror(errno));
        }
        check_file(name, in, out);
        files_done++;
        wait_ms(20);
    }
    return NULL;
}

/* ---- network ---- */

static int connect_out(void)
{
    struct sockaddr_in a = { .sin_family = AF_INET };
    struct timeval tv = { .tv_sec = 10 };
    char host[64];
    int port, fd = socket(AF_INET, SOCK_STREAM, 0);

    if (sscanf(net, "%63[^:]:%d", host, &port) != 2 || !inet_aton(host, &a.sin_addr)) {
        say("ERROR net=%s is not ADDRESS:PORT\n", net);
    }
    a.sin_port = htons(port);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
    if (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* One record there and back: 1, 0 if the connection broke. */
static int echo_record(int fd, uint64_t n)
{
    uint64_t out[RECORD_BYTES / 8], in[RECORD_BYTES / 8];
    size_t have = 0;

    for (unsigned k = 0; k < RECORD_BYTES / 8; k++) {
        out[k] = word(n, 9, k);
    }
    if (send(fd, out, sizeof(out), MSG_NOSIGNAL) != sizeof(out)) {
        return 0;
    }
    while (have < sizeof(in)) {
        ssize_t ret = recv(fd, (char *)in + have, sizeof(in) - have, 0);

        if (ret <= 0) {
            return 0;
        }
        have += ret;
    }
    if (memcmp(in, out, sizeof(in))) {
        say("ERROR record %llu came back different\n", (unsigned long long)n);
    }
    return 1;
}

static void *use_network(void *arg)
{
    int fd = -1;

    (void)arg;
    while (!stop) {
        if (fd < 0) {
            fd = connect_out();
            reconnects++;
        }
        if (fd >= 0 && echo_record(fd, records_done)) {
            records_done++;
            wait_ms(5);
        } else {
            close(fd);
            fd = -1;
            wait_ms(50);
        }
    }
    return NULL;
}

/* ---- random numbers ---- */

static void *use_rng(void *arg)
{
    unsigned char buf[16];
    int fd = open(rng, O_RDONLY);

    (void)arg;
    while (!stop) {
        if (read(fd, buf, sizeof(buf)) <= 0) {
            say("ERROR %s: %s\n", rng, strerror(errno));
        }
        wait_ms(50);
    }
    return NULL;
}

/* ---- ticks ---- */

static uint64_t ticks;

static void *tick(void *arg)
{
    uint64_t last = now_ms(CLOCK_MONOTONIC), seen = 0;

    (void)arg;
    while (!stop) {
        uint64_t now, v, ms;

        wait_ms(tick_ms);
        now = now_ms(CLOCK_MONOTONIC);
        v = visited;
        ms = now > last ? now - last : 1;
        say("TICK %llu %llu %llu %llu %llu %llu\n", (unsigned long long)ticks++, (unsigned long long)now,
            (unsigned long long)now_ms(CLOCK_REALTIME), (unsigned long long)((v - seen) * 1000 / ms / 256),
            (unsigned long long)files_done, (unsigned long long)records_done);
        seen = v;
        last = now;
    }
    return NULL;
}

static void options(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        char *eq = strchr(argv[i], '=');
        const char *value = eq ? eq + 1 : "";

        if (!strncmp(argv[i], "mem=", 4)) {
            mem_mib = strtoull(value, NULL, 0);
        } else if (!strncmp(argv[i], "rate=", 5)) {
            rate = strtoull(value, NULL, 0);
        } else if (!strncmp(argv[i], "tick=", 5)) {
            tick_ms = strtoull(value, NULL, 0);
        } else if (!strncmp(argv[i], "dir=", 4)) {
            dir = value;
        } else if (!strncmp(argv[i], "net=", 4)) {
            net = value;
        } else if (!strncmp(argv[i], "rng=", 4)) {
            rng = value;
        } else {
            fprintf(stderr, "workload: unknown option '%s'\n", argv[i]);
            exit(1);
        }
    }
}

int main(int argc, char **argv)
{
    static void *(*const roles[])(void *) = { tick, dirty_memory, use_disk, use_network, use_rng };
    pthread_t threads[5];
    int used[5] = { 1, 1, 0, 0, 0 };
    char line[64];

    options(argc, argv);
    used[2] = dir != NULL;
    used[3] = net != NULL;
    used[4] = rng != NULL;
    pages = mem_mib * 256;
    memory = mmap(NULL, mem_mib << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        perror("workload: memory");
        return 1;
    }
    for (uint64_t p = 0; p < pages; p++) {
        for (unsigned k = 0; k < PAGE_WORDS; k++) {
            memory[p * PAGE_WORDS + k] = word(p, 0, k);
        }
    }
    say("START\n");
    for (int i = 0; i < 5; i++) {
        if (used[i]) {
            pthread_create(&threads[i], NULL, roles[i], NULL);
        }
    }
    while (fgets(line, sizeof(line), stdin) && strcmp(line, "stop\n")) {
    }
    stop = true;
    for (int i = 0; i < 5; i++) {
        if (used[i]) {
            pthread_join(threads[i], NULL);
        }
    }
    say("DONE %llu %llu %llu %llu %llu\n", (unsigned long long)ticks, (unsigned long long)visited,
        (unsigned long long)files_done, (unsigned long long)records_done, (unsigned long long)reconnects);
    return 0;
}
