// Asks the trace processor of Perfetto's web page about a trace:
//
//     node perfetto_query.js FOLDER TRACE SQL...
//
// FOLDER holds engine_bundle.js and trace_processor.wasm. Prints a list of rows for each query, as JSON.
"use strict";
const fs = require("fs");
const path = require("path");
const vm = require("vm");

const [folder, trace, ...queries] = process.argv.slice(2);
// Of TraceProcessorRpc in Perfetto's trace_processor.proto: methods, and the numbers of fields.
const APPEND = 1, FINALIZE = 2, QUERY = 3;
const RPC = { sequence: 1, request: 2, fatal: 5, data: 101, query: 103, appended: 201, result: 203, finalized: 212 };
const RESULT = { column: 1, error: 2, batch: 3 };
const BATCH = { cells: 1, integers: 2, reals: 3, texts: 5, isLast: 6 };
const AT_ONCE = 1 << 22;

// The bundle expects to be a web worker: it fetches the engine beside itself, and is handed a port to answer to.
const read = (name) => fs.readFileSync(path.join(folder, path.basename(name)));
class XMLHttpRequest {
  open(_, name) {
    this.response = Uint8Array.from(read(name)).buffer;
  }
  send() {}
}
const quiet = { log() {}, warn() {}, error() {}, debug() {}, info() {} };
const worker = {
  XMLHttpRequest,
  location: { href: "http://worker/" },
  WorkerGlobalScope: class {},
  console: quiet, setTimeout, performance, crypto, URL, TextDecoder, TextEncoder,
};
worker.self = worker;
vm.runInContext(read("engine_bundle.js").toString(), vm.createContext(worker));

let replies = [];
const port = { postMessage: (reply) => replies.push(Buffer.from(reply)) };
worker.onmessage({ data: port });

function varint(number) {
  const bytes = [];
  for (; number >= 128; number = Math.floor(number / 128)) bytes.push((number % 128) | 128);
  return Buffer.from([...bytes, number]);
}
const numberField = (field, value) => Buffer.concat([varint(field * 8), varint(value)]);
const bytesField = (field, value) => Buffer.concat([varint(field * 8 + 2), varint(value.length), value]);

function varints(data) {
  const found = [];
  let value = 0n, shift = 0n;
  for (const byte of data) {
    value |= BigInt(byte & 127) << shift;
    shift += 7n;
    if (byte < 128) {
      found.push(Number(BigInt.asIntN(64, value)));
      value = shift = 0n;
    }
  }
  return found;
}

// All values of a field of a message: numbers, or bytes.
function valuesOf(data, wanted) {
  const found = [];
  let at = 0;
  const next = () => {
    const begin = at;
    while (data[at++] >= 128);
    return varints(data.subarray(begin, at))[0];
  };
  while (at < data.length) {
    const key = next();
    const isNumber = (key & 7) === 0;
    const size = isNumber ? next() : { 1: 8, 5: 4 }[key & 7] || next();
    if (key >> 3 === wanted) found.push(isNumber ? size : data.subarray(at, at + size));
    at += isNumber ? 0 : size;
  }
  return found;
}

function fail(text) {
  console.error(text);
  process.exit(1);
}

let sequence = 0;
const bytesOfWorker = vm.runInContext("(bytes) => Uint8Array.from(bytes)", worker);

// The engine answers before this returns.
function call(method, argument) {
  replies = [];
  const message = [numberField(RPC.sequence, sequence), numberField(RPC.request, method), argument];
  port.onmessage({ data: bytesOfWorker(bytesField(1, Buffer.concat(message))) });
  sequence++;
  const messages = replies.flatMap((reply) => valuesOf(reply, 1));
  for (const message of messages) for (const text of valuesOf(message, RPC.fatal)) fail(text.toString());
  return messages;
}

function load(data) {
  const appended = call(APPEND, bytesField(RPC.data, data)).flatMap((message) => valuesOf(message, RPC.appended));
  for (const text of appended.flatMap((result) => valuesOf(result, 2))) fail(text.toString());
}

function query(sql) {
  const asked = bytesField(RPC.query, bytesField(1, Buffer.from(sql)));
  const results = call(QUERY, asked).flatMap((message) => valuesOf(message, RPC.result));
  for (const text of results.flatMap((result) => valuesOf(result, RESULT.error))) fail(`${sql}: ${text}`);
  const columns = results.flatMap((result) => valuesOf(result, RESULT.column)).length;
  const cells = results.flatMap((result) => valuesOf(result, RESULT.batch)).flatMap(cellsOf);
  return Array.from({ length: cells.length / columns }, (_, row) => cells.slice(row * columns, (row + 1) * columns));
}

function cellsOf(batch) {
  const of = (field) => Buffer.concat(valuesOf(batch, field));
  const integers = varints(of(BATCH.integers)), reals = of(BATCH.reals), texts = of(BATCH.texts).toString().split("\0");
  let integer = 0, real = 0, text = 0;
  return varints(of(BATCH.cells)).map((kind) => {
    if (kind === 1) return null;
    if (kind === 2) return integers[integer++];
    if (kind === 3) return reals.readDoubleLE(8 * real++);
    if (kind === 4) return texts[text++];
    return fail("a cell is of a kind that is not read here");
  });
}

async function main() {
  await new Promise(setImmediate); // the bundle learns only then that its engine is there
  const data = fs.readFileSync(trace);
  for (let at = 0; at < data.length; at += AT_ONCE) load(data.subarray(at, at + AT_ONCE));
  call(FINALIZE, Buffer.alloc(0));
  console.log(JSON.stringify(queries.map(query)));
}

main();
