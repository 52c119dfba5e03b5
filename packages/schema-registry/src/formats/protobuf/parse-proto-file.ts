import { parseEnum, parseExtend, parseMessage } from "./message-parser.js";
import { deepestNesting, parseOptionStatement, parseTypeName } from "./option-parser.js";
import type {
  NamedType,
  ProtoEnum,
  ProtoExtend,
  ProtoFile,
  ProtoImport,
  ProtoMessage,
  ProtoOption,
  ProtoRpc,
  ProtoService,
  ProtoSyntax,
} from "./proto-file.js";
import { ProtoLexer } from "./proto-lexer.js";

/**
 * Reads the text of one `.proto` file, without looking at what it imports.
 *
 * @param path - What other files import it by; empty for a schema itself.
 * @throws {@link InvalidSchemaError} with line and column, and what was expected there.
 * @see The language specifications of proto2, proto3 and edition 2023.
 */
export function parseProtoFile(source: string, path: string): ProtoFile {
  const lexer = new ProtoLexer(source, path);
  const declared = parseSyntax(lexer);
  const syntax = declared ?? "proto2";
  const imports: ProtoImport[] = [];
  const options: ProtoOption[] = [];
  const messages: ProtoMessage[] = [];
  const enums: ProtoEnum[] = [];
  const extended: ProtoExtend[] = [];
  const services: ProtoService[] = [];
  let packageName: string | undefined;
  while (lexer.kind !== "end") {
    const { at } = lexer;
    if (lexer.takes(";")) continue;
    if (lexer.takes("message")) messages.push(parseMessage(lexer, syntax, at, deepestNesting));
    else if (lexer.takes("enum")) enums.push(parseEnum(lexer, syntax, at));
    else if (lexer.takes("extend")) extended.push(parseExtend(lexer, syntax, at, deepestNesting));
    else if (lexer.takes("service")) services.push(parseService(lexer, at));
    else if (lexer.takes("import")) imports.push(parseImport(lexer, at));
    else if (lexer.takes("option")) options.push(parseOptionStatement(lexer));
    else if (lexer.takes("package")) {
      if (packageName !== undefined) lexer.failAt(at, "a file has one package");
      packageName = parseTypeName(lexer, "a package's name");
      if (packageName.startsWith(".")) lexer.failAt(at, "a package's name does not begin with a dot");
      lexer.expect(";");
    } else lexer.fail("expected message, enum, service, extend, import, option or package");
  }
  return {
    path,
    source,
    syntax,
    isSyntaxDeclared: declared !== undefined,
    package: packageName ?? "",
    imports,
    options,
    messages,
    enums,
    extends: extended,
    services,
  };
}

function parseSyntax(lexer: ProtoLexer): ProtoSyntax | undefined {
  while (lexer.takes(";"));
  const isEdition = lexer.is("edition");
  if (!isEdition && !lexer.is("syntax")) return undefined;
  lexer.advance();
  lexer.expect("=");
  const { at } = lexer;
  const text = lexer.textLiteral(isEdition ? "an edition" : "a syntax");
  lexer.expect(";");
  if (isEdition ? text === "2023" : text === "proto2" || text === "proto3") return text as ProtoSyntax;
  const known = isEdition ? '"2023"' : '"proto2" or "proto3"';
  return lexer.failAt(at, `expected ${known}, found ${JSON.stringify(text.slice(0, 50))}`);
}

function parseImport(lexer: ProtoLexer, at: number): ProtoImport {
  const modifier = lexer.takes("public") ? "public" : lexer.takes("weak") ? "weak" : undefined;
  const path = lexer.textLiteral("the path of what is imported");
  lexer.expect(";");
  return { at, path, ...(modifier && { modifier }) };
}

function parseService(lexer: ProtoLexer, at: number): ProtoService {
  const name = lexer.identifier("a service's name");
  const rpcs: ProtoRpc[] = [];
  const options: ProtoOption[] = [];
  lexer.expect("{");
  while (!lexer.takes("}")) {
    const start = lexer.at;
    if (lexer.takes(";")) continue;
    if (lexer.takes("option")) options.push(parseOptionStatement(lexer));
    else if (lexer.takes("rpc")) rpcs.push(parseRpc(lexer, start));
    else lexer.fail('expected rpc, option or "}"');
  }
  return { at, name, rpcs, options };
}

function parseRpc(lexer: ProtoLexer, at: number): ProtoRpc {
  const name = lexer.identifier("a method's name");
  const input = parseRpcType(lexer);
  if (!lexer.takes("returns")) lexer.fail("expected returns");
  const output = parseRpcType(lexer);
  const options: ProtoOption[] = [];
  if (lexer.takes("{")) {
    while (!lexer.takes("}")) {
      if (lexer.takes(";")) continue;
      if (!lexer.takes("option")) lexer.fail('expected option or "}"');
      options.push(parseOptionStatement(lexer));
    }
  } else lexer.expect(";");
  return {
    at,
    name,
    input: input.type,
    output: output.type,
    isClientStreaming: input.isStream,
    isServerStreaming: output.isStream,
    options,
  };
}

function parseRpcType(lexer: ProtoLexer): { readonly type: NamedType; readonly isStream: boolean } {
  lexer.expect("(");
  const isStream = lexer.takes("stream");
  const { at } = lexer;
  const name = parseTypeName(lexer, "a message's name");
  lexer.expect(")");
  return { type: { kind: "named", at, name }, isStream };
}
