/*
 * The bytes of a GGMLVIZ1 trace, version 2. This header is their only definition: the shim
 * writes these structs, cffi parses this very text, and the numpy types of the reader are made
 * from its offsets. docs/FORMAT.md explains it and changes in the same commit.
 *
 * A trace is one header page followed by segments of equal size. It is the same in a file and in
 * shared memory. All numbers are little-endian; everything is aligned to its own size.
 *
 * Only plain structs and enums live here, because cffi must be able to read the text as it is.
 */
#ifndef GGMLVIZ_EVENTS_H
#define GGMLVIZ_EVENTS_H

#include <stdint.h>

enum ggmlviz_constant {
    GGMLVIZ_VERSION = 2,          /* 1 is the older event stream, see docs/FORMAT.md */
    GGMLVIZ_OLDEST_READER = 2,    /* a reader of at least this version understands what we write */
    GGMLVIZ_HEADER_BYTES = 4096,
    GGMLVIZ_SEGMENT_HEADER_BYTES = 64,
    GGMLVIZ_SEGMENT_MAGIC = 0x47535647, /* "GVSG" */
    GGMLVIZ_ROW_BYTES = 16,
    GGMLVIZ_NONE = 0xffffffff     /* an id that says "there is none" */
};

enum ggmlviz_mode { GGMLVIZ_MODE_FILE = 1, GGMLVIZ_MODE_RING = 2 };

/* What the ticks in rows and definitions count. */
enum ggmlviz_clock { GGMLVIZ_CLOCK_MONOTONIC_NS = 1, GGMLVIZ_CLOCK_TSC = 2 };

enum ggmlviz_detail { GGMLVIZ_DETAIL_GRAPH = 1, GGMLVIZ_DETAIL_OP = 2, GGMLVIZ_DETAIL_THREAD = 3 };

enum ggmlviz_state { GGMLVIZ_STATE_OPEN = 1, GGMLVIZ_STATE_CLOSED = 2 };

enum ggmlviz_header_flag {
    GGMLVIZ_FLAG_WRAPPED = 1      /* the disk was full: the file goes on as a ring of its own segments */
};

/* One moment read on three clocks; two of them turn ticks into nanoseconds and dates. */
struct ggmlviz_sync {
    uint64_t ticks;
    uint64_t monotonic_ns;
    uint64_t realtime_ns;
};

struct ggmlviz_header {
    char     magic[8];            /* "GGMLVIZ1" */
    uint32_t version;
    uint32_t oldest_reader;
    uint32_t header_bytes;
    uint32_t segment_bytes;       /* its header included */
    uint32_t mode;
    uint32_t clock;
    uint8_t  experiment[16];      /* a random UUID: one trace, one experiment */
    uint32_t pid;
    uint32_t uid;
    uint64_t pid_started;         /* field 22 of /proc/PID/stat: tells a reused pid */
    uint32_t detail;
    uint32_t parent;              /* pid of the process that started this one */
    struct ggmlviz_sync start;
    /* All above is written once; fixed_crc is the CRC-32C of those bytes. */
    uint32_t fixed_crc;
    uint32_t state;
    uint32_t flags;
    uint32_t segments;            /* how many segments exist */
    uint64_t lost_calls;          /* calls that were not recorded, since no lane could be made for their thread */
    uint64_t lost_definitions;    /* definitions for which no room could be made */
    uint32_t latest_writing;      /* odd while `latest` is being written */
    uint32_t reserved2;
    struct ggmlviz_sync latest;   /* refreshed by the helper thread and at the end */
};

enum ggmlviz_segment_kind {
    GGMLVIZ_SEGMENT_FREE = 0,     /* prepared, not yet in use */
    GGMLVIZ_SEGMENT_DEFINITIONS = 1,
    GGMLVIZ_SEGMENT_ROWS = 2
};

