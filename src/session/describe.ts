/** Connections as text for people: where, never with what secret. */
import type { ConnectionSettings } from "./conninfo.ts";
import type { Host } from "./hosts.ts";
import { quoteValue } from "./keyword-value.ts";
import { printable } from "./printable.ts";

/** `postgres@127.0.0.1:5432/rulesdb`; several hosts are separated by commas. */
export function describeConnection(settings: ConnectionSettings): string {
  return place(settings, settings.hosts);
}

/** The same for the one host that is meant. */
export function describeHost(settings: ConnectionSettings, host: Host): string {
  return place(settings, [host]);
}

/**
 * `text` with every secret of `settings` replaced by `***`, whichever way it is written there: as it is,
 * percent-encoded, or quoted as in a keyword/value string.
 */
export function redact(text: string, settings: ConnectionSettings): string {
  const secrets = [settings.password, settings.certificates.keyPassword, ...settings.passfileEntries.map((entry) => entry.password)];
  const spellings = new Set<string>();
  for (const secret of secrets) {
    const plain = secret?.reveal() ?? "";
    if (plain === "") continue;
    const percent = encodeURIComponent(plain);
    const lowerHex = percent.replace(/%[0-9A-F]{2}/g, (one) => one.toLowerCase());
    for (const spelling of [plain, percent, lowerHex, encodeURI(plain), quoteValue(plain).slice(1, -1)]) spellings.add(spelling);
  }
  // The longest first, so that one secret inside another leaves no rest.
  return [...spellings].sort((a, b) => b.length - a.length).reduce((clean, spelling) => clean.replaceAll(spelling, "***"), text);
}

function place(settings: ConnectionSettings, hosts: readonly Host[]): string {
  const addresses = hosts.map(({ host, port }) => (host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`));
  return printable(`${settings.user}@${addresses.join(",")}/${settings.database}`);
}
