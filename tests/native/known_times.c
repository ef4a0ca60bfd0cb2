/*
 * A program that knows how long its operations take: each is a custom operation of a real ggml that spins for a known
 * time and notes on CLOCK_MONOTONIC when it began and ended, on every thread. What it noted goes to stdout, one JSON
 * object per computed graph, so that a trace of the program can be compared with it.
 *
 * known_times direct|sched|pair THREADS RUNS [CALL FIRST]
 *   direct  computes on the CPU backend; sched: through a scheduler; pair: two threads, each with a ggml of its own
 *   CALL    the program's own abort callback stops the graph when it is called for the CALL-th time in a run,
 *           from run number FIRST on
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "ggml_public.h"

enum { MOST_THREADS = 8, WIDTH = 64, MOST_RUNS = 64 };
enum kind { MAP1, MAP2, CUSTOM, RESHAPE, VIEW, TRANSPOSE };

struct recipe {
    const char *name;
    enum kind kind;
    int64_t even, rising, first;  /* ns: on every thread, times the number of the thread, on thread 0 alone */
};

static const struct recipe recipes[] = {
    {"fifth", MAP1, 200000, 0, 0},
    {"square", RESHAPE, 0, 0, 0},
    {"one", MAP2, 1000000, 0, 0},
    {"flat", VIEW, 0, 0, 0},
    {"three", CUSTOM, 3000000, 0, 0},
    {"twentieth", MAP1, 50000, 0, 0},
    {"square again", RESHAPE, 0, 0, 0},
    {"turned", TRANSPOSE, 0, 0, 0},
    {"turned back", TRANSPOSE, 0, 0, 0},
    {"rising", MAP1, 100000, 700000, 0},
    {"first is last", MAP1, 100000, 0, 1400000},
    {"nothing", MAP1, 0, 0, 0},
    {"ten microseconds", MAP1, 10000, 0, 0},
    {"half", MAP2, 500000, 0, 0},
    {"flat again", VIEW, 0, 0, 0},
    {"last", MAP1, 300000, 200000, 0},
};
enum { OPS = sizeof recipes / sizeof *recipes };

struct op {
    const struct recipe *recipe;
    int threads;
    int64_t begin[MOST_THREADS], end[MOST_THREADS], tid[MOST_THREADS];
};

struct run {
    int64_t begin, end;
    int status, calls;
    struct op ops[OPS];
};

struct subject {
    int number, threads, runs, abort_at, first_abort, now_run, calls;
    bool scheduled;
    struct op ops[OPS];
    struct run run[MOST_RUNS];
};

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void work(struct op *op, int ith, int nth) {
    int64_t begin = now(), end = begin;
    const struct recipe *recipe = op->recipe;
    int64_t until = begin + recipe->even + recipe->rising * ith + (ith == 0 ? recipe->first : 0);
    while (end < until) end = now();
    op->begin[ith] = begin;
    op->end[ith] = end;
    op->tid[ith] = syscall(SYS_gettid);
    if (ith == 0) op->threads = nth;
}

static void map1(struct ggml_tensor *to, const struct ggml_tensor *from, int ith, int nth, void *op) {
    (void)to, (void)from;
    work(op, ith, nth);
}

static void map2(struct ggml_tensor *to, const struct ggml_tensor *a, const struct ggml_tensor *b, int ith, int nth,
                 void *op) {
    (void)to, (void)a, (void)b;
    work(op, ith, nth);
}

static void custom(struct ggml_tensor *to, int ith, int nth, void *op) {
    (void)to;
    work(op, ith, nth);
}

static bool stop_at_call(void *data) {
    struct subject *subject = data;
    return ++subject->calls == subject->abort_at && subject->now_run >= subject->first_abort;
}

static struct ggml_tensor *add(struct ggml_context *context, struct ggml_tensor *from, struct op *op) {
    switch (op->recipe->kind) {
    case MAP1: return ggml_map_custom1(context, from, map1, GGML_N_TASKS_MAX, op);
    case MAP2: return ggml_map_custom2(context, from, from, map2, GGML_N_TASKS_MAX, op);
    case CUSTOM: return ggml_custom_4d(context, GGML_TYPE_F32, WIDTH, 1, 1, 1, &from, 1, custom, GGML_N_TASKS_MAX, op);
    case RESHAPE: return ggml_reshape_2d(context, from, WIDTH / 8, 8);
    case VIEW: return ggml_view_1d(context, from, WIDTH, 0);
    case TRANSPOSE: return ggml_transpose(context, from);
    }
    return NULL;
}

