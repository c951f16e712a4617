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
/** Documents that one reason names; its text has the full number. A broken extractor loses every document in every field. */
export const REPORT_REASON_DOCUMENTS = 1_000;
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
/** Dearest similarity computed, in characters of each text after what both share at the ends is cut off: the edit distance is quadratic. */
export const SIMILARITY_CHARACTERS = 10_000;
/** Longest text read as a number, a date, a telephone number or an amount; longer ones match only themselves. */
export const SCALAR_CHARACTERS = 1_000;
/** Readings of values remembered for each comparator, and the longest text remembered. */
export const READINGS_REMEMBERED = 1_024;
export const READING_CHARACTERS = 256;
/** Pairs of rows for which similarity is computed to break ties; beyond, ties fall by content alone. */
export const ROW_PAIRS_WITH_SIMILARITY = 40_000;
/** Cells of the alignment of two ordered lists; beyond, items pair by position after equal ends. */
export const ALIGNMENT_CELLS = 4_000_000;
/** ANLS*: pairs of one list that are compared to find the best pairing; beyond, items pair by position. */
export const ANLS_LIST_PAIRS = 40_000;
/** Keys of one prediction that the configuration does not know and that are listed. */
export const UNKNOWN_KEYS = 100;
/** Values of one prediction looked at to find them. */
export const UNKNOWN_KEYS_VISITED = 10_000;
/** Longest JSON form of a report. V8 strings end at 512 Mi characters; a reader's patience long before. */
export const REPORT_JSON_CHARACTERS = 64 * 1024 * 1024;
/** Embedded in one HTML report: texts and pictures of documents. A mail attachment's usual limit is 25 MB. */
export const HTML_EVIDENCE_BYTES = 12 * 1024 * 1024;
/** Documents of an HTML report that are told value by value; what follows is counted. */
export const HTML_DOCUMENTS = 200;
/** Lines of one table of an HTML report; browsers lay out some thousands without a pause. */
export const HTML_TABLE_ROWS = 1_000;
/** The report's own JSON inside its HTML, for the download; a larger one is left out with a word. */
export const HTML_JSON_CHARACTERS = 8 * 1024 * 1024;
/** Documents whose text or pages are put into an HTML report. */
export const EVIDENCE_DOCUMENTS = 30;
/** Wall time to read and draw one document, and all of them. Hostile PDFs draw for ever. */
export const EVIDENCE_DOCUMENT_MS = 10_000;
export const EVIDENCE_TOTAL_MS = 20_000;
/** Largest source file that is opened to show it. */
export const EVIDENCE_FILE_BYTES = 32 * 1024 * 1024;
/** Text shown of one file. */
export const EVIDENCE_TEXT_CHARACTERS = 40_000;
/** Pages of one PDF, and files of one folder, that are shown. */
export const EVIDENCE_PAGES = 2;
export const EVIDENCE_FILES = 6;
/** Pixels of a picture that is decoded; a small file can unpack to gigabytes. */
export const EVIDENCE_PIXELS = 60_000_000;
/** One picture as it is embedded. */
export const EVIDENCE_IMAGE_BYTES = 1_500_000;
/** One document for a page: to wait, to fetch and to draw it. */
export const DOCUMENT_VIEW_MS = 20_000;
/** Documents drawn at once for pages, each in a process of its own, and how many more may wait. */
export const DOCUMENT_VIEWS_AT_ONCE = 2;
export const DOCUMENT_VIEWS_WAITING = 20;
/** Drawn documents that are kept in memory. */
export const DOCUMENT_VIEWS_BYTES = 128 * 1024 * 1024;
/** Parsed reports that pages keep in memory; one of 10,000 documents takes some ten megabytes. */
export const REPORTS_KEPT_BYTES = 192 * 1024 * 1024;
/** Streams of progress at once: for one run, and in one process. Each holds a connection. */
export const PROGRESS_STREAMS_PER_RUN = 50;
export const PROGRESS_STREAMS = 200;
/** `extract.setup`: installing a model's dependencies on a slow line; beyond, it hangs. */
export const SETUP_TIMEOUT_MS = 30 * 60 * 1000;
/** Between SIGTERM and SIGKILL for an extractor that is over its time: enough to write a last line, no more. */
export const KILL_GRACE_MS = 1_000;
/** Output of `git ls-files` in commands that look at a repository; a million paths. */
export const REPOSITORY_LIST_BYTES = 256 * 1024 * 1024;
/** Files looked at where there is no git to say which ones count. */
export const WALKED_FILES = 200_000;
/** Beginning of a program that `docops init` reads to see what it is. */
export const PROGRAM_HEAD_BYTES = 64 * 1024;

