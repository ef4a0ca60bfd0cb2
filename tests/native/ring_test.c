/*
 * Tests of the ring and its store. Each leaves its trace in the folder of argument 1, for a reader to look at.
 *
 * Writers write MARK rows whose value counts the calls of gv_row. A LOST row says how many calls did not become rows,
 * so every lane tells exactly which calls it holds, and the last one tells how many there were.
 */
#define _GNU_SOURCE
#include "ring.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>

#include "check.h"
#include "trace_view.h"

enum { SEGMENT = 4096, ROWS_IN_SEGMENT = (SEGMENT - GGMLVIZ_SEGMENT_HEADER_BYTES) / GGMLVIZ_ROW_BYTES };
enum { MOST_SEGMENTS = 1 << 14, MOST_WRITERS = 8 };

static const char *folder;
static struct ggmlviz_segment *of_lane[MOST_SEGMENTS];

static const char *path_of(const char *test) {
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s.ggmlviz", folder, test);
    return path;
}

static void create(struct gv_ring *ring, const char *name, enum ggmlviz_mode mode, uint32_t limit) {
    struct gv_ring_options options = {.path = path_of(name), .mode = mode, .detail = GGMLVIZ_DETAIL_THREAD,
                                      .segment_bytes = SEGMENT, .limit = limit, .ready = 2};
    CHECK(gv_ring_create(ring, &options));
}

static void mark(struct gv_lane *lane, uint32_t number) { gv_row(lane, gv_now(), GGMLVIZ_ROW_MARK, 0, 0, number); }

/* Write a row that cannot be lost. */
static void mark_surely(struct gv_lane *lane, uint32_t number) {
    if (gv_lane_is_full(lane)) gv_ring_tend(lane->ring);
    mark(lane, number);
}

/* Check that what can be read of a lane tells of all `calls` but for those of segments that were used again. */
static void check_lane(const struct view *view, uint32_t lane, uint32_t calls, bool from_the_start) {
    uint32_t count = view_lane(view, lane, of_lane, MOST_SEGMENTS);
    uint64_t row_number = count ? of_lane[0]->first : 0, next = 0;
    bool known = from_the_start;
    CHECK(count);
    if (from_the_start) CHECK(row_number == 0);
    for (uint32_t i = 0; i < count; i++) {
        const struct ggmlviz_row *row = view_rows(of_lane[i]);
        if (of_lane[i]->first != row_number) {
            CHECK(!from_the_start && of_lane[i]->first > row_number);
            known = false;
        }
        CHECK(!of_lane[i]->sealed_bytes || view_seal_fits(of_lane[i]));
        for (uint64_t at = 0; at < of_lane[i]->used / GGMLVIZ_ROW_BYTES; at++, row++) {
            if (row->kind == GGMLVIZ_ROW_LOST) next += row->value;
            if (row->kind != GGMLVIZ_ROW_MARK) continue;
            CHECK(!known || row->value == next);
            known = true;
            next = row->value + 1;
        }
        row_number = of_lane[i]->first + of_lane[i]->used / GGMLVIZ_ROW_BYTES;
    }
    CHECK(known && next + of_lane[count - 1]->dropped == calls);
}

/* --- many threads at once --- */

struct writer {
    struct gv_ring *ring;
    uint32_t calls, lane;
};

static void *write_calls(void *data) {
    struct writer *writer = data;
    struct gv_lane *lane = gv_lane_take(writer->ring);
    CHECK(lane);
    writer->lane = lane->id;
    for (uint32_t i = 0; i < writer->calls; i++) {
        /* give way so that the lane goes through many segments, and not always, so that rows are lost as well */
        for (int turn = 0; turn < 50 && gv_lane_is_full(lane); turn++) sched_yield();
        mark(lane, i);
    }
    return NULL; /* the lane stays taken: each writer has one of its own */
}

static struct gv_ring *background_ring;
static bool background_stops;

