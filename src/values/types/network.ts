/** Addresses: `inet`, `cidr` and hardware addresses. */
import { expectLength, fixedType, hex, viewOf, wireType } from "./wire-type.ts";
import type { WireType } from "./wire-type.ts";

const hardware = (bytes: Uint8Array): string => hex(bytes).replace(/..(?!$)/g, "$&:");

export const NETWORK_TYPES: Readonly<Record<string, WireType>> = {
  inet: wireType({ toText: addressText }),
  cidr: wireType({ toText: addressText }),
  macaddr: fixedType(6, { toText: hardware }),
  macaddr8: fixedType(8, { toText: hardware }),
};

/** `network_send`: family (2 or 3, whatever the system's own numbers), bits, whether it is a cidr, length, address. */
function addressText(bytes: Uint8Array): string {
  const view = viewOf(bytes);
  const family = view.getUint8(0);
  const bits = view.getUint8(1);
  const isCidr = view.getUint8(2) === 1;
  const length = view.getUint8(3);
  if (length !== (family === 2 ? 4 : 16)) throw new RangeError(`expected an address of family 2 or 3, found family ${family} with ${length} bytes`);
  expectLength(bytes, 4 + length);
  const address = family === 2 ? bytes.subarray(4).join(".") : ipv6Text(view);
  return isCidr || bits !== length * 8 ? `${address}/${bits}` : address;
}

/** `inet_net_ntop`: the first longest run of two or more zero words is left out, an embedded IPv4 address shows as one. */
function ipv6Text(view: DataView): string {
  const words = Array.from({ length: 8 }, (_, index) => view.getUint16(4 + 2 * index));
  const run = longestZeroRun(words);
  const embedded = run.start === 0 && (run.length === 6 || (run.length === 5 && words[5] === 0xffff));
  const shown = words.map((word) => word.toString(16));
  if (embedded) shown.splice(6, 2, [16, 17, 18, 19].map((at) => view.getUint8(at)).join("."));
  if (run.length < 2) return shown.join(":");
  return `${shown.slice(0, run.start).join(":")}::${shown.slice(run.start + run.length).join(":")}`;
}

function longestZeroRun(words: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < words.length; start++) {
    let end = start;
    while (words[end] === 0) end++;
    if (end - start > best.length) best = { start, length: end - start };
  }
  return best;
}
