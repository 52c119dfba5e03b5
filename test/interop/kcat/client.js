// kcat as a foreign client: node client.js <bootstrap>. kcat runs once per command, or per record where headers differ.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { pack, serve, unpack } from "../foreign-program.js";

const bootstrap = process.argv[2];
const run = promisify(execFile);

async function kcat(...args) {
  const { stdout } = await run("kcat", ["-b", bootstrap, ...args], {
    encoding: "buffer",
    maxBuffer: 256 * 1024 * 1024,
  });
  return stdout;
}

async function produce({ topic, records, codec = "none", idempotent = false }) {
  const folder = mkdtempSync(join(tmpdir(), "ottla-kcat-"));
  const options = ["-P", "-t", topic, "-z", codec, "-X", "acks=all", "-X", `enable.idempotence=${idempotent}`];
  try {
    if (records.every(isPlain)) {
      const file = join(folder, "lines");
      writeFileSync(file, records.map(({ key, value }) => `${unpack(key)}\t${unpack(value)}\n`).join(""));
      await kcat(...options, "-K", "\\t", "-l", file);
      return;
    }
    for (const [index, { key, value, headers }] of records.entries()) {
      // A file is a record's value; one without bytes would be no record, but a line may be empty behind its key.
      const file = join(folder, String(index));
      const isEmpty = value === null || value === "";
      writeFileSync(file, isEmpty ? `${unpack(key)}\t\n` : unpack(value));
      const keyed = isEmpty ? ["-K", "\\t", "-l"] : key === null ? [] : ["-k", unpack(key).toString()];
      const withHeaders = headers.flatMap(([name, text]) => ["-H", `${name}=${unpack(text)}`]);
      await kcat(...options, ...withHeaders, ...(value === null ? ["-Z"] : []), ...keyed, file);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function isPlain({ key, value, headers }) {
  return key !== null && value !== null && headers.length === 0 && !/[\t\n]/.test(`${unpack(key)}${unpack(value)}`);
}

const format = "%p %o %T %K %S %h\\n%k%s\\n";

/** Reads what {@link format} prints: lengths first, so that keys and values may hold anything. */
function received(output) {
  const found = [];
  for (let at = 0; at < output.length; ) {
    const end = output.indexOf("\n", at);
    const [partition, offset, timestamp, keyLength, valueLength, ...rest] = output
      .subarray(at, end)
      .toString()
      .split(" ");
    at = end + 1;
    const take = (length) => {
      if (length < 0) return null;
      at += length;
      return output.subarray(at - length, at);
    };
    found.push({
      partition: Number(partition),
      offset: Number(offset),
      timestamp: Number(timestamp),
      key: pack(take(Number(keyLength))),
      value: pack(take(Number(valueLength))),
      headers: headersOf(rest.join(" ")),
    });
    at += 1;
  }
  return found;
}

function headersOf(text) {
  if (text === "") return [];
  return text.split(",").map((pair) => {
    const at = pair.indexOf("=");
    return [pair.slice(0, at), pack(Buffer.from(pair.slice(at + 1)))];
  });
}

await serve({
  produce,
  consume: async ({ topic, count }) =>
    received(await kcat("-C", "-q", "-t", topic, "-o", "beginning", "-c", String(count), "-f", format)),
  consumeAsGroup: async ({ topic, group, count }) =>
    received(
      await kcat(
        "-q",
        "-c",
        String(count),
        "-f",
        format,
        "-X",
        "auto.offset.reset=earliest",
        "-X",
        "fetch.wait.max.ms=100",
        "-G",
        group,
        topic,
      ),
    ),
  offsetAt: async ({ topic, partition, timestamp }) => {
    const answer = (await kcat("-Q", "-t", `${topic}:${partition}:${timestamp}`)).toString();
    return Number(/offset (-?\d+)/.exec(answer)[1]);
  },
  listTopics: async () => {
    const { topics } = JSON.parse((await kcat("-L", "-J")).toString());
    return Object.fromEntries(topics.map(({ topic, partitions }) => [topic, partitions.length]));
  },
});
