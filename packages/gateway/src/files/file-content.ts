/**
 * What a model is shown of a file.
 */

export type FileContent =
  | { readonly kind: 'image'; readonly bytes: Uint8Array; readonly mediaType: string }
  | { readonly kind: 'voice'; readonly bytes: Uint8Array; readonly mediaType: string }
  /** `cut`: there is more in the file. */
  | { readonly kind: 'text'; readonly text: string; readonly cut: boolean }
  /** Why the model sees the name alone, in words for it. */
  | { readonly kind: 'named'; readonly why: string }

/** What a model is shown more than the name of. */
export type ShownKind = Exclude<FileContent['kind'], 'named'>

export const named = (why: string): FileContent => ({ kind: 'named', why })
