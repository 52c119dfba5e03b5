import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { SchemaRegistry } from "./schema-registry.js";

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it("keeps its connection, and takes another one at once where the registry had closed it", async () => {
  const connections = new Set<unknown>();
  const server = createServer((request, response) => {
    connections.add(request.socket);
    // It closes what stays idle without a word, as a proxy does between two requests.
    if (request.url === "/contexts") request.socket.resetAndDestroy();
    else response.end("[]");
  });
  const registry = new SchemaRegistry(await listening(server), { retries: 0 });
  await registry.subjects();
  await registry.schemaTypes();
  expect(connections.size).toBe(1);
  // Reset on a connection that was used before: sent again on a new one; reset there as well: that is the answer.
  await expect(registry.contexts()).rejects.toMatchObject({ code: "REGISTRY_UNREACHABLE", retriable: true });
  expect(connections.size).toBe(2);
  expect(await registry.subjects()).toEqual([]);
});

it("ends with the signal's reason while an answer is on its way", async () => {
  const controller = new AbortController();
  const server = createServer((_, response) => {
    response.write("[");
    controller.abort(new Error("enough"));
  });
  const registry = new SchemaRegistry(await listening(server));
  await expect(registry.subjects({}, controller.signal)).rejects.toThrow("enough");
});
