/*
 * Tests of the recorder: threads that come and go, forks in the middle, definitions by their meaning. What must hold of
 * the traces they leave is checked by a reader; the environment says where they go. Prints how many rows it wrote.
 */
#define _GNU_SOURCE
#include "recorder.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "define.h"
#include "intern.h"

enum { THREADS = 6, GENERATIONS = 8, ROWS = 2000, FORKS = 6 };

static void write_rows(uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        struct gv_lane *lane = gv_recording();
        CHECK(lane);
        gv_row(lane, gv_now(), GGMLVIZ_ROW_MARK, 0, 0, i);
    }
}

static void *one_thread(void *unused) {
    write_rows(ROWS);
    return unused;
}

/* More threads than lanes: those that end leave theirs to those that come. */
static void threads_come_and_go(void) {
    pthread_t threads[THREADS];
    for (int generation = 0; generation < GENERATIONS; generation++) {
        for (int i = 0; i < THREADS; i++) CHECK(!pthread_create(&threads[i], NULL, one_thread, NULL));
        for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    }
    printf("%d\n", THREADS * GENERATIONS * ROWS);
}

static bool stops;

static void *write_and_define(void *unused) {
    for (uint32_t i = 0; !__atomic_load_n(&stops, __ATOMIC_ACQUIRE); i++) {
        char text[32];
        write_rows(10);
        snprintf(text, sizeof text, "text %u", i % 500);
        gv_lock();
        CHECK(gv_string(text) != GGMLVIZ_NONE);
        gv_unlock();
        sched_yield();
    }
    return unused;
}

/* A child has a trace of its own and leaves its parent's alone. */
static void forks_in_the_middle(void) {
    pthread_t threads[THREADS];
    write_rows(1);
    for (int i = 0; i < THREADS; i++) CHECK(!pthread_create(&threads[i], NULL, write_and_define, NULL));
    for (int i = 0; i < FORKS; i++) {
        int status;
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            pthread_t thread;
            write_rows(ROWS);
            CHECK(!pthread_create(&thread, NULL, one_thread, NULL) && !pthread_join(thread, NULL));
            exit(0);
        }
        CHECK(waitpid(child, &status, 0) == child && status == 0);
    }
    __atomic_store_n(&stops, true, __ATOMIC_RELEASE);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    printf("%d\n", FORKS);
}

/* A child that never comes to ggml makes no trace. */
static void a_quiet_child_leaves_no_trace(void) {
    int status;
    write_rows(ROWS);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) exit(0);
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    printf("%d\n", ROWS);
}

static int at_work;

static void *write_forever(void *unused) {
    write_rows(1);
    __atomic_fetch_add(&at_work, 1, __ATOMIC_RELAXED);
    for (;;) {
        struct gv_lane *lane = gv_recording(); /* none once the recording has ended */
        if (lane) gv_row(lane, gv_now(), GGMLVIZ_ROW_MARK, 0, 0, 0);
    }
    return unused;
}

/* The process ends while its threads are at work. */
static void threads_outlive_main(void) {
    pthread_t thread;
    write_rows(ROWS);
    for (int i = 0; i < THREADS; i++) CHECK(!pthread_create(&thread, NULL, write_forever, NULL));
    while (__atomic_load_n(&at_work, __ATOMIC_RELAXED) < THREADS) sched_yield();
    printf("%d\n", ROWS);
}

static char *nothing_said(const char *name) {
    (void)name;
    return NULL;
}

static int unhooked;
static void unhook(void) { unhooked++; }

/* As a hook does: what is written between the two is never freed meanwhile. */
static void *visit_forever(void *unused) {
    while (!__atomic_load_n(&stops, __ATOMIC_ACQUIRE)) {
        bool outermost = gv_enter(__builtin_frame_address(0));
        struct gv_lane *lane = gv_recording();
        for (int i = 0; lane && i < 50; i++) gv_row(lane, gv_now(), GGMLVIZ_ROW_MARK, 0, 0, 0);
        CHECK(outermost);
        gv_exit(outermost);
        __atomic_fetch_add(&at_work, 1, __ATOMIC_RELAXED);
        sched_yield();
    }
    return unused;
}

static int mappings_of_traces(void) {
    char line[4096];
    int found = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    while (fgets(line, sizeof line, maps)) found += strstr(line, ".ggmlviz") != NULL;
    fclose(maps);
    return found;
}