struct ggmlviz_segment {
    uint32_t magic;
    uint32_t kind;
    uint32_t lane;                /* rows only: who wrote them; lanes count from 0 */
    uint32_t generation;          /* how often this place was used; read it before and after copying */
    uint64_t first;               /* rows only: how many rows the lane had written before this segment;
                                     definitions: how many segments of definitions came before */
    uint64_t sealed_bytes;        /* payload bytes under the CRC; 0 while the segment is being written */
    uint32_t crc;                 /* CRC-32C of the first 32 bytes above and of the sealed payload */
    uint32_t reserved;
    uint64_t used;                /* payload bytes published (release store) */
    uint64_t dropped;             /* rows that found this segment full and no next one */
    uint64_t lost;                /* rows only: how many rows the lane had lost before this segment; what was
                                     dropped just before it is told by a LOST row, too */
};

struct ggmlviz_row {
    uint64_t time;                /* ticks */
    uint8_t  kind;
    uint8_t  flags;
    uint16_t extra;
    uint32_t value;
};

/* Columns: what `time` is; what flags, extra and value hold. */
enum ggmlviz_row_kind {
    GGMLVIZ_ROW_THREAD = 1,       /* from here on the lane is written by thread `value` */
    GGMLVIZ_ROW_RUN_BEGIN = 2,    /* a graph run begins; value: its number in this trace */
    GGMLVIZ_ROW_RUN_GRAPH = 3,    /* value: the graph this run computes; extra: units of 1024 ticks, up to `time`,
                                     that were spent on describing it: they are the recorder's, not the program's */
    GGMLVIZ_ROW_RUN_END = 4,      /* flags: ggmlviz_status; value: its number */
    GGMLVIZ_ROW_SPLIT_BEGIN = 5,  /* extra: backend; value: index of its first node in the run's graph */
    GGMLVIZ_ROW_SPLIT_END = 6,    /* flags: ggmlviz_status; value: how many nodes it has */
    GGMLVIZ_ROW_CPU_BEGIN = 7,    /* the CPU backend starts its threads; flags: ggmlviz_cpu_flag; extra: threads;
                                     value: first node */
    GGMLVIZ_ROW_CPU_END = 8,      /* flags: ggmlviz_status; value: how many nodes it has */
    GGMLVIZ_ROW_NODE = 9,         /* a node ended for all threads at `time`; extra: ordinal of the computed
                                     node in this CPU section, modulo 65536; value: wait in ticks */
    GGMLVIZ_ROW_BARRIER = 10,     /* the thread left a barrier at `time`; value: wait in ticks */
    GGMLVIZ_ROW_POOL = 11,        /* thread pool of the barriers that follow; extra, value: its address */
    GGMLVIZ_ROW_FAULTS = 12,      /* page faults of the run that just ended; extra: major; value: minor */
    GGMLVIZ_ROW_RSS = 13,         /* resident memory, after a run; flags: how many ms ago it was read, at most 255;
                                     extra, value: bytes, 0 for unknown */
    GGMLVIZ_ROW_TRANSFER_BEGIN = 14, /* flags: ggmlviz_transfer; extra: buffer; value: tensor name */
    GGMLVIZ_ROW_TRANSFER_END = 15,   /* extra, value: bytes */
    GGMLVIZ_ROW_SYNC = 16,        /* a wait for a backend ended at `time`; extra: backend; value: ticks */
    GGMLVIZ_ROW_LOST = 17,        /* value: rows lost just before; flags: 1 no segment was ready */
    GGMLVIZ_ROW_MARK = 18,        /* value: whatever the writer likes */
    GGMLVIZ_ROW_EXPERT = 19       /* the node that ends next looks up weights of chosen experts; extra: an expert;
                                     value: how many tokens chose it */
};

enum ggmlviz_cpu_flag {
    GGMLVIZ_CPU_TIMED = 1         /* CPU_BEGIN: NODE rows follow; else this ggml is too old, or detail is graph */
};

enum ggmlviz_row_flag {
    GGMLVIZ_NODE_FUSED = 1,       /* NODE: a fused kernel computed this node and the next of its pair */
    GGMLVIZ_NODE_NO_BARRIER = 2,  /* NODE: no barrier followed; `time` is when thread 0 was done */
    GGMLVIZ_WAIT_SCALED = 128     /* NODE, BARRIER, SYNC: value counts 1024 ticks */
};

