/**
 * Reads an archive from a pipe, once and in order. Blocks are handed out when their checksum holds; only the manifest, which comes as the last
 * event, says that everything before it was what was dumped.
 */
import { PgarkError } from "../errors.ts";
import { ahead } from "./ahead.ts";
import { Audit } from "./audit.ts";
import type { AuditEvent } from "./audit.ts";
import { damaged, incomplete } from "./fault.ts";
import { HEADER_BYTES } from "./layout.ts";
import type { Header } from "./layout.ts";
import type { ForwardSource } from "./store/source.ts";
import type { KeepOfEntry } from "./toc-json.ts";
import { openFound, walk } from "./walk.ts";
import type { Toc } from "./toc.ts";

const READ_AHEAD_BLOCKS = 2;

export type ArchiveEvent = { readonly type: "toc"; readonly header: Header; readonly toc: Toc } | Exclude<AuditEvent, { readonly type: "toc" }>;

/**
 * The events of an archive: `toc`, then `chunk-begin`, `data`, `chunk-end` of the chunks, interleaved, then `manifest`. Closes the source when it ends
 * or is left. `keep`: what is kept of the TOC's entries. Throws NOT_AN_ARCHIVE, ARCHIVE_NEWER, ARCHIVE_DAMAGED, or ARCHIVE_INCOMPLETE when the input ends before the footer.
 */
export async function* readArchiveStream(source: ForwardSource, keep?: KeepOfEntry): AsyncGenerator<ArchiveEvent> {
  try {
    const audit = new Audit(await source.read(HEADER_BYTES), source.name, (fault) => {
      throw damaged(source.name, fault);
    }, { keep });
    for await (const found of ahead(walk(source, audit.header.archiveId, HEADER_BYTES), READ_AHEAD_BLOCKS, openFound)) {
      if (found.type === "cut") throw incomplete(source.name, found.offset, audit.salvage);
      if (found.type === "damage") throw damaged(source.name, { ...found, chunk: null, block: null, entry: null });
      if (found.type === "footer") {
        audit.end(found.footer, found.offset);
        if (audit.manifest === null) throw new PgarkError("ARCHIVE_DAMAGED", `${source.name} has no manifest`, { object: source.name });
        yield { type: "manifest", manifest: audit.manifest };
        return;
      }
      const event = audit.accept(found);
      if (event === null || event.type === "manifest") continue;
      yield event.type === "toc" ? { ...event, header: audit.header } : event;
    }
  } finally {
    await source.close();
  }
}