static bool stopping(void) { return __atomic_load_n(&background_stops, __ATOMIC_ACQUIRE); }

static void *tend(void *unused) {
    while (!stopping()) {
        gv_ring_tend(background_ring);
        sched_yield();
    }
    return unused;
}

static void *define(void *counted) {
    for (uint32_t id = 0; !stopping(); id++) {
        char text[16];
        struct ggmlviz_def_string body = {id, (uint32_t)snprintf(text, sizeof text, "text %u", id)};
        if (!gv_ring_define(background_ring, GGMLVIZ_DEF_STRING, &body, sizeof body, text, body.length)) return counted;
        ++*(uint32_t *)counted;
        sched_yield();
    }
    return counted;
}

/* Copies segments while they are written and used again, and believes what docs/FORMAT.md says can be believed. */
static void snapshot(const struct view *view, uint32_t place) {
    static struct ggmlviz_row copy[ROWS_IN_SEGMENT];
    const struct ggmlviz_segment *segment = view_segment(view, place);
    uint32_t generation = __atomic_load_n(&segment->generation, __ATOMIC_ACQUIRE);
    uint64_t used = __atomic_load_n(&segment->used, __ATOMIC_ACQUIRE);
    uint64_t first = __atomic_load_n(&segment->first, __ATOMIC_RELAXED);
    uint32_t kind = __atomic_load_n(&segment->kind, __ATOMIC_ACQUIRE), lane = segment->lane;
    if (kind != GGMLVIZ_SEGMENT_ROWS || used > sizeof copy) return;
    memcpy(copy, view_rows(segment), used);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    if (__atomic_load_n(&segment->generation, __ATOMIC_RELAXED) != generation || segment->first != first ||
        __atomic_load_n(&segment->kind, __ATOMIC_RELAXED) != kind || segment->lane != lane ||
        __atomic_load_n(&segment->used, __ATOMIC_RELAXED) < used)
        return;
    for (uint64_t at = 1; at < used / GGMLVIZ_ROW_BYTES; at++) {
        CHECK(copy[at].kind == GGMLVIZ_ROW_MARK || copy[at].kind == GGMLVIZ_ROW_LOST);
        CHECK(copy[at].time >= copy[at - 1].time);
        if (copy[at].kind == GGMLVIZ_ROW_MARK && copy[at - 1].kind == GGMLVIZ_ROW_MARK)
            CHECK(copy[at].value == copy[at - 1].value + 1);
    }
}

static void *look(void *path) {
    while (!stopping()) {
        struct view view = view_open(path);
        if (view.header->segment_bytes)
            for (uint32_t place = 0; place < view_segments(&view); place++) snapshot(&view, place);
        view_close(&view);
        sched_yield();
    }
    return path;
}

static void many_at_once(const char *name, enum ggmlviz_mode mode, uint32_t limit, uint32_t calls) {
    struct gv_ring ring;
    struct writer writers[MOST_WRITERS];
    pthread_t threads[MOST_WRITERS], tending, defining, looking;
    uint32_t defined = 0;
    create(&ring, name, mode, limit);
    background_ring = &ring;
    background_stops = false;
    CHECK(!pthread_create(&tending, NULL, tend, NULL) && !pthread_create(&defining, NULL, define, &defined));
    CHECK(!pthread_create(&looking, NULL, look, ring.store.path));
    for (int i = 0; i < MOST_WRITERS; i++) {
        writers[i] = (struct writer){.ring = &ring, .calls = calls + (uint32_t)i};
        CHECK(!pthread_create(&threads[i], NULL, write_calls, &writers[i]));
    }
    for (int i = 0; i < MOST_WRITERS; i++) pthread_join(threads[i], NULL);
    __atomic_store_n(&background_stops, true, __ATOMIC_RELEASE);
    pthread_join(tending, NULL);
    pthread_join(defining, NULL);
    pthread_join(looking, NULL);
    gv_ring_close(&ring);

    struct view view = view_open(path_of(name));
    for (int i = 0; i < MOST_WRITERS; i++)
        check_lane(&view, writers[i].lane, writers[i].calls, mode == GGMLVIZ_MODE_FILE);
    uint64_t of_definitions = 0;
    for (uint32_t place = 0; place < view_segments(&view); place++)
        if (view_segment(&view, place)->kind == GGMLVIZ_SEGMENT_DEFINITIONS)
            of_definitions += view_segment(&view, place)->used;
    CHECK(of_definitions >= defined * (uint64_t)24);
    CHECK(view.header->lost_calls == 0);
    view_close(&view);
}

