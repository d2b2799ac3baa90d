import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fileSink } from "../../../src/archive/store/file-sink.ts";
import { streamSink } from "../../../src/archive/store/stream-sink.ts";
import { createArchive } from "../../../src/archive/writer.ts";
import { isPgarkError } from "../../../src/errors.ts";
import { nodeIo } from "../../../src/io/io.ts";
import type { Io, IoFile } from "../../../src/io/io.ts";
import { contentOf, expectedRows, makeArchive, memorySink, NONE, readPiped, readWhole, verifyVerdict, writeContent } from "../helpers.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pgark-sinks-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** An Io whose call number `at` fails, alone or with all that follow. `calls` counts on. */
function failing(at: number, forEver: boolean, errno: string): { readonly io: Io; calls: number } {
  const state = { calls: 0, io: nodeIo };
  const mayFail = (name: string): void => {
    state.calls += 1;
    if (state.calls === at || (forEver && state.calls > at)) throw Object.assign(new Error(`${errno}: ${name}, injected`), { code: errno });
  };
  const watch = (file: IoFile): IoFile => ({
    read: async (...args) => (mayFail("read"), file.read(...args)),
    write: async (...args) => (mayFail("write"), file.write(...args)),
    sizeBytes: async () => (mayFail("fstat"), file.sizeBytes()),
    sync: async () => (mayFail("fsync"), file.sync()),
    close: async () => (await file.close(), mayFail("close")),
  });
  state.io = {
    ...nodeIo,
    create: async (path) => (mayFail("create"), watch(await nodeIo.create(path))),
    openRead: async (path) => (mayFail("open"), watch(await nodeIo.openRead(path))),
    renameNew: async (...args) => (mayFail("rename"), nodeIo.renameNew(...args)),
    renameOver: async (...args) => (mayFail("rename"), nodeIo.renameOver(...args)),
    remove: async (path) => (mayFail("remove"), nodeIo.remove(path)),
    syncDirectory: async (path) => (mayFail("fsync folder"), nodeIo.syncDirectory(path)),
    stat: async (path) => (mayFail("stat"), nodeIo.stat(path)),
  };
  return state;
}

describe("a file", () => {
  test("appears under its name whole, with mode 0600 under umask 000, and nothing else stays", async () => {
    const path = join(folder, "a.ark");
    const content = contentOf(2_000_000, 100);
    const umask = process.umask(0);
    try {
      const sink = await fileSink(path, nodeIo);
      const [partial] = await readdir(folder);
      expect(partial).toMatch(/^\.a\.ark\.[0-9a-f]{12}\.partial$/);
      expect((await stat(join(folder, partial ?? ""))).mode & 0o777).toBe(0o600);
      await writeContent(sink, content);
    } finally {
      process.umask(umask);
    }
    expect(await readdir(folder)).toStrictEqual(["a.ark"]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readWhole(await readFile(path))).toStrictEqual(expectedRows(content));
  });

  test("that is not committed leaves nothing", async () => {
    {
      await using writer = await createArchive(await fileSink(join(folder, "a.ark"), nodeIo), { io: nodeIo, toolVersion: "test" });
      await writer.writeToc(contentOf(1).toc);
      const chunk = await writer.beginChunk({ entry: 1, format: "copy-text", pages: null });
      await chunk.write(Buffer.alloc(3_000_000));
    }
    expect(await readdir(folder)).toStrictEqual([]);
  });

  test("is never replaced unless that was asked for", async () => {
    const path = join(folder, "a.ark");
    const early = await fileSink(path, nodeIo);
    await writeFile(path, "mine");
    await expect(fileSink(path, nodeIo)).rejects.toMatchObject({ code: "FILE_EXISTS", message: `${path} already exists and is not replaced` });
    await expect(writeContent(early, contentOf(10))).rejects.toMatchObject({ code: "FILE_EXISTS" });
    expect([await readdir(folder), await readFile(path, "utf8")]).toStrictEqual([["a.ark"], "mine"]);
    await writeContent(await fileSink(path, nodeIo, { overwrite: true }), contentOf(10));
    expect([await readdir(folder), await verifyVerdict(await readFile(path))]).toStrictEqual([["a.ark"], null]);
  });

  for (const [errno, forEver] of [["EIO", false], ["ENOSPC", false], ["EIO", true]] as const) {
    test(`with the Nth call failing with ${errno}${forEver ? " and all after it" : ""}, for every N, is whole or not there`, async () => {
      const content = contentOf(2_400_000, 50);
      let failures = 0;
      for (let at = 1; ; at++) {
        const path = join(folder, `${at}.ark`);
        const faults = failing(at, forEver, errno);
        const error = await (async () => writeContent(await fileSink(path, faults.io), content, { io: faults.io }))().then(
          () => null,
          (thrown: unknown) => thrown,
        );
        const left = await readdir(folder);
        // An archive may stay when nothing works any more, not even removing it; or succeed, when only closing what was read failed.
        if (left.includes(`${at}.ark`)) expect(await verifyVerdict(await readFile(path)), `call ${at}`).toBeNull();
        if (error === null) expect(left).toStrictEqual([`${at}.ark`]);
        else expect(isPgarkError(error, errno === "ENOSPC" ? "NO_SPACE" : "IO_FAILED"), `call ${at}: ${error}`).toBe(true);
        if (error !== null && !forEver) expect(left, `call ${at}`).toStrictEqual([]);
        if (error !== null) failures += 1;
        if (faults.calls < at) break;
        for (const name of left) await rm(join(folder, name));
      }
      expect(failures).toBeGreaterThan(20);
    });
  }

  test("that does not read back as it was written is not committed", async () => {
    const lying: Io = {
      ...nodeIo,
      async openRead(path) {
        const file = await nodeIo.openRead(path);
        const flip = (bytes: Uint8Array) => bytes.map((byte, at) => (at === 500 && bytes.length > 501 ? byte ^ 1 : byte));
        return { ...file, read: async (...args) => flip(await file.read(...args)) };
      },
    };
    const path = join(folder, "a.ark");
    await expect(writeContent(await fileSink(path, lying), contentOf(100_000), { io: lying })).rejects.toMatchObject({ code: "ARCHIVE_DAMAGED" });
    expect(await readdir(folder)).toStrictEqual([]);
    await writeContent(await fileSink(path, lying), contentOf(100_000), { io: lying, verify: false });
    expect(await readdir(folder)).toStrictEqual(["a.ark"]);
  });
});

