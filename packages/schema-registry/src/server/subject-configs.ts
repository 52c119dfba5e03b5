import { type CompatibilityLevel, compatibilityLevels } from "../compatibility/level.js";
import { compatibilityPolicies } from "../formats/schema-format.js";
import type { FreshWrites } from "./fresh-writes.js";
import { RegistryRefusal, subjectNotFound } from "./registry-refusal.js";
import {
  contextPrefix,
  defaultContext,
  globalContext,
  nameWithin,
  qualifiedSubject,
} from "./state/qualified-subject.js";
import type { RegistryState } from "./state/registry-state.js";
import { faultOf, type RuleSet } from "./state/rule-set.js";
import { configMembers, readConfigMember, type SubjectConfig } from "./state/subject-config.js";
import type { SchemaStore } from "./store/schema-store.js";
import type { SubjectModes } from "./subject-modes.js";

/** A configuration whose level is known. */
export type ConfigInScope = SubjectConfig & { readonly compatibilityLevel: CompatibilityLevel };

/** What a subject's configuration takes from the global one where it says nothing itself. */
const inherited = [
  "normalize",
  "validateFields",
  "validateNewSchemas",
  "validateRules",
  "compatibilityPolicy",
  "compatibilityGroup",
] as const;

/** Configurations: a subject's own, its context's, the global ones. `null` stands for the default context, and so for everything. */
export class SubjectConfigs {
  readonly #state: RegistryState;
  readonly #store: SchemaStore;
  readonly #writes: FreshWrites;
  readonly #modes: SubjectModes;
  readonly #level: CompatibilityLevel;

  /** @param level - The level where none is set. */
  constructor(
    state: RegistryState,
    store: SchemaStore,
    writes: FreshWrites,
    modes: SubjectModes,
    level: CompatibilityLevel,
  ) {
    this.#state = state;
    this.#store = store;
    this.#writes = writes;
    this.#modes = modes;
    this.#level = level;
  }

  /** What is configured for a subject or context itself; the global ones always are. */
  own(subject: string | null): ConfigInScope | undefined {
    const config = this.#state.config(subject);
    if (config !== undefined) return this.#withLevel(config);
    const isGlobal = subject === null || qualifiedSubject(subject).context === globalContext;
    return isGlobal ? { compatibilityLevel: this.#level } : undefined;
  }

  /** What holds for a subject: its own configuration, else its context's, else that of all contexts, else the server's. */
  inScope(subject: string | null): ConfigInScope {
    if (subject === null) return this.#behind(null);
    const own = this.#state.config(subject);
    if (own === undefined) return this.#behind(subject);
    const global = this.#state.config(null) ?? {};
    const taken = inherited.filter((name) => own[name] === undefined && global[name] !== undefined);
    return { ...Object.fromEntries(taken.map((name) => [name, global[name]])), ...this.#withLevel(own) };
  }

  #behind(subject: string | null): ConfigInScope {
    const { context } = qualifiedSubject(subject ?? "");
    const ofContext = this.#state.config(context === defaultContext ? null : contextPrefix(context));
    return this.#withLevel(ofContext ?? this.#state.config(contextPrefix(globalContext)) ?? {});
  }

  #withLevel(config: SubjectConfig): ConfigInScope {
    return { ...config, compatibilityLevel: config.compatibilityLevel ?? this.#level };
  }

  /** The subject that is meant by a name: its alias points to another one, perhaps. */
  aliased(subject: string): string {
    const alias = this.#state.config(subject)?.alias;
    return alias === undefined || alias === "" ? subject : nameWithin(subject, alias);
  }

  /** Names by the subject that they are another name of. */
  aliases(): ReadonlyMap<string, readonly string[]> {
    const found = new Map<string, string[]>();
    for (const [subject, { alias }] of this.#state.configured()) {
      if (subject === null || alias === undefined || alias === "") continue;
      const target = nameWithin(subject, alias);
      found.set(target, [...(found.get(target) ?? []), subject]);
    }
    return found;
  }

  /** Changes what a request names; `null` takes it away. Answers what is configured then. */
  update(subject: string | null, request: Readonly<Record<string, unknown>>): Promise<SubjectConfig> {
    const change = changeOf(request);
    return this.#writes.write(async (signal) => {
      this.#modes.checkWritable(subject);
      const merged = { ...this.#state.config(subject), ...change };
      const kept = configMembers.flatMap((name) =>
        merged[name] === undefined || merged[name] === null ? [] : [[name, merged[name]]],
      );
      const value = Object.fromEntries(kept) as SubjectConfig;
      await this.#store.write([{ keytype: "CONFIG", subject, value }], signal);
      return value;
    });
  }

  /** Forgets what is configured for a subject, or globally. Answers what it was. */
  delete(subject: string | null): Promise<ConfigInScope> {
    return this.#writes.write(async (signal) => {
      this.#modes.checkWritable(subject);
      const config = this.own(subject);
      if (config === undefined) throw subjectNotFound(subject ?? "");
      await this.#store.write([{ keytype: "CONFIG", subject, value: null }], signal);
      return config;
    });
  }
}

/** The members that a request sets, read; `null` for those that it takes away. */
function changeOf(request: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const change: Record<string, unknown> = {};
  for (const name of configMembers) {
    const given = name === "compatibilityLevel" ? (request.compatibility ?? request.compatibilityLevel) : request[name];
    if (given === undefined) continue;
    const value = given === null ? null : readConfigMember(name, given);
    if (value === undefined) throw invalidMember(name, given);
    if (name === "defaultRuleSet" || name === "overrideRuleSet") checkRuleSet(value as RuleSet | null);
    change[name] = value;
  }
  return change;
}

function invalidMember(name: keyof SubjectConfig, given: unknown): RegistryRefusal {
  if (name === "compatibilityLevel") {
    const known = compatibilityLevels.map((one) => one.toLowerCase()).join(", ");
    return new RegistryRefusal(42203, `Invalid compatibility level. Valid values are ${known}`);
  }
  const known = name === "compatibilityPolicy" ? `, it is one of ${compatibilityPolicies.join(", ")}` : "";
  return new RegistryRefusal(422, `${name} cannot be ${JSON.stringify(given).slice(0, 200)}${known}`);
}

/** @throws RegistryRefusal 42210 */
export function checkRuleSet(ruleSet: RuleSet | null | undefined): void {
  const fault = ruleSet ? faultOf(ruleSet) : undefined;
  if (fault !== undefined) throw new RegistryRefusal(42210, fault);
}
