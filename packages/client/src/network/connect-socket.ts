import type { Socket, World } from "@ottla/world";
import { KafkaConnectionError } from "../errors/kafka-connection-error.js";
import { tlsFailure } from "../security/tls-failure.js";
import { onAbort } from "../world/on-abort.js";
import { addressText } from "./broker-address.js";
import type { ConnectionOptions } from "./connection-options.js";

/**
 * A connected socket, with TLS after its handshake, or an error in `connectTimeoutMs`; nothing is left open when it fails.
 *
 * @param room - Asked where the next bytes should be received.
 */
export function connectSocket(
  world: Pick<World, "network" | "timers">,
  { address, connectTimeoutMs, tls }: ConnectionOptions,
  signal: AbortSignal,
  room: () => Buffer,
): Promise<Socket> {
  return new Promise<Socket>((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    let isDone = false;
    const socket = world.network.connect({ host: address.host, port: address.port, tls, room });
    const finish = (error?: unknown): void => {
      if (isDone) return;
      isDone = true;
      timer.cancel();
      release();
      if (error === undefined) {
        resolve(socket);
      } else {
        socket.destroy();
        reject(error);
      }
    };
    const failed = (reason: string, cause?: unknown): void =>
      finish(new KafkaConnectionError("CONNECTION_FAILED", `${addressText(address)}: ${reason}`, { cause }));
    const timer = world.timers.after(connectTimeoutMs, () =>
      failed(`${tls ? "no TLS handshake" : "not connected"} in ${connectTimeoutMs} ms`),
    );
    const release = onAbort(signal, () => finish(signal.reason));
    socket.on("connect", () => finish());
    socket.on("error", (error) => {
      const refused = tls && tlsFailure(addressText(address), error);
      if (refused === undefined) failed(error.message, error);
      else finish(refused);
    });
    socket.on("close", () => failed("closed while connecting"));
  });
}