static void many_write_a_file(void) { many_at_once("many_write_a_file", GGMLVIZ_MODE_FILE, MOST_SEGMENTS, 50000); }

static void many_write_a_ring(void) { many_at_once("many_write_a_ring", GGMLVIZ_MODE_RING, 96, 50000); }

/* --- one thread --- */

static void a_file_grows(void) {
    enum { CALLS = 20 * ROWS_IN_SEGMENT + 7 };
    struct gv_ring ring;
    create(&ring, "a_file_grows", GGMLVIZ_MODE_FILE, UINT32_MAX);
    struct gv_lane *lane = gv_lane_take(&ring);
    for (uint32_t i = 0; i < CALLS; i++) mark_surely(lane, i);
    gv_ring_close(&ring);
    struct view view = view_open(path_of("a_file_grows"));
    CHECK(view_lane(&view, lane->id, of_lane, MOST_SEGMENTS) == 21);
    for (uint32_t i = 0; i < 21; i++) CHECK(of_lane[i]->sealed_bytes == of_lane[i]->used && view_seal_fits(of_lane[i]));
    check_lane(&view, lane->id, CALLS, true);
    view_close(&view);
}

static void a_ring_wraps(void) {
    enum { CALLS = 100 * ROWS_IN_SEGMENT, LIMIT = 8 };
    struct gv_ring ring;
    create(&ring, "a_ring_wraps", GGMLVIZ_MODE_RING, LIMIT);
    struct gv_lane *lane = gv_lane_take(&ring);
    gv_lane_thread(lane, 5);
    for (uint32_t i = 0; i < CALLS; i++) mark_surely(lane, i);
    gv_ring_close(&ring);
    struct view view = view_open(path_of("a_ring_wraps"));
    CHECK(view.header->segments <= LIMIT);
    uint32_t count = view_lane(&view, lane->id, of_lane, MOST_SEGMENTS);
    CHECK(count > LIMIT / 2);
    for (uint32_t i = 0; i < count; i++) { /* each says again who writes it */
        CHECK(view_rows(of_lane[i])->kind == GGMLVIZ_ROW_THREAD && view_rows(of_lane[i])->value == 5);
        CHECK(i == 0 || of_lane[i]->first == of_lane[i - 1]->first + ROWS_IN_SEGMENT);
    }
    check_lane(&view, lane->id, CALLS, false);
    view_close(&view);
}

/* Without anyone to tend, a lane has one segment, and all that follows is counted. */
static void rows_without_room_are_counted(void) {
    enum { CALLS = 3 * ROWS_IN_SEGMENT };
    struct gv_ring ring;
    create(&ring, "rows_without_room_are_counted", GGMLVIZ_MODE_FILE, UINT32_MAX);
    struct gv_lane *lane = gv_lane_take(&ring);
    for (uint32_t i = 0; i < CALLS; i++) mark(lane, i);
    CHECK(lane->slot->segment->dropped == CALLS - ROWS_IN_SEGMENT);
    gv_ring_tend(&ring);
    for (uint32_t i = CALLS; i < CALLS + 3; i++) mark(lane, i);
    gv_ring_close(&ring);
    struct view view = view_open(path_of("rows_without_room_are_counted"));
    CHECK(view_lane(&view, lane->id, of_lane, MOST_SEGMENTS) == 2);
    CHECK(view_rows(of_lane[1])->kind == GGMLVIZ_ROW_LOST && view_rows(of_lane[1])->value == CALLS - ROWS_IN_SEGMENT);
    check_lane(&view, lane->id, CALLS + 3, true);
    view_close(&view);
}

