/**
 * The figures as a table for people, in the form of the manual.
 */

const lines: string[] = []

export function row(what: string, figure: number | string, goal = '', unit = ''): void {
  lines.push(`| ${what} | ${figure}${unit && ` ${unit}`} | ${goal} |`)
}

export function printTable(): void {
  console.log(['', '| measured | figure | goal |', '|---|---|---|', ...lines].join('\n'))
}