describe("a pipe", () => {
  test("gets the bytes at its reader's pace", async () => {
    const pipe = new PassThrough({ highWaterMark: 1000 });
    const content = contentOf(3_000_000, 100);
    const reading = (async () => {
      const pieces = [];
      for await (const piece of pipe) pieces.push(piece as Buffer); // A PassThrough of bytes gives Buffers.
      return Buffer.concat(pieces);
    })();
    await writeContent(streamSink(pipe), content, { codec: { name: "brotli", level: 1 } });
    expect(await readPiped(await reading)).toStrictEqual(expectedRows(content));
  });

  test("that is not read holds the writer up", async () => {
    const pipe = new PassThrough({ highWaterMark: 1000 });
    const content = contentOf(30_000_000);
    const writing = writeContent(streamSink(pipe), content, { codec: NONE, blocksInFlight: 2 });
    await new Promise((wait) => setTimeout(wait, 200));
    expect(pipe.writableLength + pipe.readableLength).toBeLessThan(3_000_000);
    pipe.resume();
    await writing;
  });

  test("whose reader goes away is an error, once and for all", async () => {
    const child = spawn("head", ["-c", "1000"], { stdio: ["pipe", "ignore", "ignore"] });
    const writer = await createArchive(streamSink(child.stdin), { io: nodeIo, toolVersion: "test", codec: NONE });
    const content = contentOf(20_000_000);
    const writing = (async () => {
      await writer.writeToc(content.toc);
      const chunk = await writer.beginChunk({ entry: 1, format: "copy-text", pages: null });
      for (const { bytes } of content.chunks) await chunk.write(bytes);
      await chunk.finish(1);
    })();
    const gone = { code: "IO_FAILED", message: "standard output: whoever reads it has gone away (EPIPE); the archive is incomplete" };
    await expect(writing).rejects.toMatchObject(gone);
    await expect(writer.beginChunk({ entry: 1, format: "copy-text", pages: null })).rejects.toMatchObject(gone);
    await writer[Symbol.asyncDispose]();
    if (child.exitCode === null) await once(child, "exit");
  });

  test("that was closed before, or fails in a write, is an error and not a silence", async () => {
    const closed = new PassThrough();
    closed.destroy();
    await expect(writeContent(streamSink(closed), contentOf(10))).rejects.toMatchObject({ code: "IO_FAILED" });
    const full = new Writable({ write: (_bytes, _encoding, done) => done(Object.assign(new Error("no space"), { code: "ENOSPC" })) });
    await expect(writeContent(streamSink(full, { name: "the tape" }), contentOf(10))).rejects.toMatchObject({ code: "NO_SPACE", object: "the tape" });
  });

  test("of an abandoned archive is cut, so that its reader knows", async () => {
    const pipe = new PassThrough();
    const reading = (async () => {
      for await (const _ of pipe) continue;
    })();
    const writer = await createArchive(streamSink(pipe), { io: nodeIo, toolVersion: "test" });
    await writer[Symbol.asyncDispose]();
    await expect(reading).rejects.toThrow("Premature close");
  });
});

test("after the first error every call throws it, and no block is written any more", async () => {
  const sink = memorySink();
  const error = new Error("the sink broke");
  let writes = 0;
  const breaking = { ...sink, write: async (bytes: Uint8Array) => (++writes === 5 ? Promise.reject(error) : sink.write(bytes)) };
  const writer = await createArchive(breaking, { io: nodeIo, toolVersion: "test", codec: NONE });
  await writer.writeToc(contentOf(1, 1).toc);
  const chunk = await writer.beginChunk({ entry: 1, format: "copy-text", pages: null });
  const filling = (async () => {
    for (let n = 0; n < 40; n++) await chunk.write(Buffer.alloc(1_000_000));
  })();
  await expect(filling).rejects.toBe(error);
  await expect(chunk.finish(1)).rejects.toBe(error);
  await expect(writer.beginChunk({ entry: 2, format: "copy-text", pages: null })).rejects.toBe(error);
  expect(writes).toBe(5);
  await writer[Symbol.asyncDispose]();
});

test("two archives of the same rows share no checksum", async () => {
  const [a, b] = [await makeArchive(contentOf(100)), await makeArchive(contentOf(100))];
  expect(a.length).toBe(b.length);
  expect(Buffer.compare(a, b)).not.toBe(0);
});
