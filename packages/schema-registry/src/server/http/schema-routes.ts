import { type Context, Hono } from "hono";
import type { Registry } from "../registry.js";
import { RegistryRefusal } from "../registry-refusal.js";
import { contentAnswer } from "./answers.js";
import { isSet, page } from "./body.js";

/** Schemas by their ids. Soft-deleted ones are still served: records written under them stay readable. */
export function schemaRoutes(registry: Registry): Hono {
  const routes = new Hono();

  routes.get("/:id", (context) => {
    const content = contentAnswer(registry.schemaById(idOf(context)));
    return context.json(isSet(context, "fetchMaxId") ? { ...content, maxId: registry.highestId } : content);
  });

  routes.get("/:id/schema", (context) => context.body(registry.schemaById(idOf(context)).schema));

  routes.get("/:id/subjects", (context) => {
    const uses = registry.usesOf(idOf(context), { deleted: isSet(context, "deleted") });
    return context.json(page(context, [...new Set(uses.map(({ subject }) => subject))]));
  });

  routes.get("/:id/versions", (context) => {
    const uses = registry.usesOf(idOf(context), { deleted: isSet(context, "deleted") });
    return context.json(
      page(
        context,
        uses.map(({ subject, version }) => ({ subject, version })),
      ),
    );
  });

  return routes;
}

function idOf(context: Context): number {
  const text = context.req.param("id") ?? "";
  if (!/^\d{1,10}$/.test(text)) throw new RegistryRefusal(404, `HTTP 404 Not Found`);
  return Number(text);
}
