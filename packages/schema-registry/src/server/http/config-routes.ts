import { Hono } from "hono";
import { RegistryRefusal } from "../registry-refusal.js";
import type { SubjectSettings } from "../subject-settings.js";
import { bodyOf, isSet } from "./body.js";

/** Compatibility levels. A question names the level `compatibilityLevel`, a request and its answer `compatibility`. */
export function configRoutes(settings: SubjectSettings): Hono {
  const routes = new Hono();

  routes.get("/", (context) => context.json({ compatibilityLevel: settings.level(null) }));

  routes.put("/", async (context) => {
    const body = await bodyOf(context);
    await settings.setLevel(null, body.compatibility);
    return context.json({ compatibility: settings.level(null) });
  });

  routes.delete("/", async (context) => context.json({ compatibilityLevel: await settings.deleteLevel(null) }));

  routes.get("/:subject", (context) => {
    const subject = context.req.param("subject");
    const level = settings.ownLevel(subject) ?? (isSet(context, "defaultToGlobal") ? settings.level(null) : undefined);
    if (level === undefined) {
      throw new RegistryRefusal(40408, `Subject '${subject}' does not have subject-level compatibility configured`);
    }
    return context.json({ compatibilityLevel: level });
  });

  routes.put("/:subject", async (context) => {
    const subject = context.req.param("subject");
    const body = await bodyOf(context);
    await settings.setLevel(subject, body.compatibility);
    return context.json({ compatibility: settings.level(subject) });
  });

  routes.delete("/:subject", async (context) =>
    context.json({ compatibilityLevel: await settings.deleteLevel(context.req.param("subject")) }),
  );

  return routes;
}
