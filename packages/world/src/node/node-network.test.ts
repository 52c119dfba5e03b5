import { once } from "node:events";
import type { Socket as NodeSocket } from "node:net";
import { describe, expect, it } from "vitest";
import type { Socket } from "../network.js";
import { nodeNetwork } from "./node-network.js";

const failureOf = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    socket.on("error", (error) => resolve(String((error as { code?: unknown }).code)));
  });

describe("TCP on Node", () => {
  it("carries bytes both ways and closes in halves", async () => {
    const listener = await nodeNetwork.listen({ host: "127.0.0.1", port: 0 }, (socket) => {
      socket.on("data", (chunk) => socket.write(chunk));
      socket.on("end", () => socket.end());
    });
    const socket = nodeNetwork.connect({ host: listener.host, port: listener.port });
    const received: Buffer[] = [];
    socket.on("data", (chunk) => received.push(chunk));
    socket.write(Buffer.from("hello"));
    socket.end();
    await once(socket as NodeSocket, "close");
    expect(Buffer.concat(received).toString()).toBe("hello");
    await listener.close();
  });

  it("receives where it is told to, and still says when the other side has ended", async () => {
    const listener = await nodeNetwork.listen({ host: "127.0.0.1", port: 0 }, (socket) => {
      socket.on("data", (chunk) => {
        socket.write(chunk);
        socket.end();
      });
    });
    const block = Buffer.alloc(1_000);
    let used = 0;
    const { host, port } = listener;
    const socket = nodeNetwork.connect({ host, port, room: () => block.subarray(used) });
    const ended = once(socket as NodeSocket, "end");
    socket.on("data", (chunk) => {
      expect(chunk.buffer).toBe(block.buffer);
      expect(chunk.byteOffset).toBe(block.byteOffset + used);
      used += chunk.length;
    });
    socket.write(Buffer.from("hello"));
    await ended;
    expect(block.subarray(0, used).toString()).toBe("hello");
    socket.destroy();
    await listener.close();
  });

  it("says when the system has the bytes, and what kept them from it", async () => {
    const listener = await nodeNetwork.listen({ host: "127.0.0.1", port: 0 }, (socket) => {
      socket.on("data", () => undefined);
    });
    const socket = nodeNetwork.connect({ host: listener.host, port: listener.port });
    const outcome = (data: Buffer) =>
      new Promise<boolean>((resolve) => {
        socket.write(data, (error) => resolve(error === undefined || error === null));
      });
    socket.on("error", () => undefined);
    expect(await outcome(Buffer.alloc(100))).toBe(true);
    socket.pause();
    socket.destroy();
    expect(await outcome(Buffer.alloc(100))).toBe(false);
    await listener.close();
  });

  it("reports a refused connection and an impossible port as errors of the socket", async () => {
    const listener = await nodeNetwork.listen({ host: "127.0.0.1", port: 0 }, () => undefined);
    await listener.close();
    expect(await failureOf(nodeNetwork.connect({ host: "127.0.0.1", port: listener.port }))).toBe("ECONNREFUSED");
    expect(await failureOf(nodeNetwork.connect({ host: "127.0.0.1", port: 99_999 }))).toBe("ERR_SOCKET_BAD_PORT");
  });

  it("frees its port at once and leaves open connections alone", async () => {
    const first = await nodeNetwork.listen({ host: "127.0.0.1", port: 0 }, (socket) => {
      socket.on("data", (chunk) => socket.write(chunk));
    });
    const socket = nodeNetwork.connect({ host: "127.0.0.1", port: first.port }) as NodeSocket;
    await once(socket, "connect");
    await first.close();
    const second = await nodeNetwork.listen({ host: "127.0.0.1", port: first.port }, () => undefined);
    socket.write(Buffer.from("still"));
    expect(String(await once(socket, "data"))).toBe("still");
    socket.destroy();
    await second.close();
    await first.close();
  });

  it("refuses a port that is taken", async () => {
    const listener = await nodeNetwork.listen({ host: "127.0.0.1", port: 0 }, () => undefined);
    const second = nodeNetwork.listen({ host: "127.0.0.1", port: listener.port }, () => undefined);
    await expect(second).rejects.toMatchObject({ code: "EADDRINUSE" });
    await listener.close();
  });

  it("survives a connection reset that nobody listens for", async () => {
    const closed = new Promise<void>((resolve) => {
      void nodeNetwork
        .listen({ host: "127.0.0.1", port: 0 }, (socket) => {
          socket.on("close", () => resolve());
          socket.resume();
        })
        .then(async (listener) => {
          const socket = nodeNetwork.connect({ host: listener.host, port: listener.port }) as NodeSocket;
          await once(socket, "connect");
          socket.resetAndDestroy();
          await listener.close();
        });
    });
    await closed;
  });
});
