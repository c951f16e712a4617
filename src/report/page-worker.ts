/**
 * The process that opens documents: reads a PDF's text layer and draws its first pages, decodes pictures and makes them
 * small. It answers one request at a time and knows nothing but the file that it is asked about.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import type { Canvas } from '@napi-rs/canvas';
import { imageSize } from 'image-size';
import {
  EVIDENCE_IMAGE_BYTES,
  EVIDENCE_PAGES,
  EVIDENCE_PIXELS,
  EVIDENCE_TEXT_CHARACTERS,
} from '../core/limits.js';
import type { DocumentItem } from '../ports/document-views.js';
import type { DrawAnswer, DrawRequest } from './page-drawer.js';

type CanvasModule = typeof import('@napi-rs/canvas');

/** Widths tried until a picture fits; at the first one small print can still be read. */
const WIDTHS = [1_100, 800, 560];
const QUALITY = 72;

const require = createRequire(import.meta.url);

async function loadCanvas(): Promise<CanvasModule | undefined> {
  try {
    // An optional dependency with native code: there is none for every machine.
    return await import('@napi-rs/canvas');
  } catch {
    return undefined;
  }
}

async function answer(request: DrawRequest): Promise<DrawAnswer> {
  const canvas = await loadCanvas();
  const note = (text: string): DocumentItem => ({ kind: 'note', name: request.name, text });
  try {
    const items =
      request.kind === 'pdf' ? await pdfItems(request, canvas) : await pictureItems(request, canvas);
    return { items, canvas: canvas !== undefined };
  } catch (error) {
    // The library's own words (`Invalid PDF structure.`) help; they hold no paths, since it is given bytes.
    const why = error instanceof Error ? error.message.slice(0, 200) : 'unknown error';
    return { items: [note(`cannot be shown: ${why}`)], canvas: canvas !== undefined };
  }
}

async function pictureItems(request: DrawRequest, canvas: CanvasModule | undefined): Promise<DocumentItem[]> {
  const bytes = await readFile(request.path);
  // The header first: what a small file unpacks to may be larger than the memory.
  const { width, height } = imageSize(bytes);
  if (!(width > 0 && height > 0) || width * height > EVIDENCE_PIXELS) {
    return [{ kind: 'note', name: request.name, text: `left out, ${width} × ${height} pixels are too many` }];
  }
  if (canvas === undefined)
    return [{ kind: 'note', name: request.name, text: 'pictures cannot be drawn on this machine' }];
  const image = await canvas.loadImage(bytes);
  for (const wanted of WIDTHS) {
    const scale = Math.min(1, wanted / image.width, (wanted * 3) / image.height);
    const surface = canvas.createCanvas(
      Math.max(1, Math.round(image.width * scale)),
      Math.max(1, Math.round(image.height * scale)),
    );
    surface.getContext('2d').drawImage(image, 0, 0, surface.width, surface.height);
    const item = await encoded(surface, request.name);
    if (item !== undefined) return [item];
  }
  return [{ kind: 'note', name: request.name, text: 'left out, the picture is too large' }];
}

type Surface = Canvas;

async function encoded(surface: Surface, name: string): Promise<DocumentItem | undefined> {
  const data = await surface.encode('webp', QUALITY);
  if (data.length > EVIDENCE_IMAGE_BYTES) return undefined;
  return {
    kind: 'image',
    name,
    type: 'image/webp',
    bytes: data,
    width: surface.width,
    height: surface.height,
  };
}

async function pdfItems(request: DrawRequest, canvas: CanvasModule | undefined): Promise<DocumentItem[]> {
  const pdfjs = await import('pdfjs-dist/legacy/build/pdf.mjs');
  const root = dirname(require.resolve('pdfjs-dist/package.json'));
  const folder = (name: string): string => join(root, name) + sep;
  const task = pdfjs.getDocument({
    data: new Uint8Array(await readFile(request.path)),
    cMapUrl: folder('cmaps'),
    standardFontDataUrl: folder('standard_fonts'),
    wasmUrl: folder('wasm'),
    // Nothing of the document is compiled, and no font of this machine is used.
    isEvalSupported: false,
    disableFontFace: true,
    useSystemFonts: false,
    enableXfa: false,
    stopAtErrors: false,
    maxImageSize: EVIDENCE_PIXELS,
    verbosity: pdfjs.VerbosityLevel.ERRORS,
  });
  const document = await task.promise;
  try {
    const images: DocumentItem[] = [];
    const texts: string[] = [];
    const pages = Math.min(document.numPages, EVIDENCE_PAGES);
    for (let number = 1; number <= pages; number += 1) {
      const page = await document.getPage(number);
      texts.push(await pageText(page));
      if (canvas !== undefined) {
        const drawn = await pageImage(
          page,
          canvas,
          `${request.name}, page ${number} of ${document.numPages}`,
        );
        if (drawn !== undefined) images.push(drawn);
      }
      page.cleanup();
    }
    const text = texts.join('\n\n').trim();
    const items: DocumentItem[] = [...images];
    if (text !== '') {
      items.push({
        kind: 'text',
        name: `${request.name}, text layer`,
        text: text.slice(0, EVIDENCE_TEXT_CHARACTERS),
        truncated: text.length > EVIDENCE_TEXT_CHARACTERS || document.numPages > pages,
      });
    }
    if (items.length === 0)
      items.push({ kind: 'note', name: request.name, text: 'has no text layer and could not be drawn' });
    return items;
  } finally {
    await task.destroy();
  }
}

type PdfPage = Awaited<
  ReturnType<
    Awaited<
      ReturnType<(typeof import('pdfjs-dist/legacy/build/pdf.mjs'))['getDocument']>['promise']
    >['getPage']
  >
>;

async function pageText(page: PdfPage): Promise<string> {
  const content = await page.getTextContent();
  let text = '';
  for (const item of content.items) {
    if (!('str' in item)) continue;
    text += item.str + (item.hasEOL ? '\n' : '');
    if (text.length > EVIDENCE_TEXT_CHARACTERS * 2) break;
  }
  return text;
}

async function pageImage(
  page: PdfPage,
  canvas: CanvasModule,
  name: string,
): Promise<DocumentItem | undefined> {
  const natural = page.getViewport({ scale: 1 });
  for (const wanted of WIDTHS) {
    const scale = Math.min(3, wanted / natural.width, (wanted * 3) / natural.height);
    const viewport = page.getViewport({ scale });
    const surface = canvas.createCanvas(
      Math.max(1, Math.ceil(viewport.width)),
      Math.max(1, Math.ceil(viewport.height)),
    );
    const context = surface.getContext('2d');
    context.fillStyle = '#ffffff';
    context.fillRect(0, 0, surface.width, surface.height);
    // The library is typed for browsers; its canvas and this one have the same methods.
    await page.render({ canvas: null, canvasContext: context as never, viewport }).promise;
    const item = await encoded(surface, name);
    if (item !== undefined) return item;
  }
  return undefined;
}

process.on('message', (request: DrawRequest) => {
  void answer(request).then((given) => process.send?.(given));
});
process.on('disconnect', () => process.exit(0));
