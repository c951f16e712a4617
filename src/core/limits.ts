/** Every limit that comes from outside or protects the machine, with its reason. Units stand in the names. */

/** Largest configuration file read. YAML bombs and mistakes; a real file is a few kilobytes. */
export const CONFIG_FILE_BYTES = 256 * 1024;
/** Nesting of a configuration file; a real one has eight levels. The YAML composer recurses and would end the process. */
export const CONFIG_DEPTH = 32;
/** Values of a configuration file after its aliases are written out (the "billion laughs" bomb). */
export const CONFIG_VALUES = 20_000;
/** Problems listed for one configuration file. */
export const CONFIG_PROBLEMS = 100;
/** One `paths` pattern. A segment becomes a regular expression that backtracks once for each star: two stay quadratic. */
export const PATTERN_CHARACTERS = 500;
export const PATTERN_STARS_PER_SEGMENT = 2;
/** Patterns that the braces of one pattern write out to. */
export const PATTERN_ALTERNATIVES = 64;
/** Longest path that Linux opens, `PATH_MAX`; a longer one cannot be checked out, and no pattern is tried on it. */
export const PATH_CHARACTERS = 4_096;
/** Standard output of one document's extractor. A rich invoice is under 100 KB of JSON. */
export const DOCUMENT_OUTPUT_BYTES = 8 * 1024 * 1024;
/** Predictions file of a batch run: this many bytes for each document, and at least one document's worth. */
export const BATCH_OUTPUT_BYTES_PER_DOCUMENT = 1024 * 1024;
/** Standard error kept for each document: its last bytes and lines. */
export const STDERR_TAIL_BYTES = 4 * 1024;
/** Longest value that a report carries; longer ones are cut with a mark. */
export const REPORT_VALUE_CHARACTERS = 2_000;
/** Cells listed for one document in a report. */
export const REPORT_CELLS_PER_DOCUMENT = 200;
/** GitHub: summary and text of a check run, each. https://docs.github.com/rest/checks/runs */
export const CHECK_TEXT_CHARACTERS = 65_535;
/** GitHub: a step summary. https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands */
export const STEP_SUMMARY_BYTES = 1024 * 1024;
/** Nesting of a prediction; JSON.parse itself has no limit, recursion has. */
export const JSON_DEPTH = 64;
/** Rows of one table that are paired optimally; the assignment is cubic. Beyond, rows pair in order after equal rows. */
export const TABLE_ROWS_PAIRED = 2_000;
/** Documents run twice to measure noise. */
export const NOISE_SAMPLE_DOCUMENTS = 20;

/** Labels file of a dataset. V8 holds at most some 512 Mi characters in one string; 10,000 rich invoices are about 60 MB. */
export const LABELS_FILE_BYTES = 256 * 1024 * 1024;
/** One label. As much as one document's extractor may print. */
export const LABEL_LINE_CHARACTERS = 8 * 1024 * 1024;
/** `dataset.yml`: a name, a description, a licence. */
export const DATASET_FILE_BYTES = 64 * 1024;
/** Documents of one dataset; a mistaken folder (a home directory) ends here. */
export const DATASET_DOCUMENTS = 200_000;
/** Files of one document that is a folder. */
export const DOCUMENT_FILES = 10_000;
/** UTF-8 bytes of a document's id: file systems allow 255 for a name, the extension needs room. */
export const DOCUMENT_ID_BYTES = 200;
/** Documents hashed at once. Enough to keep a disk busy, far below the usual limit of 1,024 open files. */
export const HASHES_AT_ONCE = 16;
/**
 * A slice value with fewer documents than this cannot show a drop: five one-way documents are the least evidence for
 * p ≤ 0.05 of an exact one-sided McNemar test (0.5^5 = 0.031).
 */
export const SLICE_DOCUMENTS = 5;
