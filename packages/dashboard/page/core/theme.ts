/**
 * Light or dark: as the system is set, until the person chooses.
 */

const storedTheme = 'moltbot.theme'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

export function chosenTheme(): Theme {
  const stored = localStorage.getItem(storedTheme)
  return themes.find((theme) => theme === stored) ?? 'system'
}

export function applyTheme(theme: Theme = chosenTheme()): void {
  localStorage.setItem(storedTheme, theme)
  document.documentElement.dataset.theme = theme
}
