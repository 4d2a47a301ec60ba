/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scalar floating point, rounding modes, exceptions and the C library's functions; x87 through long double. */
#include "common.h"
#include <fenv.h>
#include <math.h>

static void show(const char *what, double d)
{
    uint64_t u;

    memcpy(&u, &d, 8);
    printf("%-12s %016llx %.17g\n", what, (unsigned long long)u, d);
}

static void show_l(const char *what, long double d)
{
    unsigned char b[16] = { 0 };

    memcpy(b, &d, 10);
    printf("%-12s %02x%02x ", what, b[9], b[8]);
    for (int i = 7; i >= 0; i--) {
        printf("%02x", b[i]);
    }
    printf(" %.20Lg\n", d);
}

static void library(void)
{
    volatile double x = 0.7390851332151607;

    show("sin", sin(x));
    show("cos", cos(x));
    show("tan", tan(x));
    show("exp", exp(x));
    show("log", log(x));
    show("pow", pow(x, 3.5));
    show("atan2", atan2(x, -2));
    show("cbrt", cbrt(x));
    show("fmod", fmod(100.3, x));
    show("sqrt", sqrt(x));
    show("fma", fma(x, x, -0.5462468341));
    show("lgamma", lgamma(x));
}

static void library_l(void)
{
    volatile long double x = 0.7390851332151607L;
    long double r = x;

    show_l("sinl", sinl(x));
    show_l("cosl", cosl(x));
    show_l("expl", expl(x));
    show_l("logl", logl(x));
    show_l("atan2l", atan2l(x, -2));
    show_l("sqrtl", sqrtl(x));
    show_l("fmodl", fmodl(100.3L, x));
    asm("fsin" : "+t"(r));
    show_l("fsin", r);
    r = x;
    asm("fptan; fstp %%st(0)" : "+t"(r));
    show_l("fptan", r);
    r = x;
    asm("f2xm1" : "+t"(r));
    show_l("f2xm1", r);
    asm("fldpi; fldl2e; fyl2x" : "=t"(r));
    show_l("fyl2x", r);
    r = -12345.678L;
    asm("fxtract; fstp %%st(0)" : "+t"(r));
    show_l("fxtract", r);
}

static void modes(void)
{
    static const int mode[] = { FE_TONEAREST, FE_DOWNWARD, FE_UPWARD, FE_TOWARDZERO };

    for (int i = 0; i < 4; i++) {
        uint64_t h = HASH_INIT;
        volatile double a, b;
        volatile long double la, lb;
        double r[5];
        long double lr[3];
        unsigned char lb10[10];

        fesetround(mode[i]);
        feclearexcept(FE_ALL_EXCEPT);
        rng_state = 42;
        for (int n = 0; n < 5000; n++) {
            uint64_t u = rnd(), v = rnd();

            memcpy((void *)&a, &u, 8);
            memcpy((void *)&b, &v, 8);
            r[0] = a + b;
            r[1] = a * b;
            r[2] = a / b;
            r[3] = rint(a / 1e290);
            r[4] = (float)a;
            for (int k = 0; k < 5; k++) {
                h = isnan(r[k]) ? h * 31 : hash_bytes(h, &r[k], 8);
            }
            la = (int64_t)u;
            lb = (int64_t)v * 0x1p-70L;
            lr[0] = la + lb;
            lr[1] = la * lb;
            lr[2] = la / lb;
            for (int k = 0; k < 3; k++) {
                memcpy(lb10, &lr[k], 10);
                h = hash_bytes(h, lb10, 10);
            }
        }
        printf("mode %d %016llx exceptions %02x\n", i, (unsigned long long)h, fetestexcept(FE_ALL_EXCEPT));
    }
    fesetround(FE_TONEAREST);
}

static void conversions(void)
{
    static const double v[] = { 0.5, 1.5, -2.5, 1e10, -1e10, 1e19, 1e300, -0.0 };

    for (int i = 0; i < 8; i++) {
        long long q;
        int l;
        volatile double d = v[i];

        asm("cvtsd2si %1, %0" : "=r"(q) : "x"(d));
        asm("cvttsd2si %1, %0" : "=r"(l) : "x"(d));
        printf("%g: %lld %d %lld %.6f\n", d, q, l, llrintl((long double)d), (double)(float)d);
    }
}

int main(void)
{
    library();
    library_l();
    modes();
    conversions();
    return 0;
}
