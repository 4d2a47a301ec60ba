/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's side of migration tests and of `make demo`: memory that changes all the time, in a way the host can
 * recompute, and a numbered line on the console for every tick.
 *
 * usage: workload MEGABYTES MEGABYTES_PER_SECOND TICKS_PER_SECOND THREADS
 *
 * Each thread owns an equal part of the memory and, at every tick, writes its next pages round robin and then checks
 * some pages. After t ticks a page has been written a number of times that follows from t alone ("generation"); all its
 * words follow from page and generation, so whoever reads the console can compute the checksum of the pages that were
 * checked without having seen the earlier ticks (tests/functional/switchover/workload.py does). A page lost, stale or
 * sent twice in the wrong order shows as an error here and as a wrong checksum there.
 *
 * Lines: "workload pages=N write=W check=C threads=T rate=R", "tick NUMBER GUEST_SECONDS CHECKSUM ERRORS" ..., and after
 * a 'q' on standard input "full PAGES CHECKSUM ERRORS", then exit.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define PAGE_WORDS 512u
#define STAMP_STRIDE 64u        /* every 64th word changes with the generation, the others never do */
#define MAX_THREADS 16

typedef struct Worker {
    uint64_t first, pages;      /* pages it owns */
    uint64_t check_at;          /* next page to check, relative to first */
    uint64_t checksum, errors;  /* of the current tick */
    pthread_t thread;
} Worker;

static uint64_t *memory;
static Worker workers[MAX_THREADS];
static unsigned threads;
static uint64_t write_pages, check_pages;   /* per thread and tick */
static uint64_t tick;                       /* the tick being worked on, from 1 */
static int full_check;
static pthread_barrier_t begin, end;

static uint64_t mix(uint64_t page, uint64_t generation)
{
    uint64_t x = (page + 1) * UINT64_C(0x9e3779b97f4a7c15) + generation * UINT64_C(0xd1b54a32d192ed03);

    return x ^ (x >> 29);
}

static uint64_t generation_of(const Worker *w, uint64_t relative, uint64_t ticks)
{
    uint64_t written = ticks * write_pages;

    return written / w->pages + (relative < written % w->pages);
}

static void write_page(const Worker *w, uint64_t relative)
{
    uint64_t *words = memory + (w->first + relative) * PAGE_WORDS;
    uint64_t value = mix(w->first + relative, generation_of(w, relative, tick));

    for (unsigned i = 0; i < PAGE_WORDS; i += STAMP_STRIDE) {
        words[i] = value + i;
    }
}

static void fill_page(const Worker *w, uint64_t relative)
{
    uint64_t *words = memory + (w->first + relative) * PAGE_WORDS;
    uint64_t value = mix(w->first + relative, 0);

    for (unsigned i = 0; i < PAGE_WORDS; i++) {
        words[i] = value + i;
    }
}

static void check_page(Worker *w, uint64_t relative)
{
    const uint64_t *words = memory + (w->first + relative) * PAGE_WORDS;
    uint64_t still = mix(w->first + relative, 0);
    uint64_t stamp = mix(w->first + relative, generation_of(w, relative, tick));
    uint64_t difference = 0;

    for (unsigned i = 0; i < PAGE_WORDS; i += STAMP_STRIDE) {
        difference |= words[i] ^ (stamp + i);
        for (unsigned j = i + 1; j < i + STAMP_STRIDE; j++) {
            difference |= words[j] ^ (still + j);
        }
    }
    w->errors += difference != 0;
    w->checksum += words[0];
}

static void work(Worker *w)
{
    uint64_t at = (tick - 1) * write_pages % w->pages;

    w->checksum = w->errors = 0;
    if (full_check) {
        for (uint64_t i = 0; i < w->pages; i++) {
            check_page(w, i);
        }
        return;
    }
    for (uint64_t i = 0; i < write_pages; i++) {
        write_page(w, at);
        at = at + 1 == w->pages ? 0 : at + 1;
    }
    w->check_at = (tick - 1) * check_pages % w->pages;
    for (uint64_t i = 0; i < check_pages; i++) {
        check_page(w, w->check_at);
        w->check_at = w->check_at + 1 == w->pages ? 0 : w->check_at + 1;
    }
}

