/** Completion for fish. @see fish-complete(1) */
import type { CommandWords } from './command-words.ts'

export function fishCompletion(commands: readonly CommandWords[]): string {
  const paths = commands.slice(1).map(({ path }) => `'${path}'`)
  return `# sluice: completion for fish. Use it: sluice completion fish | source
function __sluice_at
    set -l at sluice
    for word in (commandline -opc)[2..]
        if contains -- "$at $word" ${paths.join(' ')}
            set at "$at $word"
        end
    end
    test "$at" = "$argv"
end
${commands.map(linesOf).join('')}`
}

function linesOf({ path, subcommands, options, choices }: CommandWords): string {
  const here = `complete -c sluice -n '__sluice_at ${path}'`
  const subs = subcommands.map(
    ({ name, summary }) => `${here} -f -a ${name} -d '${summary.replaceAll("'", "\\'")}'\n`,
  )
  const valued = new Map(choices.map(({ option, values }) => [option, values]))
  const flags = options.map((option) => {
    const values = valued.get(option)
    const argument = values ? ` -x -a '${values.join(' ')}'` : ''
    return `${here} -l ${option.slice(2)}${argument}\n`
  })
  return [...subs, ...flags].join('')
}
