import { Hono } from "hono";
import type { Registry } from "../registry.js";
import { RegistryRefusal } from "../registry-refusal.js";
import { bodyOf, isSet } from "./body.js";

/** Whether a subject, or the whole registry, takes writes. */
export function modeRoutes(registry: Registry): Hono {
  const routes = new Hono();

  routes.get("/", (context) => context.json({ mode: registry.mode(null) }));

  routes.put("/", async (context) => {
    const body = await bodyOf(context);
    await registry.setMode(null, body.mode);
    return context.json({ mode: registry.mode(null) });
  });

  routes.delete("/", async (context) => context.json({ mode: await registry.deleteMode(null) }));

  routes.get("/:subject", (context) => {
    const subject = context.req.param("subject");
    const mode = registry.ownMode(subject) ?? (isSet(context, "defaultToGlobal") ? registry.mode(null) : undefined);
    if (mode === undefined)
      throw new RegistryRefusal(40409, `Subject '${subject}' does not have subject-level mode configured`);
    return context.json({ mode });
  });

  routes.put("/:subject", async (context) => {
    const subject = context.req.param("subject");
    const body = await bodyOf(context);
    await registry.setMode(subject, body.mode);
    return context.json({ mode: registry.mode(subject) });
  });

  routes.delete("/:subject", async (context) =>
    context.json({ mode: await registry.deleteMode(context.req.param("subject")) }),
  );

  return routes;
}
