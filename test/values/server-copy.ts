/** What the server itself sends for a COPY, under the settings that the room's texts are defined by. */
import pg from "pg";
import { from as copyFrom, to as copyTo } from "pg-copy-streams";
import { pipeline } from "node:stream/promises";
import type { TestDatabase } from "../helpers/database.ts";

const SETTINGS = "set datestyle = 'ISO'; set intervalstyle = 'postgres'; set bytea_output = 'hex'; set extra_float_digits = 1; set timezone = 'UTC'";

export interface ServerCopy extends AsyncDisposable {
  /** The bytes of `COPY (query) TO STDOUT (options)`. */
  out(query: string, format: "text" | "binary" | "csv, header"): Promise<Buffer>;
  /** `COPY into FROM STDIN`. */
  in(into: string, bytes: Uint8Array): Promise<void>;
}

export async function serverCopy(database: TestDatabase): Promise<ServerCopy> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(SETTINGS);
  return {
    async out(query, format) {
      const blocks: Buffer[] = [];
      for await (const block of client.query(copyTo(`copy (${query}) to stdout (format ${format})`))) blocks.push(block);
      return Buffer.concat(blocks);
    },
    async in(into, bytes) {
      await pipeline([bytes], client.query(copyFrom(`copy ${into} from stdin`)));
    },
    [Symbol.asyncDispose]: () => client.end(),
  };
}
