/**
 * What the gateway and the process that opens hostile files say to each other.
 */

export type FileJob =
  /** Text of a PDF. */
  | { readonly kind: 'pdf'; readonly path: string; readonly maxLength: number }
  /** Text of a Word, Excel, PowerPoint or OpenDocument file. */
  | { readonly kind: 'office'; readonly path: string; readonly maxLength: number }
  /** A JPEG that a model takes. `orientation` is EXIF's, 1 to 8. */
  | {
      readonly kind: 'picture'
      readonly path: string
      readonly maxBytes: number
      readonly orientation: number
    }

export type FileResult =
  /** `cut`: there is more. */
  | { readonly text: string; readonly cut: boolean }
  | { readonly bytes: Uint8Array }
  /** In words for the model. */
  | { readonly why: string }

/** Of the process. Beyond either of them it is killed. */
export interface ChildLimits {
  readonly timeoutMs: number
  readonly memoryBytes: number
}

export interface FileOrder {
  readonly job: FileJob
  readonly limits: ChildLimits
}

/** Why a file is not read, in words for the model. */
export class NotReadable extends Error {}
