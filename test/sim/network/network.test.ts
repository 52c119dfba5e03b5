import { createHash } from "node:crypto";
import { type Listener, type Network, nodeWorld, type Socket, type Timers } from "@ottla/world";
import { describe, expect, it } from "vitest";
import { Simulation } from "../simulation.js";

interface Setup {
  readonly server: Network;
  readonly client: Network;
  readonly timers: Timers;
  readonly run: <T>(work: Promise<T>) => Promise<T | undefined>;
}

const worlds: readonly { name: string; make: () => Setup }[] = [
  {
    name: "Node",
    make: () => ({
      server: nodeWorld.network,
      client: nodeWorld.network,
      timers: nodeWorld.timers,
      run: (work) => work,
    }),
  },
  ...[1, 2, 3, 4, 5].map((seed) => ({
    name: `the simulation with seed ${seed}`,
    make: (): Setup => {
      const sim = new Simulation({ seed });
      const client = sim.process("client").world;
      return {
        server: sim.process("server").world.network,
        client: client.network,
        timers: client.timers,
        run: (work) => sim.run(work),
      };
    },
  })),
];

const happening = (socket: Socket, event: "connect" | "drain" | "end" | "close"): Promise<void> =>
  new Promise((resolve) => {
    socket.on(event, resolve);
  });

const failing = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    socket.on("error", (error) => resolve(String((error as { code?: unknown }).code)));
  });

/** A listener and the two ends of one connection to it. */
async function connected(world: Setup): Promise<{ listener: Listener; near: Socket; far: Socket }> {
  let listener: Listener | undefined;
  const far = new Promise<Socket>((resolve) => {
    void world.server.listen({ host: "127.0.0.1", port: 0 }, resolve).then((made) => {
      listener = made;
      near = world.client.connect({ host: made.host, port: made.port });
    });
  });
  let near: Socket | undefined;
  const accepted = await far;
  if (listener === undefined || near === undefined) throw new Error("accepted before listening");
  return { listener, near, far: accepted };
}

describe.each(worlds)("a connection in $name", ({ make }) => {
  it("carries every byte in order, whatever the pieces", async () => {
    const world = make();
    const digest = await world.run(
      (async () => {
        const { near, far, listener } = await connected(world);
        const sent = createHash("sha1");
        const received = createHash("sha1");
        far.on("data", (chunk) => received.update(chunk));
        const ended = happening(far, "end");
        const closed = happening(near, "close");
        for (let index = 0; index < 300; index += 1) {
          const data = Buffer.alloc((index * 37) % 3_000, index);
          sent.update(data);
          near.write(data);
        }
        near.end();
        near.resume();
        await ended;
        await closed;
        await listener.close();
        return [sent.digest("hex"), received.digest("hex")];
      })(),
    );
    expect(digest?.[1]).toBe(digest?.[0]);
  });

  it("answers after the other side has ended its half", async () => {
    const world = make();
    const answer = await world.run(
      (async () => {
        const { near, far, listener } = await connected(world);
        const received: Buffer[] = [];
        far.on("data", () => undefined);
        far.on("end", () => far.write(Buffer.from("goodbye")));
        near.on("data", (chunk) => received.push(chunk));
        const closed = Promise.all([happening(near, "close"), happening(far, "close")]);
        near.write(Buffer.from("hello"));
        near.end();
        await closed;
        await listener.close();
        return Buffer.concat(received).toString();
      })(),
    );
    expect(answer).toBe("goodbye");
  });

  it("fills the writer's buffer while the reader pauses, and drains when it goes on", async () => {
    const world = make();
    const seen = await world.run(
      (async () => {
        const { near, far, listener } = await connected(world);
        let received = 0;
        far.on("data", (chunk) => {
          received += chunk.byteLength;
        });
        far.pause();
        const piece = Buffer.alloc(64 * 1024);
        let written = 0;
        while (near.writableLength < 4_000_000) {
          near.write(piece);
          written += piece.byteLength;
          if (written > 64_000_000) throw new Error("nothing holds the writer back");
          await new Promise<void>((resolve) => world.timers.endOfTurn(resolve));
        }
        const isFull = !near.write(piece);
        const drained = happening(near, "drain");
        far.resume();
        await drained;
        const left = near.writableLength;
        const all = happening(far, "end");
        near.end();
        await all;
        await listener.close();
        return { isFull, left, isWhole: received === written + piece.byteLength };
      })(),
    );
    expect(seen).toEqual({ isFull: true, left: 0, isWhole: true });
  });

  it("refuses a connection where nobody listens", async () => {
    const world = make();
    const code = await world.run(
      (async () => {
        const listener = await world.server.listen({ host: "127.0.0.1", port: 0 }, () => undefined);
        await listener.close();
        const socket = world.client.connect({ host: "127.0.0.1", port: listener.port });
        const closed = happening(socket, "close");
        const code = await failing(socket);
        await closed;
        return [code, socket.destroyed];
      })(),
    );
    expect(code).toEqual(["ECONNREFUSED", true]);
  });

  it("is reset for the writer when the reader is gone, and quiet after that", async () => {
    const world = make();
    const seen = await world.run(
      (async () => {
        const { near, far, listener } = await connected(world);
        const failed = failing(near);
        const closed = happening(near, "close");
        near.pause();
        const isGone = happening(far, "close");
        far.destroy();
        await isGone;
        let isFailed = false;
        void failed.then(() => {
          isFailed = true;
        });
        while (!isFailed) {
          near.write(Buffer.alloc(10));
          await new Promise<void>((resolve) => world.timers.after(1, resolve));
        }
        await closed;
        await listener.close();
        return [["ECONNRESET", "EPIPE"].includes(await failed), near.write(Buffer.alloc(1)), near.destroyed];
      })(),
    );
    expect(seen).toEqual([true, false, true]);
  });

  it("ends for the peer when it is destroyed with everything read, before and after the close of its own", async () => {
    const world = make();
    const events = await world.run(
      (async () => {
        const { near, far, listener } = await connected(world);
        const events: string[] = [];
        near.on("data", () => undefined);
        near.on("end", () => events.push("end"));
        near.on("close", () => events.push("close"));
        near.on("error", () => events.push("error"));
        const closed = happening(near, "close");
        far.destroy();
        far.destroy();
        events.push(far.destroyed ? "destroyed" : "open");
        await closed;
        await listener.close();
        return events;
      })(),
    );
    expect(events).toEqual(["destroyed", "end", "close"]);
  });

  it("takes writes from before it is connected, and a cork holds them together", async () => {
    const world = make();
    const text = await world.run(
      (async () => {
        const done = new Promise<string>((resolve, reject) => {
          const received: Buffer[] = [];
          world.server
            .listen({ host: "127.0.0.1", port: 0 }, (socket) => {
              socket.on("data", (chunk) => received.push(chunk));
              socket.on("end", () => resolve(Buffer.concat(received).toString()));
            })
            .then(({ host, port }) => {
              const socket = world.client.connect({ host, port });
              socket.cork();
              for (const part of ["a", "b", "c"]) socket.write(Buffer.from(part));
              socket.uncork();
              socket.end();
            }, reject);
        });
        return done;
      })(),
    );
    expect(text).toBe("abc");
  });
});

