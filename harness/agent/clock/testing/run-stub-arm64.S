// Test program, the same as run-stub-x64.S, which explains it.

        .text
        .balign 64
stub:   .incbin "include.bin"
        .balign 64
record: .fill 11, 8, 0

        .macro  read_clock clock, at
        mov     w0, \clock
        adr     x1, record + \at
        mov     x8, #113
        svc     #0
        .endm

        .globl  _start
_start:
        mov     x0, #0
        adr     x1, stub
        mov     x2, #256
        mov     x8, #63
        svc     #0
        cmp     x0, #256
        b.ne    done
        adr     x19, cases
next:
        ldr     w20, [x19]
        cmn     w20, #1
        b.eq    _start
        ldr     w21, [x19, #4]
        ldr     w9, [x19, #8]
        adr     x22, stub
        add     x22, x22, x9
        read_clock w21, 0
        read_clock w20, 16
        mov     w0, w20
        adr     x1, record + 32
        ldr     w9, [x19, #12]
        cbz     w9, call_it
        mov     x0, x1
        mov     x1, #0
call_it:
        blr     x22
        adr     x9, record + 80
        str     x0, [x9]
        read_clock w20, 48
        read_clock w21, 64
        mov     x0, #1
        adr     x1, record
        mov     x2, #88
        mov     x8, #64
        svc     #0
        add     x19, x19, #16
        b       next
done:
        mov     x8, #93
        svc     #0
        .balign 16
cases:
