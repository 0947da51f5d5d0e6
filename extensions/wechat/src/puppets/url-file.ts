/**
 * A file that a puppet names by a URL instead of delivering it. Such a URL may be a stranger's, as the address of a
 * sticker is, so it is fetched through the URL guard and never by the file library: no puppet and no person can make the
 * gateway, or the process of a puppet, read from its own machine or network.
 */

import type { Readable } from 'node:stream'
import { fetchBody, type UrlGuardOptions } from '@moltbot/channel-sdk/url-guard'
import { type FileBoxInterface, FileBoxType } from 'file-box'
import { z } from 'zod'

/** Whether the puppet delivered an address instead of the file. */
export const isUrlFile = ({ type }: FileBoxInterface) => type === FileBoxType.Url

/**
 * The content behind the URL; destroy it if it is not read.
 * @throws the errors of the URL guard
 */
export async function openUrlFile(
  box: FileBoxInterface,
  options: Omit<UrlGuardOptions, 'headers'>,
): Promise<Readable> {
  const { url, headers } = urlFile.parse(box.toJSON())
  const { body } = await fetchBody(url, { ...options, headers: passed(headers) })
  return body
}

const urlFile = z.object({ url: z.string(), headers: z.record(z.string(), z.unknown()).default({}) })

/** The files of web WeChat need the cookies of its login, for example. Others would describe another connection. */
const passedHeaders: ReadonlySet<string> = new Set([
  'accept',
  'accept-language',
  'authorization',
  'cookie',
  'referer',
  'user-agent',
])

function passed(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const)
  return Object.fromEntries(
    entries.filter(
      (entry): entry is readonly [string, string] =>
        passedHeaders.has(entry[0]) && typeof entry[1] === 'string',
    ),
  )
}
