/** What clients do with the values of a schema: the registry keeps it, and never runs it. */
export interface Rule {
  readonly name?: string;
  readonly doc?: string;
  readonly kind?: "TRANSFORM" | "CONDITION";
  readonly mode?: RuleMode;
  readonly type?: string;
  readonly tags?: readonly string[];
  readonly params?: Readonly<Record<string, string>>;
  readonly expr?: string;
  readonly onSuccess?: string;
  readonly onFailure?: string;
  readonly disabled: boolean;
}

export interface RuleSet {
  readonly migrationRules?: readonly Rule[];
  readonly domainRules?: readonly Rule[];
  readonly encodingRules?: readonly Rule[];
  readonly enableAt?: string;
}

const migrationModes = ["UPGRADE", "DOWNGRADE", "UPDOWN"] as const;
const domainModes = ["WRITE", "READ", "WRITEREAD"] as const;
type RuleMode = (typeof migrationModes)[number] | (typeof domainModes)[number];

const modes: readonly RuleMode[] = [...migrationModes, ...domainModes];
const kinds = ["TRANSFORM", "CONDITION"] as const;
const longestName = 64;
const lists = ["migrationRules", "domainRules", "encodingRules"] as const;

type Members = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Reads a rule set in any member order; `undefined` for what is none. */
export function readRuleSet(value: unknown): RuleSet | undefined {
  if (!isObject(value)) return undefined;
  const read: Record<string, readonly Rule[] | string> = {};
  for (const list of lists) {
    const rules = value[list] ?? [];
    if (!Array.isArray(rules)) return undefined;
    const found = rules.map(readRule);
    if (!found.every((rule) => rule !== undefined)) return undefined;
    if (found.length > 0) read[list] = found;
  }
  const { enableAt = null } = value;
  if (enableAt !== null && typeof enableAt !== "string") return undefined;
  return { ...read, ...(enableAt !== null && { enableAt }) };
}

function readRule(value: unknown): Rule | undefined {
  if (!isObject(value)) return undefined;
  const texts = ["name", "doc", "type", "expr", "onSuccess", "onFailure"] as const;
  if (!texts.every((name) => (value[name] ?? null) === null || typeof value[name] === "string")) return undefined;
  const text = (name: (typeof texts)[number]) => (typeof value[name] === "string" ? { [name]: value[name] } : {});
  const kind = kinds.find((one) => one === value.kind);
  const mode = modes.find((one) => one === value.mode);
  const isKnown = (member: unknown, found: unknown) => (member ?? null) === null || found !== undefined;
  if (!isKnown(value.kind, kind) || !isKnown(value.mode, mode)) return undefined;
  const { tags, params } = value;
  return {
    ...text("name"),
    ...text("doc"),
    ...(kind !== undefined && { kind }),
    ...(mode !== undefined && { mode }),
    ...text("type"),
    ...(Array.isArray(tags) && tags.length > 0 && { tags: [...new Set(tags.map(String))].sort() }),
    ...(isObject(params) && Object.keys(params).length > 0 && { params: sortedTexts(params) }),
    ...text("expr"),
    ...text("onSuccess"),
    ...text("onFailure"),
    disabled: value.disabled === true,
  };
}

const sortedTexts = (members: Members): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.keys(members)
      .sort()
      .map((name) => [name, String(members[name])]),
  );

/** Both; rules of the second take the place of those of the first with their names. */
export function mergeRuleSets(first: RuleSet | undefined, second: RuleSet | undefined): RuleSet | undefined {
  if (first === undefined || second === undefined) return second ?? first;
  const merged: Record<string, readonly Rule[]> = {};
  for (const list of lists) {
    const names = new Set(second[list]?.map(({ name }) => name));
    const rules = [...(first[list] ?? []).filter(({ name }) => !names.has(name)), ...(second[list] ?? [])];
    if (rules.length > 0) merged[list] = rules;
  }
  const enableAt = second.enableAt ?? first.enableAt;
  return { ...merged, ...(enableAt !== undefined && { enableAt }) };
}

export const withoutRules = (ruleSet: RuleSet, names: readonly string[]): RuleSet =>
  readRuleSet({
    ...ruleSet,
    ...Object.fromEntries(
      lists.map((list) => [list, (ruleSet[list] ?? []).filter(({ name }) => !names.includes(name ?? ""))]),
    ),
  }) ?? {};

export const hasRuleOfType = (ruleSet: RuleSet | undefined, type: string): boolean =>
  lists.some((list) => ruleSet?.[list]?.some((rule) => rule.type === type));

/** What is wrong with a rule set, in words. */
export function faultOf(ruleSet: RuleSet): string | undefined {
  const names = new Set<string | undefined>();
  for (const list of lists) {
    const isMigration = list === "migrationRules";
    const allowed: readonly string[] = isMigration ? migrationModes : domainModes;
    const what = isMigration ? "Migration" : list === "domainRules" ? "Domain" : "Encoding";
    for (const rule of ruleSet[list] ?? []) {
      const { name, mode } = rule;
      if (names.has(name)) return `Found rule with duplicate name '${name}'`;
      names.add(name);
      const fault = faultOfRule(rule);
      if (fault !== undefined) return fault;
      if (mode === undefined || !allowed.includes(mode)) return `${what} rules can only be ${allowed.join(", ")}`;
    }
  }
  return undefined;
}

function faultOfRule({ name, type, mode, onSuccess, onFailure }: Rule): string | undefined {
  if (name === undefined) return "Missing rule name";
  if (name === "") return "Empty rule name";
  if (name.length > longestName) return "Rule name too long";
  if (!/^[\p{L}_]/u.test(name)) return `Illegal initial character in rule name: ${name}`;
  if (!/^[\p{L}\p{Nd}_-]+$/u.test(name)) return `Illegal character in rule name: ${name}`;
  if (type === undefined) return "Missing rule type";
  const isPair = mode === "WRITEREAD" || mode === "UPDOWN";
  if (mode !== undefined && !isPair && [onSuccess, onFailure].some((action) => action?.includes(","))) {
    return "Multiple actions only valid with WRITEREAD and UPDOWN";
  }
  return undefined;
}
