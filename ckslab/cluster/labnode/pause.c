/* The process that holds a pod's namespaces: sleeps until SIGTERM or SIGINT, and reaps orphans as pid 1.
 * No libc, so that it is a few kilobytes for any Linux of its architecture. */

#define SIG_BLOCK 0
#define SIGINT 2
#define SIGTERM 15
#define SIGCHLD 17
#define WNOHANG 1
#define BIT(signal) (1UL << ((signal) - 1))

#if defined(__x86_64__)
#define SYS_rt_sigprocmask 14
#define SYS_wait4 61
#define SYS_rt_sigtimedwait 128
#define SYS_exit_group 231

static long call(long number, long a, long b, long c, long d)
{
	long result;
	register long r10 __asm__("r10") = d;
	__asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
			 : "rcx", "r11", "memory");
	return result;
}
#elif defined(__aarch64__)
#define SYS_rt_sigprocmask 135
#define SYS_wait4 260
#define SYS_rt_sigtimedwait 137
#define SYS_exit_group 94

static long call(long number, long a, long b, long c, long d)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
	return x0;
}
#else
#error "pause knows x86_64 and aarch64"
#endif

void _start(void)
{
	/* Blocked, not handled: as pid 1 an unblocked SIGTERM without a handler would be thrown away. */
	unsigned long set = BIT(SIGINT) | BIT(SIGTERM) | BIT(SIGCHLD);

	call(SYS_rt_sigprocmask, SIG_BLOCK, (long)&set, 0, sizeof set);
	for (;;) {
		long signal = call(SYS_rt_sigtimedwait, (long)&set, 0, 0, sizeof set);

		if (signal == SIGTERM || signal == SIGINT)
			call(SYS_exit_group, 0, 0, 0, 0);
		if (signal == SIGCHLD) /* one signal may stand for many children */
			while (call(SYS_wait4, -1, 0, WNOHANG, 0) > 0)
				;
	}
}
