/** A subject's name, taken apart: `:.ctx:orders` is `orders` in the context `.ctx`. */
export interface QualifiedSubject {
  /** `.` is the default one, `*` stands for all. */
  readonly context: string;
  /** Empty for the context itself. */
  readonly subject: string;
}

export const defaultContext = ".";
/** Settings that stand behind those of every context. */
export const globalContext = ".__GLOBAL";
export const everyContext = "*";

export function qualifiedSubject(text: string): QualifiedSubject {
  if (text.startsWith(":*:")) return { context: everyContext, subject: text.slice(3) };
  if (!text.startsWith(":.")) return { context: defaultContext, subject: text };
  const end = text.indexOf(":", 2);
  if (end < 0) return { context: text.slice(1), subject: "" };
  return { context: text.slice(1, end), subject: text.slice(end + 1) };
}

/** The name under which a subject is kept: bare in the default context. */
export const nameOf = ({ context, subject }: QualifiedSubject): string => `${contextPrefix(context)}${subject}`;

/** What a context puts before its subjects' names. */
export const contextPrefix = (context: string): string => (context === defaultContext ? "" : `:${context}:`);

/** The same subject in one spelling: `:.:orders` is `orders`. */
export const plainName = (text: string): string => nameOf(qualifiedSubject(text));

export const contextOf = (text: string): string => qualifiedSubject(text).context;

/** A subject that is named inside another one's context: a reference, an alias. */
export function nameWithin(parent: string, text: string): string {
  const { context, subject } = qualifiedSubject(text);
  return nameOf({ context: context === defaultContext ? contextOf(parent) : context, subject });
}

/** A context as a request names it: with or without its dot and colons. */
export function contextNamed(text: string): string | undefined {
  const bare = text.replace(/^:/, "").replace(/:$/, "");
  if (bare.includes(":")) return undefined;
  return bare.startsWith(".") ? bare : `.${bare}`;
}

/** Whether a name begins with a prefix, in the prefix's context. */
export function hasPrefix(name: string, prefix: string): boolean {
  const { context, subject } = qualifiedSubject(name);
  const wanted = qualifiedSubject(prefix);
  return (wanted.context === everyContext || wanted.context === context) && subject.startsWith(wanted.subject);
}
