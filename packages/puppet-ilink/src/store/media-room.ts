/**
 * Room on the disk that received files share with other files of a program. Without one, the folder of received files has
 * caps of its own only.
 */

/** A received file that may be deleted: it is downloaded again when it is asked for. */
export interface SpareFile {
  readonly bytes: number
  /** When it was stored or used last, milliseconds since the epoch. */
  readonly atMs: number
  /** It is being read, so it must not be deleted. */
  readonly inUse: boolean
  remove(): Promise<void>
}

export interface SparePlace {
  /** All received files together have so many bytes now. */
  counted(bytes: number): void
  /** The puppet has stopped: its files need not be counted any more. */
  close(): void
}

/** Implement it to keep received files and your own within one cap, and hand it to the puppet. */
export interface MediaRoom {
  /** For a file that is being downloaded. */
  share(): {
    /** Called with the bytes of the file before they are written; the download ends when it rejects. */
    grow(bytes: number): Promise<void>
    /** The file is whole and was counted among the spare ones, or it is gone. */
    giveBack(): void
  }
  /** @param list the received files, whenever they have to be counted or some have to go */
  addSpare(list: () => Promise<readonly SpareFile[]>): SparePlace
}
