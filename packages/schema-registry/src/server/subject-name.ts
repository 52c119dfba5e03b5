import { RegistryRefusal } from "./registry-refusal.js";
import { globalContext, qualifiedSubject } from "./state/qualified-subject.js";

const longestSubject = 10_000;

/** @throws RegistryRefusal 42208 for a name that no subject may have. Settings may be those of a context, of all contexts too. */
export function checkSubject(name: string, { isSetting = false } = {}): void {
  const isControl = [...name].some((character) => character < " " || (character >= "\u007f" && character <= "\u009f"));
  const { context, subject } = qualifiedSubject(name);
  const isReserved = subject === "__GLOBAL" || subject === "__EMPTY";
  const isScope = subject === "" || subject === "*" || context === globalContext;
  if (isControl || isReserved || (isScope && !isSetting) || name.length > longestSubject) {
    throw new RegistryRefusal(42208, `The specified subject '${name.slice(0, 200)}' is not a valid subject.`);
  }
}
