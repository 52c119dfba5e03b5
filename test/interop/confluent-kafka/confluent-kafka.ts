import { fileURLToPath } from "node:url";
import type { ForeignClient } from "../foreign-client.js";
import { pythonVenv } from "../python-venv.js";

const folder = fileURLToPath(new URL(".", import.meta.url));
const venv = pythonVenv(folder);

/** librdkafka, through the Python binding of its makers. */
export const confluentKafka: ForeignClient = {
  name: "confluent-kafka",
  ...("missing" in venv ? { missing: venv.missing, command: [] } : { command: [venv.python, `${folder}client.py`] }),
  codecs: ["none", "gzip", "snappy", "lz4", "zstd"],
  otherPartitioner: "CRC-32 of the key",
  unable: {},
  unableToSend: {},
  unableToShow: {},
};
