import { Hono } from "hono";

/** What a registry says of itself. */
export function metadataRoutes(options: { readonly clusterId: string; readonly version: string }): Hono {
  const routes = new Hono();
  const clusters = { "kafka-cluster": options.clusterId, "schema-registry-cluster": "schema-registry" };
  routes.get("/id", (context) => context.json({ scope: { path: [], clusters }, id: "" }));
  routes.get("/version", (context) => context.json({ version: options.version, commitId: "" }));
  routes.get("/deployment", (context) => context.json({ attributes: {} }));
  return routes;
}
