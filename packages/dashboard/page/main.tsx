/**
 * The page as a whole: gets a session, then shows the pages; without one it says how to get a link.
 */

import { render } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Language } from '../../gateway/src/language/choose.ts'
import {
  chosenLanguage,
  htmlLanguage,
  rememberLanguage,
  type Speech,
  SpeechContext,
  speechOf,
} from './core/language.tsx'
import { connection, stayConnected } from './core/live.ts'
import { sessionKey, takeLink, trade } from './core/session.ts'
import { useStore } from './core/store.ts'
import { applyTheme } from './core/theme.ts'
import { Frame } from './frame.tsx'
import { Closed } from './pages/closed.tsx'

function App({ first }: { readonly first: { readonly speech: Speech; readonly language: Language } }) {
  const [spoken, setSpoken] = useState(first)
  const state = useStore(connection)
  useEffect(() => {
    document.documentElement.lang = htmlLanguage[spoken.language]
  }, [spoken])
  const speak = (language: Language) => {
    rememberLanguage(language)
    void speechOf(language).then((speech) => setSpoken({ speech, language }))
  }
  return (
    <SpeechContext.Provider value={{ ...spoken.speech, language: spoken.language }}>
      {state === 'over' ? <Closed speak={speak} /> : <Frame speak={speak} />}
    </SpeechContext.Provider>
  )
}

/** Each link that the page is opened with gets a session, also in a tab that is open already. */
async function enter(): Promise<void> {
  const link = takeLink()
  if (link !== undefined) await trade(link).catch(() => false)
  if (sessionKey() === '') connection.set('over')
}

applyTheme()
const language = chosenLanguage()
window.addEventListener('hashchange', () => {
  if (location.hash.startsWith('#link=')) location.reload()
})
// What a page asks before there is a session would be refused.
const [speech] = await Promise.all([speechOf(language), enter()])
render(<App first={{ speech, language }} />, document.body)
if (connection.get() !== 'over') await stayConnected(new AbortController().signal)
