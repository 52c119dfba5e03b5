import { type Context, Hono } from "hono";
import { schemaFormats } from "../../formats/schema-format.js";
import type { Registry } from "../registry.js";
import { RegistryRefusal } from "../registry-refusal.js";
import { hasPrefix } from "../state/qualified-subject.js";
import { hasRuleOfType } from "../state/rule-set.js";
import { contentOf } from "../state/schema-content.js";
import type { StoredSchema } from "../state/stored-record.js";
import { contentAnswer, schemaAnswer, writtenAnswer } from "./answers.js";
import { qualifiedReferences } from "./qualified-references.js";
import { formatAsked, includedIn, isSet, page } from "./query.js";
import { prefixAsked, subjectAsked } from "./request-scope.js";

/** The most versions that are listed at a time. */
const mostListed = 1000;

/** Schemas by their ids and guids, and all of them. Soft-deleted ones are still served: records written under them stay readable. */
export function schemaRoutes(registry: Registry): Hono {
  const routes = new Hono();

  const textOf = (context: Context, stored: StoredSchema): string => {
    const format = formatAsked(context);
    return format === undefined ? stored.schema : registry.formatted(stored.subject, contentOf(stored), format);
  };

  routes.get("/", (context) => {
    const prefix = prefixAsked(context, "");
    const included = includedIn(context);
    const ruleType = context.req.query("ruleType") ?? "";
    const aliases = isSet(context, "aliases") ? registry.configs.aliases() : new Map<string, readonly string[]>();
    const isPrefixed = new Set(registry.subjects(prefix, included));
    for (const [subject, names] of aliases) {
      if (names.some((name) => hasPrefix(name, prefix))) isPrefixed.add(subject);
    }
    const listed = [...isPrefixed].sort().flatMap((subject) => {
      const versions = registry.allVersions(subject, included);
      const wanted = isSet(context, "latestOnly") ? versions.slice(-1) : versions;
      return ruleType === "" ? wanted : wanted.filter(({ ruleSet }) => hasRuleOfType(ruleSet, ruleType));
    });
    return context.json(
      page(context, listed, mostListed).map((stored) => {
        const names = aliases.get(stored.subject);
        return { ...schemaAnswer(stored), ...(names !== undefined && { aliases: names }) };
      }),
    );
  });

  routes.get("/types", (context) => context.json([...schemaFormats.keys()]));

  routes.get("/ids/:id", (context) => {
    const subject = subjectAsked(context, registry);
    const stored = registry.ids.get(idOf(context), subject);
    const tags = context.req.queries("findTags") ?? [];
    const content = contentAnswer(contentOf(stored), {
      schema: textOf(context, stored),
      references: qualifiedReferences(context, stored),
      ...(tags.length > 0 && { tags: registry.tags(stored, tags) }),
    });
    return context.json({
      ...(context.req.query("subject") !== undefined && { subject: stored.subject, version: stored.version }),
      ...content,
      ...(isSet(context, "fetchMaxId") && { maxId: registry.ids.highest(subject) }),
      ...writtenAnswer(stored),
    });
  });

  routes.get("/ids/:id/schema", (context) =>
    context.body(textOf(context, registry.ids.get(idOf(context), subjectAsked(context, registry)))),
  );

  routes.get("/ids/:id/subjects", (context) => {
    const uses = registry.ids.uses(idOf(context), subjectAsked(context, registry), includedIn(context));
    return context.json(page(context, [...new Set(uses.map(({ subject }) => subject))]));
  });

  routes.get("/ids/:id/versions", (context) => {
    const uses = registry.ids.uses(idOf(context), subjectAsked(context, registry), includedIn(context));
    return context.json(page(context, uses).map(({ subject, version }) => ({ subject, version })));
  });

  routes.get("/guids/:guid", (context) => {
    const stored = registry.ids.byGuid(context.req.param("guid"));
    const content = contentAnswer(contentOf(stored), { schema: textOf(context, stored) });
    return context.json({ ...content, ...writtenAnswer(stored) });
  });

  routes.get("/guids/:guid/ids", (context) => context.json(registry.ids.ofGuid(context.req.param("guid"))));

  return routes;
}

function idOf(context: Context): number {
  const text = context.req.param("id") ?? "";
  if (!/^\d{1,10}$/.test(text)) throw new RegistryRefusal(404, "HTTP 404 Not Found");
  return Number(text);
}
