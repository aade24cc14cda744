# Test program: reads parameters (the stub's first 256 bytes) from stdin as often as there are any, and for each of them
# calls the stub once per case and writes what it answered, between the kernel's own readings, to stdout:
# base before, clock before, answer, clock after, base after (each seconds and nanoseconds), returned value. Ends with 0.
# The cases follow the program's parameters: clock, its family's base clock, offset in the stub, 1 if called as f(buffer, 0).

        .intel_syntax noprefix
        .text
        .balign 64
stub:   .incbin "include.bin"
        .balign 64
record: .fill 11, 8, 0

        .macro  read_clock clock, at
        mov     edi, \clock
        lea     rsi, [rip + record + \at]
        mov     eax, 228
        syscall
        .endm

        .globl  _start
_start:
        xor     eax, eax
        xor     edi, edi
        lea     rsi, [rip + stub]
        mov     edx, 256
        syscall
        cmp     eax, 256
        jne     done
        lea     rbx, [rip + cases]
next:
        cmp     dword ptr [rbx], -1
        je      _start
        mov     r12d, [rbx]
        mov     r13d, [rbx + 4]
        lea     r14, [rip + stub]
        mov     eax, [rbx + 8]
        add     r14, rax
        read_clock r13d, 0
        read_clock r12d, 16
        mov     edi, r12d
        lea     rsi, [rip + record + 32]
        cmp     dword ptr [rbx + 12], 0
        je      call_it
        mov     rdi, rsi
        xor     esi, esi
call_it:
        call    r14
        mov     [rip + record + 80], rax
        read_clock r12d, 48
        read_clock r13d, 64
        mov     eax, 1
        mov     edi, 1
        lea     rsi, [rip + record]
        mov     edx, 88
        syscall
        add     rbx, 16
        jmp     next
done:
        mov     edi, eax
        mov     eax, 60
        syscall
        .balign 16
cases:
