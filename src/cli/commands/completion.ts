/** `sluice completion`: a script that completes commands and options in a shell, without starting anything. */
import { Argument, type Command } from 'commander'
import { bashCompletion } from '../completion/bash.ts'
import { commandWords, type CommandWords } from '../completion/command-words.ts'
import { fishCompletion } from '../completion/fish.ts'
import { zshCompletion } from '../completion/zsh.ts'
import type { Cli } from '../session.ts'

const SHELLS: Readonly<Record<string, (commands: readonly CommandWords[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
}

const EXAMPLES = `
Examples:
  eval "$(sluice completion bash)"
  source <(sluice completion zsh)
  sluice completion fish | source
`

export function completionCommand(program: Command, cli: Cli): void {
  program
    .command('completion')
    .summary('print completions for a shell')
    .addArgument(new Argument('<shell>', 'which one').choices(Object.keys(SHELLS)))
    .addHelpText('after', EXAMPLES)
    .action((shell: string, _options: unknown, command: Command) => {
      cli.output(command).text(SHELLS[shell]?.(commandWords(program)) ?? '')
    })
}
