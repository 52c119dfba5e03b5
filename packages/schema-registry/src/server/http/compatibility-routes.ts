import { type Context, Hono } from "hono";
import { type CompatibilityVerdict, verdictMessages } from "../compatibility-verdict.js";
import type { Registry } from "../registry.js";
import { RegistryRefusal } from "../registry-refusal.js";
import { isSet, schemaOf, versionOf } from "./body.js";

/** Verdicts without registering. `verbose=true` brings the reasons. */
export function compatibilityRoutes(registry: Registry): Hono {
  const routes = new Hono();

  routes.post("/:subject/versions", (context) =>
    answer(context, async () => registry.compatibility(context.req.param("subject"), await schemaOf(context), "all")),
  );

  routes.post("/:subject/versions/:version", (context) => {
    const { subject, version } = context.req.param();
    return answer(context, async () => registry.compatibility(subject, await schemaOf(context), versionOf(version)));
  });

  return routes;
}

async function answer(context: Context, judge: () => Promise<CompatibilityVerdict>): Promise<Response> {
  const isVerbose = isSet(context, "verbose");
  try {
    const verdict = await judge();
    const messages = verdictMessages(verdict);
    return context.json({ is_compatible: verdict.found.length === 0, ...(isVerbose && { messages }) });
  } catch (error) {
    // Asked for reasons, a schema that cannot be read is one.
    if (!isVerbose || !(error instanceof RegistryRefusal) || error.errorCode !== 42201) throw error;
    return context.json({ is_compatible: false, messages: [error.message] });
  }
}
