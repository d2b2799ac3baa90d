/** The version of this package, as package.json says it. */
import { readFileSync } from "node:fs";

// Read and not imported: the file lies outside the build's root, beside both src/ and dist/.
const { version }: { version: string } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

export const VERSION = version;
