/** All of stdin, as text. */
import { CommandError } from './command-error.ts'
import type { Terminal } from './terminal.ts'

const MAX_CHARS = 1024 * 1024

/** @throws CommandError `usage` when there is more than anybody means to give */
export async function readStdin({ stdin }: Pick<Terminal, 'stdin'>): Promise<string> {
  let text = ''
  for await (const chunk of stdin.setEncoding('utf8')) {
    text += String(chunk)
    if (text.length > MAX_CHARS) throw new CommandError('usage', 'stdin holds too much')
  }
  return text
}
