import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { ForeignClient } from "../foreign-client.js";

const noAdmin = "kcat administers nothing";
const noTransactions = "kcat has no transactions";

/** kcat 1.7, on librdkafka. It cannot be pinned: it is the machine's. */
export const kcat: ForeignClient = {
  name: "kcat",
  missing: spawnSync("kcat", ["-V"]).status === 0 ? undefined : "kcat is not installed",
  command: [process.execPath, fileURLToPath(new URL("./client.js", import.meta.url))],
  codecs: ["none", "gzip", "snappy", "lz4", "zstd"],
  otherPartitioner: "CRC-32 of the key",
  unable: {
    createTopic: noAdmin,
    describeConfig: noAdmin,
    deleteTopic: noAdmin,
    transact: noTransactions,
    transfer: noTransactions,
    outlive: noTransactions,
  },
  unableToSend: {
    "an empty key": "an empty key is no key to kcat",
    "a binary key": "a key is an argument of the command",
    "a binary header": "a header is an argument of the command",
    "a header without a value": "a header is an argument of the command",
  },
  unableToShow: {
    "a binary header": "its list of headers has no lengths",
    "a header without a value": "shown as the text NULL",
  },
};
