// What a phone makes of a message: the media it can open, and what it cannot show.

import { type JsonObject, objectAt, textAt } from '../json.ts'
import { surelyShownTextChars } from '../limits.ts'
import type { Sent, World } from '../state/world.ts'

export function seenOnPhone(_world: World, items: JsonObject[]): Pick<Sent, 'media' | 'flags'> {
  return { flags: items.flatMap(textFlags) }
}

function textFlags(item: JsonObject): string[] {
  const text = textAt(objectAt(item, 'text_item') ?? {}, 'text')
  return text.length > surelyShownTextChars ? ['long-text'] : []
}
