import { fileURLToPath } from "node:url";
import type { ForeignClient } from "../foreign-client.js";

/** kafkajs, pinned in `test/package.json`. The codecs that it does not bring are packages of other people's. */
export const kafkajs: ForeignClient = {
  name: "kafkajs",
  command: [process.execPath, fileURLToPath(new URL("./client.js", import.meta.url))],
  codecs: ["none", "gzip"],
  unable: {},
  unableToSend: {
    "a header without a value": "it writes an undefined or null header value as an empty one",
  },
  unableToShow: {},
};