/* Recordings that come and go in a process at work leave nothing behind; each has a trace of its own. */
static void joins_and_leaves(void) {
    enum { TIMES = 8 };
    pthread_t threads[THREADS];
    char path[4096];
    CHECK(gv_recorder_hold());
    CHECK(!gv_recording());
    for (int i = 0; i < THREADS; i++) CHECK(!pthread_create(&threads[i], NULL, visit_forever, NULL));
    for (int i = 0; i < TIMES; i++) {
        struct gv_output output;
        CHECK(gv_output_read(&output, nothing_said) && !output.path);
        snprintf(path, sizeof path, "%s.%d.ggmlviz", getenv("GGML_VIZ_OUTPUT"), i);
        output.path = path;
        CHECK(gv_recorder_join(&output) && !gv_recorder_hold());
        int before = __atomic_load_n(&at_work, __ATOMIC_RELAXED);
        while (__atomic_load_n(&at_work, __ATOMIC_RELAXED) < before + 20 * THREADS) sched_yield();
        CHECK(gv_recorder_leave(unhook) && unhooked == i + 1);
        CHECK(mappings_of_traces() == 0);
    }
    __atomic_store_n(&stops, true, __ATOMIC_RELEASE);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    CHECK(!gv_recording());
    printf("%d\n", TIMES);
}

/* A thread that does not come out of a hook keeps what it may be using. */
static void leaves_while_a_thread_is_inside(void) {
    struct gv_output output;
    char path[4096];
    CHECK(gv_recorder_hold() && gv_output_read(&output, nothing_said));
    snprintf(path, sizeof path, "%s", getenv("GGML_VIZ_OUTPUT"));
    output.path = path;
    CHECK(gv_recorder_join(&output));
    bool outermost = gv_enter(__builtin_frame_address(0));
    struct gv_lane *lane = gv_recording();
    for (int i = 0; i < ROWS; i++) gv_row(lane, gv_now(), GGMLVIZ_ROW_MARK, 0, 0, 0);
    gv_patience_ms = 50;
    CHECK(!gv_recorder_leave(unhook) && unhooked == 1);
    gv_row(lane, gv_now(), GGMLVIZ_ROW_MARK, 0, 0, 0);
    gv_exit(outermost);
    CHECK(!gv_recording() && mappings_of_traces());
    printf("%d\n", ROWS);
}

static void the_same_has_the_same_id(void) {
    write_rows(1);
    gv_lock();
    uint32_t first = gv_string("first"), second = gv_string("second");
    CHECK(first != second && gv_string("first") == first && gv_string("") == 0 && gv_string(NULL) == 0);
    struct ggmlviz_def_library library = {.path = first};
    CHECK(gv_library(&library) == 0);
    struct ggmlviz_def_tensor tensor = {.name = first, .op = second, .buffer = GGMLVIZ_NONE, .file = GGMLVIZ_NONE};
    tensor.ne[3] = 4;
    uint32_t id = gv_tensor(&tensor);
    tensor.id = 77;
    CHECK(gv_tensor(&tensor) == id);
    tensor.ne[3] = 5;
    CHECK(gv_tensor(&tensor) == id + 1);
    struct ggmlviz_edge *edges = calloc(10000, sizeof *edges);
    CHECK(gv_topology(5, 6, edges, 10000) == 0 && gv_topology(5, 6, edges, 10000) == 0);
    CHECK(gv_topology(5, 6, edges, 9999) == 1 && gv_topology(6, 5, edges, 9999) == 2);
    uint32_t members[11] = {0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0};
    CHECK(gv_graph(0, 0, members, 11) == 0 && gv_graph(0, 0, members, 11) == 0 && gv_graph(1, 0, members, 11) == 1);
    gv_unlock();
    free(edges);
    printf("1\n");
}

static void a_set_of_hashes_keeps_ids(void) {
    enum { COUNT = 300000 };
    struct gv_intern set = {0};
    bool fresh;
    for (uint32_t i = 0; i < COUNT; i++) {
        uint32_t *id = gv_intern_find(&set, gv_hash(9, &i, sizeof i), &fresh);
        CHECK(id && fresh);
        *id = i;
    }
    for (uint32_t i = 0; i < COUNT; i++) {
        uint32_t *id = gv_intern_find(&set, gv_hash(9, &i, sizeof i), &fresh);
        CHECK(id && !fresh && *id == i);
    }
    CHECK(set.count == COUNT && set.places >= 2 * COUNT);
    gv_intern_clear(&set);
    CHECK(gv_intern_find(&set, 1, &fresh) && fresh);
    gv_intern_clear(&set);

    char zeros[64] = "";
    for (size_t bytes = 0; bytes < sizeof zeros; bytes++) /* zeros at the end count, too */
        CHECK(gv_hash(1, zeros, bytes) != gv_hash(1, zeros, bytes + 1));
    CHECK(gv_hash(1, "abc", 3) != gv_hash(2, "abc", 3));
    printf("0\n");
}

#define TEST(name) {#name, name}
static const struct test tests[] = {
    TEST(threads_come_and_go), TEST(forks_in_the_middle), TEST(a_quiet_child_leaves_no_trace),
    TEST(threads_outlive_main), TEST(joins_and_leaves), TEST(leaves_while_a_thread_is_inside),
    TEST(the_same_has_the_same_id), TEST(a_set_of_hashes_keeps_ids),
};

int main(int count, char **argument) {
    for (size_t i = 0; count == 2 && i < sizeof tests / sizeof *tests; i++) {
        if (strcmp(tests[i].name, argument[1])) continue;
        tests[i].run();
        fflush(stdout);
        return 0;
    }
    return 2;
}
