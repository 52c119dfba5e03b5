import { Hono } from "hono";
import type { Registry } from "../registry.js";
import { RegistryRefusal } from "../registry-refusal.js";
import { bodyOf, isSet } from "./body.js";

/** Compatibility levels. A question names the level `compatibilityLevel`, a request and its answer `compatibility`. */
export function configRoutes(registry: Registry): Hono {
  const routes = new Hono();

  routes.get("/", (context) => context.json({ compatibilityLevel: registry.level(null) }));

  routes.put("/", async (context) => {
    const body = await bodyOf(context);
    await registry.setLevel(null, body.compatibility);
    return context.json({ compatibility: registry.level(null) });
  });

  routes.delete("/", async (context) => context.json({ compatibilityLevel: await registry.deleteLevel(null) }));

  routes.get("/:subject", (context) => {
    const subject = context.req.param("subject");
    const level = registry.ownLevel(subject) ?? (isSet(context, "defaultToGlobal") ? registry.level(null) : undefined);
    if (level === undefined) {
      throw new RegistryRefusal(40408, `Subject '${subject}' does not have subject-level compatibility configured`);
    }
    return context.json({ compatibilityLevel: level });
  });

  routes.put("/:subject", async (context) => {
    const subject = context.req.param("subject");
    const body = await bodyOf(context);
    await registry.setLevel(subject, body.compatibility);
    return context.json({ compatibility: registry.level(subject) });
  });

  routes.delete("/:subject", async (context) =>
    context.json({ compatibilityLevel: await registry.deleteLevel(context.req.param("subject")) }),
  );

  return routes;
}
