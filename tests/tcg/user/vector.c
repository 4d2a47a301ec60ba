/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SSE2 to AVX2, FMA, F16C, AES and carry-less multiplication through compiler intrinsics. */
#include "common.h"
#include <immintrin.h>

static uint64_t h = HASH_INIT;

static void take(const void *p, size_t n)
{
    h = hash_bytes(h, p, n);
}

static void done(const char *what)
{
    printf("%-8s %016llx\n", what, (unsigned long long)h);
    h = HASH_INIT;
}

static __m256i random256(void)
{
    return _mm256_set_epi64x(rnd(), rnd(), rnd(), rnd());
}

static __m256d random_pd(void)
{
    return _mm256_set_pd((int32_t)rnd() / 1e3, (int32_t)rnd() / 7e5, (int32_t)rnd() * 1e7, (int32_t)rnd());
}

static void take_i(__m256i v)
{
    take(&v, 32);
}

static void take_d(__m256d v)
{
    take(&v, 32);
}

static void integers(void)
{
    for (int i = 0; i < 2000; i++) {
        __m256i a = random256(), b = random256();

        take_i(_mm256_add_epi8(a, b));
        take_i(_mm256_subs_epu16(a, b));
        take_i(_mm256_mullo_epi32(a, b));
        take_i(_mm256_mulhi_epi16(a, b));
        take_i(_mm256_madd_epi16(a, b));
        take_i(_mm256_maddubs_epi16(a, b));
        take_i(_mm256_sad_epu8(a, b));
        take_i(_mm256_shuffle_epi8(a, b));
        take_i(_mm256_unpacklo_epi8(a, b));
        take_i(_mm256_packs_epi32(a, b));
        take_i(_mm256_permutevar8x32_epi32(a, b));
        take_i(_mm256_alignr_epi8(a, b, 5));
        take_i(_mm256_srav_epi32(a, _mm256_and_si256(b, _mm256_set1_epi32(63))));
        take_i(_mm256_sllv_epi64(a, _mm256_and_si256(b, _mm256_set1_epi64x(127))));
        take_i(_mm256_blendv_epi8(a, b, random256()));
        take_i(_mm256_cmpgt_epi64(a, b));
        take_i(_mm256_abs_epi32(a));
        take_i(_mm256_cvtepi8_epi32(_mm256_castsi256_si128(a)));
        h += _mm256_movemask_epi8(a);
        h += _mm256_testz_si256(a, b);
    }
    done("integer");
}

static void floats(void)
{
    for (int i = 0; i < 2000; i++) {
        __m256d a = random_pd(), b = random_pd(), c = random_pd();
        __m256 f = _mm256_castpd_ps(a);
        __m128i half;

        take_d(_mm256_add_pd(a, b));
        take_d(_mm256_div_pd(a, b));
        take_d(_mm256_fmadd_pd(a, b, c));
        take_d(_mm256_fnmsub_pd(a, b, c));
        take_d(_mm256_fmaddsub_pd(a, b, c));
        take_d(_mm256_sqrt_pd(_mm256_mul_pd(a, a)));
        take_d(_mm256_hadd_pd(a, b));
        take_d(_mm256_round_pd(a, _MM_FROUND_TO_ZERO));
        take_d(_mm256_cmp_pd(a, b, _CMP_NLE_UQ));
        take_d(_mm256_permute4x64_pd(a, 0x1b));
        take_d(_mm256_castps_pd(_mm256_dp_ps(f, f, 0x71)));
        half = _mm256_cvtps_ph(_mm256_castps128_ps256(_mm256_cvtpd_ps(a)), 0);
        take(&half, 16);
        take_i(_mm256_castps_si256(_mm256_cvtph_ps(half)));
    }
    done("float");
}

static void memory(void)
{
    static int32_t table[256];
    static int32_t out[8];

    for (int i = 0; i < 256; i++) {
        table[i] = rnd();
    }
    for (int i = 0; i < 1000; i++) {
        __m256i index = _mm256_and_si256(random256(), _mm256_set1_epi32(255)), mask = random256();

        take_i(_mm256_i32gather_epi32(table, index, 4));
        take_i(_mm256_mask_i32gather_epi32(mask, table, index, mask, 4));
        _mm256_maskstore_epi32(out, mask, index);
        take(out, 32);
        take_i(_mm256_maskload_epi32(table, mask));
        take_i(_mm256_loadu_si256((const __m256i_u *)((char *)table + (rnd() & 511))));
    }
    done("memory");
}

static void crypto(void)
{
    for (int i = 0; i < 2000; i++) {
        __m128i a = _mm256_castsi256_si128(random256()), b = _mm256_castsi256_si128(random256()), r;

        r = _mm_aesenc_si128(a, b);
        take(&r, 16);
        r = _mm_aesdeclast_si128(a, b);
        take(&r, 16);
        r = _mm_aeskeygenassist_si128(a, 0x1b);
        take(&r, 16);
        r = _mm_clmulepi64_si128(a, b, 0x10);
        take(&r, 16);
        h += _mm_cmpistri(a, b, _SIDD_CMP_RANGES);
        h += _mm_cmpestri(a, 7, b, 13, _SIDD_UWORD_OPS);
        h = _mm_crc32_u64(h, rnd());
    }
    done("crypto");
}

static void mmx(void)
{
    for (int i = 0; i < 1000; i++) {
        __m64 a = _mm_cvtsi64_m64(rnd()), b = _mm_cvtsi64_m64(rnd());
        uint64_t r[3] = { _mm_cvtm64_si64(_mm_adds_pu8(a, b)), _mm_cvtm64_si64(_mm_madd_pi16(a, b)),
                          _mm_cvtm64_si64(_mm_unpackhi_pi8(a, b)) };

        _mm_empty();
        take(r, sizeof(r));
    }
    done("mmx");
}

int main(void)
{
    integers();
    floats();
    memory();
    crypto();
    mmx();
    return 0;
}