/** Predictions kept on a user's machine; the least recently used measurements go first. */
export const CACHE_BYTES = 2 * 1024 * 1024 * 1024;

/** GitHub: the largest webhook it sends. https://docs.github.com/webhooks/webhook-events-and-payloads#payload-cap */
export const WEBHOOK_BYTES = 25 * 1024 * 1024;
/** Bodies held at once by the web server, all requests together: five of the largest. Beyond, 503; GitHub's record of it is swept. */
export const WEBHOOK_BYTES_IN_FLIGHT = 128 * 1024 * 1024;
/** GitHub waits 10 s for an answer. https://docs.github.com/webhooks/using-webhooks/best-practices-for-using-webhooks */
export const WEBHOOK_ANSWER_MS = 9_000;
/** To send all headers, and a whole request: 25 MB at 1 MB/s. A client that is slower holds a connection for nothing. */
export const REQUEST_HEADERS_MS = 10_000;
export const REQUEST_MS = 30_000;
/** Connections of the web server at once; far below the usual 1,024 open files of a process. */
export const CONNECTIONS = 512;
/** Shortest webhook secret; GitHub has no rule, 16 random characters are beyond guessing. */
export const WEBHOOK_SECRET_CHARACTERS = 16;
/** GitHub: the longest status check timeout of a merge queue (`check_response_timeout_minutes`). https://docs.github.com/rest/repos/rules */
export const MERGE_GROUP_DEADLINE_MS = 360 * 60 * 1000;
/** `credentials.json` of `docops setup`: a key of 4,096 bits is 3 KB. */
export const CREDENTIALS_FILE_BYTES = 64 * 1024;

/** GitHub: annotations in one request. https://docs.github.com/rest/checks/runs#update-a-check-run */
export const CHECK_ANNOTATIONS_PER_REQUEST = 50;
/** GitHub: buttons of one check run. https://docs.github.com/rest/checks/runs#create-a-check-run */
export const CHECK_ACTIONS = 3;
/**
 * GitHub: requests that make content, for each installation, and points (a read costs 1, a write 5).
 * https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
 */
export const GITHUB_WRITES_PER_MINUTE = 80;
export const GITHUB_WRITES_PER_HOUR = 500;
export const GITHUB_POINTS_PER_MINUTE = 900;
export const GITHUB_READ_POINTS = 1;
export const GITHUB_WRITE_POINTS = 5;
/** GitHub: "wait for at least one minute" where a secondary limit names no time. Same page. */
export const GITHUB_LIMIT_UNKNOWN_MS = 60 * 1000;
/** GitHub: primary limits are reset every hour; a later time is a mistake or a clock that is wrong. */
export const GITHUB_LIMIT_LONGEST_MS = 61 * 60 * 1000;
/** One request with its one repetition. GitHub itself gives up after 10 s. */
export const GITHUB_REQUEST_MS = 30 * 1000;
/** Pages of 100 read of one list; longer ones are cut with a warning. */
export const GITHUB_PAGES = 100;
/** An installation token lives an hour; one with less left than this is not handed out for a clone. */
export const GITHUB_TOKEN_REST_MS = 5 * 60 * 1000;
/** GitHub's message in an error of ours. */
export const GITHUB_MESSAGE_CHARACTERS = 300;
/** Repositories whose present name is remembered after a rename. */
export const RENAMES_REMEMBERED = 10_000;
/** Repositories of one installation webhook; the rest is found by listing. */
export const WEBHOOK_REPOSITORIES = 10_000;

/** Commands read from one comment; the rest is counted. */
export const COMMANDS_PER_COMMENT = 5;
/** One command with its reason. */
export const COMMAND_CHARACTERS = 2_000;
/** Shortest reason that is taken for one. */
export const REASON_CHARACTERS = 3;
/** GitHub: a comment. https://docs.github.com/rest/issues/comments ("body is too long (maximum is 65536 characters)") */
export const COMMENT_CHARACTERS = 65_536;
/** What one command is answered with: five of them share one comment. */
export const REPLY_BYTES = 12_000;
/** GitHub: the title of a check run's output and of an annotation. https://docs.github.com/rest/checks/runs */
export const CHECK_TITLE_CHARACTERS = 255;
/** Annotations of one check run: more are noise, and what they say stands in the summary too. */
export const CHECK_ANNOTATIONS = 20;
/** Different outputs of a crashed extractor that are searched for the place of the crash. */
export const TRACEBACKS_READ = 500;
/** GitHub has no limit on a check run's name; beyond this its lists cut it. Longer ones end with a hash. */
export const CHECK_NAME_CHARACTERS = 120;

