import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export type Durability = "memory" | "os" | "sync";

/** A broker in a process of its own, on a fresh folder. */
export class BrokerProcess {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly bootstrap: string;

  private constructor(child: ChildProcess, folder: string, bootstrap: string) {
    this.#child = child;
    this.#folder = folder;
    this.bootstrap = bootstrap;
  }

  static async start(durability: Durability): Promise<BrokerProcess> {
    const folder = mkdtempSync(join(tmpdir(), "ottla-bench-"));
    const options = {
      ...(durability === "memory" ? { memory: true } : { dataDir: folder, durability }),
      config: { "group.initial.rebalance.delay.ms": "0" },
    };
    const child = fork(fileURLToPath(new URL("./broker.js", import.meta.url)), [JSON.stringify(options)]);
    const [{ bootstrap }] = (await once(child, "message")) as [{ readonly bootstrap: string }];
    return new BrokerProcess(child, folder, bootstrap);
  }

  async rssBytes(): Promise<number> {
    const answered = once(this.#child, "message");
    this.#child.send({});
    const [{ rss }] = (await answered) as [{ readonly rss: number }];
    return rss;
  }

  async stop(): Promise<void> {
    this.#child.disconnect();
    await once(this.#child, "exit");
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
