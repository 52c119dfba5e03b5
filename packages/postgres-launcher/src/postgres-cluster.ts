import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Binaries, binaries } from "./binaries.js";
import { childrenOf, isAnyAlive } from "./process-tree.js";

/** What {@link PostgresCluster.start} may be told. */
export interface PostgresOptions {
  /** Whether commits reach the disk, as in production. Default false: faster, for tests that do not kill the server. */
  readonly fsync?: boolean;
  /** Further settings of the server, as in postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
}

interface Identity {
  readonly uid: number;
  readonly gid: number;
}

/**
 * A Postgres server of its own in a temporary folder, on 127.0.0.1 and a port of its own. The superuser is `postgres`,
 * without a password. Run as root it drops to `nobody`: the server refuses to run as root.
 */
export class PostgresCluster {
  readonly port: number;
  readonly #folder: string;
  readonly #binaries: Binaries;
  readonly #identity: Identity | undefined;
  readonly #options: PostgresOptions;
  #server: ChildProcess | undefined;
  #log = "";
  readonly #killAtExit = () => this.#server?.kill("SIGQUIT");

  private constructor(folder: string, port: number, identity: Identity | undefined, options: PostgresOptions) {
    this.#folder = folder;
    this.port = port;
    this.#identity = identity;
    this.#options = options;
    this.#binaries = binaries(folder, identity !== undefined);
  }

  /** Makes a cluster and starts it: about a second. */
  static async start(options: PostgresOptions = {}): Promise<PostgresCluster> {
    const identity = process.getuid?.() === 0 ? nobody() : undefined;
    const folder = mkdtempSync(join(tmpdir(), "ottla-postgres-"));
    try {
      // The data folder belongs to the server; the one around it must let it through.
      chmodSync(folder, 0o755);
      mkdirSync(join(folder, "data"), { mode: 0o700 });
      if (identity !== undefined) chownSync(join(folder, "data"), identity.uid, identity.gid);
      const cluster = new PostgresCluster(folder, await freePort(), identity, options);
      await cluster.#initialise();
      await cluster.restart();
      process.on("exit", cluster.#killAtExit);
      return cluster;
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** A connection string for any Postgres client. */
  url(database = "postgres"): string {
    return `postgres://postgres@127.0.0.1:${this.port}/${database}`;
  }

  /** What the server wrote so far: the last 100,000 characters of it. */
  get log(): string {
    return this.#log;
  }

  /** Starts the server again after {@link PostgresCluster.kill} or {@link PostgresCluster.shutDown}, on the same port. */
  async restart(): Promise<void> {
    const { fsync = false, settings = {} } = this.#options;
    const all = {
      listen_addresses: "127.0.0.1",
      port: String(this.port),
      unix_socket_directories: "",
      max_connections: "120",
      fsync: fsync ? "on" : "off",
      ...(fsync ? {} : { full_page_writes: "off" }),
      ...settings,
    };
    const flags = Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const server = this.#spawn("postgres", ["-D", join(this.#folder, "data"), ...flags]);
    this.#server = server;
    let output = "";
    await new Promise<void>((resolve, reject) => {
      const onData = (text: string) => {
        output += text;
        if (!output.includes("ready to accept connections")) return;
        server.stderr?.off("data", onData);
        server.off("exit", onExit);
        resolve();
      };
      const onExit = () => reject(new Error(`postgres did not start: ${output}`));
      server.stderr?.on("data", onData);
      server.once("exit", onExit);
    });
  }

  /**
   * Ends the server and all its processes with SIGKILL, at once: what was not on the disk is gone with its memory.
   * The postmaster stands still meanwhile, so that it neither cleans up after its children nor starts new ones.
   */
  async kill(): Promise<void> {
    const server = this.#running();
    const exited = once(server, "exit");
    server.kill("SIGSTOP");
    const children = childrenOf(server.pid ?? 0);
    for (const pid of children) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It ended by itself.
      }
    }
    server.kill("SIGKILL");
    await exited;
    this.#server = undefined;
    // A new server refuses to start while one of the old processes still holds the shared memory.
    while (isAnyAlive(children)) await new Promise((resolve) => setTimeout(resolve, 2));
  }

  /** Ends the server as an operator does, without waiting for clients. The data stays. */
  async shutDown(): Promise<void> {
    const server = this.#running();
    const exited = once(server, "exit");
    server.kill("SIGINT");
    await exited;
    this.#server = undefined;
  }

  /** Ends the server if it runs, and removes everything. Safe to call twice. */
  async stop(): Promise<void> {
    process.off("exit", this.#killAtExit);
    const server = this.#server;
    this.#server = undefined;
    if (server !== undefined && server.exitCode === null && server.signalCode === null) {
      const exited = once(server, "exit");
      server.kill("SIGQUIT");
      await exited;
    }
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #running(): ChildProcess {
    if (this.#server === undefined) throw new Error("the server does not run");
    return this.#server;
  }

  async #initialise(): Promise<void> {
    const flags = ["--no-sync", "--no-instructions", "--no-locale", "--encoding=UTF8", "--auth=trust"];
    const initdb = this.#spawn("initdb", ["--username=postgres", ...flags, "-D", join(this.#folder, "data")]);
    const [code] = (await once(initdb, "close")) as [number | null];
    if (code !== 0) throw new Error(`initdb ended with ${code}: ${this.#log}`);
  }

  #spawn(program: string, args: readonly string[]): ChildProcess {
    const { folder, environment } = this.#binaries;
    const child = spawn(join(folder, program), args, {
      cwd: join(this.#folder, "data"),
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
      ...this.#identity,
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#log = (this.#log + text).slice(-100_000);
      });
    }
    child.once("error", (error) => {
      this.#log += String(error);
      child.emit("exit", 1, null);
      child.emit("close", 1, null);
    });
    return child;
  }
}

function nobody(): Identity {
  const idOf = (flag: string) => Number(execFileSync("id", [flag, "nobody"], { encoding: "utf8" }));
  return { uid: idOf("-u"), gid: idOf("-g") };
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("a TCP server without a port");
  return address.port;
}