/** One text of a job (a branch name, an id). GitHub's branch names end at 255 bytes. */
export const JOB_TEXT_CHARACTERS = 1_000;
/** Why a job failed, as it is kept with the job. */
export const JOB_REASON_CHARACTERS = 2_000;
/** Dead jobs kept of each kind, and listed of each kind: the newest. */
export const DEAD_JOBS_KEPT = 10_000;
export const DEAD_JOBS_LISTED = 1_000;

/** Room for all git mirrors together; the least recently used go first. A mirror holds what was read, not all versions of all files. */
export const MIRROR_BYTES = 20 * 1024 * 1024 * 1024;
/** One fetch into a mirror. The first one of a large repository's history takes minutes; beyond, it hangs. */
export const MIRROR_FETCH_MS = 15 * 60 * 1000;
/** Packs of one mirror before small ones are joined: git looks for each object in each of them. As `gc.autoPackLimit`. https://git-scm.com/docs/git-gc */
export const MIRROR_PACKS = 50;
/** A ref of a mirror that nobody asked for in this time is forgotten. */
export const MIRROR_REF_KEPT_MS = 30 * 24 * 60 * 60 * 1000;
/** Refs and commits asked for at once; an evaluation asks for four. */
export const MIRROR_NAMES = 200;

/** From RunTask to the first document, on Fargate: 20 to 60 s, most of it the pull of the image. For estimates. */
export const TASK_START_SECONDS = 40;

/** A session of a browser; GitHub's user tokens live as long. https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/refreshing-user-access-tokens */
export const SESSION_MS = 8 * 60 * 60 * 1000;
/** From the start of a sign-in to GitHub's answer; GitHub's codes hold as long. */
export const SIGN_IN_MS = 10 * 60 * 1000;
/** What GitHub said about a person and a repository is believed so long: a yes, and a no. */
export const ACCESS_REMEMBERED_MS = 60 * 1000;
export const REFUSAL_REMEMBERED_MS = 10 * 1000;
/** Such answers in memory: some hundred people with some hundred repositories each. */
export const ACCESS_REMEMBERED = 50_000;
/** Links to documents: as long as a page is read. */
export const SHORT_LIVED_MS = 10 * 60 * 1000;
/** A form that is posted: two configurations of the largest size. */
export const FORM_BYTES = 512 * 1024;
/** An address with its query; Node.js itself ends at 16 KiB for all headers. */
export const ADDRESS_CHARACTERS = 8 * 1024;
/** A page, from the request's end to its answer's beginning. */
export const PAGE_MS = 30 * 1000;
/** Requests of one session a minute: a page with a hundred pictures, several times. */
export const SESSION_REQUESTS_PER_MINUTE = 1_200;
/** Sign-ins from one address a minute; a proxy in front is one address. */
export const SIGN_INS_PER_MINUTE = 60;
/** Installations of one person, and repositories of them, that pages look at. */
export const PERSON_INSTALLATIONS = 100;
export const PERSON_REPOSITORIES = 5_000;

/**
 * Of configurations that pages check for one person in a minute: somebody who types into a large file. Checking keeps the
 * process busy, half a second for the largest file. Fetching a file from its repository counts as so many characters too.
 */
export const CHECKED_CHARACTERS_PER_MINUTE = 8 * 1024 * 1024;
export const FETCHED_FILE_CHARACTERS = 128 * 1024;

/** A configuration sent to the API; a little above the limit of the file, which then says in its own words that it is too large. */
export const API_CONFIGURATION_CHARACTERS = 2 * CONFIG_FILE_BYTES;
/** Body of a request of the API: such a configuration, with every character escaped by JSON. */
export const API_BODY_BYTES = 6 * API_CONFIGURATION_CHARACTERS + 64 * 1024;

/** Lines of one page of the ledger. */
export const LEDGER_PAGE_LINES = 50;
