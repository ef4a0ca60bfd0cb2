#!/usr/bin/env node
// Generate text with llama.cpp (node-llama-cpp, its prebuilt CPU backend) in this process.
//
//   node node_generate.mjs MODEL [--threads T] [--tokens N] [--prompt TEXT] [--no-mmap] [--gpu vulkan] [--verbose]
//
// node-llama-cpp is looked for in $NODE_LLAMA_CPP (its own folder), in $NODE_PATH,
// and in node_modules of the current folder and those above it: `import` by name
// would look beside this file only.
//
// With more than one thread run it with UV_THREADPOOL_SIZE=1: each of Node's own
// threads that computes a graph gets an OpenMP team, and the teams' waiting threads
// take the cores from one another.
//
// stdout: the generated text alone.  stderr: READY once the model is loaded, then
// one JSON line with the tokens and seconds.

import { existsSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

function packageFolders() {
  const folders = process.env.NODE_LLAMA_CPP ? [process.env.NODE_LLAMA_CPP] : [];
  for (const entry of (process.env.NODE_PATH ?? "").split(path.delimiter)) {
    if (entry) folders.push(path.join(entry, "node-llama-cpp"));
  }
  for (let folder = process.cwd(); ; folder = path.dirname(folder)) {
    folders.push(path.join(folder, "node_modules", "node-llama-cpp"));
    if (folder === path.dirname(folder)) return folders;
  }
}

async function importPackage() {
  for (const folder of packageFolders()) {
    const entry = path.join(folder, "dist", "index.js");
    if (existsSync(entry)) return import(pathToFileURL(entry).href);
  }
  console.error("node-llama-cpp not found: set NODE_LLAMA_CPP or NODE_PATH");
  process.exit(3);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    threads: { type: "string", default: "1" },
    tokens: { type: "string", default: "16" },
    prompt: { type: "string", default: "a big dog" },
    "no-mmap": { type: "boolean", default: false },
    gpu: { type: "string", default: "" },
    verbose: { type: "boolean", default: false },
  },
});
if (positionals.length !== 1) {
  console.error("usage: node node_generate.mjs MODEL [--threads T] [--tokens N]");
  process.exit(2);
}
const threads = Number(values.threads);

const { getLlama, LlamaCompletion } = await importPackage();
const llama = await getLlama({
  gpu: values.gpu || false,
  build: "never",
  skipDownload: true,
  maxThreads: threads,
  // By default its log goes to both streams; stdout is the text's alone.
  logLevel: values.verbose ? "debug" : "disabled",
  logger: (level, message) => console.error(message),
});
const model = await llama.loadModel({
  modelPath: path.resolve(positionals[0]),
  gpuLayers: values.gpu ? "max" : 0,
  useMmap: !values["no-mmap"],
});
const context = await model.createContext({ contextSize: 512, threads });
console.error("READY");

const sequence = context.getSequence();
const completion = new LlamaCompletion({ contextSequence: sequence });
const start = performance.now();
let tokens = 0;
const text = await completion.generateCompletion(values.prompt, {
  maxTokens: Number(values.tokens),
  temperature: 0,
  onToken: (generated) => (tokens += generated.length),
});
const seconds = (performance.now() - start) / 1000;
console.log(text);
console.error(JSON.stringify({ tokens, seconds: Number(seconds.toFixed(6)) }));

completion.dispose();
await context.dispose();
await model.dispose();
await llama.dispose();