/* Whoever tends may be kept away for a while by others: a lane that is written fast has more than one segment ready. */
static void a_fast_lane_outlives_a_pause(void) {
    enum { SPARES = 8 };
    struct gv_ring ring;
    create(&ring, "a_fast_lane_outlives_a_pause", GGMLVIZ_MODE_FILE, MOST_SEGMENTS);
    struct gv_lane *lane = gv_lane_take(&ring);
    uint32_t calls = 0;
    while (lane->spares_given - lane->spares_taken < SPARES) { /* the test, too, may be kept away meanwhile */
        for (uint32_t i = 0; i < ROWS_IN_SEGMENT; i++) mark_surely(lane, calls++);
        gv_ring_tend(&ring);
    }
    for (uint32_t i = 0; i < SPARES * ROWS_IN_SEGMENT; i++) mark(lane, calls++);
    CHECK(lane->slot->segment->dropped == 0 && lane->slot->segment->lost == 0);
    gv_ring_close(&ring);
    struct view view = view_open(path_of("a_fast_lane_outlives_a_pause"));
    check_lane(&view, lane->id, calls, true);
    view_close(&view);
}

static void lanes_are_taken_again(void) {
    struct gv_ring ring;
    create(&ring, "lanes_are_taken_again", GGMLVIZ_MODE_FILE, UINT32_MAX);
    struct gv_lane *first = gv_lane_take(&ring), *second = gv_lane_take(&ring);
    CHECK(first != second && first->id == 0 && second->id == 1);
    gv_lane_pool(first, gv_now(), &ring);
    mark(first, 0);
    gv_lane_return(first);
    struct gv_lane *again = gv_lane_take(&ring), *third = gv_lane_take(&ring);
    CHECK(again == first && again->thread == GGMLVIZ_NONE && again->pool == 0 && third->id == 2);
    for (uint32_t i = 1; i < 2 * ROWS_IN_SEGMENT; i++) mark_surely(again, i);
    gv_ring_close(&ring);
    CHECK(gv_lane_take(&ring) == NULL);
    struct view view = view_open(path_of("lanes_are_taken_again"));
    check_lane(&view, first->id, 2 * ROWS_IN_SEGMENT, true);
    view_close(&view);
}

/* --- the end of a trace while threads go on --- */

static uint32_t written, with_lane;

static void *write_until_stopped(void *ring) {
    struct gv_lane *lane = gv_lane_take(ring);
    CHECK(lane);
    __atomic_fetch_add(&with_lane, 1, __ATOMIC_RELAXED);
    for (uint32_t i = 0; !stopping(); i++) {
        mark(lane, i);
        __atomic_fetch_add(&written, 1, __ATOMIC_RELAXED);
    }
    return NULL;
}

static void wait_for_rows(uint32_t more) {
    uint32_t before = __atomic_load_n(&written, __ATOMIC_RELAXED);
    while (__atomic_load_n(&written, __ATOMIC_RELAXED) - before < more) sched_yield();
}

