/**
 * What a browser without a session sees.
 */

import type { Language } from '../../../gateway/src/language/choose.ts'
import { useSpeech } from '../core/language.tsx'
import { Choices } from '../parts/choices.tsx'

export function Closed({ speak }: { readonly speak: (language: Language) => void }) {
  const { say } = useSpeech()
  return (
    <>
      <header>
        <span class="brand">moltbot</span>
        <Choices speak={speak} />
      </header>
      <main class="closed">
        <h1>{say('This browser has no session')}</h1>
        <p role="alert">
          {say(
            'The link was used already or is too old, the session has ended, or the gateway was started again. Make a new link on the machine of the gateway:',
          )}
        </p>
        <p>
          <code>moltbot dashboard</code>
        </p>
      </main>
    </>
  )
}
