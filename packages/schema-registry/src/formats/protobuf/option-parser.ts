import type { OptionField, OptionNamePart, OptionValue, ProtoOption } from "./proto-file.js";
import type { ProtoLexer } from "./proto-lexer.js";

/** Messages and option values nested deeper than this are refused: a reader that recurses would run out of stack. */
export const deepestNesting = 100;

/** `option name = value;`, after the word `option`. */
export function parseOptionStatement(lexer: ProtoLexer): ProtoOption {
  const option = parseOption(lexer);
  lexer.expect(";");
  return option;
}

/** `[a = 1, (b) = 2]`, or nothing. */
export function parseOptionList(lexer: ProtoLexer): readonly ProtoOption[] {
  const options: ProtoOption[] = [];
  if (!lexer.takes("[")) return options;
  do options.push(parseOption(lexer));
  while (lexer.takes(","));
  lexer.expect("]");
  return options;
}

/** A name with dots in it, perhaps one in front. */
export function parseTypeName(lexer: ProtoLexer, what: string): string {
  const parts = [lexer.takes(".") ? "." : "", lexer.identifier(what)];
  while (lexer.takes(".")) parts.push(".", lexer.identifier("the rest of a name"));
  return parts.join("");
}

function parseOption(lexer: ProtoLexer): ProtoOption {
  const { at } = lexer;
  const name: OptionNamePart[] = [];
  do {
    const isExtension = lexer.takes("(");
    name.push({
      name: isExtension ? parseTypeName(lexer, "an extension's name") : lexer.identifier("an option's name"),
      isExtension,
    });
    if (isExtension) lexer.expect(")");
  } while (lexer.takes("."));
  lexer.expect("=");
  return { at, name, value: parseValue(lexer, 0) };
}

function parseScalarValue(lexer: ProtoLexer): OptionValue {
  if (lexer.kind === "text") return { kind: "text", text: lexer.textLiteral("a text") };
  const sign = lexer.takes("-") ? "-" : "";
  const { kind, text } = lexer;
  if (kind === "identifier" && (sign === "" || text === "inf" || text === "nan")) {
    lexer.advance();
    return { kind: sign === "" ? "identifier" : "number", text: `${sign}${text}` };
  }
  if (kind !== "integer" && kind !== "float") lexer.fail("expected an option's value");
  lexer.advance();
  return { kind: "number", text: `${sign}${text}` };
}

/** A message in Protobuf's text format. */
function parseMessageValue(lexer: ProtoLexer, depth: number): OptionValue {
  if (depth > deepestNesting) lexer.fail(`expected no option nested deeper than ${deepestNesting}`);
  const close = lexer.is("<") ? ">" : "}";
  lexer.advance();
  const fields: OptionField[] = [];
  while (!lexer.takes(close)) {
    const name = parseFieldName(lexer);
    // Only what opens a message or a list can do without the colon.
    if (!lexer.takes(":") && !lexer.is("{") && !lexer.is("<") && !lexer.is("[")) lexer.fail('expected ":"');
    fields.push({ name, value: parseValue(lexer, depth + 1) });
    if (!lexer.takes(",")) lexer.takes(";");
  }
  return { kind: "message", fields };
}

function parseFieldName(lexer: ProtoLexer): string {
  if (!lexer.takes("[")) return lexer.identifier('a field\'s name or "}"');
  const parts = [parseTypeName(lexer, "an extension's name")];
  if (lexer.takes("/")) parts.push("/", parseTypeName(lexer, "a message's name"));
  lexer.expect("]");
  return `[${parts.join("")}]`;
}

function parseValue(lexer: ProtoLexer, depth: number): OptionValue {
  if (lexer.is("{") || lexer.is("<")) return parseMessageValue(lexer, depth);
  if (!lexer.is("[")) return parseScalarValue(lexer);
  if (depth > deepestNesting) lexer.fail(`expected no option nested deeper than ${deepestNesting}`);
  lexer.advance();
  const values: OptionValue[] = [];
  if (lexer.takes("]")) return { kind: "list", values };
  do values.push(parseValue(lexer, depth + 1));
  while (lexer.takes(","));
  lexer.expect("]");
  return { kind: "list", values };
}
