import { Hono } from "hono";
import type { Registry } from "../registry.js";
import { schemaAnswer } from "./answers.js";
import { isSet, page, schemaOf, versionOf } from "./body.js";

/** Subjects, their versions, registration, look-up and deletion. */
export function subjectRoutes(registry: Registry): Hono {
  const routes = new Hono();

  routes.get("/", (context) => {
    const prefix = (context.req.query("subjectPrefix") ?? "").replace(/^:\*:/, "");
    return context.json(page(context, registry.subjects({ deleted: isSet(context, "deleted"), prefix })));
  });

  routes.post("/:subject", async (context) => {
    const stored = registry.lookup(context.req.param("subject"), await schemaOf(context), {
      deleted: isSet(context, "deleted"),
    });
    return context.json(schemaAnswer(stored));
  });

  routes.delete("/:subject", async (context) =>
    context.json(
      await registry.deleteSubject(context.req.param("subject"), { permanent: isSet(context, "permanent") }),
    ),
  );

  routes.get("/:subject/versions", (context) => {
    const versions = registry.versions(context.req.param("subject"), { deleted: isSet(context, "deleted") });
    return context.json(page(context, versions).map(({ version }) => version));
  });

  routes.post("/:subject/versions", async (context) => {
    const stored = await registry.register(context.req.param("subject"), await schemaOf(context));
    return context.json(schemaAnswer(stored));
  });

  routes.get("/:subject/versions/:version", (context) => {
    const { subject, version } = context.req.param();
    return context.json(
      schemaAnswer(registry.version(subject, versionOf(version), { deleted: isSet(context, "deleted") })),
    );
  });

  routes.get("/:subject/versions/:version/schema", (context) => {
    const { subject, version } = context.req.param();
    return context.body(registry.version(subject, versionOf(version), { deleted: isSet(context, "deleted") }).schema);
  });

  routes.get("/:subject/versions/:version/referencedby", (context) => {
    const { subject, version } = context.req.param();
    return context.json(page(context, registry.referrers(subject, versionOf(version))));
  });

  routes.delete("/:subject/versions/:version", async (context) => {
    const { subject, version } = context.req.param();
    return context.json(
      await registry.deleteVersion(subject, versionOf(version), { permanent: isSet(context, "permanent") }),
    );
  });

  return routes;
}
