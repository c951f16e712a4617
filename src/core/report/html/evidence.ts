/** What an HTML report shows of a document beside its values. Collected outside the core; plain data here. */

export type EvidenceItem =
  | { readonly kind: 'text'; readonly name: string; readonly text: string; readonly truncated: boolean }
  | {
      readonly kind: 'image';
      readonly name: string;
      /** `data:image/png;base64,…` or webp: raster only. */
      readonly dataUri: string;
      readonly width: number;
      readonly height: number;
    }
  /** Why something of the document is not shown. */
  | { readonly kind: 'note'; readonly name: string; readonly text: string };

/** As `EvidenceItem`, with pictures wherever they are: in the page, or at an address beside it. */
export type ShownItem =
  | Exclude<EvidenceItem, { kind: 'image' }>
  | {
      readonly kind: 'image';
      readonly name: string;
      readonly src: string;
      readonly width: number;
      readonly height: number;
    };

export interface Evidence {
  /** By document id. */
  readonly documents: ReadonlyMap<string, readonly EvidenceItem[]>;
  /** Said once on the page: limits that were reached, pictures that could not be drawn. */
  readonly notes: readonly string[];
}

export const NO_EVIDENCE: Evidence = { documents: new Map(), notes: [] };
