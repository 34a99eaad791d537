/** A secret from stdin, or asked for without an echo. */
import { CommandError } from './command-error.ts'
import { parseToken } from './credential-source.ts'
import { readStdin } from './read-stdin.ts'
import { isInteractive, type Terminal } from './terminal.ts'

const PIPE = 'give the token on stdin, e.g. by < token.txt'

/** @throws CommandError `usage` when stdin holds no token, `interrupted` when nobody wants to type one */
export async function readSecret(terminal: Terminal, question: string): Promise<string> {
  if (!isInteractive(terminal)) return parseToken(await readStdin(terminal), 'stdin', PIPE)
  const { isCancel, password } = await import('@clack/prompts')
  const answer = await password({
    message: question,
    input: terminal.stdin,
    output: terminal.stderr,
    mask: '',
  })
  if (isCancel(answer)) throw new CommandError('interrupted', 'interrupted')
  return parseToken(answer ?? '', 'the answer')
}
