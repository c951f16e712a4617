// One document in, its fields as JSON out: node extract/main.mjs PATH
// PATH is the folder of a document (invoice.pdf and the text of its pages, invoice.txt) or a text file.
import { extract } from './extract.mjs';
import { readDocument } from './text.mjs';

const path = process.argv[2] ?? process.env.DOCOPS_DOCUMENT;
if (!path) {
  console.error('usage: node extract/main.mjs DOCUMENT');
  process.exit(64);
}
const document = readDocument(path);
console.log(JSON.stringify(extract(document), null, 2));