enum ggmlviz_status {
    GGMLVIZ_STATUS_SUCCESS = 0,
    GGMLVIZ_STATUS_ABORTED = 1,
    GGMLVIZ_STATUS_FAILED = 2,
    GGMLVIZ_STATUS_UNKNOWN = 3    /* this ggml (before 2024-03) does not tell */
};

enum ggmlviz_transfer {
    GGMLVIZ_TRANSFER_SET = 1,     /* host memory to tensor */
    GGMLVIZ_TRANSFER_GET = 2,     /* tensor to host memory */
    GGMLVIZ_TRANSFER_COPY = 3,    /* tensor to tensor; the name is the destination's */
    GGMLVIZ_TRANSFER_FILL = 4     /* memset of a tensor */
};

/*
 * Definitions: append-only records, each a ggmlviz_def followed by the struct of its kind and, where
 * the struct says so, by trailing data. `bytes` counts all of it and is a multiple of 8.
 * Ids of a kind count from 0 in the order of definition; string 0 is the empty string.
 */
struct ggmlviz_def {
    uint16_t kind;
    uint16_t reserved;
    uint32_t bytes;
};

enum ggmlviz_def_kind {
    GGMLVIZ_DEF_STRING = 1,
    GGMLVIZ_DEF_META = 2,
    GGMLVIZ_DEF_LIBRARY = 3,
    GGMLVIZ_DEF_THREAD = 4,
    GGMLVIZ_DEF_BACKEND = 5,
    GGMLVIZ_DEF_FILE = 6,
    GGMLVIZ_DEF_FILE_TENSOR = 7,
    GGMLVIZ_DEF_BUFFER = 8,
    GGMLVIZ_DEF_BUFFER_USAGE = 9,
    GGMLVIZ_DEF_BUFFER_FREE = 10,
    GGMLVIZ_DEF_TENSOR = 11,
    GGMLVIZ_DEF_TOPOLOGY = 12,
    GGMLVIZ_DEF_EDGES = 13,
    GGMLVIZ_DEF_GRAPH = 14,
    GGMLVIZ_DEF_MEMBERS = 15,
    GGMLVIZ_DEF_SYNC = 16
};

struct ggmlviz_def_string {       /* followed by `length` bytes of UTF-8 and zeros up to 8 */
    uint32_t id;
    uint32_t length;
};

struct ggmlviz_def_meta {         /* one fact about the process: "command", "cpu", "host" … */
    uint32_t key;                 /* string */
    uint32_t value;               /* string */
};

struct ggmlviz_def_library {      /* one ggml in this process, and how it is hooked */
    uint32_t id;
    uint32_t path;                /* string */
    uint32_t version;             /* string, empty where the library does not tell */
    uint32_t commit;              /* string */
    uint32_t layout;              /* string: which row of the table of layouts, or "probed", or why refused */
    uint32_t tensor_bytes;
    uint32_t max_name;
    uint32_t reserved;
};

struct ggmlviz_def_thread {
    uint32_t id;
    uint32_t tid;
    uint32_t name;                /* string */
    uint32_t reserved;
    uint64_t ticks;               /* when first seen */
};

struct ggmlviz_def_backend {
    uint32_t id;
    uint32_t name;                /* string, from ggml_backend_name */
    uint32_t library;
    uint32_t reserved;
};

enum ggmlviz_file_kind {
    GGMLVIZ_FILE_OTHER = 0,
    GGMLVIZ_FILE_GGUF = 1,        /* its FILE_TENSOR records follow */
    GGMLVIZ_FILE_GGML = 2,        /* whisper.cpp's own format: no table of tensors */
    GGMLVIZ_FILE_GGUF_UNREADABLE = 3
};

struct ggmlviz_def_file {         /* a model file: mapped, or open while weights were loaded */
    uint32_t id;
    uint32_t path;                /* string */
    uint32_t kind;
    uint32_t tensors;             /* how many FILE_TENSOR records follow */
    uint64_t size;
    uint64_t device;
    uint64_t inode;
};

