/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fuzz target without libFuzzer: replays inputs, and mutates them by itself.
 *
 *   fuzz-X-replay [-m ROUNDS] [-s SEED] FILE_OR_FOLDER...
 *
 * Each input is run as it is, then ROUNDS mutations of it (default 0). A crash leaves the input in "crash-input" of the
 * working folder.
 */
#include "qemu/osdep.h"
#include <signal.h>
#include "tests/vmstate/fuzz.h"

#define INPUT_MAX (1 << 20)

static uint8_t *current;
static size_t current_size;
static unsigned long runs;
static uint64_t rng;

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max)
{
    for (int n = 0; n < 4; n++) {
        rng = rng * 6364136223846793005ull + 1442695040888963407ull;
        if (size) {
            data[(rng >> 33) % size] = rng >> 24;
        }
    }
    return size;
}

/* Async-signal-safe: what was being run goes to a file. */
static void keep_input(void)
{
    int fd = open("crash-input", O_WRONLY | O_CREAT | O_TRUNC, 0644);

    if (fd >= 0) {
        if (write(fd, current, current_size) < 0) {
            /* Nothing better to do while crashing. */
        }
        close(fd);
    }
}

static void on_crash(int sig)
{
    keep_input();
    signal(sig, SIG_DFL);
    raise(sig);
}

static void run(void)
{
    /* A copy of the exact size: ASan sees the first byte past it. */
    g_autofree uint8_t *copy = g_memdup2(current, current_size);

    runs++;
    LLVMFuzzerTestOneInput(copy ? copy : (const uint8_t *)"", current_size);
}

static void run_file(const char *path, unsigned long rounds, unsigned seed)
{
    g_autofree char *data = NULL;
    size_t len;

    if (!g_file_get_contents(path, &data, &len, NULL) || len > INPUT_MAX) {
        fprintf(stderr, "%s: unreadable or longer than %d bytes\n", path, INPUT_MAX);
        exit(2);
    }
    for (unsigned long i = 0; i <= rounds; i++) {
        memcpy(current, data, len);
        current_size = i ? LLVMFuzzerCustomMutator(current, len, INPUT_MAX, seed + i) : len;
        run();
    }
}

static void run_path(const char *path, unsigned long rounds, unsigned seed)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    if (!dir) {
        run_file(path, rounds, seed);
        return;
    }
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *child = g_build_filename(path, name, NULL);

        run_path(child, rounds, seed);
    }
}

int main(int argc, char **argv)
{
    unsigned long rounds = 0;
    unsigned seed = 0;
    int opt;

    LLVMFuzzerInitialize(&argc, &argv);
    while ((opt = getopt(argc, argv, "m:s:")) != -1) {
        if (opt == 'm') {
            rounds = strtoul(optarg, NULL, 0);
        } else if (opt == 's') {
            seed = strtoul(optarg, NULL, 0);
        } else {
            fprintf(stderr, "usage: %s [-m ROUNDS] [-s SEED] FILE_OR_FOLDER...\n", argv[0]);
            return 2;
        }
    }
    current = g_malloc(INPUT_MAX);
    rng = seed;
    signal(SIGABRT, on_crash);
    signal(SIGSEGV, on_crash);
    signal(SIGFPE, on_crash);
    for (int i = optind; i < argc; i++) {
        run_path(argv[i], rounds, seed);
    }
    g_free(current);
    printf("%lu runs\n", runs);
    return 0;
}
