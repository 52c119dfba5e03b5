import { apis, encodeResponse, FrameSplitter, peekRequest } from "@ottla/protocol";
import type { Socket } from "@ottla/world";
import { describe, expect, it } from "vitest";
import { ManualWorld } from "../world/manual-world.test-kit.js";
import { Connection } from "./connection.js";
import { ScriptedCluster } from "./scripted-cluster.test-kit.js";

const never = new AbortController().signal;
const heartbeat = { groupId: "g", generationId: 1, memberId: "m" };
const base = {
  clientId: "test",
  connectTimeoutMs: 1_000,
  maxResponseBytes: 1_000_000,
  maxInFlightBytes: 1_000_000,
  maxWaiting: 100,
};

const setUp = async (options: Partial<typeof base> = {}, script: (cluster: ScriptedCluster) => void = () => {}) => {
  const world = new ManualWorld();
  const cluster = new ScriptedCluster(world.network);
  cluster.on(apis.Heartbeat, () => ({ errorCode: 0 }));
  script(cluster);
  const opening = Connection.open(world, { ...base, ...options, address: cluster.address(1) }, never);
  const connection = await world.finish(opening);
  return { world, cluster, connection };
};

describe("connection", () => {
  it("uses the highest version both sides have", async () => {
    const { connection } = await setUp({}, ({ versions }) => {
      versions.set("Heartbeat", { minVersion: 0, maxVersion: 2 });
      versions.set("Fetch", { minVersion: 99, maxVersion: 100 });
    });
    expect(connection.versionOf(apis.Heartbeat)).toBe(2);
    expect(connection.versionOf(apis.Produce)).toBe(apis.Produce.maxVersion);
    expect(connection.versionOf(apis.Produce, 12)).toBe(12);
    expect(() => connection.versionOf(apis.Fetch)).toThrow("UNSUPPORTED_VERSION");
  });

  it.each([0, 2, 3])("asks again when the broker has ApiVersions up to version %i only", async (maxVersion) => {
    const { cluster, connection } = await setUp({}, ({ versions }) => {
      versions.set("ApiVersions", { minVersion: 0, maxVersion });
    });
    expect(cluster.requests(apis.ApiVersions).map(({ version }) => version)).toEqual([maxVersion]);
    expect(connection.versionOf(apis.Heartbeat)).toBe(apis.Heartbeat.maxVersion);
  });

  it("sends nothing for as long as the broker says, and lets what waits have its time after that", async () => {
    const { world, cluster, connection } = await setUp();
    cluster.on(apis.Heartbeat, () => ({ errorCode: 0, throttleTimeMs: 40_000 }));
    const send = () => connection.send(apis.Heartbeat, 4, heartbeat, { timeoutMs: 1_000 });
    await world.finish(send());
    cluster.on(apis.Heartbeat, () => ({ errorCode: 0 }));
    const began = world.clock.monotonic();
    const waiting = [send(), send()];
    const unanswered = connection.sendUnanswered(apis.Produce, 9, { acks: 0, timeoutMs: 1, topicData: [] });
    await world.advance(39_000);
    expect(cluster.requests(apis.Heartbeat)).toHaveLength(1);
    expect(cluster.requests(apis.Produce)).toHaveLength(0);
    await world.finish(Promise.all([...waiting, unanswered]));
    expect(world.clock.monotonic() - began).toBeGreaterThanOrEqual(39_990);
    expect(cluster.requests(apis.Heartbeat)).toHaveLength(3);
    await world.settle();
    expect(cluster.requests(apis.Produce)).toHaveLength(1);
    cluster.on(apis.Heartbeat, () => ({ errorCode: 0, throttleTimeMs: 40_000 }));
    await world.finish(send());
    connection.close();
    // It may wait a moment for the socket to take what is not answered.
    await world.advance(30_000);
    expect(world.pendingTimers).toBe(0);
  });

  it("fails to open when nobody listens, and when nobody answers in time", async () => {
    const world = new ManualWorld();
    const cluster = new ScriptedCluster(world.network);
    const nowhere = { ...base, address: { host: "nowhere", port: 1 } };
    await expect(Connection.open(world, nowhere, never)).rejects.toMatchObject({ code: "CONNECTION_FAILED" });
    cluster.fault = () => "ignore";
    const silent = Connection.open(world, { ...base, address: cluster.address(1) }, never);
    await expect(world.finish(silent)).rejects.toMatchObject({ code: "CONNECTION_FAILED" });
    await world.settle();
    expect(world.network.openConnections).toBe(0);
    expect(world.pendingTimers).toBe(0);
  });

  it("closes when a request is not answered in time, and says of each whether it was sent", async () => {
    const { world, cluster, connection } = await setUp({ maxInFlightBytes: 80 });
    cluster.fault = () => "ignore";
    const send = (timeoutMs: number) => connection.send(apis.Heartbeat, 4, heartbeat, { timeoutMs });
    const results = Promise.allSettled([send(500), send(900), send(900), send(900)]);
    expect(await world.finish(results)).toMatchObject([
      { reason: { code: "REQUEST_TIMEOUT", outcome: "unknown" } },
      { reason: { code: "CONNECTION_LOST", wasSent: true } },
      { reason: { code: "CONNECTION_LOST", wasSent: false } },
      { reason: { code: "CONNECTION_LOST", wasSent: false } },
    ]);
    expect(cluster.requests(apis.Heartbeat)).toHaveLength(2);
    await expect(send(1)).rejects.toMatchObject({ code: "CONNECTION_LOST", wasSent: false });
    expect(connection.isOpen).toBe(false);
    expect(world.pendingTimers).toBe(0);
  });

  it("sends what waits for room as answers come", async () => {
    const { world, cluster, connection } = await setUp({ maxInFlightBytes: 80 });
    const sent = Array.from({ length: 20 }, () => connection.send(apis.Heartbeat, 4, heartbeat, { timeoutMs: 100 }));
    await world.finish(Promise.all(sent));
    expect(cluster.requests(apis.Heartbeat)).toHaveLength(20);
  });

  it("refuses what is beyond the line of those who wait", async () => {
    const { world, cluster, connection } = await setUp({ maxInFlightBytes: 1, maxWaiting: 1 });
    cluster.fault = () => "ignore";
    const sent = Array.from({ length: 3 }, () => connection.send(apis.Heartbeat, 4, heartbeat, { timeoutMs: 100 }));
    expect(await world.finish(Promise.allSettled(sent))).toMatchObject([
      {},
      {},
      { reason: { code: "CONNECTION_BUSY", wasSent: false } },
    ]);
  });

  it("drops the answer to a request nobody waits for any more", async () => {
    const { world, connection } = await setUp();
    const stop = new AbortController();
    const first = connection.send(apis.Heartbeat, 4, heartbeat, { timeoutMs: 100, signal: stop.signal });
    const second = connection.send(apis.Heartbeat, 4, heartbeat, { timeoutMs: 100 });
    stop.abort(new Error("enough"));
    await expect(first).rejects.toThrow("enough");
    await expect(world.finish(second)).resolves.toMatchObject({ errorCode: 0 });
    expect(connection.isOpen).toBe(true);
  });

  it("writes what is sent in one turn in one piece", async () => {
    const { world, connection } = await setUp();
    const before = world.network.uncorks;
    const sent = [1, 2, 3].map(() => connection.send(apis.Heartbeat, 4, heartbeat, { timeoutMs: 100 }));
    await world.finish(Promise.all(sent));
    expect(world.network.uncorks - before).toBe(1);
  });

  it.each([
    { title: "an answer to something else", answer: (id: number) => encodeResponse(apis.Heartbeat, 4, id + 1, ok) },
    { title: "an answer that is cut short", answer: (id: number) => [frame(Buffer.from([0, 0, 0, id, 0]))] },
    { title: "an answer that is too long", answer: () => [Buffer.from([0x7f, 0xff, 0xff, 0xff])] },
    { title: "a negative length", answer: () => [Buffer.from([0xff, 0xff, 0xff, 0xff])] },
    { title: "the end of what the broker has to say", answer: () => undefined },
  ])("is lost with $title", async ({ answer }) => {
    const world = new ManualWorld();
    await world.network.listen({ host: "odd", port: 1 }, (socket) => answerOddly(socket, answer));
    const opening = Connection.open(world, { ...base, address: { host: "odd", port: 1 } }, never);
    const connection = await world.finish(opening);
    let isLost = false;
    connection.onLost(() => {
      isLost = true;
    });
    const sent = [1, 2].map(() => connection.send(apis.Heartbeat, 4, heartbeat, { timeoutMs: 100 }));
    expect(await world.finish(Promise.allSettled(sent))).toMatchObject([
      { reason: { code: "CONNECTION_LOST", retriable: true } },
      { reason: { code: "CONNECTION_LOST", retriable: true } },
    ]);
    expect(isLost).toBe(true);
    await world.settle();
    expect(world.network.openConnections).toBe(0);
    expect(world.pendingTimers).toBe(0);
  });
});

const ok = { errorCode: 0 };

const frame = (content: Buffer): Buffer => Buffer.concat([Buffer.from([0, 0, 0, content.length]), content]);

const answerOddly = (socket: Socket, answer: (correlationId: number) => readonly Buffer[] | undefined): void => {
  const frames = new FrameSplitter(1_000);
  const apiKeys = [{ apiKey: apis.Heartbeat.key, minVersion: 0, maxVersion: 4 }];
  socket.on("data", (chunk) => {
    for (const each of frames.push(chunk)) {
      const { apiKey, correlationId } = peekRequest(each);
      const isFirst = apiKey === apis.ApiVersions.key;
      const buffers = isFirst
        ? encodeResponse(apis.ApiVersions, 4, correlationId, { errorCode: 0, apiKeys })
        : answer(correlationId);
      if (buffers === undefined) socket.end();
      for (const buffer of buffers ?? []) socket.write(buffer);
    }
  });
};
