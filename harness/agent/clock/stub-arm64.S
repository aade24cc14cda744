// Replaces the clock functions of a process's vDSO on arm64: the same as stub-x64.S, which explains it, instruction for
// instruction where that is possible. The bytes that this assembles to are in stub-arm64.ts; a test compares, and runs them
// under an emulator. They have not been run on arm64 hardware.
//
// What differs: loads may be reordered here, so that the reading of the parameters is fenced off from both readings of the
// generation; and there is no time() in arm64's vDSO.

        .text

        .set    NR_clock_gettime, 113
        .set    NR_gettimeofday, 169
        .set    FAMILY_SIZE, 40
        .set    BLOCK_SIZE, 80
        .set    JITTER, 17

data:
        .ascii  "lbclock1"              // 0: magic
generation:
        .quad   0                       // 8
blocks:
        .fill   20, 8, 0                // 16
saved:
        .fill   10, 8, 0                // 176: what the jumps have replaced, 16 bytes for each function; up to 256

// int clock_gettime(w0 clock, x1 timespec)
clock_gettime:
        cmp     w0, #11
        b.hi    untouched
        b.eq    tai
        mov     w9, #1
        lsl     w9, w9, w0
        mov     w10, #0x121             // 0, 5, 8: the wall clock's own time scale
        tst     w9, w10
        b.ne    wall
        mov     w10, #0x42              // 1, 6: the monotonic clock's own
        tst     w9, w10
        b.ne    monotonic
        mov     w10, #0x290             // 4, 7, 9: monotonic clocks of other scales
        tst     w9, w10
        b.ne    other_monotonic
untouched:
        mov     x8, #NR_clock_gettime
        svc     #0
        ret
wall:
        mov     x7, #0
        b       same_scale
monotonic:
        mov     x7, #FAMILY_SIZE
same_scale:
        mov     x6, x30
        bl      shifted
        mov     x30, x6
        cbnz    w0, return
        mov     x0, x3
store:                                  // x0 ns -> the caller's timespec
        mov     w9, #0xca00             // 1,000,000,000
        movk    w9, #0x3b9a, lsl #16
        udiv    x10, x0, x9
        msub    x11, x10, x9, x0
        stp     x10, x11, [x1]
        mov     w0, #0
return:
        ret

// Clocks of another scale than the one that stands for their family: ahead of their truth by as much as that one is.
tai:
        mov     x7, #0
        mov     w5, #0                  // REALTIME
        b       other_scale
other_monotonic:
        mov     x7, #FAMILY_SIZE
        mov     w5, #1                  // MONOTONIC
other_scale:
        mov     x6, x30
        mov     w4, w0
again:
        mov     w0, w5
        bl      shifted
        cbnz    w0, other_return
        mov     x13, x2                 // the kernel's reading before
        sub     x14, x3, x2             // how far ahead
        mov     w0, w4
        bl      real
        cbnz    w0, other_return
        add     x14, x14, x2
        mov     w0, w5
        bl      real
        sub     x2, x2, x13
        lsr     x2, x2, #JITTER
        cbnz    x2, again
        mov     x30, x6
        mov     x0, x14
        b       store
other_return:
        mov     x30, x6
        ret

// w0 clock, x1 timespec -> w0 0 and x2 the kernel's reading in ns, or w0 an error. Uses x8 to x11.
real:
        mov     x8, #NR_clock_gettime
        svc     #0
        cbnz    w0, return
        ldp     x9, x10, [x1]
        mov     w11, #0xca00
        movk    w11, #0x3b9a, lsl #16
        madd    x2, x9, x11, x10
        ret

// w0 clock of its family's own scale, x7 offset of the family in a block, x1 timespec
// -> w0 0, x2 the kernel's reading and x3 the shifted one in ns; or w0 an error. Keeps x1, x4 to x7, x13, x14.
shifted:
        mov     w15, w0
1:      adr     x12, generation
        ldar    x16, [x12]
        mov     w0, w15
        mov     x8, #NR_clock_gettime
        svc     #0
        cbnz    w0, return
        ldp     x9, x10, [x1]
        mov     w11, #0xca00
        movk    w11, #0x3b9a, lsl #16
        madd    x2, x9, x11, x10
        and     x9, x16, #1
        mov     x10, #BLOCK_SIZE
        madd    x9, x9, x10, x7
        add     x9, x9, x12
        add     x9, x9, #(blocks - generation)
        ldr     x10, [x9]
        subs    x10, x2, x10
        add     x11, x9, #8
        add     x9, x9, #24
        csel    x9, x11, x9, mi
        ldp     x3, x11, [x9]
        mul     x9, x10, x11            // signed, 128 bits in x10:x9
        smulh   x10, x10, x11
        extr    x9, x10, x9, #32
        add     x3, x3, x9
        dmb     ishld
        ldr     x9, [x12]
        cmp     x9, x16
        b.ne    1b
        ret

// int gettimeofday(x0 timeval, x1 timezone)
gettimeofday:
        mov     x13, x0
        cbz     x1, no_zone
        mov     x0, #0
        mov     x8, #NR_gettimeofday
        svc     #0
no_zone:
        mov     w0, #0
        cbz     x13, return
        mov     x1, x13                 // a timespec and a timeval have the same shape
        mov     x17, x30
        bl      clock_gettime
        mov     x30, x17
        cbnz    w0, return
        ldr     x9, [x1, #8]
        mov     x10, #1000
        udiv    x9, x9, x10
        str     x9, [x1, #8]
        ret