struct ggmlviz_def_file_tensor {  /* where the GGUF keeps a tensor */
    uint32_t file;
    uint32_t name;                /* string */
    uint32_t type;                /* ggml_type, a stable number */
    uint32_t dimensions;
    uint64_t offset;              /* from the start of the file */
    uint64_t ne[4];
};

enum ggmlviz_buffer_origin {
    GGMLVIZ_BUFFER_ALLOCATED = 1, /* ggml_backend_buft_alloc_buffer */
    GGMLVIZ_BUFFER_WRAPPED = 2,   /* made from memory that was there: a mapping of the model file, say */
    GGMLVIZ_BUFFER_FOUND = 3      /* it was there before the recording began: this is when a graph first used it */
};

struct ggmlviz_def_buffer {
    uint32_t id;                  /* sequential */
    uint32_t type;                /* string, from ggml_backend_buft_name */
    uint32_t origin;
    uint32_t usage;               /* ggmlviz_usage at the start */
    uint64_t ticks;
    uint64_t requested;           /* bytes asked for; 0 is asked for, too */
    uint64_t size;                /* bytes it has, from ggml_backend_buffer_get_size */
    uint64_t address;             /* its base; means nothing outside the backend for device memory */
    uint32_t file;                /* the model file under it, or NONE */
    uint32_t library;
    uint64_t file_offset;
    uint32_t thread;
    uint32_t reserved;
};

enum ggmlviz_usage {
    GGMLVIZ_USAGE_ANY = 0,
    GGMLVIZ_USAGE_WEIGHTS = 1,
    GGMLVIZ_USAGE_COMPUTE = 2,
    GGMLVIZ_USAGE_OUTPUT = 256    /* not ggml's word: results were seen being copied into this buffer */
};

struct ggmlviz_def_buffer_usage {
    uint32_t buffer;
    uint32_t usage;
    uint64_t ticks;
};

struct ggmlviz_def_buffer_free {
    uint32_t buffer;
    uint32_t reserved;
    uint64_t ticks;
};

struct ggmlviz_def_tensor {       /* all a graph knows of a tensor, but for its sources */
    uint32_t id;
    uint32_t name;                /* string */
    uint32_t op;                  /* string, from ggml_op_name; "NONE" for a leaf */
    uint32_t description;         /* string, from ggml_op_desc: unary and GLU kinds by their own names */
    uint32_t type;                /* ggml_type */
    uint32_t type_name;           /* string */
    uint32_t flags;               /* ggml's: 1 input, 2 output, 4 parameter, 8 loss, 16 compute */
    uint32_t library;
    int64_t  ne[4];
    uint64_t nb[4];
    uint64_t bytes;               /* ggml_nbytes */
    uint64_t view_offset;
    uint64_t address;             /* its data pointer; 0 when not allocated */
    uint32_t buffer;              /* the buffer that holds it, or NONE */
    uint32_t file;                /* the mapped model file that holds it, or NONE */
    uint64_t buffer_offset;
    uint64_t file_offset;
    int32_t  op_params[16];
};

struct ggmlviz_def_topology {     /* who reads whom; shared by all graphs of the same structure */
    uint32_t id;
    uint32_t nodes;
    uint32_t leafs;               /* tensors that nodes read and that are no nodes */
    uint32_t edges;               /* its EDGES records follow */
};

enum ggmlviz_edge_slot { GGMLVIZ_EDGE_VIEW = 255 };

struct ggmlviz_edge {             /* members are numbered: first the nodes, then the leafs */
    uint32_t reader;
    uint32_t source;
    uint32_t slot;                /* index in src[], or EDGE_VIEW for view_src */
};

struct ggmlviz_def_edges {        /* followed by `count` ggmlviz_edge and zeros up to 8 */
    uint32_t topology;
    uint32_t count;
};

struct ggmlviz_def_graph {
    uint32_t id;
    uint32_t topology;
    uint32_t library;
    uint32_t members;             /* nodes + leafs; its MEMBERS records follow */
};

struct ggmlviz_def_members {      /* followed by `count` uint32_t tensor ids and zeros up to 8 */
    uint32_t graph;
    uint32_t count;
};

struct ggmlviz_def_sync {
    struct ggmlviz_sync sync;
};

#endif
