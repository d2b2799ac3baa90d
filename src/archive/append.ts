/**
 * Puts blocks behind each other into a sink. Blocks are hashed and compressed while earlier ones are being written, a bounded number at a time,
 * and written in the order in which they were handed in. The first error ends it for good.
 */
import { BLOCK_HEADER_BYTES, sealBlock } from "./block.ts";
import type { BlockKind, BlockLabel } from "./block.ts";
import type { IndexedBlock } from "./block-record.ts";
import { type CodecSetting, parseCodec } from "./codec.ts";
import { sha256 } from "./digest.ts";
import { MAX_PLAIN_BYTES, MAX_VALUE_BYTES } from "./layout.ts";
import type { ArchiveSink } from "./store/sink.ts";

/** Room for a block with its header in front: plain bytes go behind the first 28. */
const ROOM_BYTES = BLOCK_HEADER_BYTES + MAX_PLAIN_BYTES;

/** Copied out of its room, which is free for the next chunk then: where tables are tiny, a room each would be most of the work. */
const SMALL_BLOCK_BYTES = 64 * 1024;
const SMALL_ROOM_BYTES = 1024;

/** After a block of a stream that hardly shrank, so many are stored plain before compressing is tried again: embeddings stay embeddings. */
const PLAIN_AFTER_POOR = 15;

export interface AppenderOptions {
  readonly archiveId: Uint8Array;
  readonly codec: CodecSetting;
  /** How many data blocks may be on their way; each takes up to 3 MiB. */
  readonly blocksInFlight: number;
}

const PLAIN = parseCodec("none");

export class Appender {
  /** Where the next block will begin, as far as blocks have been written. */
  offset = 0;
  readonly #sink: ArchiveSink;
  readonly #options: AppenderOptions;
  #tail: Promise<void> = Promise.resolve();
  #broken: { readonly error: unknown } | null = null;
  #inFlight = 0;
  readonly #waiting: (() => void)[] = [];
  readonly #freeRooms: Buffer[] = [];
  /** Streams whose last tried block hardly shrank → how many more of their blocks are not tried. */
  readonly #poor = new Map<number, number>();

  constructor(sink: ArchiveSink, options: AppenderOptions) {
    this.#sink = sink;
    this.#options = options;
  }

  takeRoom(): Buffer {
    return this.#freeRooms.pop() ?? Buffer.allocUnsafeSlow(ROOM_BYTES);
  }