static void threads_write_on_after_the_end(void) {
    enum { TIMES = 40, THREADS = 3 };
    for (int time = 0; time < TIMES; time++) {
        struct gv_ring *ring = calloc(1, sizeof *ring);
        pthread_t threads[THREADS], tending;
        char name[64];
        snprintf(name, sizeof name, "threads_write_on-%d", time);
        create(ring, name, time % 2 ? GGMLVIZ_MODE_RING : GGMLVIZ_MODE_FILE, 64);
        background_ring = ring;
        background_stops = false;
        with_lane = 0;
        CHECK(!pthread_create(&tending, NULL, tend, NULL));
        for (int i = 0; i < THREADS; i++) CHECK(!pthread_create(&threads[i], NULL, write_until_stopped, ring));
        while (__atomic_load_n(&with_lane, __ATOMIC_RELAXED) < THREADS) sched_yield();
        wait_for_rows((uint32_t)time * ROWS_IN_SEGMENT);
        gv_ring_close(ring);
        wait_for_rows(2 * ROWS_IN_SEGMENT);
        __atomic_store_n(&background_stops, true, __ATOMIC_RELEASE);
        for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
        pthread_join(tending, NULL);
        struct view view = view_open(path_of(name));
        CHECK(view.header->state == GGMLVIZ_STATE_CLOSED);
        for (uint32_t place = 0; place < view_segments(&view); place++) {
            struct ggmlviz_segment *segment = view_segment(&view, place);
            CHECK(!segment->sealed_bytes || view_seal_fits(segment));
        }
        view_close(&view);
    }
}

/* --- definitions --- */

static bool define_bytes(struct gv_ring *ring, size_t bytes) {
    static char text[2 * SEGMENT];
    static uint32_t id;
    struct ggmlviz_def_string body = {id, (uint32_t)(bytes - sizeof(struct ggmlviz_def) - sizeof body)};
    bool good = gv_ring_define(ring, GGMLVIZ_DEF_STRING, &body, sizeof body, text, body.length);
    id = good ? id + 1 : id;
    return good;
}

static void large_definitions_are_refused(void) {
    enum { ROOM = SEGMENT - GGMLVIZ_SEGMENT_HEADER_BYTES };
    struct gv_ring ring;
    create(&ring, "large_definitions_are_refused", GGMLVIZ_MODE_FILE, UINT32_MAX);
    CHECK(define_bytes(&ring, ROOM) && define_bytes(&ring, 24));
    CHECK(!define_bytes(&ring, ROOM + 1) && !define_bytes(&ring, ROOM + SEGMENT));
    CHECK(define_bytes(&ring, ROOM));
    CHECK(ring.store.header->lost_definitions == 2 && ring.definition_segments == 3);
    gv_ring_close(&ring);
    CHECK(!define_bytes(&ring, 24));
    struct view view = view_open(path_of("large_definitions_are_refused"));
    for (uint32_t place = 0; place < view_segments(&view); place++) {
        struct ggmlviz_segment *segment = view_segment(&view, place);
        if (segment->kind == GGMLVIZ_SEGMENT_DEFINITIONS) CHECK(segment->sealed_bytes && view_seal_fits(segment));
    }
    view_close(&view);
}

static void definitions_take_half_of_a_ring(void) {
    enum { LIMIT = 9, CALLS = 50 * ROWS_IN_SEGMENT };
    struct gv_ring ring;
    uint32_t refused = 0;
    create(&ring, "definitions_take_half_of_a_ring", GGMLVIZ_MODE_RING, LIMIT);
    struct gv_lane *lane = gv_lane_take(&ring);
    for (uint32_t i = 0; i < CALLS; i++) {
        mark_surely(lane, i);
        if (i % 64 == 0) refused += !define_bytes(&ring, SEGMENT / 4);
    }
    CHECK(ring.definition_segments == (LIMIT + 1) / 2 && refused > 0);
    CHECK(ring.store.header->lost_definitions == refused);
    gv_ring_close(&ring);
    struct view view = view_open(path_of("definitions_take_half_of_a_ring"));
    check_lane(&view, lane->id, CALLS, false);
    view_close(&view);
}

/* --- the store --- */

