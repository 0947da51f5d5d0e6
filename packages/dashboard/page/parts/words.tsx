/**
 * What people wrote, names included. It is shown as text whatever is in it; each piece keeps its own direction of writing,
 * and a long one is folded away.
 */

import { useState } from 'preact/hooks'
import { useSpeech } from '../core/language.tsx'

const shownCharacters = 300

export function Words({ text }: { readonly text: string }) {
  const { say } = useSpeech()
  const [isOpen, setOpen] = useState(false)
  const isLong = text.length > shownCharacters
  const shown = isLong && !isOpen ? `${text.slice(0, shownCharacters)}…` : text
  return (
    <>
      <bdi class="words">{shown}</bdi>
      {isLong && (
        <button type="button" class="quiet" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? say('Less') : say('More')}
        </button>
      )}
    </>
  )
}
