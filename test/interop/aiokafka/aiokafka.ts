import { fileURLToPath } from "node:url";
import type { ForeignClient } from "../foreign-client.js";
import { pythonVenv } from "../python-venv.js";

const folder = fileURLToPath(new URL(".", import.meta.url));
const venv = pythonVenv(folder);

export const aiokafka: ForeignClient = {
  name: "aiokafka",
  ...("missing" in venv ? { missing: venv.missing, command: [] } : { command: [venv.python, `${folder}client.py`] }),
  codecs: ["none", "gzip", "snappy", "lz4", "zstd"],
  unable: {},
  unableToSend: {},
  unableToShow: {},
};
