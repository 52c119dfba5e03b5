import { type Context, Hono } from "hono";
import { isCompatible, verdictMessages } from "../compatibility-verdict.js";
import type { Registry, VersionName } from "../registry.js";
import { RegistryRefusal } from "../registry-refusal.js";
import { schemaOf } from "./body.js";
import { isSet, versionOf } from "./query.js";
import { subjectOf } from "./request-scope.js";

/** Verdicts without registering. `verbose=true` brings the reasons. */
export function compatibilityRoutes(registry: Registry): Hono {
  const routes = new Hono();

  const answer = async (context: Context, against: VersionName | "all"): Promise<Response> => {
    const isVerbose = isSet(context, "verbose");
    const submitted = await schemaOf(context);
    try {
      const options = { normalize: isSet(context, "normalize") };
      const verdict = registry.compatibility(subjectOf(context, registry), submitted, against, options);
      const messages = verdictMessages(verdict);
      return context.json({ is_compatible: isCompatible(verdict), ...(isVerbose && { messages }) });
    } catch (error) {
      // Asked for reasons, a schema that cannot be read is one.
      if (!isVerbose || !(error instanceof RegistryRefusal) || error.errorCode !== 42201) throw error;
      return context.json({ is_compatible: false, messages: [error.message] });
    }
  };

  routes.post("/:subject/versions", (context) => answer(context, "all"));
  routes.post("/:subject/versions/:version", (context) => answer(context, versionOf(context.req.param("version"))));

  return routes;
}
