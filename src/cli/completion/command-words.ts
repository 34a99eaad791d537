/** What may stand behind each command: all that a shell needs to know of the tree. */
import type { Command } from 'commander'

export interface CommandWords {
  /** From the root, e.g. `sluice repo list`. */
  readonly path: string
  readonly subcommands: readonly { readonly name: string; readonly summary: string }[]
  /** Long forms, those of the root among them. */
  readonly options: readonly string[]
  /** Values of options that take one of a few. */
  readonly choices: readonly { readonly option: string; readonly values: readonly string[] }[]
}

/** Every command of the tree, the root first. */
export function commandWords(root: Command): readonly CommandWords[] {
  return walk(root, root.name(), root.options)
}

function walk(command: Command, path: string, global: Command['options']): readonly CommandWords[] {
  const options = [...new Set([...command.options, ...global])].filter(({ long }) => long)
  const own: CommandWords = {
    path,
    subcommands: command.commands.map((sub) => ({ name: sub.name(), summary: sub.summary() })),
    options: [...options.map(({ long }) => long ?? ''), '--help'],
    choices: options.flatMap(({ long, argChoices }) =>
      argChoices ? [{ option: long ?? '', values: argChoices }] : [],
    ),
  }
  return [own, ...command.commands.flatMap((sub) => walk(sub, `${path} ${sub.name()}`, global))]
}
