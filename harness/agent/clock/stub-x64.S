# Replaces the clock functions of a process's vDSO on x86-64. Written into the free bytes behind the vDSO's last section;
# a jump at the entry of each function leads here. The bytes that this assembles to are in stub-x64.ts; a test compares.
#
# A reading is a function of the kernel's own reading alone, and so is the same in every thread:
#
#   since = kernel's reading - at
#   reading = since < 0 ? fakeBefore + since * rateBefore : fakeAfter + since * rateAfter
#
# `at` lies a little in the future when the parameters are written, so that no thread has seen a time behind it yet.
# There are two blocks of parameters. The generation's lowest bit says which one counts; whoever changes them writes the
# other one first. A reader that finds another generation after its reading than before begins again, so that it can never
# have used half of one block and half of another. (x86 does not reorder loads with loads, so no fence is needed.)
#
# Clocks (linux/time.h): REALTIME 0, MONOTONIC 1, MONOTONIC_RAW 4, REALTIME_COARSE 5, MONOTONIC_COARSE 6, BOOTTIME 7,
# REALTIME_ALARM 8, BOOTTIME_ALARM 9, TAI 11. All others, those of processor time and of devices too, are left alone.

        .intel_syntax noprefix
        .text

        .set    NR_gettimeofday, 96
        .set    NR_clock_gettime, 228
        .set    NS, 1000000000
        .set    FAMILY_SIZE, 40         # at, fakeBefore, rateBefore, fakeAfter, rateAfter; rates are 32.32 fixed point
        .set    BLOCK_SIZE, 80          # wall clock family, monotonic family
        .set    JITTER, 17              # 2^17 ns, 131 us

data:                                   # layout.ts has the same offsets
        .ascii  "lbclock1"              # 0: magic
generation:
        .quad   0                       # 8
blocks:
        .fill   20, 8, 0                # 16: block 0, block 1
saved:
        .fill   10, 8, 0                # 176: what the jumps have replaced, 16 bytes for each function; up to 256

# int clock_gettime(edi clock, rsi timespec)
clock_gettime:
        cmp     edi, 11
        ja      untouched
        je      tai
        mov     eax, 0x121              # 0, 5, 8: the wall clock's own time scale
        bt      eax, edi
        jc      wall
        mov     eax, 0x42               # 1, 6: the monotonic clock's own
        bt      eax, edi
        jc      monotonic
        mov     eax, 0x290              # 4, 7, 9: monotonic clocks of other scales
        bt      eax, edi
        jc      other_monotonic
untouched:
        mov     eax, NR_clock_gettime
        syscall
        ret
wall:
        xor     r10d, r10d
        jmp     same_scale
monotonic:
        mov     r10d, FAMILY_SIZE
same_scale:
        call    shifted
        test    eax, eax
        jnz     return
        mov     rax, r9
store:                                  # rax ns -> the caller's timespec
        xor     edx, edx
        mov     ecx, NS
        div     rcx
        mov     [rsi], rax
        mov     [rsi + 8], rdx
        xor     eax, eax
return:
        ret

# Clocks that count from another moment, or at slightly another speed, than the one that stands for their family: they are
# ahead of their truth by as much as that one is at the same moment. Read before and after, to know that it was the same.
tai:
        xor     r10d, r10d
        xor     ecx, ecx                # REALTIME
        jmp     other_scale
other_monotonic:
        mov     r10d, FAMILY_SIZE
        mov     ecx, 1                  # MONOTONIC
other_scale:
        push    rbx
        push    rbp
        push    r12
        push    r13
        mov     r12d, edi
        mov     r13d, ecx
again:
        mov     edi, r13d
        call    shifted
        test    eax, eax
        jnz     other_return
        mov     rbx, r8
        mov     rbp, r9
        sub     rbp, r8                 # how far ahead
        mov     edi, r12d
        call    real
        test    eax, eax
        jnz     other_return
        add     rbp, r8
        mov     edi, r13d
        call    real
        sub     r8, rbx
        shr     r8, JITTER
        jnz     again
        mov     rax, rbp
        pop     r13
        pop     r12
        pop     rbp
        pop     rbx
        jmp     store
other_return:
        pop     r13
        pop     r12
        pop     rbp
        pop     rbx
        ret

# edi clock, rsi timespec -> eax 0 and r8 the kernel's reading in ns, or eax an error. Keeps r9, r10, rdi, rsi.
real:
        mov     eax, NR_clock_gettime
        syscall
        imul    r8, [rsi], NS
        add     r8, [rsi + 8]
        ret

# edi clock of its family's own scale, r10 offset of the family in a block, rsi timespec
# -> eax 0, r8 the kernel's reading and r9 the shifted one in ns; or eax an error. Keeps r10, rdi, rsi.
shifted:
        mov     r9, [rip + generation]
        mov     eax, NR_clock_gettime
        syscall
        test    eax, eax
        jnz     return
        imul    r8, [rsi], NS
        add     r8, [rsi + 8]
        mov     ecx, r9d
        and     ecx, 1
        imul    ecx, ecx, BLOCK_SIZE
        add     ecx, r10d
        lea     rdx, [rip + blocks]
        add     rcx, rdx
        mov     rax, r8
        sub     rax, [rcx]
        lea     rdx, [rcx + 8]
        lea     rcx, [rcx + 24]
        cmovs   rcx, rdx                # lea leaves the subtraction's sign alone
        mov     r11, [rcx]
        imul    qword ptr [rcx + 8]     # signed, 128 bits in rdx:rax
        shrd    rax, rdx, 32
        add     rax, r11
        cmp     r9, [rip + generation]
        jne     shifted
        mov     r9, rax
        xor     eax, eax
        ret

# int gettimeofday(rdi timeval, rsi timezone)
        .balign 16
gettimeofday:
        push    rdi
        test    rsi, rsi
        jz      no_zone
        xor     edi, edi
        mov     eax, NR_gettimeofday
        syscall
no_zone:
        pop     rdi
        test    rdi, rdi
        jz      time_of_day
        mov     rsi, rdi                # a timespec and a timeval have the same shape
        xor     edi, edi
        call    clock_gettime
        test    eax, eax
        jnz     return
        mov     rax, [rsi + 8]
        xor     edx, edx
        mov     ecx, 1000
        div     rcx
        mov     [rsi + 8], rax
time_of_day:
        xor     eax, eax
        ret

# time_t time(rdi)
        .balign 16
time:
        push    rdi
        sub     rsp, 16
        mov     edi, 5                  # as the kernel's own: the coarse clock
        mov     rsi, rsp
        call    clock_gettime
        mov     rax, [rsp]
        add     rsp, 16
        pop     rdi
        test    rdi, rdi
        jz      return
        mov     [rdi], rax
        ret
