import { InvalidSchemaError } from "../invalid-schema-error.js";
import {
  type Definition,
  define,
  type ExtensionDefinition,
  outermostPackage,
  type PackageDefinition,
  type TypeDefinition,
} from "./definitions.js";
import type { NamedType, ProtoField, ProtoFile, ProtoMessage } from "./proto-file.js";
import { longestMessage, placeOf } from "./proto-lexer.js";

/** A Protobuf schema with all it imports: every name is known to stand for something. */
export class ProtobufSchema {
  readonly file: ProtoFile;
  /** What the file imports, directly or not, each after what it imports itself. */
  readonly imports: readonly ProtoFile[];
  readonly #root = outermostPackage();
  readonly #packages = new Map<ProtoFile, PackageDefinition>();
  readonly #visible = new Map<ProtoFile, ReadonlySet<unknown>>();
  readonly #types = new Map<NamedType, TypeDefinition>();

  /** @throws {@link InvalidSchemaError} on a name that is taken or stands for no type. */
  constructor(file: ProtoFile, imports: readonly ProtoFile[]) {
    this.file = file;
    this.imports = imports;
    const files = [...imports, file];
    for (const one of files) {
      const clash = (at: number, name: string, taken: Definition): never =>
        invalid(one, at, `"${name}" is defined already${taken.kind === "package" ? ", as a package" : ""}`);
      this.#packages.set(one, define(this.#root, one, clash));
    }
    const byPath = new Map(imports.map((one) => [one.path, one]));
    for (const one of files) this.#visible.set(one, this.#visibleFrom(one, byPath));
    for (const one of files) this.#resolveBody(one, one, this.packageOf(one));
  }

  packageOf(file: ProtoFile): PackageDefinition {
    return this.#packages.get(file) ?? this.#root;
  }

  /** What a name stands for where it is written. */
  definitionOf(type: NamedType): TypeDefinition {
    const definition = this.#types.get(type);
    if (definition === undefined) throw new TypeError(`type ${type.name} is of another schema`);
    return definition;
  }

  /** The message or enum of this full name, wherever it is defined. */
  typeNamed(fullName: string): TypeDefinition | undefined {
    const found = memberOf(this.#root, fullName.split("."));
    return found !== undefined && isType(found) ? found : undefined;
  }

  /** The extension that an option names in `scope` of `file`. */
  extensionNamed(name: string, file: ProtoFile, scope: Definition): ExtensionDefinition | undefined {
    return this.#find(name, file, scope, isExtension);
  }

  /** Every extension that the file and its imports define. */
  *extensions(): Iterable<ExtensionDefinition> {
    const scopes: Definition[] = [this.#root];
    for (let scope = scopes.pop(); scope !== undefined; scope = scopes.pop()) {
      for (const member of scope.members.values()) {
        if (member.kind === "extension") yield member;
        else if (member.members.size > 0) scopes.push(member);
      }
    }
  }

  #resolveBody(body: TypeBody, file: ProtoFile, scope: Definition): void {
    for (const message of body.messages) this.#resolveMessage(message, file, scope);
    for (const { extendee, fields } of body.extends) {
      this.#resolve(extendee, file, scope, "message");
      for (const field of fields) this.#resolveField(field, file, scope);
    }
    for (const { rpcs } of body.services ?? []) {
      for (const { input, output } of rpcs) {
        this.#resolve(input, file, scope, "message");
        this.#resolve(output, file, scope, "message");
      }
    }
  }

  #resolveMessage(message: ProtoMessage, file: ProtoFile, parent: Definition): void {
    const scope = parent.members.get(message.name) as Definition;
    for (const field of message.fields) this.#resolveField(field, file, scope);
    this.#resolveBody(message, file, scope);
  }

  #resolveField({ type }: ProtoField, file: ProtoFile, scope: Definition): void {
    if (type.kind === "named") this.#resolve(type, file, scope);
    else if (type.kind === "map" && type.value.kind === "named") this.#resolve(type.value, file, scope);
    else if (type.kind === "group") this.#resolveMessage(type.message, file, scope);
  }

  #resolve(type: NamedType, file: ProtoFile, scope: Definition, wanted?: "message"): void {
    const found = this.#find(type.name, file, scope, isType);
    if (found === undefined) invalid(file, type.at, this.#whyUnknown(type.name, scope));
    if (wanted !== undefined && found.kind !== wanted) invalid(file, type.at, `"${type.name}" is no ${wanted}`);
    this.#types.set(type, found);
  }

  #whyUnknown(name: string, scope: Definition): string {
    const elsewhere = this.#find(name, undefined, scope, isType);
    if (elsewhere === undefined) return `type "${name}" is not defined`;
    return `type "${name}" is defined in ${JSON.stringify(elsewhere.file.path)}, which is not imported here`;
  }

  /** Protobuf's rule: the innermost scope that knows the first part decides; the rest must be found in what that stands for. */
  #find<D extends Definition>(
    name: string,
    file: ProtoFile | undefined,
    from: Definition,
    isWanted: (definition: Definition) => definition is D,
  ): D | undefined {
    const parts = name.split(".");
    const visible = file && this.#visible.get(file);
    const isVisible = (found: Definition) =>
      visible === undefined || visible.has(found.kind === "package" ? found : found.file);
    const accept = (found: Definition | undefined): D | undefined =>
      found !== undefined && isVisible(found) && isWanted(found) ? found : undefined;
    const [first = "", ...rest] = parts;
    if (first === "") return accept(memberOf(this.#root, rest));
    for (let scope: Definition | undefined = from; scope !== undefined; scope = scope.parent) {
      const found = scope.members.get(first);
      if (found === undefined || !isVisible(found)) continue;
      if (rest.length > 0) {
        if (found.kind !== "other" && found.kind !== "extension") return accept(memberOf(found, rest));
      } else if (isWanted(found)) return found;
    }
    return undefined;
  }

  /** The files whose types may be used in one, and the packages they are in: what it imports, and what those import publicly. */
  #visibleFrom(file: ProtoFile, byPath: ReadonlyMap<string, ProtoFile>): ReadonlySet<unknown> {
    const files = new Set([file]);
    for (const { path } of file.imports) files.add(byPath.get(path) ?? file);
    // A set goes on to what is added to it meanwhile.
    for (const one of files) {
      if (one === file) continue;
      for (const { path, modifier } of one.imports) if (modifier === "public") files.add(byPath.get(path) ?? one);
    }
    const visible = new Set<unknown>(files);
    for (const one of files) {
      let at: Definition | undefined = this.packageOf(one);
      for (; at !== undefined && !visible.has(at); at = at.parent) visible.add(at);
    }
    return visible;
  }
}

type TypeBody = Pick<ProtoMessage, "messages" | "extends"> & Partial<Pick<ProtoFile, "services">>;

/** Refuses a schema for what stands at a place of a file. */
export function invalid(file: ProtoFile, at: number, message: string): never {
  throw new InvalidSchemaError(message.slice(0, longestMessage), placeOf(file.source, at, file.path));
}

const isType = (definition: Definition): definition is TypeDefinition =>
  definition.kind === "message" || definition.kind === "enum";
const isExtension = (definition: Definition): definition is ExtensionDefinition => definition.kind === "extension";

function memberOf(scope: Definition, names: readonly string[]): Definition | undefined {
  let found: Definition | undefined = scope;
  for (const name of names) found = found?.members.get(name);
  return found;
}
