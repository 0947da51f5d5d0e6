/**
 * The property list of launchd, for macOS.
 */

import { dirname, join } from 'node:path'
import { type Daemon, environmentOf, ownMark } from './daemon.ts'

export const launchdLabel = 'moltbot.gateway'

export function launchdPlist(daemon: Daemon): string {
  const { node, bin, config, stateDir, user } = daemon
  const words = [node, bin, 'gateway', 'run', '--config', config]
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<!-- ${ownMark} -->`,
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    '<plist version="1.0">',
    '<dict>',
    ...entry('Label', text(launchdLabel)),
    ...(user === undefined ? [] : entry('UserName', text(user))),
    ...entry('ProgramArguments', `<array>${words.map(text).join('')}</array>`),
    ...entry('WorkingDirectory', text(dirname(config))),
    ...entry(
      'EnvironmentVariables',
      `<dict>${environmentOf(daemon)
        .flatMap(([name, value]) => entry(name, text(value)))
        .join('')}</dict>`,
    ),
    ...entry('RunAtLoad', '<true/>'),
    // Not after a stop that was asked for.
    ...entry('KeepAlive', '<dict><key>SuccessfulExit</key><false/></dict>'),
    ...entry('ThrottleInterval', '<integer>30</integer>'),
    ...entry('ExitTimeOut', '<integer>90</integer>'),
    ...entry('Umask', '<integer>63</integer>'),
    ...entry('StandardErrorPath', text(join(stateDir, 'logs', 'launchd.log'))),
    '</dict>',
    '</plist>',
    '',
  ].join('\n')
}

const entry = (key: string, value: string) => [`<key>${key}</key>`, value]
const text = (value: string) =>
  `<string>${value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')}</string>`
