/**
 * The configuration as it is on the disk: whether it is in use, its problems at their lines, and what each account takes from
 * it. It is changed in an editor, never here.
 */

import type { ConfigAnswer } from '../../../gateway/src/api/answers.ts'
import { useFetched } from '../core/fetched.ts'
import { useSpeech } from '../core/language.tsx'
import { Problem } from '../parts/problem.tsx'
import { Wide } from '../parts/wide.tsx'

/** An editor saves, and its user looks here. */
const everyMs = 2_000

type File = ConfigAnswer['files'][number]
type FileProblem = ConfigAnswer['problems'][number]

export function ConfigurationPage() {
  const { say, translate } = useSpeech()
  const { answer, problem } = useFetched('config', {}, 'status', everyMs)
  if (answer === undefined)
    return (
      <>
        <Problem text={problem} />
        {problem === undefined && <p>{say('Loading …')}</p>}
      </>
    )
  const { files, problems, edit, waitsFor, accounts } = answer
  return (
    <>
      <Problem text={problem} />
      <div aria-live="polite">
        {edit === 'in-use' && <p class="banner good">{say('The files below are in use.')}</p>}
        {edit === 'invalid' && (
          <p class="banner bad">{say('The files below have errors; what was valid before stays in use.')}</p>
        )}
        {waitsFor.map((reason) => (
          <p class="banner wait" key={reason}>
            {translate(reason)}
          </p>
        ))}
      </div>
      {files.map((file) => (
        <FileText key={file.path} file={file} problems={problems.filter((one) => one.file === file.path)} />
      ))}
      {accounts.length > 0 && (
        <section>
          <h2>{say('What each account comes to')}</h2>
          {accounts.map(({ channel, accountId, settings }) => (
            <details key={`${channel}/${accountId}`}>
              <summary>
                {channel}/<bdi>{accountId}</bdi>
              </summary>
              <pre>{JSON.stringify(settings, undefined, 2)}</pre>
            </details>
          ))}
        </section>
      )}
    </>
  )
}

function FileText({ file, problems }: { readonly file: File; readonly problems: readonly FileProblem[] }) {
  const { say, translate } = useSpeech()
  const { path, text, why } = file
  return (
    <section aria-label={path}>
      <h2>
        <code>{path}</code>
      </h2>
      {text === undefined ? (
        <p class="dim">{say('It is not shown: {reason}', { reason: translate(why ?? '') })}</p>
      ) : (
        <Wide label={path}>
          <table class="code">
            <tbody>
              {text.split('\n').map((line, index) => (
                <Line
                  key={index}
                  number={index + 1}
                  line={line}
                  problems={problems.filter((one) => one.line === index + 1)}
                />
              ))}
            </tbody>
          </table>
        </Wide>
      )}
    </section>
  )
}

interface LineProps {
  readonly number: number
  readonly line: string
  readonly problems: readonly FileProblem[]
}

function Line({ number, line, problems }: LineProps) {
  const { translate } = useSpeech()
  return (
    <>
      <tr>
        <td class="dim number">{number}</td>
        <td>
          <bdi class="words">{line}</bdi>
        </td>
      </tr>
      {problems.map(({ message, severity }) => (
        <tr key={message}>
          <td />
          <td>
            <p class={`banner ${severity === 'error' ? 'bad' : 'wait'}`}>{translate(message)}</p>
          </td>
        </tr>
      ))}
    </>
  )
}
