/** Every limit that comes from outside or protects the machine, with its reason. Units stand in the names. */

/** Largest configuration file read. YAML bombs and mistakes; a real file is a few kilobytes. */
export const CONFIG_FILE_BYTES = 256 * 1024;
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
