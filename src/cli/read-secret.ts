/** A secret from stdin, or asked for without an echo. */
import { isCancel, password } from '@clack/prompts'
import { CommandError } from './command-error.ts'
import { parseToken } from './credential-source.ts'
import { isInteractive, type Terminal } from './terminal.ts'

const MAX_STDIN_BYTES = 64 * 1024

/** @throws CommandError `usage` when stdin holds no token, `interrupted` when nobody wants to type one */
export async function readSecret(terminal: Terminal, question: string): Promise<string> {
  if (!isInteractive(terminal)) return parseToken(await readStdin(terminal), 'stdin')
  const answer = await password({
    message: question,
    input: terminal.stdin,
    output: terminal.stderr,
    clearOnError: true,
  })
  if (isCancel(answer)) throw new CommandError('interrupted', 'interrupted')
  return parseToken(answer ?? '', 'the answer')
}

async function readStdin({ stdin }: Terminal): Promise<string> {
  let text = ''
  for await (const chunk of stdin.setEncoding('utf8')) {
    text += String(chunk)
    if (text.length > MAX_STDIN_BYTES) throw new CommandError('usage', 'stdin holds no token')
  }
  return text
}
