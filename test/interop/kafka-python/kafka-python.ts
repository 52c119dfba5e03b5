import { fileURLToPath } from "node:url";
import type { ForeignClient } from "../foreign-client.js";
import { pythonVenv } from "../python-venv.js";

const folder = fileURLToPath(new URL(".", import.meta.url));
const venv = pythonVenv(folder);

export const kafkaPython: ForeignClient = {
  name: "kafka-python",
  ...("missing" in venv ? { missing: venv.missing, command: [] } : { command: [venv.python, `${folder}client.py`] }),
  codecs: ["none", "gzip", "snappy", "lz4", "zstd"],
  unable: {},
  unableToSend: { "a header without a value": "a header's value must be bytes" },
  unableToShow: {},
};
