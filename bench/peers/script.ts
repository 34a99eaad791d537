/** A shell script of git commands: how a merge or a commit is done by hand, and what is timed of it. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** No configuration of whoever runs the bench; one identity. */
const ENVIRONMENT = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Bench',
  GIT_AUTHOR_EMAIL: 'bench@example.invalid',
  GIT_COMMITTER_NAME: 'Bench',
  GIT_COMMITTER_EMAIL: 'bench@example.invalid',
}

export interface Script {
  /** Fixed text; what varies are its arguments, `$1` and so on. */
  readonly text: string
  /** Settings in the form `name=value`. */
  readonly config?: readonly string[]
}

/**
 * @returns milliseconds from the start of the shell to its end
 * @throws Error with what git said when one of its commands fails
 */
export async function timeScript({ text, config = [] }: Script, args: readonly string[]): Promise<number> {
  const begin = performance.now()
  await run('sh', ['-euc', text, 'sh', ...args], {
    env: { ...process.env, ...ENVIRONMENT, ...settings(config) },
  })
  return performance.now() - begin
}

/** @see git-config(1), "GIT_CONFIG_COUNT" */
function settings(config: readonly string[]): Record<string, string> {
  const pairs = config.map((setting, at) => {
    const [name = '', value = ''] = setting.split('=', 2)
    return [
      [`GIT_CONFIG_KEY_${at}`, name],
      [`GIT_CONFIG_VALUE_${at}`, value],
    ]
  })
  return { GIT_CONFIG_COUNT: String(config.length), ...Object.fromEntries(pairs.flat()) }
}