static void a_trace_is_created_exclusively(void) {
    struct gv_store store, other;
    struct stat status;
    char path[4096], link_path[4096], *too_long = malloc(8000);
    snprintf(path, sizeof path, "%s", path_of("exclusive"));
    CHECK(gv_store_create(&store, path, GGMLVIZ_MODE_FILE, SEGMENT, 2));
    CHECK(stat(path, &status) == 0 && (status.st_mode & 0777) == 0600);
    CHECK(!gv_store_create(&other, path, GGMLVIZ_MODE_FILE, SEGMENT, 2) && errno == EEXIST);
    snprintf(link_path, sizeof link_path, "%s", path_of("link"));
    CHECK(symlink("/nowhere/at/all", link_path) == 0);
    CHECK(!gv_store_create(&other, link_path, GGMLVIZ_MODE_FILE, SEGMENT, 2) && errno == EEXIST);
    CHECK(unlink(link_path) == 0);
    memset(too_long, 'x', 7999);
    too_long[7999] = 0;
    CHECK(!gv_store_create(&other, too_long, GGMLVIZ_MODE_FILE, SEGMENT, 2) && errno == ENAMETOOLONG);
    too_long[0] = '/';
    CHECK(!gv_store_create(&other, too_long, GGMLVIZ_MODE_FILE, SEGMENT, 2) && errno == ENAMETOOLONG);
    free(too_long);

    uint32_t index;
    CHECK(gv_store_extend(&store, &index) && index == 0 && gv_store_extend(&store, &index) && index == 1);
    CHECK(!gv_store_extend(&store, &index) && store.header->segments == 2);
    gv_store_remove(&store);
    CHECK(stat(path, &status) != 0);
}

/* Another file under the same name is never touched. */
static void a_replaced_file_is_left_alone(void) {
    struct gv_store store;
    struct stat status;
    uint32_t index;
    char path[4096];
    snprintf(path, sizeof path, "%s", path_of("replaced"));
    CHECK(gv_store_create(&store, path, GGMLVIZ_MODE_FILE, SEGMENT, 8));
    CHECK(unlink(path) == 0);
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && write(fd, "mine", 4) == 4 && close(fd) == 0);
    CHECK(!gv_store_extend(&store, &index) && store.count == 0);
    gv_store_remove(&store);
    CHECK(stat(path, &status) == 0 && status.st_size == 4);
    CHECK(unlink(path) == 0);
}

/* A signal can interrupt the reservation of space; that does not mean that the disk is full. */
static void on_signal(int number) { (void)number; }

static void signals_do_not_end_the_growth(void) {
    enum { LIMIT = 64, LARGE = 1 << 20 };
    struct sigaction action = {.sa_handler = on_signal}; /* without SA_RESTART */
    struct itimerval often = {{0, 50}, {0, 50}}, never = {{0, 0}, {0, 0}};
    struct gv_store store;
    uint32_t index;
    char path[64];
    snprintf(path, sizeof path, "/dev/shm/ggmlviz-test-%d", (int)getpid());
    CHECK(gv_store_create(&store, path, GGMLVIZ_MODE_RING, LARGE, LIMIT));
    CHECK(sigaction(SIGALRM, &action, NULL) == 0 && setitimer(ITIMER_REAL, &often, NULL) == 0);
    uint32_t made = 0;
    while (made < LIMIT && gv_store_extend(&store, &index)) made++;
    setitimer(ITIMER_REAL, &never, NULL);
    gv_store_remove(&store);
    CHECK(made == LIMIT);
}

#define TEST(name) {#name, name}
static const struct test tests[] = {
    TEST(many_write_a_file), TEST(many_write_a_ring), TEST(a_file_grows), TEST(a_ring_wraps),
    TEST(rows_without_room_are_counted), TEST(a_fast_lane_outlives_a_pause),
    TEST(lanes_are_taken_again), TEST(threads_write_on_after_the_end),
    TEST(large_definitions_are_refused), TEST(definitions_take_half_of_a_ring), TEST(a_trace_is_created_exclusively),
    TEST(a_replaced_file_is_left_alone), TEST(signals_do_not_end_the_growth),
};

int main(int count, char **argument) {
    if (count != 3) return 2;
    folder = argument[1];
    gv_clock_choose();
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
        if (strcmp(tests[i].name, argument[2])) continue;
        tests[i].run();
        return 0;
    }
    return 2;
}
