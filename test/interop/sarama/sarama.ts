import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { ForeignClient } from "../foreign-client.js";
import { goProgram } from "../go-program.js";

const built = goProgram(dirname(fileURLToPath(import.meta.url)));

/** sarama, in Go. */
export const sarama: ForeignClient = {
  name: "sarama",
  ...("missing" in built ? { missing: built.missing, command: [] } : { command: [built.program] }),
  codecs: ["none", "gzip", "snappy", "lz4", "zstd"],
  otherPartitioner: "FNV-1a of the key",
  unable: {},
  unableToSend: {},
  unableToShow: {},
};
