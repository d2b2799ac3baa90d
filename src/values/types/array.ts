/**
 * Arrays of a built-in type: any number of dimensions, lower bounds other than 1, NULLs. As JavaScript values they
 * are nested arrays; lower bounds are not kept there.
 */
import { viewOf, wireType } from "./wire-type.ts";
import type { WireType } from "./wire-type.ts";

interface Shape {
  readonly sizes: readonly number[];
  readonly lowerBounds: readonly number[];
  /** The elements in storage order, null for NULL. */
  readonly elements: readonly (Uint8Array | null)[];
}

/** A value and its neighbours on one level, or one element, or NULL. */
type Nested<T> = T | null | readonly Nested<T>[];

export function arrayOf(element: WireType): WireType {
  const nestedJs = (nested: Nested<string>): unknown => (nested === null ? null : typeof nested === "string" ? element.textToJs(nested) : nested.map(nestedJs));
  const nestedJson = (nested: Nested<string>): string =>
    nested === null ? "null" : typeof nested === "string" ? element.textToJson(nested) : `[${nested.map(nestedJson).join(",")}]`;
  return wireType({
    toText: (bytes) => arrayText(shapeOf(bytes), element),
    textToJs: (text) => nestedJs(parseArray(text, element.delimiter)),
    textToJson: (text) => nestedJson(parseArray(text, element.delimiter)),
  });
}

/** PostgreSQL's own limit. */
const MAX_DIMENSIONS = 6;

/** `array_send`: dimensions, a flag for NULLs, the element's OID, size and lower bound of each dimension, elements. */
function shapeOf(bytes: Uint8Array): Shape {
  const view = viewOf(bytes);
  const dimensions = view.getInt32(0);
  if (dimensions < 0 || dimensions > MAX_DIMENSIONS) throw new RangeError(`expected at most ${MAX_DIMENSIONS} dimensions, found ${dimensions}`);
  const sizes: number[] = [];
  const lowerBounds: number[] = [];
  for (let at = 12; at < 12 + 8 * dimensions; at += 8) {
    sizes.push(view.getInt32(at));
    lowerBounds.push(view.getInt32(at + 4));
  }
  const elements: (Uint8Array | null)[] = [];
  let at = 12 + 8 * dimensions;
  while (at < bytes.length) {
    const length = view.getInt32(at);
    at += 4;
    if (length > bytes.length - at) throw new RangeError(`expected an element of ${length} bytes, found ${bytes.length - at}`);
    elements.push(length === -1 ? null : bytes.subarray(at, at + length));
    if (length > 0) at += length;
  }
  const expected = dimensions === 0 ? 0 : sizes.reduce((product, size) => product * size, 1);
  if (elements.length !== expected) throw new RangeError(`expected ${expected} elements, found ${elements.length}`);
  return { sizes, lowerBounds, elements };
}

/** `array_out`. */
function arrayText(shape: Shape, element: WireType): string {
  if (shape.sizes.length === 0) return "{}";
  let level = shape.elements.map((bytes) => (bytes === null ? "NULL" : quoted(element.toText(bytes), element.delimiter)));
  for (const size of shape.sizes.toReversed()) {
    const outer: string[] = [];
    for (let at = 0; at < level.length; at += size) outer.push(`{${level.slice(at, at + size).join(element.delimiter)}}`);
    level = outer;
  }
  const bounds = shape.lowerBounds.some((bound) => bound !== 1) ? `${shape.lowerBounds.map((bound, d) => `[${bound}:${bound + (shape.sizes[d] ?? 0) - 1}]`).join("")}=` : "";
  return bounds + (level[0] ?? "");
}

/** Quotes as `array_out` does. Its idea of a space is narrower than JavaScript's `\s`. */
function quoted(text: string, delimiter: string): string {
  const bare = text !== "" && !/["\\{} \t\n\v\f\r]/.test(text) && !text.includes(delimiter) && !/^null$/i.test(text);
  return bare ? text : `"${text.replace(/["\\]/g, "\\$&")}"`;
}

/** Reads what `array_out` prints; bounds before `=` are dropped. */
function parseArray(text: string, delimiter: string): Nested<string> {
  let at = text.startsWith("[") ? text.indexOf("=") + 1 : 0;
  const list = (): readonly Nested<string>[] => {
    const items: Nested<string>[] = [];
    at += 1;
    while (text[at] !== "}") {
      if (at >= text.length) throw new RangeError("expected the end of an array, found the end of the text");
      items.push(text[at] === "{" ? list() : text[at] === '"' ? quotedItem() : bareItem());
      if (text[at] === delimiter) at += 1;
    }
    at += 1;
    return items;
  };
  const quotedItem = (): string => {
    const start = at + 1;
    for (at = start; text[at] !== '"'; at++) {
      if (at >= text.length) throw new RangeError("expected a closing quote, found the end of the text");
      if (text[at] === "\\") at += 1;
    }
    at += 1;
    return text.slice(start, at - 1).replace(/\\([^])/g, "$1");
  };
  const bareItem = (): string | null => {
    const start = at;
    while (at < text.length && text[at] !== delimiter && text[at] !== "}") at++;
    const item = text.slice(start, at);
    return item === "NULL" ? null : item;
  };
  return list();
}
