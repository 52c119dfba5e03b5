import { Hono } from "hono";
import { openApiDocument } from "../openapi/document.js";
import { RegistryRefusal } from "../registry-refusal.js";
import type { RegistryMetrics } from "./registry-metrics.js";

/** Why a server cannot do its work. */
export type Health =
  | { readonly isReady: true; readonly leader?: string | undefined }
  | { readonly isReady: false; readonly reason: string };

/** Whether the server may be asked at all: open to everybody, since those who look after processes have no passwords. */
export function healthRoutes(health: () => Health): Hono {
  const routes = new Hono();
  routes.get("/live", (context) => context.json({ status: "live" }));
  routes.get("/ready", (context) => {
    const found = health();
    if (!found.isReady) throw new RegistryRefusal(503, found.reason);
    return context.json({ status: "ready", ...(found.leader !== undefined && { leader: found.leader }) });
  });
  return routes;
}

/** What the server says of itself. */
export function operationRoutes(options: {
  readonly version: string;
  readonly metrics?: RegistryMetrics | undefined;
}): Hono {
  const routes = new Hono();
  const document = openApiDocument(options.version);
  routes.get("/openapi.json", (context) => context.json(document));
  routes.get("/metrics", async (context) => {
    if (options.metrics === undefined) throw new RegistryRefusal(404, "The server was started without prom-client");
    return context.body(await options.metrics.text(), 200, { "content-type": options.metrics.contentType });
  });
  return routes;
}
