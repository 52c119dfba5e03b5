import type { NamedType, ProtoEnum, ProtoExtend, ProtoField, ProtoFile, ProtoMessage } from "./proto-file.js";

/** What a full name stands for, and where it stands: packages and types are the scopes of others. */
export type Definition = PackageDefinition | MessageDefinition | EnumDefinition | ExtensionDefinition | OtherDefinition;

interface Named {
  readonly name: string;
  /** The scope around it; none around the outermost package, which has no name. */
  readonly parent: Definition | undefined;
  readonly members: Map<string, Definition>;
}

export interface PackageDefinition extends Named {
  readonly kind: "package";
}

interface Declared extends Named {
  readonly file: ProtoFile;
}

export interface MessageDefinition extends Declared {
  readonly kind: "message";
  readonly message: ProtoMessage;
}

export interface EnumDefinition extends Declared {
  readonly kind: "enum";
  readonly enum: ProtoEnum;
}

export interface ExtensionDefinition extends Declared {
  readonly kind: "extension";
  readonly field: ProtoField;
  readonly extendee: NamedType;
}

/** Fields, oneofs, values, services and methods: nothing refers to them, but no two may have one name. */
interface OtherDefinition extends Declared {
  readonly kind: "other";
}

export type TypeDefinition = MessageDefinition | EnumDefinition;

/** The name with all scopes in front, without a leading dot. */
export function fullNameOf(definition: Definition): string {
  const parts: string[] = [];
  for (let at: Definition | undefined = definition; at?.parent !== undefined; at = at.parent) parts.push(at.name);
  return parts.reverse().join(".");
}

/** The name without the package: `Order.Item`. */
export function localNameOf(definition: TypeDefinition): string {
  const parts: string[] = [];
  for (let at: Definition | undefined = definition; at !== undefined && at.kind !== "package"; at = at.parent) {
    parts.push(at.name);
  }
  return parts.reverse().join(".");
}

export const outermostPackage = (): PackageDefinition => ({
  kind: "package",
  name: "",
  parent: undefined,
  members: new Map(),
});

/** Says that a name is taken, by what, and where it was to be defined again. */
export type NameClash = (at: number, name: string, taken: Definition) => never;

/** Puts all that a file defines under `root`, and answers its package. */
export function define(root: PackageDefinition, file: ProtoFile, clash: NameClash): PackageDefinition {
  const scope = packageIn(root, file, clash);
  new Definer(file, clash).body(file, scope);
  return scope;
}

function packageIn(root: PackageDefinition, file: ProtoFile, clash: NameClash): PackageDefinition {
  let scope = root;
  for (const name of file.package === "" ? [] : file.package.split(".")) {
    const there = scope.members.get(name);
    if (there !== undefined && there.kind !== "package") return clash(0, name, there);
    const next: PackageDefinition = there ?? { kind: "package", name, parent: scope, members: new Map() };
    scope.members.set(name, next);
    scope = next;
  }
  return scope;
}

/** Where messages, enums and extensions stand: a file or a message. */
interface Body {
  readonly messages: readonly ProtoMessage[];
  readonly enums: readonly ProtoEnum[];
  readonly extends: readonly ProtoExtend[];
}

// What can have no members shares this.
const none: Map<string, Definition> = new Map();

class Definer {
  readonly #file: ProtoFile;
  readonly #clash: NameClash;

  constructor(file: ProtoFile, clash: NameClash) {
    this.#file = file;
    this.#clash = clash;
  }

  body(body: Body & Partial<Pick<ProtoFile, "services">>, parent: Definition): void {
    const file = this.#file;
    for (const message of body.messages) this.#message(message, parent);
    for (const one of body.enums) {
      const { name } = one;
      this.#add(one.at, { kind: "enum", name, parent, members: new Map(), file, enum: one });
      // The values stand beside their enum, as in C++.
      for (const value of one.values) this.#other(value, parent);
    }
    for (const { extendee, fields } of body.extends) {
      for (const field of fields) {
        this.#add(field.at, { kind: "extension", name: field.name, parent, members: none, file, field, extendee });
        this.#group(field, parent);
      }
    }
    for (const service of body.services ?? []) {
      const scope = this.#other(service, parent, new Map());
      for (const rpc of service.rpcs) this.#other(rpc, scope);
    }
  }

  #message(message: ProtoMessage, parent: Definition): void {
    const { name } = message;
    const scope: Definition = { kind: "message", name, parent, members: new Map(), file: this.#file, message };
    this.#add(message.at, scope);
    for (const field of message.fields) {
      this.#other(field, scope);
      this.#group(field, scope);
    }
    for (const oneof of message.oneofs) this.#other(oneof, scope);
    this.body(message, scope);
  }

  #group({ type }: ProtoField, parent: Definition): void {
    if (type.kind === "group") this.#message(type.message, parent);
  }

  #other(declared: { readonly at: number; readonly name: string }, parent: Definition, members = none): Definition {
    return this.#add(declared.at, { kind: "other", name: declared.name, parent, members, file: this.#file });
  }

  #add(at: number, definition: Definition): Definition {
    const scope = (definition.parent as Definition).members;
    const taken = scope.get(definition.name);
    if (taken !== undefined) this.#clash(at, definition.name, taken);
    scope.set(definition.name, definition);
    return definition;
  }
}
