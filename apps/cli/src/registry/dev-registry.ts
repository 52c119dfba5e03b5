import { RegistryServer } from "@ottla/schema-registry/server";
import { ottlaVersion } from "../ottla-version.js";
import { logTo } from "../terminal/log-to.js";
import type { Terminal } from "../terminal/terminal.js";
import { explainedStart } from "./explained-start.js";

/** The registry of `ottla dev`, on the broker in the same process. */
export async function startDevRegistry(terminal: Terminal, bootstrap: string, port: number): Promise<RegistryServer> {
  try {
    return await RegistryServer.start({ bootstrap, port, version: ottlaVersion, logger: logTo(terminal) });
  } catch (error) {
    throw explainedStart(error, "--registry-port");
  }
}
