import { type Definition, fullNameOf } from "./definitions.js";
import type { OptionField, OptionNamePart, OptionValue, ProtoFile, ProtoOption } from "./proto-file.js";
import type { ProtobufSchema } from "./protobuf-schema.js";

/**
 * Options so that those which say the same are the same: extensions under their full names, `(a).b = 1` as `(a) = { b: 1 }`, the
 * parts of one option together, all in the order of their names.
 */
export function normalOptions(
  options: readonly ProtoOption[],
  schema: ProtobufSchema,
  file: ProtoFile,
  scope: Definition,
): readonly ProtoOption[] {
  const fullName = (name: string) => {
    const extension = schema.extensionNamed(name, file, scope);
    return extension && { name: fullNameOf(extension), isRepeated: extension.field.label === "repeated" };
  };
  const normal: { readonly part: OptionNamePart; readonly value: OptionParts }[] = [];
  const parts = new Map<string, OptionParts>();
  for (const { name, value } of options) {
    const [first, ...rest] = name;
    if (first === undefined) continue;
    const extension = first.isExtension ? fullName(first.name) : undefined;
    const part = { name: extension?.name ?? first.name, isExtension: first.isExtension };
    const key = `${part.isExtension ? "(" : ""}${part.name}`;
    // What may be set several times is not put together: repeated extensions, and Protobuf's own `targets`.
    const isMerged = extension === undefined ? rest.length > 0 : !extension.isRepeated;
    const known = isMerged ? parts.get(key) : undefined;
    const own = known ?? new OptionParts();
    own.add(
      rest,
      withNames(value, (written) => fullName(written)?.name),
    );
    if (known !== undefined) continue;
    if (isMerged) parts.set(key, own);
    normal.push({ part, value: own });
  }
  normal.sort((a, b) => (a.part.name < b.part.name ? -1 : a.part.name > b.part.name ? 1 : 0));
  return normal.map(({ part, value }) => ({ at: 0, name: [part], value: value.value() }));
}

/** What is set of one option, by the path it is set under. */
class OptionParts {
  readonly #parts = new Map<string, OptionParts>();
  readonly #set: OptionValue[] = [];

  add(path: readonly OptionNamePart[], value: OptionValue): void {
    const [first, ...rest] = path;
    if (first === undefined) {
      this.#set.push(value);
      return;
    }
    const name = first.isExtension ? `[${first.name}]` : first.name;
    const part = this.#parts.get(name) ?? new OptionParts();
    this.#parts.set(name, part);
    part.add(rest, value);
  }

  value(): OptionValue {
    const [only] = this.#set;
    if (this.#parts.size === 0) {
      return this.#set.length === 1 && only !== undefined ? only : { kind: "list", values: this.#set };
    }
    const fields: OptionField[] = this.#set.flatMap((value) => (value.kind === "message" ? value.fields : []));
    for (const [name, part] of this.#parts) fields.push({ name, value: part.value() });
    return { kind: "message", fields };
  }
}

/** The extensions inside a value under their full names. */
function withNames(value: OptionValue, fullName: (name: string) => string | undefined): OptionValue {
  if (value.kind === "list") return { kind: "list", values: value.values.map((one) => withNames(one, fullName)) };
  if (value.kind !== "message") return value;
  const fields = value.fields.map((field) => {
    const full = field.name.startsWith("[") ? fullName(field.name.slice(1, -1)) : undefined;
    return { name: full === undefined ? field.name : `[${full}]`, value: withNames(field.value, fullName) };
  });
  return { kind: "message", fields };
}
