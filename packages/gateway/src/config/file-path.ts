/**
 * Paths in a configuration: how they are read, and those that are surely not the ones that their author meant.
 */

import { dirname, resolve } from 'node:path'
import { homeDir } from '@moltbot/channel-sdk'
import { z } from 'zod'

/** What is left of `C:\bot` once JSON5 has read `\b`, and of `C:\data`, where the backslash just disappears. */
const lostBackslash = /\p{Cc}|^[A-Za-z]:[^\\/]/u

const lostMessage =
  'is not the path that was meant: in JSON5 a backslash begins an escape; write / or \\\\ between folders'

/** What is wrong with a path as it came out of a JSON5 string; undefined where nothing is. */
export function pathProblem(path: string): string | undefined {
  return lostBackslash.test(path) ? lostMessage : undefined
}

/** A path of a file, folder or program. */
export const filePath = z
  .string()
  .min(1)
  .superRefine((path, context) => {
    const message = pathProblem(path)
    if (message !== undefined) context.addIssue({ code: 'custom', message })
  })

/** `C:\new` as an argument: elsewhere in an argument a line break or a tab may be meant. */
const lostAfterDrive = /(?<![A-Za-z])[A-Za-z]:[\t\n\r]/

/** A text for another program, which may be a path or hold one. */
export const programText = z.string().superRefine((text, context) => {
  if (lostAfterDrive.test(text)) context.addIssue({ code: 'custom', message: lostMessage })
})

/** A path as it is written in `file`: `~` is the home directory, a relative one starts beside the file. */
export function fromConfigFile(file: string, path: string): string {
  return resolve(
    dirname(file),
    path.replace(/^~(?=$|[/\\])/, (tilde) => homeDir() ?? tilde),
  )
}
