/**
 * What a puppet complains of, as one line that a person can read: without the stack that gRPC carries along, and without
 * what every layer on the way puts before it.
 */

import { messageOf } from '@moltbot/channel-sdk'

const maxLength = 500

const stack = /\n\s+at [\s\S]*/
/** A hosted puppet's error has no gRPC status of its own. */
const prefixes = /^(?:(?:2 UNKNOWN|Error): )+/
/** How Chromium says that it cannot open a page. */
const unopened = /\b(net::ERR_\w+) at (https?:\/\/\S+)/
/** How puppeteer says that the page it waits for does not come. */
const otherPage = /^waiting for (?:function|selector|XPath) .*/

export function complaintOf(error: unknown): string {
  const text = messageOf(error).replace(stack, '').replace(prefixes, '').replaceAll(/\s+/g, ' ').trim()
  return inWords(text).slice(0, maxLength)
}

function inWords(text: string): string {
  const [, failure, url] = unopened.exec(text) ?? []
  if (url !== undefined && URL.canParse(url)) return `${new URL(url).host} cannot be reached (${failure})`
  return otherPage.test(text) ? `the page that opened is not the one to log in on (${text})` : text
}
