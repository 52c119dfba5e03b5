import { Hono } from "hono";
import { RegistryRefusal } from "../registry-refusal.js";
import type { SubjectSettings } from "../subject-settings.js";
import { bodyOf, isSet } from "./body.js";

/** Whether a subject, or the whole registry, takes writes. */
export function modeRoutes(settings: SubjectSettings): Hono {
  const routes = new Hono();

  routes.get("/", (context) => context.json({ mode: settings.mode(null) }));

  routes.put("/", async (context) => {
    const body = await bodyOf(context);
    await settings.setMode(null, body.mode);
    return context.json({ mode: settings.mode(null) });
  });

  routes.delete("/", async (context) => context.json({ mode: await settings.deleteMode(null) }));

  routes.get("/:subject", (context) => {
    const subject = context.req.param("subject");
    const mode = settings.ownMode(subject) ?? (isSet(context, "defaultToGlobal") ? settings.mode(null) : undefined);
    if (mode === undefined)
      throw new RegistryRefusal(40409, `Subject '${subject}' does not have subject-level mode configured`);
    return context.json({ mode });
  });

  routes.put("/:subject", async (context) => {
    const subject = context.req.param("subject");
    const body = await bodyOf(context);
    await settings.setMode(subject, body.mode);
    return context.json({ mode: settings.mode(subject) });
  });

  routes.delete("/:subject", async (context) =>
    context.json({ mode: await settings.deleteMode(context.req.param("subject")) }),
  );

  return routes;
}
