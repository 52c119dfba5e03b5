import { Hono } from "hono";
import { RegistryRefusal } from "../registry-refusal.js";
import type { SubjectModes } from "../subject-modes.js";
import { checkSubject } from "../subject-name.js";
import { bodyOf } from "./body.js";
import { isSet } from "./query.js";
import { settingOf } from "./request-scope.js";

/** Whether a subject, a context, or the whole registry takes writes. */
export function modeRoutes(modes: SubjectModes): Hono {
  const routes = new Hono();
  for (const path of ["/", "/:subject"]) {
    routes.get(path, (context) => {
      const subject = settingOf(context);
      const mode = isSet(context, "defaultToGlobal") ? modes.inScope(subject) : modes.own(subject);
      if (mode === undefined) {
        throw new RegistryRefusal(40409, `Subject '${subject}' does not have subject-level mode configured`);
      }
      return context.json({ mode });
    });

    routes.put(path, async (context) => {
      const subject = settingOf(context);
      if (subject !== null) checkSubject(subject, { isSetting: true });
      const { mode } = await bodyOf(context);
      await modes.set(subject, mode, { force: isSet(context, "force") });
      return context.json(mode === null ? {} : { mode: String(mode).toUpperCase() });
    });

    routes.delete(path, async (context) => {
      const mode = await modes.delete(settingOf(context), { recursive: isSet(context, "recursive") });
      return context.json(mode === undefined ? {} : { mode });
    });
  }
  return routes;
}
