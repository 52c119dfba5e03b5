import { Hono } from "hono";
import type { Registry } from "../registry.js";
import { contextPrefix } from "../state/qualified-subject.js";
import { page } from "./query.js";
import { contextParam } from "./request-scope.js";

/** The contexts that there are. One comes with its first subject, and may be deleted when it is empty. */
export function contextRoutes(registry: Registry): Hono {
  const routes = new Hono();

  routes.get("/", (context) => {
    const prefix = context.req.query("contextPrefix") ?? "";
    return context.json(
      page(
        context,
        registry.contexts().filter((name) => name.startsWith(prefix)),
      ),
    );
  });

  routes.delete("/:context", async (context) => {
    const name = contextParam(context);
    await registry.deletions.deleteContext(name, contextPrefix(name));
    return context.body(null, 204);
  });

  return routes;
}
