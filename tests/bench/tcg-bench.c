/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rows of `make bench-tcg`: small static programs of one kind of work each, run natively and in guests. Prints
 * "row seconds checksum"; the checksum depends on every result, so equal ones mean that the work was done right.
 *
 * usage: tcg-bench [SCALE [ROW...]]    SCALE: per cent of the usual work
 * With WAIT in the environment each row prints "START row" and waits for a line first: whoever measures from outside
 * looks at the clock then.
 */
#define _GNU_SOURCE
#include <immintrin.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double scale = 1;

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static uint64_t rnd_state;

static uint64_t rnd(void)
{
    rnd_state ^= rnd_state << 13;
    rnd_state ^= rnd_state >> 7;
    rnd_state ^= rnd_state << 17;
    return rnd_state;
}

#define TIMES(n) (uint64_t)((n) * scale + 1)

/* ---- integer ---- */
static uint64_t row_hash(void)
{
    static uint32_t table[1 << 16];
    uint64_t h = 0;

    for (uint64_t i = 0; i < TIMES(6000000); i++) {
        uint32_t k = i * 2654435761u, p = k >> 16;

        for (int j = 0; j < 4 && table[p] && table[p] != k; j++) {
            p = (p + 1) & 0xffff;
        }
        table[p] = k;
        h = h * 31 + p;
    }
    return h;
}

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

static uint64_t row_sort(void)
{
    static uint32_t v[100000];
    uint64_t h = 0;

    for (uint64_t r = 0; r < TIMES(5); r++) {
        for (int i = 0; i < 100000; i++) {
            v[i] = rnd();
        }
        qsort(v, 100000, 4, compare);
        for (int i = 0; i < 100000; i++) {
            h = h * 31 + v[i];
        }
    }
    return h;
}

static uint64_t row_sieve(void)
{
    static uint8_t v[1 << 20];
    uint64_t n = 0;

    for (uint64_t r = 0; r < TIMES(20); r++) {
        memset(v, 1, sizeof(v));
        for (unsigned i = 2; i < 1024; i++) {
            for (unsigned j = i * i; v[i] && j < 1 << 20; j += i) {
                v[j] = 0;
            }
        }
        for (unsigned i = 2; i < 1 << 20; i++) {
            n += v[i];
        }
    }
    return n;
}

