/** Objects in words, so that a test names no OID. */
import { moduleOf } from "../../src/catalog/catalog.ts";
import type { AnyObject } from "../../src/catalog/kind.ts";

export function addressOf(object: AnyObject | undefined): string {
  return object === undefined ? "no object" : moduleOf(object).address(object);
}
