/** CSV as the server's COPY … CSV prints it (RFC 4180 with LF): NULL is nothing at all, an empty text is `""`. */

/** A line of CSV with its line break. */
export function csvRow(texts: readonly (string | null)[]): string {
  return `${texts.map((text) => (text === null ? "" : csvField(text, texts.length === 1))).join(",")}\n`;
}

/** The header line. */
export function csvHeader(columns: readonly { readonly name: string }[]): string {
  return csvRow(columns.map((column) => column.name));
}

function csvField(text: string, alone: boolean): string {
  // Alone on its line, `\.` would end a COPY FROM.
  const quoted = text === "" || /[",\r\n]/.test(text) || (alone && text === "\\.");
  return quoted ? `"${text.replaceAll('"', '""')}"` : text;
}
