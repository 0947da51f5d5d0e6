/**
 * What the agent can do: its tools, the servers that they come from, and who may use which.
 */

import type { ToolsAnswer } from '../../../gateway/src/api/answers.ts'
import { useFetched } from '../core/fetched.ts'
import { useSpeech } from '../core/language.tsx'
import { status } from '../core/live.ts'
import { useStore } from '../core/store.ts'
import { Lookup } from '../parts/lookup.tsx'
import { Problem } from '../parts/problem.tsx'
import { Wide } from '../parts/wide.tsx'
import { Words } from '../parts/words.tsx'

export function ToolsPage() {
  const { say, translate } = useSpeech()
  const { answer, problem } = useFetched('tools', {}, 'status')
  const accounts = useStore(status)?.accounts ?? []
  return (
    <>
      <Problem text={problem} />
      {answer === undefined && problem === undefined && <p>{say('Loading …')}</p>}
      {answer?.clashes.map((clash) => (
        <p class="banner bad" key={clash}>
          {translate(clash)}
        </p>
      ))}
      {answer !== undefined && <Servers servers={answer.servers} />}
      {answer !== undefined && <Tools tools={answer.tools} />}
      {accounts.length > 0 && <Lookup accounts={accounts} />}
    </>
  )
}

function Servers({ servers }: { readonly servers: ToolsAnswer['servers'] }) {
  const { say, translate } = useSpeech()
  return (
    <section>
      <h2>{say('MCP servers')}</h2>
      {servers.length === 0 && <p>{say('No MCP server is configured.')}</p>}
      <ul class="cards">
        {servers.map(({ id, connected, tools, problem }) => (
          <li key={id}>
            <article class="card" aria-label={say('MCP server {id}', { id })}>
              <h3>
                <bdi>{id}</bdi>
                <span class={`badge ${connected ? 'good' : 'bad'}`}>
                  {connected ? say('connected') : say('not connected')}
                </span>
              </h3>
              <p>{say('Tools: {count}', { count: tools })}</p>
              {problem !== undefined && (
                <p>
                  <Words text={translate(problem)} />
                </p>
              )}
            </article>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Tools({ tools }: { readonly tools: ToolsAnswer['tools'] }) {
  const { say } = useSpeech()
  return (
    <section>
      <h2>{say('Tools of the agent')}</h2>
      <Wide label={say('Tools of the agent')}>
        <table>
          <thead>
            <tr>
              <th>{say('Name')}</th>
              <th>{say('From')}</th>
              <th>{say('What the model is told')}</th>
            </tr>
          </thead>
          <tbody>
            {tools.map(({ name, server, description, allowed }) => (
              <tr key={name}>
                <td>
                  <code>{name}</code>
                  {!allowed && <span class="badge wait">{say('denied by tools')}</span>}
                </td>
                <td>{server === undefined ? say('built in') : <bdi>{server}</bdi>}</td>
                <td>
                  <Words text={description} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
    </section>
  )
}
