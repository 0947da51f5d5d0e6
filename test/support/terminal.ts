/**
 * A program in a terminal of its own, 80 columns wide, as a person sits before it.
 */

import { spawnSync } from 'node:child_process'
import { type RunningProcess, startNode, until } from './process.ts'

/** Python has what opens a terminal; Node has not. */
export const hasTerminals = spawnSync('python3', ['-c', 'import pty']).status === 0

/** Runs its arguments in a terminal, passes both directions on, and ends with the exit code. */
const inTerminal = `
import fcntl, os, pty, select, struct, sys, termios
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('HHHH', 50, 80, 0, 0))
inputs = [terminal, 0]
while True:
    ready, _, _ = select.select(inputs, [], [])
    if 0 in ready:
        typed = os.read(0, 1024)
        if typed == b'':
            inputs.remove(0)
        else:
            os.write(terminal, typed)
    if terminal in ready:
        try:
            data = os.read(terminal, 65536)
        except OSError:
            break
        os.write(1, data)
_, status = os.waitpid(pid, 0)
code = os.waitstatus_to_exitcode(status)
sys.exit(code if code >= 0 else 128 - code)
`

export interface Terminal extends Pick<RunningProcess, 'type' | 'exited' | 'kill'> {
  /** All that was shown so far, without colours and movements of the cursor. */
  readonly shown: () => string
  /** Resolves when `text` is shown after what an earlier call found. */
  sees(text: string): Promise<void>
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: terminals are steered by them
const steering = /\u001b\[[\d;?]*[A-Za-z]|\u001b[()][A-Z0-9]|\r/g

export function startInTerminal(file: string, args: readonly string[], env: NodeJS.ProcessEnv): Terminal {
  const running = startNode(file, args, { TERM: 'xterm-256color', ...env }, ['python3', '-c', inTerminal])
  const shown = () => running.stdout().replaceAll(steering, '')
  let from = 0
  return {
    ...running,
    shown,
    sees: (text) =>
      until(
        () => {
          const at = shown().indexOf(text, from)
          if (at === -1) return undefined
          from = at + text.length
          return from
        },
        () => `${text} is not in:\n${shown()}${running.stderr()}`,
      ).then(() => undefined),
  }
}
