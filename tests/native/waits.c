/*
 * Waits in each way there is, until the time is over, and prints what came of it; then again, for as many times as
 * argument 1 says. Whoever stops and resumes it meanwhile must not be noticed.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <time.h>
#include <unistd.h>

enum { MS = 120 };

static const struct timespec span = {0, MS * 1000000L};

static void tell(const char *what, long result) {
    printf("%s %ld %d\n", what, result, result < 0 ? errno : 0);
    fflush(stdout);
}

static void *write_later(void *data) {
    nanosleep(&span, NULL);
    return write(*(int *)data, "x", 1) == 1 ? data : NULL;
}

static void read_pipe(void) {
    int pipes[2];
    pthread_t thread;
    char byte;
    if (pipe(pipes) || pthread_create(&thread, NULL, write_later, &pipes[1])) abort();
    tell("read", read(pipes[0], &byte, 1));
    pthread_join(thread, NULL);
    close(pipes[0]);
    close(pipes[1]);
}

static void wait_for_condition(void) {
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += span.tv_nsec;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&mutex);
    tell("pthread_cond_timedwait", pthread_cond_timedwait(&never, &mutex, &until));
    pthread_mutex_unlock(&mutex);
}

int main(int count, char **argument) {
    int times = count == 2 ? atoi(argument[1]) : 1;
    int polled = epoll_create1(0), semaphore = semget(IPC_PRIVATE, 1, 0600);
    sigset_t none;
    sigemptyset(&none);
    if (!dlopen(NULL, RTLD_LAZY)) return 1; /* it could load a ggml */
    for (int i = 0; i < times; i++) {
        struct timeval some = {0, MS * 1000L};
        struct epoll_event event;
        struct sembuf down = {0, -1, 0};
        tell("nanosleep", nanosleep(&span, NULL));
        tell("poll", poll(NULL, 0, MS));
        tell("select", select(0, NULL, NULL, NULL, &some));
        tell("epoll_wait", epoll_wait(polled, &event, 1, MS));
        tell("sigtimedwait", sigtimedwait(&none, NULL, &span));
        tell("semtimedop", semtimedop(semaphore, &down, 1, &span));
        read_pipe();
        wait_for_condition();
    }
    semctl(semaphore, 0, IPC_RMID);
    return 0;
}