describe("the simulated network", () => {
  it("resets the peers of a killed process, keeps silent for one without power, and refuses until it listens again", async () => {
    for (const kind of ["kill", "powerLoss"] as const) {
      const sim = new Simulation({ seed: 9 });
      const machine = sim.process("server");
      const client = sim.process("client").world;
      const listener = await sim.run(machine.world.network.listen({ host: "h", port: 9092 }, (far) => far.resume()));
      const near = client.network.connect({ host: "h", port: listener?.port ?? 0 });
      const seen: string[] = [];
      near.on("data", () => undefined);
      near.on("error", (error) => seen.push(String((error as { code?: unknown }).code)));
      near.on("close", () => seen.push("close"));
      await sim.run(happening(near, "connect"));
      machine.crash({ kind });
      near.write(Buffer.alloc(10));
      await sim.run(sim.sleep(1_000));
      expect(seen).toEqual(kind === "kill" ? ["close"] : []);
      const refused = client.network.connect({ host: "h", port: 9092 });
      expect(await sim.run(failing(refused))).toBe("ECONNREFUSED");
      machine.restart();
      near.write(Buffer.alloc(10));
      await sim.run(sim.sleep(1_000));
      expect(seen).toEqual(kind === "kill" ? ["close"] : ["ECONNRESET", "close"]);
    }
  });

  it("holds everything back while two processes are cut off, and then delivers it in order", async () => {
    const sim = new Simulation({ seed: 11 });
    const [a, b] = [sim.process("a"), sim.process("b")];
    const received: Buffer[] = [];
    const listening = a.world.network.listen({ host: "h", port: 1 }, (far) => {
      far.on("data", (chunk) => received.push(chunk));
    });
    await sim.run(listening);
    const near = b.world.network.connect({ host: "h", port: 1 });
    await sim.run(happening(near, "connect"));
    sim.network.cut(a, b);
    for (const text of ["one ", "two ", "three"]) near.write(Buffer.from(text));
    const late = b.world.network.connect({ host: "h", port: 1 });
    expect(await sim.run(failing(late))).toBe("ETIMEDOUT");
    expect(received).toEqual([]);
    sim.network.mend(a, b);
    await sim.run(() => Buffer.concat(received).toString() === "one two three");
  });

  it("fails the run when a socket's error has no listener, as Node would end the process", async () => {
    const sim = new Simulation({ seed: 12 });
    sim.process("p").world.network.connect({ host: "h", port: 1 });
    await expect(sim.run(() => false)).rejects.toThrow("uncaught");
  });
});
