import { createServer as createPlainServer, type Server } from "node:net";
import { createServer, type TlsOptions as ServerOptions } from "node:tls";
import { inspect } from "node:util";
import { apis } from "@ottla/protocol";
import { type Listener, nodeWorld, type Socket } from "@ottla/world";
import { describe, expect, it, onTestFinished } from "vitest";
import { Connection } from "../network/connection.js";
import type { ConnectionOptions } from "../network/connection-options.js";
import { ScriptedCluster } from "../network/scripted-cluster.test-kit.js";
import { certificate } from "./certificates.test-kit.js";

const ca = certificate("ca");
const never = new AbortController().signal;
const heartbeat = { groupId: "g", generationId: 1, memberId: "m" };
const limits = {
  clientId: "test",
  connectTimeoutMs: 5_000,
  maxResponseBytes: 1e6,
  maxInFlightBytes: 1e6,
  maxWaiting: 100,
};

const listening = async (server: Server): Promise<number> => {
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as { readonly port: number }).port;
};

/** A broker that answers over TLS. */
async function secured(options: ServerOptions = {}): Promise<number> {
  let accept: ((socket: Socket) => void) | undefined;
  const listen = async (_: unknown, onConnection: (socket: Socket) => void): Promise<Listener> => {
    accept = onConnection;
    return { host: "", port: 0, close: async () => {} };
  };
  const cluster = new ScriptedCluster({ ...nodeWorld.network, listen });
  cluster.on(apis.Heartbeat, () => ({ errorCode: 0 }));
  const pair = { cert: certificate("broker"), key: certificate("broker.key") };
  const server = createServer({ ...pair, ...options }, (socket) => {
    socket.on("error", () => {});
    onTestFinished(() => void socket.destroy());
    accept?.(socket);
  });
  server.on("tlsClientError", () => {});
  return listening(server);
}

async function answers(port: number, tls?: ConnectionOptions["tls"], host = "localhost"): Promise<boolean> {
  const connection = await Connection.open(nodeWorld, { ...limits, address: { host, port }, tls }, never);
  try {
    const sent = connection.send(apis.Heartbeat, 4, heartbeat, { timeoutMs: 5_000 });
    return (await sent).errorCode === 0;
  } finally {
    connection.close();
  }
}

describe("TLS", () => {
  it("speaks to a broker whose authority is trusted, by name and by address", async () => {
    const port = await secured();
    expect(await answers(port, { ca })).toBe(true);
    expect(await answers(port, { ca: [Buffer.from(ca)] }, "127.0.0.1")).toBe(true);
    expect(await answers(port, { ca, servername: "broker.test" })).toBe(true);
    expect(await answers(port, { rejectUnauthorized: false })).toBe(true);
  });

  it("shows its certificate to a broker that asks, also with a key that is locked", async () => {
    const port = await secured({ requestCert: true, ca });
    const cert = certificate("client");
    expect(await answers(port, { ca, cert, key: certificate("client.key") })).toBe(true);
    expect(await answers(port, { ca, cert, key: certificate("client-encrypted.key"), passphrase: "changeit" })).toBe(
      true,
    );
  });

  it.each<{ title: string; server?: ServerOptions; tls: ConnectionOptions["tls"]; says: string }>([
    { title: "an unknown authority", tls: {}, says: "of an authority that is not trusted: give that as tls.ca" },
    {
      title: "another name",
      tls: { ca, servername: "other.test" },
      says: "for another name: fix the address, or set tls.servername",
    },
    {
      title: "a certificate that has expired",
      server: { cert: certificate("expired"), key: certificate("expired.key") },
      tls: { ca },
      says: "the broker's certificate has expired",
    },
    {
      title: "a broker that asks for a certificate",
      server: { requestCert: true, ca },
      tls: { ca },
      says: "asks for a certificate of this client: tls.cert and tls.key",
    },
    {
      title: "a locked key and a wrong passphrase",
      tls: { ca, cert: certificate("client"), key: certificate("client-encrypted.key"), passphrase: "s3cret" },
      says: "TLS_FAILED",
    },
    { title: "a key that is none", tls: { ca, cert: certificate("client"), key: "s3cret" }, says: "TLS_FAILED" },
  ])("fails for good with $title, and says so", async ({ server, tls, says }) => {
    const port = await secured(server);
    const error = await answers(port, tls).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: "KafkaAuthenticationError", code: "TLS_FAILED", retriable: false });
    expect((error as Error).message).toContain(says);
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain("s3cret");
  });

  it("says when only one side speaks TLS", async () => {
    await expect(answers(await secured())).rejects.toThrow("does that listener want TLS?");
    const alerting = await listening(
      createPlainServer((socket) => {
        socket.on("error", () => {}).on("data", () => socket.end(Buffer.from("15030300020250", "hex")));
      }),
    );
    await expect(answers(alerting)).rejects.toThrow("that listener speaks TLS: give the tls option");
    const talking = await listening(
      createPlainServer((socket) => void socket.on("error", () => {}).end("hello, who is there?")),
    );
    await expect(answers(talking, { ca })).rejects.toThrow("what answers there does not speak TLS");
    const hangingUp = await listening(
      createPlainServer((socket) => void socket.on("error", () => {}).on("data", () => socket.destroy())),
    );
    await expect(answers(hangingUp, { ca })).rejects.toThrow(
      "ended during the TLS handshake: does that listener speak TLS?",
    );
    await expect(answers(hangingUp)).rejects.toThrow("does that listener want TLS?");
  });
});
