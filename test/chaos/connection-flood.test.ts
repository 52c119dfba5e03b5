import { readdirSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { Broker } from "@ottla/broker";
import { apis } from "@ottla/protocol";
import { nodeWorld } from "@ottla/world";
import { expect, it } from "vitest";
import { cleanup } from "../kit/cleanup.js";
import { eventually } from "../kit/eventually.js";
import { rounds } from "../kit/long-form.js";
import { WireClient } from "../kit/wire-client.js";

// Survival list 3.3 #10: connections by the thousand, of peers that say nothing, half of something, or go at once.

const flood = rounds(2_000, 50_000);
const atOnce = 250;
const openFiles = (): number => readdirSync("/proc/self/fd").length;

it.skipIf(process.platform !== "linux")(
  `${flood} connections of peers that mean no good leave nothing behind and keep nobody else out`,
  async () => {
    const broker = await Broker.start({
      memory: true,
      config: { "max.connections": 400 },
      limits: { firstRequestTimeoutMs: 300 },
    });
    cleanup(() => broker.close());
    const bystander = new WireClient(nodeWorld.network, { host: "127.0.0.1", port: broker.port });
    cleanup(() => bystander.close());
    const served = () => bystander.call(apis.Metadata, 8, { topics: null, allowAutoTopicCreation: false });
    await served();
    const before = openFiles();
    let slowestMs = 0;
    for (let made = 0; made < flood; made += atOnce) {
      const sockets = Array.from({ length: atOnce }, (_, index): Promise<Socket> => {
        const socket = connect(broker.port, "127.0.0.1");
        socket.on("error", () => {});
        return new Promise((resolve) => {
          socket.on("close", () => resolve(socket));
          socket.on("connect", () => {
            // Goes at once; half a length; a length and nothing more; or says nothing at all.
            if (index % 4 === 0) socket.destroy();
            else if (index % 4 === 1) socket.write(Buffer.from([0, 0]));
            else if (index % 4 === 2) socket.write(Buffer.from([0, 0, 1, 0]));
            resolve(socket);
          });
        });
      });
      const opened = await Promise.all(sockets);
      const begun = performance.now();
      await served();
      slowestMs = Math.max(slowestMs, performance.now() - begun);
      // Some are closed by their peers, the others wait for the broker to do it.
      if ((made / atOnce) % 2 === 0) for (const socket of opened) socket.destroy();
    }
    await eventually(() => openFiles() <= before + 2, { what: "all connections to be closed" });
    expect(slowestMs).toBeLessThan(5_000);
    await served();
  },
  600_000,
);
