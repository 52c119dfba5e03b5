import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A registry in a process of its own, on a cluster. */
export class RegistryProcess {
  readonly #child: ChildProcess;
  readonly port: number;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start(bootstrap: string): Promise<RegistryProcess> {
    const child = fork(fileURLToPath(new URL("./registry.js", import.meta.url)), [bootstrap]);
    const [{ port }] = (await once(child, "message")) as [{ readonly port: number }];
    return new RegistryProcess(child, port);
  }

  async stop(): Promise<void> {
    this.#child.disconnect();
    await once(this.#child, "exit");
  }
}
