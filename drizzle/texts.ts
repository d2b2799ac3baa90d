/** What seeded rows say: varied, and with all that makes text hard to carry (quotes, backslashes, tabs, several scripts). */

export const TITLE_STARTS = ["Never", "Always", "Prefer to", "Do not", "Niemals", "Évitez de", "必ず", "Before a merge,", "In tests,", "When in doubt,"];

export const TITLE_ENDS = [
  "log secrets",
  "name units last",
  "swallow an error",
  "close what you opened",
  'write "any" in TypeScript',
  "use O'Reilly's quoting",
  "Umlaute prüfen",
  "テストを書く",
  "split a path with \\",
  "keep one thought in a file",
  "measure before tuning 🚀",
  "leave a TODO without a name",
  "mock the clock",
  "use parameters in SQL; never \"'\" || x",
];

export const SENTENCES = [
  "A name says what a thing is, not how it is stored.",
  "If it can fail, it says so in its type.",
  "It's easier to delete code that does one thing.",
  'The reviewer asks "why?" once; the comment answers it for ever.',
  "Paths like C:\\temp\\new are data, not escapes: \\t and \\n stay two characters.",
  "Größe vor Schönheit gilt nicht; beides ist möglich.",
  "変数名は意味を表すこと。",
  "Le code mort n'a pas d'excuse.",
  "Проверяйте границы: пустой список, один элемент, много.",
  "Columns are separated by\ttabs, and records end with\r\na line break.",
  "An emoji is one character 👩‍💻, or seven bytes, or four code points.",
  "NULL is not '' and \\N is neither.",
  "Prefer `for await` over callbacks; close the stream in `finally`.",
  "select * from rules where title = 'it''s'; -- never built by hand",
  "The e\u0301 of two code points is not the é of one.",
  "שלום עולם reads from right to left.",
  "Retry only what is idempotent, and only with a limit.",
  "One hundred per cent coverage of the wrong thing is 0 %.",
  "$$ and $body$ end a dollar quote, { } an array, and ( , ) a row.",
  "Trailing spaces matter here:   ",
];

export const REASONS = ["typo", "clearer wording", "asked for in review", "it's wrong on Windows", "näher am Standard", "merged with another rule", "誤字", ""];

export const COMMENTS = [
  "helped me at once",
  "what about generated files?",
  "contradicts the rule on naming",
  "\"don't\" is not a reason",
  "passt nicht zu Python",
  "良い",
  "see\nthe second\nline",
  "back\\slash",
  "",
];

export const GLOBS = ["**/*.ts", "src/**/*.py", "{a,b}/*.go", 'docs/"quoted".md', "C:\\repo\\*.cs", "*", "**/größe/*.rs"];

export const LANGUAGES = ["typescript", "python", "go", "rust", "sql", "c++", "c#", "objective-c"];

export const SLUG_WORDS = ["naming", "errors", "tests", "secrets", "paths", "types", "sql", "streams", "docs", "review"];

export const PEOPLE = ["Ada Lovelace", "Grace Hopper", "Jürgen Groß", "Zoë O'Neill", "山田 太郎", "Łukasz Żak", "Иван Петров", 'Robert "Bob" Tables', "Amélie D’Arc", "נועה לוי"];
