/** Archives of several databases held against each other, as text for people. Pure. */
import type { CheckedReference, DanglingValue, PairedArchive, PairReport, ReferenceReport, SnapshotsComparison } from "../index.ts";
import { plain } from "./plain.ts";
import { bytesText, counted, secondsText, timeText } from "./units.ts";

/** `snapshots 0.4 s apart` */
export function apartText({ secondsApart }: SnapshotsComparison): string {
  return `snapshots ${secondsText(secondsApart)} apart`;
}

/** The archives, how far they lie apart, and a line for each reference with what dangles under it. */
export function pairText({ archives, snapshots, references }: PairReport): string {
  return [...archives.map(archiveText), snapshotsText(snapshots), ...references.flatMap(referenceLines)].join("\n");
}

function archiveText({ path, database, matchedBy, sourceDatabase, snapshotAt, walLsn }: PairedArchive): string {
  const stands = database === null ? "no database of the references" : matchedBy === "order" ? `${database}, by its place: it is of ${sourceDatabase}` : database;
  return `${plain(path)}: ${plain(stands)}, ${timeText(snapshotAt)}${walLsn === null ? "" : `, WAL ${walLsn}`}`;
}

function snapshotsText(snapshots: SnapshotsComparison): string {
  const { sameServer, walBytesApart } = snapshots;
  const server = sameServer === null ? "perhaps of different servers" : sameServer ? "of one server" : "of different servers";
  const order = walBytesApart === null ? "their order is not known" : `${bytesText(walBytesApart)} of WAL between them`;
  return `${apartText(snapshots)}, ${server}, ${order}`;
}

function referenceLines(reference: ReferenceReport): readonly string[] {
  const name = `${plain(reference.from)} -> ${plain(reference.to)}`;
  if (!reference.checked) return [`${name}: NOT CHECKED: ${plain(reference.problem)}`];
  const { rows, distinct, nulls, danglingRows, danglingDistinct, dangling } = reference;
  const looked = `${counted(rows, "row")}, ${counted(distinct, "value")}, ${counted(nulls, "NULL")}`;
  if (danglingRows === 0) return [`${name}: ${looked}: none dangles`];
  const more = danglingDistinct - dangling.length;
  return [`${name}: ${looked}: ${counted(danglingRows, "row")} with ${counted(danglingDistinct, "value")} DANGLING`, ...dangling.map(danglingText), ...(more > 0 ? [`  and ${counted(more, "more value")}`] : [])];
}

function danglingText({ value, rows, row, key }: DanglingValue): string {
  const place = key === null ? `row ${row}` : key.map((part) => `${part.column} ${part.value ?? "NULL"}`).join(", ");
  return `  ${plain(value)} (${plain(place)}${rows > 1 ? `, and ${counted(rows - 1, "more row")}` : ""})`;
}

/** What is wrong, in one line, for references of which something is. */
export function danglingSummary(references: readonly ReferenceReport[]): string {
  const dangling = references.filter((reference): reference is CheckedReference => reference.checked && reference.danglingRows > 0);
  const unchecked = references.filter(({ checked }) => !checked);
  const parts = [
    ...(dangling.length > 0 ? [`${counted(dangling.length, "reference dangles", "references dangle")}: ${dangling.map(({ from }) => from).join(", ")}`] : []),
    ...(unchecked.length > 0 ? [`${counted(unchecked.length, "reference was", "references were")} not checked: ${unchecked.map(({ from }) => from).join(", ")}`] : []),
  ];
  return parts.join("; ");
}
