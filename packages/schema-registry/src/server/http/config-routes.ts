import { Hono } from "hono";
import { RegistryRefusal } from "../registry-refusal.js";
import type { SubjectConfig } from "../state/subject-config.js";
import type { SubjectConfigs } from "../subject-configs.js";
import { checkSubject } from "../subject-name.js";
import { bodyOf } from "./body.js";
import { isSet } from "./query.js";
import { settingOf } from "./request-scope.js";

/** Configurations. A question names the level `compatibilityLevel`, a request and its answer `compatibility`. */
export function configRoutes(configs: SubjectConfigs): Hono {
  const routes = new Hono();
  // The same for everything and for one subject: `/config/:.ctx:` means a context.
  for (const path of ["/", "/:subject"]) {
    routes.get(path, (context) => {
      const subject = settingOf(context);
      const config = isSet(context, "defaultToGlobal") ? configs.inScope(subject) : configs.own(subject);
      if (config === undefined) {
        throw new RegistryRefusal(40408, `Subject '${subject}' does not have subject-level compatibility configured`);
      }
      return context.json(config);
    });

    routes.put(path, async (context) => {
      const subject = settingOf(context);
      if (subject !== null) checkSubject(subject, { isSetting: true });
      return context.json(echo(await configs.update(subject, await bodyOf(context))));
    });

    routes.delete(path, async (context) => context.json(await configs.delete(settingOf(context))));
  }
  return routes;
}

const echo = ({ compatibilityLevel, ...config }: SubjectConfig) => ({
  ...config,
  ...(compatibilityLevel !== undefined && { compatibility: compatibilityLevel }),
});