static void compute(struct subject *subject, void *backend, void *sched, struct ggml_cgraph *graph) {
    for (int i = 0; i < subject->runs; i++) {
        struct run *run = &subject->run[i];
        for (int k = 0; k < OPS; k++) subject->ops[k].threads = 0;
        subject->calls = 0;
        subject->now_run = i;
        run->begin = now();
        run->status =
            sched ? ggml_backend_sched_graph_compute(sched, graph) : ggml_backend_graph_compute(backend, graph);
        run->end = now();
        run->calls = subject->calls;
        memcpy(run->ops, subject->ops, sizeof run->ops);
    }
}

static void *run_subject(void *data) {
    struct subject *subject = data;
    struct ggml_init_params params = {64 * ggml_tensor_overhead() + ggml_graph_overhead(), NULL, true};
    struct ggml_context *context = ggml_init(params);
    void *backend = ggml_backend_cpu_init(), *sched = NULL, *buffer = NULL;
    ggml_backend_cpu_set_n_threads(backend, subject->threads);
    if (subject->abort_at) ggml_backend_cpu_set_abort_callback(backend, stop_at_call, subject);

    struct ggml_tensor *tensor = ggml_new_tensor_1d(context, GGML_TYPE_F32, WIDTH);
    ggml_set_name(tensor, "input");
    ggml_set_input(tensor);
    for (int k = 0; k < OPS; k++) {
        subject->ops[k].recipe = &recipes[k];
        tensor = add(context, tensor, &subject->ops[k]);
        ggml_set_name(tensor, recipes[k].name);
    }
    struct ggml_cgraph *graph = ggml_new_graph(context);
    ggml_build_forward_expand(graph, tensor);
    if (subject->scheduled) {
        sched = ggml_backend_sched_new(&backend, NULL, 1, 256, false, false);
        if (!ggml_backend_sched_alloc_graph(sched, graph)) exit(3);
    } else {
        buffer = ggml_backend_alloc_ctx_tensors(context, backend);
    }
    compute(subject, backend, sched, graph);
    if (sched) ggml_backend_sched_free(sched);
    if (buffer) ggml_backend_buffer_free(buffer);
    ggml_backend_free(backend);
    ggml_free(context);
    return NULL;
}

static void print_times(const char *key, const int64_t *times, int count) {
    printf(", \"%s\": [", key);
    for (int i = 0; i < count; i++) printf("%s%lld", i ? ", " : "", (long long)times[i]);
    printf("]");
}

static void print(const struct subject *subject) {
    for (int i = 0; i < subject->runs; i++) {
        const struct run *run = &subject->run[i];
        printf("{\"subject\": %d, \"begin\": %lld, \"end\": %lld, \"status\": %d, \"calls\": %d, \"ops\": [",
               subject->number, (long long)run->begin, (long long)run->end, run->status, run->calls);
        const char *comma = "";
        for (int k = 0; k < OPS; k++) {
            const struct op *op = &run->ops[k];
            if (!op->threads) continue; /* a view computes nothing; what follows an abort was not computed */
            printf("%s{\"name\": \"%s\"", comma, op->recipe->name);
            print_times("begin", op->begin, op->threads);
            print_times("end", op->end, op->threads);
            print_times("tid", op->tid, op->threads);
            printf("}");
            comma = ", ";
        }
        printf("]}\n");
    }
}

int main(int count, char **argument) {
    if (count < 4) return 2;
    int subjects = strcmp(argument[1], "pair") == 0 ? 2 : 1;
    struct subject *subject = calloc(2, sizeof *subject);
    pthread_t thread[2];
    for (int i = 0; i < subjects; i++) {
        subject[i].number = i;
        subject[i].scheduled = strcmp(argument[1], "sched") == 0;
        subject[i].threads = atoi(argument[2]);
        subject[i].runs = atoi(argument[3]);
        subject[i].abort_at = count > 5 ? atoi(argument[4]) : 0;
        subject[i].first_abort = count > 5 ? atoi(argument[5]) : 0;
        if (subject[i].threads > MOST_THREADS || subject[i].runs > MOST_RUNS) return 2;
        if (subjects == 1) run_subject(&subject[i]);
        else if (pthread_create(&thread[i], NULL, run_subject, &subject[i])) return 3;
    }
    for (int i = 0; subjects == 2 && i < 2; i++) pthread_join(thread[i], NULL);
    for (int i = 0; i < subjects; i++) print(&subject[i]);
    free(subject);
    return 0;
}