static __attribute__((noinline)) unsigned fib(unsigned n)
{
    return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

static uint64_t row_calls(void)
{
    uint64_t h = 0;

    for (uint64_t r = 0; r < TIMES(30); r++) {
        h += fib(27 + (r & 1));
    }
    return h;
}

/* A little byte-code machine. */
static uint64_t row_dispatch(void)
{
    static const uint8_t program[] = { 0, 1, 2, 3, 1, 4, 2, 5, 1, 0, 3, 6 };
    uint64_t acc = 1, count = TIMES(4000000);
    const uint8_t *pc = program;

    for (;;) {
        switch (*pc++) {
        case 0:
            acc += 7;
            break;
        case 1:
            acc ^= acc << 3;
            break;
        case 2:
            acc -= acc >> 5;
            break;
        case 3:
            acc = acc * 5 + 1;
            break;
        case 4:
            acc |= 16;
            break;
        case 5:
            acc = __builtin_bswap64(acc);
            break;
        default:
            if (!--count) {
                return acc;
            }
            pc = program;
        }
    }
}

static uint64_t row_crc(void)
{
    static uint32_t table[256];
    static uint8_t data[1 << 16];
    uint32_t crc = ~0u;

    for (unsigned i = 0; i < 256; i++) {
        uint32_t c = i;

        for (int j = 0; j < 8; j++) {
            c = c & 1 ? c >> 1 ^ 0xedb88320 : c >> 1;
        }
        table[i] = c;
    }
    for (unsigned i = 0; i < sizeof(data); i++) {
        data[i] = rnd();
    }
    for (uint64_t r = 0; r < TIMES(400); r++) {
        for (unsigned i = 0; i < sizeof(data); i++) {
            crc = table[(crc ^ data[i]) & 255] ^ crc >> 8;
        }
    }
    return crc;
}

/* ---- float and vector ---- */
static uint64_t bits(double d)
{
    uint64_t v;

    memcpy(&v, &d, 8);
    return v;
}

static uint64_t row_scalar(void)
{
    double x[5], y[5], vx[5], vy[5];

    for (int i = 0; i < 5; i++) {
        x[i] = i + 1;
        y[i] = i * i * 0.5;
        vx[i] = vy[i] = 0.01 * i;
    }
    for (uint64_t r = 0; r < TIMES(450000); r++) {
        for (int i = 0; i < 5; i++) {
            for (int j = i + 1; j < 5; j++) {
                double dx = x[i] - x[j], dy = y[i] - y[j], d = dx * dx + dy * dy + 0.01;
                double m = 0.001 / (d * __builtin_sqrt(d));

                vx[i] -= dx * m;
                vy[i] -= dy * m;
                vx[j] += dx * m;
                vy[j] += dy * m;
            }
        }
        for (int i = 0; i < 5; i++) {
            x[i] += vx[i] * 0.001;
            y[i] += vy[i] * 0.001;
        }
    }
    return bits(x[0] + y[4]);
}

static uint64_t row_sse2(void)
{
    static double a[1024] __attribute__((aligned(64))), b[1024] __attribute__((aligned(64)));
    __m128d s = _mm_setzero_pd(), k = _mm_set1_pd(0.999);

    for (int i = 0; i < 1024; i++) {
        a[i] = i * 0.25;
        b[i] = 1.0 / (i + 1);
    }
    for (uint64_t r = 0; r < TIMES(40000); r++) {
        for (int i = 0; i < 1024; i += 2) {
            __m128d v = _mm_add_pd(_mm_mul_pd(_mm_load_pd(a + i), k), _mm_load_pd(b + i));

            _mm_store_pd(a + i, v);
            s = _mm_add_pd(s, v);
        }
    }
    return bits(s[0] + s[1]);
}

static uint64_t row_pmaddwd(void)
{
    static int16_t a[4096] __attribute__((aligned(64)));
    __m128i s = _mm_setzero_si128();
    int32_t out[4];

    for (int i = 0; i < 4096; i++) {
        a[i] = rnd();
    }
    for (uint64_t r = 0; r < TIMES(30000); r++) {
        for (int i = 0; i < 4096 - 8; i += 8) {
            __m128i x = _mm_load_si128((void *)(a + i)), y = _mm_loadu_si128((void *)(a + i + 1));

            s = _mm_add_epi32(s, _mm_madd_epi16(x, y));
            s = _mm_xor_si128(s, _mm_packs_epi32(s, x));
        }
    }
    _mm_storeu_si128((void *)out, s);
    return (uint32_t)(out[0] ^ out[1] ^ out[2] ^ out[3]);
}

__attribute__((target("avx2,fma"))) static uint64_t row_avx2(void)
{
    static float a[2048] __attribute__((aligned(64))), b[2048] __attribute__((aligned(64)));
    __m256 s = _mm256_setzero_ps(), k = _mm256_set1_ps(0.99f);
    float out[8];
    double t = 0;

    for (int i = 0; i < 2048; i++) {
        a[i] = i * 0.5f;
        b[i] = 1.0f / (i + 3);
    }
    for (uint64_t r = 0; r < TIMES(40000); r++) {
        for (int i = 0; i < 2048; i += 8) {
            __m256 v = _mm256_fmadd_ps(_mm256_load_ps(a + i), k, _mm256_load_ps(b + i));

            _mm256_store_ps(a + i, v);
            s = _mm256_fmadd_ps(v, k, s);
        }
    }
    _mm256_storeu_ps(out, s);
    for (int i = 0; i < 8; i++) {
        t += out[i];
    }
    return bits(t);
}

static uint64_t row_x87(void)
{
    long double x = 1.0L, y = 0.5L, s = 0;

    for (uint64_t r = 0; r < TIMES(4000000); r++) {
        long double t = x * 0.9999L + y * 0.01L;

        y = y * 0.999L - x * 0.003L;
        x = t;
        s += x / (y * y + 1.0L);
    }
    return bits(s);
}

#define ZMM __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq")))
ZMM static uint64_t row_avx512(void)
{
    static float a[4096] __attribute__((aligned(64))), b[4096] __attribute__((aligned(64)));
    __m512 s = _mm512_setzero_ps(), k = _mm512_set1_ps(0.99f);

    for (int i = 0; i < 4096; i++) {
        a[i] = i * 0.5f;
        b[i] = 1.0f / (i + 3);
    }
    for (uint64_t r = 0; r < TIMES(40000); r++) {
        for (int i = 0; i < 4096; i += 16) {
            __m512 v = _mm512_fmadd_ps(_mm512_load_ps(a + i), k, _mm512_load_ps(b + i));
            __mmask16 m = _mm512_cmp_ps_mask(v, s, _CMP_LT_OQ);

            _mm512_store_ps(a + i, v);
            s = _mm512_mask_fmadd_ps(s, m, k, v);
        }
    }
    return bits(_mm512_reduce_add_ps(s));
}

/* ---- system ---- */
static uint64_t row_getppid(void)
{
    uint64_t same = 0, me = getppid();

    for (uint64_t r = 0; r < TIMES(300000); r++) {
        same += (uint64_t)syscall(SYS_getppid) == me;
    }
    return same;
}

static uint64_t row_pipe(void)
{
    uint64_t n = TIMES(8000), sum = 0;
    int to[2], from[2], status;
    uint32_t v;

    if (pipe(to) || pipe(from)) {
        return 0;
    }
    if (!fork()) {
        for (uint64_t r = 0; r < n; r++) {
            if (read(to[0], &v, 4) != 4) {
                _exit(1);
            }
            v += 3;
            if (write(from[1], &v, 4) != 4) {
                _exit(1);
            }
        }
        _exit(0);
    }
    for (uint32_t r = 0; r < n; r++) {
        if (write(to[1], &r, 4) != 4 || read(from[0], &v, 4) != 4) {
            return 0;
        }
        sum += v;
    }
    wait(&status);
    return sum;
}

static uint64_t row_fork(void)
{
    uint64_t sum = 0;
    int status;

    for (uint64_t r = 0; r < TIMES(400); r++) {
        if (!fork()) {
            _exit(r & 127);
        }
        wait(&status);
        sum = sum * 3 + (status >> 8);
    }
    return sum;
}

static uint64_t row_fault(void)
{
    uint64_t sum = 0;

    for (uint64_t r = 0; r < TIMES(20); r++) {
        uint8_t *p = mmap(NULL, 8 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        madvise(p, 8 << 20, MADV_NOHUGEPAGE);
        for (unsigned i = 0; i < 8 << 20; i += 4096) {
            p[i] = i >> 12;
            sum += p[i];
        }
        munmap(p, 8 << 20);
    }
    return sum;
}

static uint64_t row_memcpy(void)
{
    static uint8_t a[1 << 20], b[1 << 20];
    uint64_t sum = 0;

    memset(a, 5, sizeof(a));
    for (uint64_t r = 0; r < TIMES(600); r++) {
        memcpy(b, a, sizeof(a));
        a[r & 0xffff] = r;
        sum += b[(r * 7) & 0xffff];
    }
    return sum;
}

static uint64_t row_chase(void)
{
    static uint32_t next[1 << 16];
    uint32_t p = 0;

    for (uint32_t i = 0; i < 1 << 16; i++) {
        next[i] = (i * 25173 + 13849) & 0xffff;
    }
    for (uint64_t r = 0; r < TIMES(20000000); r++) {
        p = next[p];
    }
    return p;
}

static const struct {
    const char *name;
    uint64_t (*run)(void);
    const char *needs;
} rows[] = {
    { "hash", row_hash, NULL }, { "sort", row_sort, NULL }, { "sieve", row_sieve, NULL },
    { "calls", row_calls, NULL }, { "dispatch", row_dispatch, NULL }, { "crc", row_crc, NULL },
    { "scalar", row_scalar, NULL }, { "sse2", row_sse2, NULL }, { "pmaddwd", row_pmaddwd, NULL },
    { "avx2", row_avx2, "avx2" }, { "x87", row_x87, NULL }, { "avx512", row_avx512, "avx512f" },
    { "getppid", row_getppid, NULL }, { "pipe", row_pipe, NULL }, { "fork", row_fork, NULL },
    { "fault", row_fault, NULL }, { "memcpy", row_memcpy, NULL }, { "chase", row_chase, NULL },
};

static int has(const char *feature)
{
    __builtin_cpu_init();
    return !feature || (!strcmp(feature, "avx2") ? __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")
                                                 : __builtin_cpu_supports("avx512bw"));
}

static int wanted(const char *name, int argc, char **argv)
{
    for (int i = 2; i < argc; i++) {
        if (!strcmp(argv[i], name)) {
            return 1;
        }
    }
    return argc <= 2;
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc > 1) {
        scale = atoi(argv[1]) / 100.0;
    }
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t sum;
        double t;

        if (!wanted(rows[i].name, argc, argv) || !has(rows[i].needs)) {
            continue;
        }
        rnd_state = 88172645463325252ull;
        if (getenv("WAIT")) {
            char line[80];

            printf("START %s\n", rows[i].name);
            if (!fgets(line, sizeof(line), stdin)) {
                return 1;
            }
        }
        t = now();
        sum = rows[i].run();
        printf("ROW %s %.6f %016llx\n", rows[i].name, now() - t, (unsigned long long)sum);
    }
    return 0;
}