static void *worker_main(void *opaque)
{
    Worker *w = opaque;

    for (uint64_t i = 0; i < w->pages; i++) {
        fill_page(w, i);
    }
    for (;;) {
        pthread_barrier_wait(&begin);
        work(w);
        pthread_barrier_wait(&end);
    }
    return NULL;
}

/* All threads work on one tick; the sums of their results. */
static void run_tick(uint64_t *checksum, uint64_t *errors)
{
    pthread_barrier_wait(&begin);
    work(&workers[0]);
    pthread_barrier_wait(&end);
    *checksum = *errors = 0;
    for (unsigned i = 0; i < threads; i++) {
        *checksum += workers[i].checksum;
        *errors += workers[i].errors;
    }
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void sleep_until(double when)
{
    struct timespec t = { .tv_sec = when, .tv_nsec = (when - (long)when) * 1e9 };

    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR) {
    }
}

static unsigned long number(const char *text, const char *what, unsigned long low, unsigned long high)
{
    char *rest;
    unsigned long value = strtoul(text, &rest, 10);

    if (*rest || rest == text || value < low || value > high) {
        fprintf(stderr, "workload: %s must be %lu to %lu, not '%s'\n", what, low, high, text);
        exit(2);
    }
    return value;
}

int main(int argc, char **argv)
{
    uint64_t pages, checksum, errors;
    unsigned long rate, ticks;
    double next;
    char key;

    if (argc != 5) {
        fprintf(stderr, "usage: workload MEGABYTES MEGABYTES_PER_SECOND TICKS_PER_SECOND THREADS\n");
        return 2;
    }
    threads = number(argv[4], "THREADS", 1, MAX_THREADS);
    ticks = number(argv[3], "TICKS_PER_SECOND", 1, 100);
    rate = number(argv[2], "MEGABYTES_PER_SECOND", 0, 4096);
    pages = number(argv[1], "MEGABYTES", 1, 65536) * 256 / threads;
    write_pages = rate * 256 / ticks / threads;
    check_pages = pages < 32 ? pages : 32;
    memory = mmap(NULL, pages * threads * PAGE_WORDS * 8, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        perror("workload: mmap");
        return 2;
    }
    pthread_barrier_init(&begin, NULL, threads);
    pthread_barrier_init(&end, NULL, threads);
    for (unsigned i = 0; i < threads; i++) {
        workers[i].first = i * pages;
        workers[i].pages = pages;
        if (i && (errno = pthread_create(&workers[i].thread, NULL, worker_main, &workers[i]))) {
            perror("workload: pthread_create");
            return 2;
        }
    }
    for (uint64_t i = 0; i < pages; i++) {
        fill_page(&workers[0], i);
    }
    fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("workload pages=%lu write=%lu check=%lu threads=%u rate=%lu\n", (unsigned long)pages,
           (unsigned long)write_pages, (unsigned long)check_pages, threads, ticks);
    next = now();
    while (read(STDIN_FILENO, &key, 1) != 1 || key != 'q') {
        tick++;
        run_tick(&checksum, &errors);
        printf("tick %lu %.6f %016lx %lu\n", (unsigned long)tick, now(), (unsigned long)checksum,
               (unsigned long)errors);
        next += 1.0 / ticks;
        if (next < now()) {     /* a slow host gets fewer ticks, never a burst of them */
            next = now();
        }
        sleep_until(next);
    }
    full_check = 1;
    run_tick(&checksum, &errors);
    printf("full %lu %016lx %lu\n", (unsigned long)(pages * threads), (unsigned long)checksum, (unsigned long)errors);
    return errors != 0;
}
