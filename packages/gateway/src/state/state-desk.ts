/**
 * What the control API does with the state of the running gateway: check it, save it in the folder `backups` of the state
 * directory, or hand it out as a download. One at a time, because each reads everything.
 */

import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { type Logger, MoltbotError } from '@moltbot/channel-sdk'
import { backupState, backupsFolder, checkState, type StateCheck, stagePrefix } from './backup.ts'
import { type DatabaseAdvice, inDatabase } from './elsewhere.ts'

export interface SavedState {
  /** Path of the archive. */
  readonly file: string
  /** How many files of the state it contains. */
  readonly files: number
}

export interface StateDownload {
  /** For the person who saves it. */
  readonly name: string
  readonly bytes: number
  readonly content: Readable
}

export class StateDesk {
  readonly #stateDir: string
  readonly #log: Logger
  readonly #isInDatabase: () => boolean
  #isBusy = false

  /** @param isInDatabase the state is in PostgreSQL, so that every verb is refused with `state-in-database` */
  constructor(stateDir: string, log: Logger, isInDatabase: () => boolean = () => false) {
    this.#stateDir = stateDir
    this.#log = log
    this.#isInDatabase = isInDatabase
  }

  /** Reads every database as a whole. @throws `state-busy` */
  check(): Promise<StateCheck> {
    return this.#alone('check', () => checkState(this.#stateDir))
  }

  /**
   * Writes an archive into the folder `backups`.
   * @param name a file name without a folder; defaults to one with the time
   * @throws `state-busy`, `backup-exists`, and what the file system says
   */
  save(name = archiveName()): Promise<SavedState> {
    return this.#alone('backup', async () => {
      const file = join(this.#folder(), name)
      const files = await backupState(this.#stateDir, file)
      this.#log.info({ event: 'state.saved', file, files }, 'The state was saved through the control API')
      return { file, files }
    })
  }

  /** Makes an archive that is on the disk only as long as it is read. @throws `state-busy`, what the file system says */
  download(): Promise<StateDownload> {
    return this.#alone('backup', async () => {
      const name = archiveName()
      const file = join(this.#folder(), `.${name}.tmp`)
      try {
        const files = await backupState(this.#stateDir, file)
        const handle = await open(file)
        this.#log.info(
          { event: 'state.downloaded', files },
          'The state was handed out through the control API',
        )
        return { name, bytes: (await handle.stat()).size, content: handle.createReadStream() }
      } finally {
        // The open file can still be read.
        await rm(file, { force: true })
      }
    })
  }

  /** Without what a crash left of an earlier backup. */
  #folder(): string {
    const folder = join(this.#stateDir, backupsFolder)
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    for (const name of readdirSync(folder)) {
      const isLeft = name.startsWith(stagePrefix) || /^\..*\.tmp$/.test(name)
      if (isLeft) rmSync(join(folder, name), { recursive: true, force: true })
    }
    return folder
  }

  async #alone<Result>(advice: DatabaseAdvice, work: () => Promise<Result>): Promise<Result> {
    if (this.#isInDatabase()) throw inDatabase(advice)
    if (this.#isBusy)
      throw new MoltbotError('state-busy', 'the state is being read for another request; try again', {
        retryable: true,
      })
    this.#isBusy = true
    try {
      return await work()
    } finally {
      this.#isBusy = false
    }
  }
}

function archiveName(): string {
  return `moltbot-${new Date().toISOString().replaceAll(/[:.]/g, '-')}.tar.gz`
}