  /** Takes over a room filled up to `end`. Resolves when there is space for another; `written` is told where the block stands. */
  async data(label: BlockLabel, room: Buffer, end: number, written: (block: IndexedBlock) => void): Promise<void> {
    while (this.#inFlight >= this.#options.blocksInFlight && this.#broken === null) await new Promise<void>((wake) => this.#waiting.push(wake));
    this.throwIfBroken();
    this.#inFlight += 1;
    const small = end <= SMALL_BLOCK_BYTES;
    const filled = small ? Buffer.from(room.subarray(0, end)) : room.subarray(0, end);
    if (small) this.#giveBack(room);
    const codec = this.#codecFor(label.stream);
    const sealed = sealBlock(filled, label, codec, this.#options.archiveId);
    sealed.catch(() => {});
    const digest = sha256([filled.subarray(BLOCK_HEADER_BYTES)]);
    void this.#inTurn(async () => {
      const block = await sealed;
      written({ ...(await this.#write(block)), plainBytes: end - BLOCK_HEADER_BYTES, sha256: digest });
      if (codec.name !== "none") this.#learn(label.stream, block === filled);
      // A block that did not shrink is the room itself, and a stream may still hold it.
      if (!small && block !== filled) this.#giveBack(room);
    }).then(() => this.#oneLess());
  }

  /** Writes a value as blocks that nothing comes between. Its bytes may be made piece by piece, while it is written. */
  async value(kind: BlockKind, stream: number, firstSequence: number, pieces: Iterable<Uint8Array>): Promise<readonly IndexedBlock[]> {
    const blocks: IndexedBlock[] = [];
    await this.#inTurn(async () => {
      let sequence = firstSequence;
      let bytes = 0;
      for (const { room, last } of rooms(pieces)) {
        const plain = room.subarray(BLOCK_HEADER_BYTES);
        bytes += plain.length;
        if (bytes > MAX_VALUE_BYTES) throw new Error(`a ${kind} of more than ${MAX_VALUE_BYTES} bytes does not fit into an archive`);
        const digest = sha256([plain]);
        const block = await sealBlock(room, { kind, stream, sequence, last }, this.#options.codec, this.#options.archiveId);
        blocks.push({ ...(await this.#write(block)), plainBytes: plain.length, sha256: digest });
        sequence += 1;
      }
    });
    this.throwIfBroken();
    return blocks;
  }

  /** Bytes that are no block: the header, the footer. */
  async raw(bytes: Uint8Array): Promise<void> {
    await this.#inTurn(async () => {
      await this.#sink.write(bytes);
      this.offset += bytes.length;
    });
    this.throwIfBroken();
  }

  /** Resolves when everything handed in so far has been written. Throws when anything was not. */
  async drained(): Promise<void> {
    await this.#tail;
    this.throwIfBroken();
  }

  /** No further block begins to be written; resolves when none is being written. */
  async stop(): Promise<void> {
    this.#fail(new Error("the archive was closed before it was complete"));
    await this.#tail;
  }

  async #write(block: Buffer): Promise<{ readonly offset: number; readonly storedBytes: number }> {
    const offset = this.offset;
    await this.#sink.write(block);
    this.offset += block.length;
    return { offset, storedBytes: block.length - BLOCK_HEADER_BYTES };
  }

  /** Runs `work` after everything handed in before. Never rejects: an error is kept and thrown by whatever is called next. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#tail = this.#tail.then(async () => {
      if (this.#broken !== null) return;
      try {
        await work();
      } catch (error) {
        this.#fail(error);
      }
    });
    return this.#tail;
  }

  #giveBack(room: Buffer): void {
    if (this.#freeRooms.length < this.#options.blocksInFlight) this.#freeRooms.push(room);
  }

  #codecFor(stream: number): CodecSetting {
    const untried = this.#poor.get(stream) ?? 0;
    if (untried === 0) return this.#options.codec;
    this.#poor.set(stream, untried - 1);
    return PLAIN;
  }

  #learn(stream: number, poor: boolean): void {
    if (poor) this.#poor.set(stream, PLAIN_AFTER_POOR);
    else this.#poor.delete(stream);
  }

  #oneLess(): void {
    this.#inFlight -= 1;
    this.#waiting.shift()?.();
  }

  #fail(error: unknown): void {
    this.#broken ??= { error };
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Throws the first error again. */
  throwIfBroken(): void {
    if (this.#broken !== null) throw this.#broken.error;
  }
}

/** The pieces as full blocks' rooms, the last one as long as it takes. */
function* rooms(pieces: Iterable<Uint8Array>): Generator<{ readonly room: Buffer; readonly last: boolean }> {
  let filling = Buffer.allocUnsafe(SMALL_ROOM_BYTES);
  let end = BLOCK_HEADER_BYTES;
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      if (end === ROOM_BYTES) {
        yield { room: filling, last: false };
        filling = Buffer.allocUnsafe(ROOM_BYTES);
        end = BLOCK_HEADER_BYTES;
      }
      const needed = Math.min(ROOM_BYTES, end + piece.length - at);
      // Most values are a hundred bytes, and there is one for each chunk.
      if (needed > filling.length) filling = Buffer.concat([filling.subarray(0, end)], needed > SMALL_ROOM_BYTES * 16 ? ROOM_BYTES : needed);
      const taken = Math.min(piece.length - at, filling.length - end);
      filling.set(piece.subarray(at, at + taken), end);
      end += taken;
      at += taken;
    }
  }
  yield { room: filling.subarray(0, end), last: true };
}
