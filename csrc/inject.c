/*
 * What `ggml-viz attach` makes a foreign process execute: machine code that is copied, together with the values it needs,
 * into a place of that process where nothing is, and to which one of its threads is diverted. It is never called here.
 *
 * Whatever happens to the attaching process, the thread must find back by itself. So from its first instruction to its last
 * this needs nobody: it blocks signals, does its work on memory of its own, and restores every register from values that
 * were written behind it beforehand. The thread's stack is not used but for one word below the red zone. All the thread
 * does is to start another one, which may then wait for the loader as long as it must, holding nothing of the program's.
 *
 * The words behind the code and the block of memory are described in ggmlviz/capture/injection.py; the two must agree.
 */
#if defined(__x86_64__)

#define BLOCKED "0"               /* signals while we are at it */
#define MASK "8"                  /* signals as the thread had them */
#define BLOCK "16"                /* where to put the block */
#define BLOCK_BYTES "24"
#define PTHREAD_CREATE "32"
#define FLAGS "40"
#define RSP "48"
#define RIP "56"

__asm__(
    ".pushsection .text\n"
    ".globl ggmlviz_injected\n.globl ggmlviz_injected_end\n"
    ".type ggmlviz_injected, @function\n.type ggmlviz_injected_end, @object\n"
    ".balign 16\n"
    "ggmlviz_injected:\n"
    /* rt_sigprocmask(SIG_SETMASK, blocked, NULL, 8) */
    "  movl $14, %eax\n  movl $2, %edi\n  leaq 90f+" BLOCKED "(%rip), %rsi\n  xorl %edx, %edx\n  movl $8, %r10d\n"
    "  syscall\n"
    /* mmap(block, bytes, READ | WRITE, PRIVATE | ANONYMOUS | FIXED_NOREPLACE, -1, 0) */
    "  movl $9, %eax\n  movq 90f+" BLOCK "(%rip), %rdi\n  movq 90f+" BLOCK_BYTES "(%rip), %rsi\n  movl $3, %edx\n"
    "  movl $0x100022, %r10d\n  movq $-1, %r8\n  xorl %r9d, %r9d\n"
    "  syscall\n"
    "  cmpq 90f+" BLOCK "(%rip), %rax\n  jne 4f\n"
    "  movq %rax, %rbx\n"
    "  cmpl $0, 0(%rbx)\n  je 5f\n" /* nobody has filled it: the attacher is dead */
    "  leaq 65536(%rbx), %rsp\n"
    "  movl $-1, %eax\n  movl $-1, %edx\n  xsave64 16896(%rbx)\n"
    "  cld\n"
    "  leaq 96(%rbx), %rdi\n  xorl %esi, %esi\n  leaq 20f(%rip), %rdx\n  movq %rbx, %rcx\n"
    "  call *90f+" PTHREAD_CREATE "(%rip)\n"
    "  movl %eax, %ebp\n"
    "  movl $-1, %eax\n  movl $-1, %edx\n  xrstor64 16896(%rbx)\n"
    "  testl %ebp, %ebp\n  jne 5f\n"
    "  movq 90f+" RSP "(%rip), %rsp\n"
    "  movl $1, 4(%rbx)\n" /* the block is the other thread's from here on */
    "  jmp 6f\n"
    "4:\n" /* not where it was wanted: an old kernel takes the address for a wish */
    "  cmpq $-4096, %rax\n  jae 6f\n"
    "  movq %rax, %rbx\n"
    "5:\n" /* munmap */
    "  movq 90f+" RSP "(%rip), %rsp\n"
    "  movq %rbx, %rdi\n  movq 90f+" BLOCK_BYTES "(%rip), %rsi\n  movl $11, %eax\n"
    "  syscall\n"
    "6:\n"
    "  movq 90f+" RSP "(%rip), %rsp\n"
    "  leaq -128(%rsp), %rsp\n"
    /* rt_sigprocmask(SIG_SETMASK, mask, NULL, 8) */
    "  movl $14, %eax\n  movl $2, %edi\n  leaq 90f+" MASK "(%rip), %rsi\n  xorl %edx, %edx\n  movl $8, %r10d\n"
    "  syscall\n"
    "  pushq 90f+" FLAGS "(%rip)\n  popfq\n"
    "  movq 90f+64(%rip), %rax\n  movq 90f+72(%rip), %rbx\n  movq 90f+80(%rip), %rcx\n  movq 90f+88(%rip), %rdx\n"
    "  movq 90f+96(%rip), %rsi\n  movq 90f+104(%rip), %rdi\n  movq 90f+112(%rip), %rbp\n"
    "  movq 90f+120(%rip), %r8\n  movq 90f+128(%rip), %r9\n  movq 90f+136(%rip), %r10\n  movq 90f+144(%rip), %r11\n"
    "  movq 90f+152(%rip), %r12\n  movq 90f+160(%rip), %r13\n  movq 90f+168(%rip), %r14\n  movq 90f+176(%rip), %r15\n"
    "  movq 90f+" RSP "(%rip), %rsp\n"
    "  jmpq *90f+" RIP "(%rip)\n"

    /* The other thread: its argument is the block. */
    "20:\n"
    "  pushq %rbx\n  pushq %r12\n  subq $8, %rsp\n"
    "  movq %rdi, %rbx\n"
    "  movl $186, %eax\n  syscall\n  movl %eax, 20(%rbx)\n" /* gettid */
    "  movq 64(%rbx), %rax\n  testq %rax, %rax\n  jnz 22f\n"
    "  leaq 256(%rbx), %rdi\n  movl $2, %esi\n  call *32(%rbx)\n" /* dlopen(path, RTLD_NOW) */
    "  testq %rax, %rax\n  jz 23f\n"
    "  movq %rax, %rdi\n  leaq 128(%rbx), %rsi\n  call *40(%rbx)\n" /* dlsym(handle, name) */
    "  testq %rax, %rax\n  jz 23f\n"
    "22:\n" /* entry(argument, answer, room) */
    "  leaq 4352(%rbx), %rdi\n  leaq 12544(%rbx), %rsi\n  movl $4096, %edx\n  call *%rax\n"
    "  movl %eax, 24(%rbx)\n  movl $1, 12(%rbx)\n"
    "  jmp 26f\n"
    "23:\n" /* the answer is dlerror() */
    "  call *48(%rbx)\n  testq %rax, %rax\n  jz 25f\n"
    "  movq %rax, %rsi\n  leaq 12544(%rbx), %rdi\n  movl $4095, %ecx\n"
    "24:\n"
    "  lodsb\n  stosb\n  testb %al, %al\n  je 25f\n  decl %ecx\n  jnz 24b\n"
    "25:\n"
    "  movl $2, 12(%rbx)\n"
    "26:\n" /* until the answer has been read, or for four seconds: whoever asked may be dead */
    "  movl $4000, %r12d\n"
    "27:\n"
    "  cmpl $0, 16(%rbx)\n  jne 28f\n"
    "  movl $35, %eax\n  leaq 72(%rbx), %rdi\n  xorl %esi, %esi\n  syscall\n" /* nanosleep */
    "  decl %r12d\n  jnz 27b\n"
    "28:\n" /* until the thread that started us is out of the block */
    "  cmpl $0, 4(%rbx)\n  jne 29f\n"
    "  movl $35, %eax\n  leaq 72(%rbx), %rdi\n  xorl %esi, %esi\n  syscall\n"
    "  jmp 28b\n"
    "29:\n"
    "  movq %fs:16, %rdi\n  call *56(%rbx)\n" /* pthread_detach(pthread_self()) */
    "  movq %rbx, %rdi\n  movq 88(%rbx), %rsi\n  movl $11, %eax\n  syscall\n" /* munmap */
    "  xorl %eax, %eax\n"
    "  addq $8, %rsp\n  popq %r12\n  popq %rbx\n"
    "  ret\n"
    ".balign 8\n"
    "90:\n"
    "ggmlviz_injected_end:\n"
    ".size ggmlviz_injected, . - ggmlviz_injected\n"
    ".popsection\n");

#else
typedef int ggmlviz_injected_is_of_x86_64; /* a source must hold something */
#endif
