/**
 * `support-bundle`: one archive without secrets, for whoever helps.
 */

import { type BundleOptions, writeBundle } from '../support/bundle.ts'
import { type Output, print } from './show.ts'

export async function makeBundle(file: string, options: BundleOptions, output: Output): Promise<undefined> {
  const names = await writeBundle(file, options)
  const { say } = output
  print(output, say('Written: {path}', { path: file }))
  print(output, say('It contains {names}.', { names: names.join(', ') }))
  const what = options.withTexts
    ? say(
        'It has no keys, but ids of people and beginnings of messages: give it only to those who may see them.',
      )
    : say('It has no keys and no texts of messages, but ids of people. Look into it before you give it away.')
  print(output, what)
}
