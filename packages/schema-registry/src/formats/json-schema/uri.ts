interface UriParts {
  readonly scheme: string | undefined;
  readonly authority: string | undefined;
  readonly path: string;
  readonly query: string | undefined;
}

// RFC 3986, appendix B, without the fragment.
const parts = /^(?:([^:/?#]+):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?/;

function partsOf(uri: string): UriParts {
  const [, scheme, authority, path = "", query] = parts.exec(uri) ?? [];
  return { scheme, authority, path, query };
}

const textOf = ({ scheme, authority, path, query }: UriParts): string =>
  (scheme === undefined ? "" : `${scheme}:`) +
  (authority === undefined ? "" : `//${authority}`) +
  path +
  (query === undefined ? "" : `?${query}`);

/** A reference in two: the URI of a document, and what follows the `#`, as written. */
export function splitUri(uri: string): { readonly document: string; readonly fragment: string } {
  const hash = uri.indexOf("#");
  return hash < 0 ? { document: uri, fragment: "" } : { document: uri.slice(0, hash), fragment: uri.slice(hash + 1) };
}

/**
 * What a reference means inside a document, without its fragment. The document may have a relative URI or none (`""`): then so
 * has what it refers to.
 *
 * @see RFC 3986 §5.2.2
 */
export function resolveUri(base: string, reference: string): string {
  const to = partsOf(reference);
  if (to.scheme !== undefined) return textOf({ ...to, path: withoutDots(to.path) });
  const from = partsOf(base);
  if (to.authority !== undefined) return textOf({ ...to, scheme: from.scheme, path: withoutDots(to.path) });
  if (to.path === "") return textOf({ ...from, query: to.query ?? from.query });
  return textOf({ ...from, path: withoutDots(merged(from, to.path)), query: to.query });
}

function merged({ authority, path }: UriParts, to: string): string {
  if (to.startsWith("/")) return to;
  if (authority !== undefined && path === "") return `/${to}`;
  return path.slice(0, path.lastIndexOf("/") + 1) + to;
}

function withoutDots(path: string): string {
  if (!path.includes(".")) return path;
  const kept: string[] = [];
  const steps = path.split("/");
  for (const [index, step] of steps.entries()) {
    const isLast = index === steps.length - 1;
    if (step === "..") {
      if (kept.length > 0 && kept.at(-1) !== "") kept.pop();
    } else if (step !== ".") {
      kept.push(step);
      continue;
    }
    if (isLast) kept.push("");
  }
  return kept.join("/");
}

/** Percent escapes undone; a text with a broken one stays as it is. */
export function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
