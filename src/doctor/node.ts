/** The Node.js that runs pgark. */
import { bad, type Finding, ok } from "./finding.ts";

/** Oldest that works, as package.json says. */
const OLDEST = [20, 19] as const;

export function checkNode(version: string, hasZstd: boolean): Finding {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    return bad("node", `Node.js ${version}, expected ${OLDEST.join(".")} or newer`, "Install a newer Node.js, for example the current LTS from nodejs.org.");
  }
  return ok("node", hasZstd ? `Node.js ${version}` : `Node.js ${version}, which has no zstd built in: new archives use brotli`);
}
