/** The three sections of a dump, in restore order: definitions without which rows cannot be loaded, rows, and what is faster or only possible afterwards. */
export type Section = "pre-data" | "data" | "post-data";

export const SECTIONS: readonly Section[] = ["pre-data", "data", "post-data"];
