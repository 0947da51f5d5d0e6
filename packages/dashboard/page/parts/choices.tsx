/**
 * Language and colours of the page.
 */

import { useState } from 'preact/hooks'
import { type Language, languages } from '../../../gateway/src/language/choose.ts'
import { useSpeech } from '../core/language.tsx'
import { applyTheme, chosenTheme, type Theme, themes } from '../core/theme.ts'

const languageNames: Readonly<Record<Language, string>> = { en: 'English', zh: '中文' }
const themeNames = { system: 'as the system', light: 'light', dark: 'dark' } as const satisfies Record<
  Theme,
  string
>

export function Choices({ speak }: { readonly speak: (language: Language) => void }) {
  const { say, language } = useSpeech()
  const [theme, setTheme] = useState(chosenTheme)
  return (
    <div class="choices">
      <label>
        <span class="unseen">{say('Language')}</span>
        <select
          value={language}
          onChange={({ currentTarget: { value } }) => speak(languages.find((one) => one === value) ?? 'en')}
        >
          {languages.map((one) => (
            <option key={one} value={one}>
              {languageNames[one]}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span class="unseen">{say('Colours')}</span>
        <select
          value={theme}
          onChange={({ currentTarget: { value } }) => {
            const chosen = themes.find((one) => one === value) ?? 'system'
            applyTheme(chosen)
            setTheme(chosen)
          }}
        >
          {themes.map((one) => (
            <option key={one} value={one}>
              {say(themeNames[one])}
            </option>
          ))}
        </select>
      </label>
    </div>
  )
}
